# shellcheck shell=dash disable=SC2154,SC2016,SC2034,SC2086
# A client that is cut off from the server while it has the turn.

cut_off() { ip.full link set "wire-$1" down; }
restore() { ip.full link set "wire-$1" up; }

# After a check that failed in the middle the wire may still be cut.
with_wires() {
	trap 'restore a; restore b' EXIT
	"$@"
}

# When the lease ends, the server gives the lock away.  The owner that comes
# back has to find that its turn is gone: the other's update stays.
cut_until_lease_ends() {
	echo old >"$here/file"
	hold_open on a atomwrite -u "$dir/file"
	cut_off a
	expect 75 put early on b atomwrite -w 0 -a "$dir/file"
	began=$(cut -d. -f1 /proc/uptime)
	expect 0 put theirs on b atomwrite -w 90 -a "$dir/file"
	note "taken over after $(($(cut -d. -f1 /proc/uptime) - began)) s (lease 10 s)"
	expect_content "$(printf 'old\ntheirs')" "$here/file"
	restore a
	echo go >&7
	wait "$holder_job" && status=0 || status=$?
	note "the owner that came back: $status, $(cat "$rendezvous/held.err")"
	expect_content "$(printf 'old\ntheirs')" "$here/file"
	case $status in
	75 | 74) ;;
	*) die "the owner that came back ended with $status" ;;
	esac
	expect 0 put again on a atomwrite -w 60 -a "$dir/file"
	expect_content "$(printf 'old\ntheirs\nagain')" "$here/file"
	eventually 30 names_are "$here" file
}

# Version 3 has no lease: the lock stays until the client's machine says that
# it was started anew, by statd.
cut_until_reboot_is_said() {
	echo old >"$here/file"
	hold_open on a atomwrite -u "$dir/file"
	cut_off a
	expect 75 put early on b atomwrite -w 20 -a "$dir/file"
	expect_content old "$here/file"
	note 'v3: still locked 20 s after the cut'
	restore a
	on a sm-notify -f -m 1 -p 6622
	began=$(cut -d. -f1 /proc/uptime)
	expect 0 put theirs on b atomwrite -w 90 -a "$dir/file"
	note "taken over $(($(cut -d. -f1 /proc/uptime) - began)) s after sm-notify"
	echo go >&7
	wait "$holder_job" && status=0 || status=$?
	note "the owner that lost its lock: $status, $(cat "$rendezvous/held.err")"
	expect_content "$(printf 'old\ntheirs')" "$here/file"
	[ "$status" = 75 ] || [ "$status" = 74 ] ||
		die "the owner that lost its lock ended with $status"
	eventually 30 names_are "$here" file
}

# Cut for less than a lease: nothing is lost, nobody else gets in between.
cut_for_a_moment() {
	echo old >"$here/file"
	hold_open on a atomwrite -u "$dir/file"
	cut_off a
	expect 75 put early on b atomwrite -w 1 -a "$dir/file"
	restore a
	let_go
	expect_content "$(printf 'old\nadded')" "$here/file"
	expect_names "$here" file
}

check_cut() {
	check 'cut off for a moment: the turn is kept' with_wires cut_for_a_moment
	if [ "$1" = 3 ]; then
		check 'cut off: the turn stays until the machine says it rebooted' \
			with_wires cut_until_reboot_is_said
	else
		check 'cut off: the other takes over when the lease ends' \
			with_wires cut_until_lease_ends
	fi
}
