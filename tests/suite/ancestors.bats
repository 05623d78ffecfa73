#!/usr/bin/env bats
# Which ancestors wait for us, and which only look as if they did.
#
# Every call here is bounded by timeout(1): what hangs fails with 124.
# Expressions in single quotes are for an inner shell or for Python, and run(1) of bats sets
# status, output and stderr.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load ../common

DEADLOCK="holds this lock and is waiting for us (do not wait for each other)"

setup() {
    common_setup
    need flock python3 timeout
    [ -r /proc/self/fdinfo/0 ] || skip "needs /proc"
    echo old >f
}

# holder CODE [ARGUMENT]...: a program of Python, in $HOLDER, that has the lock of f, which
# nobody inherits, and does CODE.
holder() {
    HOLDER=$BATS_TEST_TMPDIR/holder.py
    cat >"$HOLDER" <<-EOF
	import fcntl, os, sys
	lock = open("f")
	fcntl.flock(lock, fcntl.LOCK_EX)
	$1
	EOF
}

# waiting CODE: the holder does CODE, starts an atomwrite of f and waits for it: a deadlock.
waiting() {
    holder "$1
child = os.posix_spawnp('env', ['env', 'atomwrite', 'f', 'echo', 'new'], os.environ)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    try timeout -k 5 60 python3 "$HOLDER"
    expect 75
    [[ $stderr == *"deadlock: "*"$DEADLOCK" ]]
    holds f old
    clean
}

# elsewhere COMMAND [CODE]: the holder starts COMMAND, and sleeps where no child is waited for,
# or does CODE, until COMMAND has closed "said", which becomes $stderr.
elsewhere() {
    mkfifo go said
    holder "child = os.posix_spawnp('sh', ['sh', '-c', sys.argv[1]], os.environ)
open('pid', 'w').write(str(os.getpid()))
${2:-}
open('go').read()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    timeout -k 5 60 python3 "$HOLDER" "$1" 3>&- 4>&- &
    stderr=$(timeout -k 5 60 cat said)
    local wchan
    wchan=$(cat "/proc/$(cat pid)/wchan" 2>/dev/null) || :
    : >gone
    : >go
    outcome wait $!
    [ -n "${2:-}" ] || [ "${wchan:-0}" != 0 ] || skip "needs /proc/PID/wchan"
}

@test "ancestors: a parent that sleeps for another reason does not wait for us, 75 after -w" {
    elsewhere 'exec atomwrite -w 1 f echo new 2>said'
    expect 75
    [[ $stderr == "atomwrite: f: left as it was: it is locked by PID "* ]]
    holds f old
}

@test "ancestors: nor does one that works, and never sleeps, 75 after -w" {
    elsewhere 'exec atomwrite -w 1 f echo new 2>said' \
        'while not os.path.exists("gone"): [None for _ in range(1000000)]'
    expect 75
    [[ $stderr == "atomwrite: f: left as it was: it is locked by PID "* ]]
    holds f old
}

@test "ancestors: nor does one whose child waits for us, 75 after -w" {
    elsewhere 'atomwrite -w 1 f echo new 2>said; exit $?'
    expect 75
    [[ $stderr == "atomwrite: f: left as it was: it is locked by PID "* ]]
    holds f old
}

@test "ancestors: a child that is dead keeps no parent busy, 75 at once" {
    waiting 'dead = os.posix_spawnp("true", ["true"], os.environ)
os.waitid(os.P_PID, dead, os.WEXITED | os.WNOWAIT)'
}

@test "ancestors: a parent may be called what it likes, 75 at once" {
    waiting 'open("/proc/self/comm", "w").write("a) R 1 (b) R 1")'
}

@test "ancestors: a child that reads what we print keeps no parent busy, 75 at once" {
    try timeout -k 5 60 flock -o f sh -c 'lockread -w inf f | cat'
    expect 0
    [[ $stderr == *"deadlock: "*"$DEADLOCK" ]]
    try timeout -k 5 60 flock -o f sh -c 'atomwrite f echo new 2>&1 >/dev/null | cat'
    expect 0 ""
    [[ $output == *"deadlock: "*"$DEADLOCK" ]]
    holds f old
    clean
}

@test "ancestors: one that has another kind of lock is not the one that is waited for, 75 after -w" {
    held_flock f -x
    cat >"$BATS_TEST_TMPDIR/parent.py" <<-EOF
	import fcntl, os, sys
	lock = open("f", "r+")
	fcntl.lockf(lock, fcntl.LOCK_EX)
	child = os.posix_spawnp("env", ["env", "atomwrite", "-w", "1", "f", "echo", "new"], os.environ)
	sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
	EOF
    try timeout -k 5 60 python3 "$BATS_TEST_TMPDIR/parent.py"
    let_go
    expect 75 "atomwrite: f: left as it was: it is locked by PID $FLOCKER (flock) (wait longer with -w)"
    holds f old
}

@test "ancestors: one that goes on between two looks does not wait for us, 75 after -w" {
    # The child says to its parent when it is between them, and goes on once that has run.
    cat >"$BATS_TEST_TMPDIR/parent.py" <<-EOF
	import fcntl, os, sys
	lock = open("f")
	fcntl.flock(lock, fcntl.LOCK_EX)
	asked, ask = os.pipe()
	told, tell = os.pipe()
	os.dup2(ask, 60)
	os.dup2(told, 61)
	child = os.posix_spawnp("atomwrite", ["atomwrite", "-w", "1", "f", "echo", "new"], os.environ)
	os.close(ask)
	os.close(60)
	while os.read(asked, 1):
	    os.write(tell, b"!")
	sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
	EOF
    instead '#include <poll.h>
    int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit, const sigset_t *mask)
    {
        char byte = 0;
        if (count == 0 && limit != NULL && limit->tv_sec == 0 && limit->tv_nsec == 1000000) {
            asked();
            return write(60, "?", 1) == 1 && read(61, &byte, 1) == 1 ? 0 : -1;
        }
        return REAL(ppoll)(fds, count, limit, mask);
    }' timeout -k 5 60 python3 "$BATS_TEST_TMPDIR/parent.py"
    expect 75
    [[ $stderr == "atomwrite: f: left as it was: it is locked by PID "* ]]
    holds f old
}

@test "ancestors: one that only traces what we do waits for us, 75 at once" {
    need_trace
    try timeout -k 5 60 flock -o f strace -qq -o "$BATS_TEST_TMPDIR/log" \
        env ASAN_OPTIONS=detect_leaks=0 atomwrite f echo new
    expect 75
    [[ $stderr == *"deadlock: "*"$DEADLOCK" ]]
    holds f old
    clean
}

@test "ancestors: without /proc our parent is known, 75 at once" {
    need_plain_build
    need_mounts
    try timeout -k 5 60 "${OWN_MOUNTS[@]}" sh -c \
        'mount -t tmpfs none /proc && exec atomwrite -u f atomwrite f echo new'
    expect 75
    [[ $stderr == *"deadlock: "*"$DEADLOCK"* ]]
    holds f old
    clean
}

@test "ancestors: where /proc has other numbers than ours they are known by what they hold" {
    local own=(unshare -pf)
    need unshare
    [ "$(id -u)" -eq 0 ] || own=(unshare -Urpf)
    "${own[@]}" true 2>/dev/null || skip "needs a PID name space"
    # Of a FILE that is there it would be its content lock that tells.
    try timeout -k 5 60 "${own[@]}" atomwrite -u g atomwrite g echo new
    expect 75
    [[ $stderr == *"deadlock: "*"$DEADLOCK"* ]]
    [ ! -e g ]
    clean
}
