# shellcheck shell=dash disable=SC2154,SC2016,SC2034,SC2086
# What all checks share: running one, saying how it went, and demanding things.
# Every check is a function that runs in a subshell of its own under `set -eu`,
# in an empty directory: $here as the server sees it, $dir as the clients do.  What
# a client may remember is not looked at through it.

# Several times what the longest check takes; what hangs shall say so.
check_limit=900

# check WHAT FUNCTION [ARG]...: prints ok or not ok, and why; unless the line does
# not match what was asked for.
check() {
	check_what=$1
	shift
	echo "$area: $check_what" | grep -Eq -e "$match" || return 0
	check_began=$(cut -d. -f1 /proc/uptime)
	rendezvous=$(mktemp -d /tmp/check.XXXXXX)
	"$make_directory"
	# Not as a condition: that would switch set -e off inside.
	(
		set -eu
		"$@"
	) >"$rendezvous/said" 2>&1 </dev/null &
	check_job=$!
	(
		sleep "$check_limit"
		echo 'this check took too long' >>"$rendezvous/said"
		kill "$check_job"
	) 2>/dev/null &
	check_watchdog=$!
	wait "$check_job"
	check_status=$?
	kill "$check_watchdog" 2>/dev/null
	check_took=$(($(cut -d. -f1 /proc/uptime) - check_began))
	if [ "$check_status" = 0 ]; then
		echo "ok - $area: $check_what ($check_took s)"
		sed -n 's/^note: /# /p' "$rendezvous/said"
	else
		echo "not ok - $area: $check_what ($check_took s)"
		sed 's/^/# /' "$rendezvous/said"
		after_failure
	fi
	rm -rf "$rendezvous"
}

die() {
	echo "$*"
	exit 1
}

note() {
	echo "note: $*"
}

# expect STATUS COMMAND...: runs it and demands that status; its output stays
# in $rendezvous/out and $rendezvous/err.
expect() {
	expected=$1
	shift
	set +e
	"$@" >"$rendezvous/out" 2>"$rendezvous/err"
	status=$?
	set -e
	[ "$status" = "$expected" ] ||
		die "status $status instead of $expected: $*: $(cat "$rendezvous/err")"
}

# expect_said TEXT: the last program said one line on standard error, with TEXT.
expect_said() {
	[ "$(wc -l <"$rendezvous/err")" = 1 ] ||
		die "not one line on standard error: $(cat "$rendezvous/err")"
	grep -q -e "$1" "$rendezvous/err" ||
		die "not said '$1' but: $(cat "$rendezvous/err")"
}

# expect_content TEXT FILE: the server's FILE holds just that line.
expect_content() {
	[ "$(cat "$2")" = "$1" ] || die "$2 holds '$(head -c 300 "$2")' instead of '$1'"
}

names_of() { find "$1" -mindepth 1 -maxdepth 1 -exec basename {} \;; }

# expect_names DIRECTORY [NAME]...: these and no others, hidden ones included.
expect_names() {
	names_in=$1
	shift
	found=$(names_of "$names_in" | sort | tr '\n' ' ')
	wanted=$([ $# = 0 ] || printf '%s\n' "$@" | sort | tr '\n' ' ')
	[ "$found" = "$wanted" ] || die "in $names_in: '$found' instead of '$wanted'"
}

# eventually SECONDS COMMAND...: polls, for what only the kernel will say.
eventually() {
	until_uptime=$(($(cut -d. -f1 /proc/uptime) + $1))
	shift
	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt "$until_uptime" ] ||
			die "did not come in time: $*"
		usleep 100000
	done
}

# demand_zero PID...: each of these background jobs ended with status 0.
demand_zero() {
	for job; do
		wait "$job" || die "a background job ended with status $?"
	done
}

# Who holds what is the first thing to know when something went wrong.
after_failure() {
	# shellcheck disable=SC2012 # for people
	ls -lai "$here" | head -n 12 | sed 's/^/# /'
	head -c 40 "$here"/* 2>/dev/null | head -n 12 | sed 's/^/# /'
	echo '#'
	sed 's/^/# lock /' /proc/locks
	killall -9 atomwrite uniqcreate lockread 2>/dev/null
}

# put TEXT COMMAND...: runs it with that line on its standard input.
put() {
	put_text=$1
	shift
	echo "$put_text" | "$@"
}

# hold_open COMMAND...: starts COMMAND with a command of ours at its end, that
# says when it runs and ends with let_go.  Its output goes to $rendezvous/held.
# The command leaves its own, and so its parent's, process number there too.
hold_open() {
	rm -f "$rendezvous/ready" "$rendezvous/go"
	mkfifo "$rendezvous/ready" "$rendezvous/go"
	# Open both ways: neither end then waits for the other for ever.
	exec 6<>"$rendezvous/ready" 7<>"$rendezvous/go"
	(
		set +e
		"$@" sh -c "$holder_script" holder "$rendezvous" </dev/null \
			>"$rendezvous/held" 2>"$rendezvous/held.err" 6<&- 7<&-
		status=$?
		# Nobody waits in vain for one that never held.
		echo ended >&6
		exit "$status"
	) &
	holder_job=$!
	read -r holder_pid <&6
	[ "$holder_pid" != ended ] ||
		die "the holder did not hold: $(cat "$rendezvous/held.err")"
}

holder_script='old=$(cat); echo $PPID >"$1/ready"; read -r _ <"$1/go"
	printf "%s\n" $old added'

let_go() {
	echo go >&7
	wait "$holder_job" ||
		die "the holder ended with $?: $(cat "$rendezvous/held.err")"
}

names_are() { (expect_names "$@") >/dev/null; }

# start_gate: everybody who runs `: <"$rendezvous/gate"` goes on at once, when
# open_gate is called.
start_gate() { mkfifo "$rendezvous/gate"; }
open_gate() { exec 8<>"$rendezvous/gate"; }
