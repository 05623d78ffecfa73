# shellcheck shell=dash disable=SC2154,SC2016,SC2034,SC2086
# The checks of one NFS version with its two clients.

nfs_directory() {
	here=$(mktemp -d "/srv/$export_name/check.XXXXXX")
	chmod 755 "$here"
	case $export_name in
	main) dir=/mnt/${here##*/} ;;
	small) dir=/mnt-small/${here##*/} ;;
	esac
}

# numbered CLIENT COMMAND...: runs COMMAND as process 20001 of that machine.
numbered() {
	numbered_on=$1
	shift
	on "$numbered_on" sh -c '
		echo 20000 >/proc/sys/kernel/ns_last_pid
		"$@" &
		[ $! = 20001 ] || { echo "process $! instead of 20001"; exit 1; }
		wait $!
	' numbered "$@"
}

# The number of a process on the other machine means nothing on this one: here
# it is that of the waiter's parent, for which it would be no use to wait.
turn_of_a_namesake() {
	echo old >"$here/file"
	hold_open numbered a atomwrite -u "$dir/file"
	[ "$holder_pid" = 20001 ] || die "the holder is process $holder_pid"
	numbered b sh -c 'echo waited | atomwrite -v -w 60 -a "$0"; exit $?' \
		"$dir/file" 2>"$rendezvous/waiter" &
	waiter=$!
	eventually 30 grep -q . "$rendezvous/waiter"
	let_go
	wait "$waiter" || die "ended with $?: $(cat "$rendezvous/waiter")"
	expect_content "$(printf 'old\nadded\nwaited')" "$here/file"
}

# The owner must ask the server, not its own memory of the directory.
turn_that_was_removed() {
	echo old >"$here/file"
	hold_open on a atomwrite -u "$dir/file"
	on b rm "$dir/.file.atomwrite"
	expect 0 put theirs on b atomwrite -w 0 -a "$dir/file"
	echo go >&7
	wait "$holder_job" && status=0 || status=$?
	expect_content "$(printf 'old\ntheirs')" "$here/file"
	[ "$status" = 75 ] ||
		die "the owner ended with $status: $(cat "$rendezvous/held.err")"
	eventually 10 names_are "$here" file
}

# Between making the turn's name and locking it there is a moment in which it
# looks dead.  Who was taken over there has to notice.
turn_locked_late() {
	echo old >"$here/file"
	mkfifo "$rendezvous/stands" "$rendezvous/walk"
	exec 8<>"$rendezvous/stands" 9<>"$rendezvous/walk"
	(
		set +e
		put mine on a env LD_PRELOAD=/lib/pause.so \
			PAUSE_NAME=.file.atomwrite PAUSE_GO="$rendezvous/walk" \
			PAUSE_READY="$rendezvous/stands" \
			atomwrite -w 0 -a "$dir/file" 2>"$rendezvous/late.err"
		status=$?
		echo ended >&8
		exit "$status"
	) &
	late=$!
	read -r stands <&8
	[ -z "$stands" ] || die "never at its lock: $(cat "$rendezvous/late.err")"
	hold_open on b atomwrite -w 10 -u "$dir/file"
	echo >&9
	wait "$late" && status=0 || status=$?
	expect_content old "$here/file"
	let_go
	[ "$status" = 75 ] || die "$status: $(cat "$rendezvous/late.err")"
	expect_content "$(printf 'old\nadded')" "$here/file"
	eventually 10 names_are "$here" file
}

renames_sent() { on a awk '$1 == "RENAME:" { n += $2 } END { print n }' /proc/self/mountstats; }

# To rename over a file that is open on the same client, the client first renames
# that one away: there is a moment without FILE.  It must not be open for us.
replaced_in_one_step() {
	echo old >"$here/file"
	for options in '' -c --keep=1; do
		before=$(renames_sent)
		expect 0 put "new $options" on a atomwrite $options "$dir/file"
		steps=$(($(renames_sent) - before))
		# One more for the turn, whose name goes before its lock, and one for
		# each kept version.
		expected_steps=2
		[ "$options" != --keep=1 ] || expected_steps=3
		[ "$steps" = "$expected_steps" ] ||
			die "atomwrite $options sent $steps renames, not $expected_steps"
	done
}

# What is replaced or removed while a client has it open stays there as .nfsX
# until it is closed; not longer, and not because of us.
silly_names_go() {
	echo old >"$here/file"
	hold_open on a sh -c 'exec 9<"$0"; exec "$@"' "$dir/file"
	expect 0 put new on a atomwrite "$dir/file"
	expect 0 put newer on b atomwrite "$dir/file"
	let_go
	expect_content newer "$here/file"
	eventually 10 names_are "$here" file
}

run_nfs() {
	machines=two nfs_version=$1
	start_machines
	mount_clients "$1"
	make_directory=nfs_directory export_name=main
	check 'facts: what names, locks and modes do here' facts_alone
	check 'facts: locks exclude between the clients' facts_between
	check 'facts: they do with a delegated file' facts_delegated
	check 'facts: a lock that is kept at home is found by opening to write' \
		facts_kept_at_home
	check_everywhere
	check 'turn: a namesake of its owner is no ancestor' turn_of_a_namesake
	check 'turn: removed by another client, its owner notices' \
		turn_that_was_removed
	check 'turn: locked too late, its owner notices' turn_locked_late
	check 'whole: never without FILE, one rename replaces it' \
		replaced_in_one_step
	check 'no litter: .nfs names go' silly_names_go
	check 'await: a client that remembers names asks the server' \
		awaited_by_one_who_remembers
	check 'one at a time: 1,000 counted on two clients' no_lost_update
	check_cut "$1"
	export_name=small
	check 'kept: a full disk leaves FILE, 74' full_disk /srv/small
	check 'take: a full disk keeps nobody from it' full_spool /srv/small
	unmount_clients
}
