# shellcheck shell=dash disable=SC2154,SC2016,SC2034,SC2086
# Those who take from a spool and those who wait, and what makes a spool: --take,
# --await, --retain, --parents.

# make_spool [NAME]...: events that say which they are.
make_spool() {
	mkdir -p "$here/spool"
	for event; do
		echo "event $event" >"$here/spool/$event"
	done
}

# What was removed while it was open goes when it is closed, a moment later.
expect_spool() { eventually 30 names_are "$here/spool" "$@"; }

handled_once() {
	make_spool 1 2 3
	mkdir "$here/bad"
	expect 3 on a lockread \
		--take='read -r _ n; [ $n != 2 ] || exit 3; echo "$n ${LOCKREAD_FILE##*/}"' \
		"$dir/spool"
	expect_said "^lockread: $dir/spool/2: left as it was: .* exited with status 3$"
	expect_content "$(printf '1 1\n3 3')" "$rendezvous/out"
	expect_spool 2
	expect 3 on b lockread --take='exit 3' --failed="$dir/bad" "$dir/spool"
	expect_said "^lockread: $dir/spool/2: moved to $dir/bad/2: exit 3 exited with status 3$"
	make_spool 2
	expect 3 on a lockread --take='exit 3' --failed="$dir/bad" "$dir/spool"
	expect_said "^lockread: $dir/spool/2: moved to $dir/bad/2-2: exit 3 exited with status 3$"
	expect_names "$here/bad" 2 2-2
	expect_content 'event 2' "$here/bad/2"
	expect 0 on b lockread --take='echo ran' "$dir/spool"
	expect_content '' "$rendezvous/out"
	expect_spool
}

# Killed or not, who takes a file there keeps it from a second handler here.
handled_by_one() {
	make_spool 1
	# The arguments are those of hold_open's command.
	hold_open on a sh -c 'export HOLD="$4" WHERE="$6"
		exec lockread --take="exec sh -c \"\$HOLD\" holder \"\$WHERE\"" "$1"' \
		taker "$dir/spool/1"
	for killed in no yes; do
		[ "$killed" = no ] || {
			on a kill -9 "$holder_pid"
			wait "$holder_job" || :
		}
		expect 0 on b lockread --take='echo second' "$dir/spool"
		expect_content '' "$rendezvous/out"
		expect 75 on b lockread -w 0.1 "$dir/spool/1"
		expect_said "^lockread: $dir/spool/1: locked"
	done
	echo go >&7
	# It was not removed, for the handler had nobody to do it: at least once.
	expect 0 on b lockread -w 300 --take=cat "$dir/spool"
	expect_content 'event 1' "$rendezvous/out"
	expect_spool
}

# waits COMMAND...: in the background, as $waiter, and what it waits for was looked for
# in vain when this returns.
waits() {
	"$@" >"$rendezvous/waited" 2>"$rendezvous/waited.err" &
	waiter=$!
	eventually 60 is_watching
}

is_watching() {
	for descriptor in /proc/"$(pidof lockread)"/fd/*; do
		[ "$(readlink "$descriptor")" != anon_inode:inotify ] || return 0
	done
	return 1
}

# was_worth_it TEXT: what was waited for came, and was that.
was_worth_it() {
	wait "$waiter" || die "the waiter ended with $?: $(cat "$rendezvous/waited.err")"
	expect_content "$1" "$rendezvous/waited"
}

awaited() {
	waits on b lockread --await -w 600 "$dir/file"
	expect 0 put first on a atomwrite "$dir/file"
	was_worth_it first
	waits on b lockread --await -w 600 --min-size=10 "$dir/file"
	expect 0 put 'of ten bytes' on a atomwrite "$dir/file"
	was_worth_it 'of ten bytes'
	hold_open on a flock "$dir/file"
	waits on b lockread --await -w 600 "$dir/file"
	let_go
	was_worth_it 'of ten bytes'
	make_spool
	waits on b lockread --await -w 600 --take=cat "$dir/spool"
	expect 0 put event on a uniqcreate -q "$dir/spool/"
	was_worth_it event
	expect_spool
	expect 66 on b lockread --await -w 0.5 "$dir/absent"
	expect_said "^lockread: $dir/absent: no such file$"
}

# Alternately from here and there, and what is being read there stays.
retained() {
	for second in 1 2 3 4 5 6; do
		case $second in [135]) client=a ;; *) client=b ;; esac
		expect 0 put "$second" on "$client" uniqcreate --retain=3 -f %s \
			--time="@$second" "$dir/kept-"
	done
	expect_names "$here" kept-4-1 kept-5-1 kept-6-1
	hold_open on b flock -s "$dir/kept-4-1"
	expect 0 put 7 on a uniqcreate -qv --retain=1 -f %s --time=@7 "$dir/kept-"
	grep -q "^uniqcreate: $dir/kept-4-1: in use, so left to a later run$" \
		"$rendezvous/err" || die "said: $(cat "$rendezvous/err")"
	expect_content 4 "$here/kept-4-1"
	let_go
	eventually 30 names_are "$here" kept-4-1 kept-7-1
	expect 0 put 8 on a uniqcreate -q --retain=1 -f %s --time=@8 "$dir/kept-"
	eventually 30 names_are "$here" kept-8-1
	expect_content 8 "$here/kept-8-1"
}

# What a client remembers as missing may have been made there by now. And all at once,
# each makes what it finds missing.
way_is_made() {
	expect 1 on b test -e "$dir/1/2"
	expect 0 put here on a atomwrite -p "$dir/1/2/a"
	expect 0 put there on b atomwrite -p "$dir/1/2/b"
	expect_names "$here/1/2" a b
	start_gate
	jobs=
	for racer in a1 b1 a2 b2; do
		on "${racer%?}" sh -c '
			: <"$1/gate"
			echo "$2" | atomwrite -p "$3/1/2/3/4/$2" &&
				echo "$2" | uniqcreate -p -q -f "$2" "$3/1/2/5/6/"
		' racer "$rendezvous" "$racer" "$dir" 2>"$rendezvous/said.$racer" &
		jobs="$jobs $!"
	done
	open_gate
	demand_zero $jobs
	expect_names "$here/1/2/3/4" a1 a2 b1 b2
	expect_names "$here/1/2/5/6" a1-1 a2-1 b1-1 b2-1
	for racer in a1 b1 a2 b2; do
		expect_content "$racer" "$here/1/2/3/4/$racer"
		expect_content "$racer" "$here/1/2/5/6/$racer-1"
	done
}

# write_handler: one that notes what must not be: that another began while it was at
# work, or another content. It keeps its event from others by a lock that is not of this
# file system; one that is only about to end, maybe killed, is no second one at work.
write_handler() {
	mkdir "$rendezvous/busy" "$rendezvous/beside"
	cat >"$rendezvous/handler" <<-END
		#!/bin/sh
		cd "$rendezvous" || exit
		name=\${LOCKREAD_FILE##*/}
		exec 9>>"busy/\$name"
		flock -n 9 || { : >"beside/\$name"; flock 9; }
		rm -f "beside/\$name"
		read -r text
		usleep 20000 9>&- </dev/null
		[ ! -e "beside/\$name" ] || echo "\$name" >>twice
		[ "\$text" = "event \$name" ] || echo "\$name: \$text" >>spoilt
		echo "\$name" >>handled
	END
	chmod 755 "$rendezvous/handler"
}

# One on each client puts aside what fails.
start_consumers() {
	for consumer in a1 b1 a2 b2; do
		case $consumer in *1) options= ;; *) options=--failed=$dir/bad ;; esac
		on "${consumer%?}" lockread -q --take="exec $rendezvous/handler" \
			$options "$dir/spool" 2>>"$rendezvous/errors" &
		jobs="$jobs $!"
	done
}

kill_one() {
	victim=$(pidof lockread handler | tr ' ' '\n' | shuf -n 1)
	[ -n "$victim" ] || return 0
	if kill -9 "$victim" 2>/dev/null; then
		kills=$((kills + 1))
	fi
}

any_left() { [ -n "$(find "$here/spool" "$here/bad" -type f ! -name '.nfs*')" ]; }

# consume EVENTS: two consumers on each client.
consume() {
	make_spool $(seq "$1")
	mkdir "$here/bad"
	write_handler
	kills=0 rounds=0
	while any_left; do
		rounds=$((rounds + 1))
		[ "$rounds" -le 100 ] || die "not done: $(find "$here" -type f)"
		mv "$here"/bad/* "$here/spool/" 2>/dev/null || :
		jobs=
		start_consumers
		for i in 1 2 3 4 5 6; do
			# Into the middle of their work, wherever that is.
			usleep $(($(shuf -i 0-30 -n 1) * 10000))
			kill_one
		done
		for job in $jobs; do
			wait "$job" || :
		done
	done
	# What a killed consumer's handler still has.
	expect 0 on a lockread -q -w 300 --take="exec $rendezvous/handler" "$dir/spool"
	expect_spool
	expect_names "$here/bad"
	[ ! -e "$rendezvous/twice" ] || die "two handlers at once: $(cat "$rendezvous/twice")"
	[ ! -e "$rendezvous/spoilt" ] || die "not as it was: $(cat "$rendezvous/spoilt")"
	[ "$(sort -u "$rendezvous/handled" | wc -l)" = "$1" ] ||
		die "lost: $(sort -u "$rendezvous/handled" | wc -l) of $1 handled"
	note "$1 events, $(wc -l <"$rendezvous/handled") times handled, $rounds rounds, $kills killed"
}

# full_spool MOUNTPOINT: to take and to put aside needs no room.
full_spool() {
	make_spool 1 2
	mkdir "$here/bad"
	# The next check finds room again, however this ends.
	filled=$1
	trap 'rm -f "$filled/fill"' EXIT
	fill_disk "$1"
	expect 74 put x on a atomwrite -p "$dir/new/way/file"
	expect_said '^atomwrite: .*: No space left on device'
	expect_names "$here" spool bad
	expect 3 on b lockread --take='exit 3' --failed="$dir/bad" "$dir/spool/2"
	expect_content 'event 2' "$here/bad/2"
	expect 0 on a lockread --take=cat "$dir/spool"
	expect_content 'event 1' "$rendezvous/out"
	expect_spool
	rm "$1/fill"
	expect 0 put new on a atomwrite -p "$dir/new/way/file"
	expect_content new "$here/new/way/file"
}

# A client that remembers names for an hour has to ask the server all the same.
awaited_by_one_who_remembers() {
	on b mkdir -p /mnt-slow
	on b mount.nfs "$(address_of b).1:/srv/$export_name" /mnt-slow \
		-o "vers=$nfs_version,proto=tcp,timeo=20,acdirmin=3600,acdirmax=3600"
	trap 'on b umount /mnt-slow' EXIT
	slow=/mnt-slow/${here##*/}
	waits on b lockread --await -w 600 "$slow/file"
	expect 0 put first on a atomwrite "$dir/file"
	was_worth_it first
}

check_spools() {
	check 'take: handled here, and gone there; never over in --failed' handled_once
	check 'take: what is handled there is nobody else'"'"'s, also of the killed' \
		handled_by_one
	check 'take: two consumers here and there, random SIGKILL, none lost' consume 200
	check 'await: what comes there is seen here' awaited
	check 'retain: here and there, the newest stay' retained
	check 'parents: here and there make one way' way_is_made
}
