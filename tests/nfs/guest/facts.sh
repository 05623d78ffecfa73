# shellcheck shell=dash disable=SC2154,SC2016,SC2034,SC2086
# What the checks build on, asked of the kernel without the suite.

# notes_of COMMAND...: what a probe finds, noted in one line.
notes_of() {
	"$@" >"$rendezvous/facts" || die "$(cat "$rendezvous/facts")"
	note "$(sed 's/^note: //' "$rendezvous/facts" | tr '\n' ';')"
}

facts_alone() { notes_of on a probe facts "$dir"; }

# A client that has a file delegated may keep its locks to itself; the server must
# ask for them before another client can be told that there are none.
facts_delegated() {
	echo x >"$here/lock"
	on a cat "$dir/lock" >/dev/null
	on a flock -s "$dir/lock" true
	hold_open on a flock "$dir/lock"
	set +e
	on b flock -n -s "$dir/lock" true
	shared=$?
	on b probe flock "$dir/lock"
	exclusive=$?
	let_go
	note "flock -s there: $shared, flock -x there: $exclusive (1 and 75 are right)"
	[ "$shared $exclusive" = '1 75' ]
}

# A client that is given a delegation to read while it has the file open for writing
# keeps even an exclusive lock to itself (Linux 6.1). Who opens the file for writing
# makes it tell: so do the programs before they call a hidden name dead.
facts_kept_at_home() {
	echo x >"$here/lock"
	hold_open on a sh -c 'exec 9<>"$0"; cat "$0" >/dev/null; flock 9; exec "$@"' "$dir/lock"
	set +e
	on b flock -n -s "$dir/lock" true
	reading=$?
	on b sh -c 'exec 9<>"$0"; flock -n -s 9' "$dir/lock"
	writing=$?
	let_go
	note "flock -s there, opened to read: $reading, to write: $writing (1 is right)"
	[ "$writing" = 1 ]
}

# Both kinds of lock exclude between the clients, and go with their owner.
facts_between() {
	: >"$here/lock"
	hold_open on a flock "$dir/lock"
	expect 75 on b probe flock "$dir/lock"
	let_go
	expect 0 on b probe flock "$dir/lock"
	hold_open on a probe hold "$dir/lock"
	expect 75 on b probe record "$dir/lock"
	note "F_GETLK about the other client's lock: $(cat "$rendezvous/out")"
	let_go
	expect 0 on b probe record "$dir/lock"
}
