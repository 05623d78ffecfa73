# shellcheck shell=dash disable=SC2154,SC2016,SC2034,SC2086
# Checks that hold on every file system of the guest: with two clients `on a` and
# `on b` are two machines, else both are this one.

turn_excludes() {
	echo old >"$here/file"
	hold_open on a atomwrite -u "$dir/file"
	expect 75 put x on b atomwrite -w 0 "$dir/file"
	expect_said '^atomwrite: '
	expect 75 on b atomwrite -w 0 -u "$dir/file" cat
	expect 75 put x on b atomwrite -w 0.5 -a "$dir/file"
	# There is a whole version to read at every moment.
	expect 0 on b lockread "$dir/file"
	expect_content old "$rendezvous/out"
	let_go
	expect 0 put new on b atomwrite -w 0 -a "$dir/file"
	expect_content "$(printf 'old\nadded\nnew')" "$here/file"
	expect_names "$here" file
}

turn_passes_on() {
	echo old >"$here/file"
	hold_open on a atomwrite -u "$dir/file"
	put waited on b atomwrite -v -w inf -a "$dir/file" 2>"$rendezvous/waiter" &
	waiter=$!
	eventually 30 grep -q . "$rendezvous/waiter"
	let_go
	demand_zero "$waiter"
	expect_content "$(printf 'old\nadded\nwaited')" "$here/file"
	expect_names "$here" file
}

turn_of_the_killed() {
	echo old >"$here/file"
	hold_open on a atomwrite -u "$dir/file"
	on a kill -9 "$holder_pid"
	wait "$holder_job" || :
	expect_content old "$here/file"
	expect 0 put new on b atomwrite -w 30 -a "$dir/file"
	expect_content "$(printf 'old\nnew')" "$here/file"
	# COMMAND outlives its parent and still waits.
	echo go >&7
	eventually 10 names_are "$here" file
}

distinct_names() {
	start_gate
	jobs=
	for racer in a1 b1 a2 b2 a3 b3; do
		on "${racer%?}" sh -c '
			: <"$1/gate"
			for i in 1 2 3 4 5 6 7 8; do
				path=$(echo "$2.$i" | uniqcreate --time=@0 "$3/x-") || exit
				echo "$path $2.$i"
			done
		' racer "$rendezvous" "$racer" "$dir" >"$rendezvous/names.$racer" &
		jobs="$jobs $!"
	done
	open_gate
	demand_zero $jobs
	cat "$rendezvous"/names.* >"$rendezvous/names"
	[ "$(cut -d' ' -f1 "$rendezvous/names" | sort -u | wc -l)" = 48 ] ||
		die "names given twice: $(cat "$rendezvous/names")"
	[ "$(names_of "$here" | wc -l)" = 48 ] ||
		die "litter: $(names_of "$here")"
	while read -r path content; do
		expect_content "$content" "$here/${path##*/}"
	done <"$rendezvous/names"
}

one_creates() {
	for round in 1 2 3 4 5; do
		rm -f "$rendezvous/gate"
		start_gate
		jobs=
		for racer in a1 b1 a2 b2; do
			on "${racer%?}" sh -c '
				: <"$1/gate"
				echo "$2" | atomwrite -n "$3"
				echo "$2 $?"
			' racer "$rendezvous" "$racer" "$dir/file.$round" \
				>"$rendezvous/won.$racer" 2>"$rendezvous/said.$racer" &
			jobs="$jobs $!"
		done
		open_gate
		demand_zero $jobs
		exec 8>&-
		[ "$(cat "$rendezvous"/won.* | cut -d' ' -f2 | sort | tr '\n' ' ')" = \
			'0 73 73 73 ' ] ||
			die "statuses: $(cat "$rendezvous"/won.* "$rendezvous"/said.*)"
		winner=$(cat "$rendezvous"/won.* | sed -n 's/ 0$//p')
		expect_content "$winner" "$here/file.$round"
	done
	expect_names "$here" file.1 file.2 file.3 file.4 file.5
}

# counters WRITERS TIMES [OPTION]...: so many writers on each client.
counters() {
	writers=$1 times=$2
	shift 2
	echo 0 >"$here/counter"
	start_gate
	jobs=
	for racer in $(seq "$writers"); do
		for client in a b; do
			on "$client" sh -c '
				gate=$1 times=$2 file=$3
				shift 3
				: <"$gate"
				for i in $(seq "$times"); do
					atomwrite -u "$@" "$file" awk "{print \$1+1}" ||
						{ echo "status $?"; exit 1; }
				done
			' racer "$rendezvous/gate" "$times" "$dir/counter" "$@" &
			jobs="$jobs $!"
		done
	done
	open_gate
	demand_zero $jobs
	expect_content $((writers * 2 * times)) "$here/counter"
}

no_lost_update() {
	counters 2 250
	expect_names "$here" counter
}

few_counted() {
	counters 3 25
	expect_names "$here" counter
}

# The old version keeps its inode: a client that trusts what it remembers of
# the name would read it again.
no_lost_update_kept() {
	counters 1 50 --keep=2
	expect_content 99 "$here/counter.1"
	expect_content 98 "$here/counter.2"
	expect_names "$here" counter counter.1 counter.2
}

# A reader on the other client may hear "busy" (75), but no error; one that is
# on the writer's machine does not even hear that.
readers_see_whole() {
	seq 1 3000 >"$here/file"
	on b sh -c '
		read_ok=0 busy=0
		until [ -e "$1/stop" ]; do
			lockread "$2/file" >"$1/copy"
			case $? in
			0) read_ok=$((read_ok + 1)) ;;
			75) busy=$((busy + 1)); continue ;;
			*) echo "status $?"; exit 1 ;;
			esac
			[ "$(wc -l <"$1/copy")" = 3000 ] || { echo mixed; exit 1; }
		done
		echo "note: $read_ok times read, $busy times busy"
		[ "$read_ok" -gt 0 ] && { [ "$busy" = 0 ] || [ "$3" = two ]; }
	' reader "$rendezvous" "$dir" "$machines" &
	reader=$!
	for i in $(seq 60); do
		seq "$i" $((i + 2999)) | on a atomwrite "$dir/file" ||
			die "the writer ended with $?"
	done
	touch "$rendezvous/stop"
	demand_zero "$reader"
	expect_names "$here" file
}

locked_is_said() {
	echo finished >"$here/file"
	hold_open on a flock "$dir/file"
	expect 75 on b lockread "$dir/file"
	expect_said '^lockread: '
	expect_content '' "$rendezvous/out"
	expect 0 on b lockread -l "$dir/file"
	grep -q locked "$rendezvous/out" || die "-l: $(cat "$rendezvous/out")"
	let_go
	expect 0 on b lockread "$dir/file"
	expect_content finished "$rendezvous/out"
}

live_is_refused() {
	expect 73 put x on a uniqcreate --live "$dir/live-"
	expect_said '^uniqcreate: '
	expect_content '' "$rendezvous/out"
	expect_names "$here"
}

keeps_between() {
	for version in 1 2 3 4 5 6; do
		case $version in [135]) client=a ;; *) client=b ;; esac
		expect 0 put "v$version" on "$client" atomwrite -k 3 "$dir/file"
		[ "$version" = 1 ] ||
			expect_content "v$((version - 1))" "$here/file.1"
	done
	expect_content v6 "$here/file"
	expect_content v5 "$here/file.1"
	expect_content v4 "$here/file.2"
	expect_content v3 "$here/file.3"
	expect_names "$here" file file.1 file.2 file.3
}

# fill_disk MOUNTPOINT: as the server, so that no client's cache is in between.
fill_disk() {
	# What is kept back for data not yet written becomes free by a sync.
	for round in 1 2 3 4; do
		dd if=/dev/zero bs=1k 2>/dev/null >>"$1/fill" || :
		sync
	done
	[ "$(df "$1" | awk 'NR == 2 { print $4 }')" = 0 ] || die "not full: $(df "$1")"
}

# full_disk MOUNTPOINT: what is checked lies there.
full_disk() {
	echo old >"$here/file"
	# The next area finds room again, however this ends.
	filled=$1
	trap 'rm -f "$filled/fill"' EXIT
	fill_disk "$1"
	for options in '' --no-sync -a -n; do
		target=$dir/file
		[ "$options" != -n ] || target=$dir/absent
		expect 74 put x on a atomwrite $options "$target"
		expect_said '^atomwrite: '
		expect_content old "$here/file"
		expect_names "$here" file
	done
	for options in '' --no-sync; do
		expect 74 put x on a uniqcreate $options "$dir/x-"
		expect_content '' "$rendezvous/out"
		expect_names "$here" file
	done
	# Room for a part: the error comes late, at the flush.
	truncate -s $(($(stat -c %s "$1/fill") - 300000)) "$1/fill"
	sync
	for options in '' --no-sync; do
		expect 74 on a sh -c 'head -c 600000 /dev/zero | atomwrite $1 "$2"' \
			sh "$options" "$dir/file"
		expect_content old "$here/file"
		expect_names "$here" file
	done
	rm "$1/fill"
	expect 0 put new on a atomwrite "$dir/file"
	expect_content new "$here/file"
	expect_names "$here" file
}

check_everywhere() {
	check 'turn: held here, it excludes there' turn_excludes
	check 'turn: who waits there gets it next' turn_passes_on
	check 'turn: of a killed owner is taken over, no litter' turn_of_the_killed
	check 'never over: uniqcreate here and there, distinct names' distinct_names
	check 'never over: of atomwrite -n here and there one wins' one_creates
	check 'one at a time: 100 counted with --keep' no_lost_update_kept
	check 'kept versions: alternately from here and there' keeps_between
	check 'whole: read there while replaced here' readers_see_whole
	check 'not yet: locked by flock there' locked_is_said
	check 'not yet: uniqcreate --live is refused' live_is_refused
	check_spools
}
