#!/usr/bin/env bats
# Locks that we or our ancestors hold: none of them is waited for, in any program.
#
# Every call here is bounded by timeout(1): what hangs fails with 124.
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load ../common

setup() {
    common_setup
    need flock timeout
    [ -r /proc/self/fdinfo/0 ] || skip "needs /proc"
    echo old >f
}

bounded() { try timeout -k 5 60 "$@"; }

# goes_on CODE [STDERR]: a shell runs it, and f is then "new", with nothing left behind.
goes_on() {
    bounded bash -c "$1"
    expect 0 "${2:-}"
    holds f new
    clean
}

# deadlock CODE: it is told that it would wait for ever, 75, and f stays.
deadlock() {
    bounded bash -c "$1"
    expect 75
    [[ $stderr == *"deadlock: "*" holds this lock and is waiting for us (do not wait for each other)"* ]]
    holds f old
    clean
}

@test "lineage: flock FILE atomwrite FILE goes on under the lock that it inherited" {
    goes_on 'echo new | flock f atomwrite f'
}

@test "lineage: flock L atomwrite --lock-file=L FILE goes on" {
    goes_on 'echo new | flock l atomwrite --lock-file=l f'
}

@test "lineage: the lock of a descriptor whose taker has ended is ours, too" {
    goes_on '( flock 9; echo new | atomwrite --lock-file=l f ) 9>l'
}

@test "lineage: exec with a locked descriptor goes on" {
    goes_on 'exec 9<f; flock 9; echo new >"$BATS_TEST_TMPDIR/in"; exec atomwrite f <"$BATS_TEST_TMPDIR/in"'
}

@test "lineage: -v says under which lock it goes on" {
    goes_on 'echo new | flock f atomwrite -v f' \
        $'atomwrite: f: going on under the inherited lock of f\natomwrite: f: replaced (4 bytes)'
}

@test "lineage: flock FILE lockread FILE reads under the lock, with and without -w" {
    bounded flock f lockread f
    expect 0 ""
    [ "$output" = old ]
    bounded flock f lockread -w inf f
    expect 0 ""
    [ "$output" = old ]
}

@test "lineage: flock L lockread -w inf --lock-file=L FILE reads" {
    bounded flock l lockread -w inf --lock-file=l f
    expect 0 ""
    [ "$output" = old ]
}

@test "lineage: the inherited lock is neither converted nor let go" {
    bounded bash -c 'exec 9>l; flock 9; echo new | atomwrite --lock-file=l f
        flock -n l true && echo "it was let go"; true'
    expect 0 ""
    [ -z "$output" ]
}

@test "lineage: a shared lock where an exclusive one is needed, 75 at once" {
    deadlock 'echo new | flock -s l atomwrite --lock-file=l f'
}

@test "lineage: the lock of an ancestor that we did not inherit, 75 at once" {
    deadlock 'flock -o f sh -c "echo new | atomwrite f; exit \$?"'
    deadlock 'flock -o l sh -c "echo new | atomwrite --lock-file=l f; exit \$?"'
}

@test "lineage: with -w 0 it is locked like any other, 75" {
    bounded flock -o f sh -c 'echo new | atomwrite -w 0 f; exit $?'
    expect 75
    [[ $stderr == "atomwrite: f: left as it was: it is locked by PID "* ]]
    holds f old
    bounded atomwrite -u f sh -c 'atomwrite -w 0 f echo new; exit $?'
    expect 75
    [[ $stderr == "atomwrite: f: left as it was: being replaced by PID "* ]]
    holds f old
}

@test "lineage: a COMMAND of uniqcreate -l that waits for its own claim, 75 at once" {
    has_rung o-tmpfile || skip "no live claims here"
    bounded uniqcreate -l --time=@0 c- sh -c 'lockread -w inf c-*; echo $?'
    expect 0
    [[ $stderr == "lockread: c-"*": deadlock: PID "*" (uniqcreate) holds this lock and is waiting for us"* ]]
    [ "$(cat "$output")" = 75 ]
    bounded uniqcreate -l --time=@0 d- sh -c 'echo new | atomwrite d-*; echo $?'
    expect 0
    [[ $stderr == *"deadlock: PID "*" (uniqcreate) holds this lock"* ]]
    [ "$(cat "$output")" = 75 ]
}

@test "lineage: a COMMAND of -u that asks for the same lock file, 75 at once" {
    echo g >g
    deadlock 'atomwrite -u --lock-file=l f sh -c "echo new | atomwrite --lock-file=l g"'
    holds g g
    deadlock 'atomwrite -u --lock-file=l f sh -c "lockread -w inf --lock-file=l g"'
}

@test "lineage: a check of lockread that writes under its lock file, 75 at once" {
    echo g >g
    bounded lockread --lock-file=l f
    expect 66
    : >l
    bounded lockread --lock-file=l --check='echo new | atomwrite --lock-file=l g' f
    expect 65
    [[ $stderr == *"deadlock: PID "*" (lockread) holds this lock and is waiting for us"* ]]
    holds g g
}

@test "lineage: three parties in a circle, 75 for the one that closes it" {
    mkfifo begun go
    # A script has FILE's lock; another writer has the turn and waits for that lock.
    bounded bash -c '
        exec 9<f; flock 9
        echo other | atomwrite -v -w 50 f 9>&- 2>said &
        until [ -e .f.atomwrite ]; do sleep 0.01; done
        echo new | atomwrite f; inner=$?
        flock -u 9; wait; exit "$inner"'
    expect 75
    [[ $stderr == "atomwrite: f: left as it was: deadlock: PID "*" (atomwrite) holds this lock and is waiting for us (do not wait for each other)" ]]
    holds f other
    clean
}

@test "lineage: a script that starts one child after the other waits for none of them" {
    bounded bash -c '
        exec 9<f; flock 9
        echo new | atomwrite -w 1 f 9>&- 2>said &
        while kill -0 $! 2>/dev/null; do /bin/true; done
        wait $!'
    expect 75
    [[ $(cat said) == "atomwrite: f: left as it was: it is locked by PID "* ]]
    holds f old
}

@test "lineage: through a PID name space, by a mark in the environment, 75 at once" {
    need_root
    unshare -pf --mount-proc true 2>/dev/null || skip "needs a PID name space"
    deadlock 'atomwrite -u f unshare -pf --mount-proc atomwrite f true'
    # A mark of another turn is none of this one.
    bounded env WHOLEFILE_TURNS=" 1:1" atomwrite f echo new
    expect 0 ""
    holds f new
}

@test "lineage: the mark of a turn that is over is none of one whose inode is the same, 75 after -w" {
    need_root
    unshare -pf --mount-proc true 2>/dev/null || skip "needs a PID name space"
    local device inode
    held_turn f
    read -r device inode < <(stat -c '%d %i' .f.atomwrite)
    # As a job has it that has outlived its ancestor: another birth.
    bounded env WHOLEFILE_TURNS=" $device:$inode $device:$inode:1" \
        unshare -pf --mount-proc atomwrite -w 0.3 f echo new
    expect 75
    [[ $stderr != *deadlock* ]]
    release
    holds f released
    # And one that still goes on is known by it.
    deadlock 'echo old >f; atomwrite -u f unshare -pf --mount-proc atomwrite f true'
}

# parent WAIT: a program of Python has the lock of f, which nobody inherits, and waits by
# the code WAIT for the child PID, an atomwrite of f.
parent() {
    need python3
    cat >"$BATS_TEST_TMPDIR/parent.py" <<-EOF
	import fcntl, os, select, signal, sys
	lock = open("f")
	fcntl.flock(lock, fcntl.LOCK_EX)
	signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
	pid = os.posix_spawnp("env", ["env", "atomwrite", "f", "echo", "new"], os.environ,
	    setsigmask=[])
	$1
	sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	EOF
    deadlock "exec python3 '$BATS_TEST_TMPDIR/parent.py'"
}

@test "lineage: a parent that waits for its child in an event loop, 75 at once" {
    python3 -c 'import os; os.close(os.pidfd_open(os.getpid()))' 2>/dev/null ||
        skip "needs pidfd_open(2) in Python"
    parent 'e = select.epoll(); e.register(os.pidfd_open(pid), select.EPOLLIN); e.poll()'
    parent 'p = select.poll(); p.register(os.pidfd_open(pid), select.POLLIN); p.poll()'
    parent 'select.select([os.pidfd_open(pid)], [], [])'
}

@test "lineage: a parent that waits for its child or for a signal, 75 at once" {
    parent 'os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)'
    parent 'signal.sigwait([signal.SIGCHLD])'
}

@test "lineage: a background job of a COMMAND waits: nobody waits for it" {
    mkfifo ended go
    # COMMAND does something else meanwhile; the job outlives it, and its turn comes.
    timeout -k 5 60 atomwrite -u f sh -c '
        { echo later | atomwrite -v -a f 2>told; echo $? >ended; } >/dev/null 2>&1 &
        cat go; echo new' 3>&- 4>&- &
    local writer=$! result
    until grep -q 'waiting for PID' told 2>/dev/null; do sleep 0.05; done
    : >go
    read -r result <ended
    wait "$writer"
    [ "$result" = 0 ]
    holds f $'new\nlater'
    clean
}

@test "lock-file: a dangling symlink is followed, as flock(1) does" {
    ln -s real l
    bounded atomwrite --lock-file=l f echo new
    expect 0 ""
    [ -f real ]
    [ -L l ]
    holds f new
}

@test "lock-file: a dangling symlink that leads to FILE is refused, 64" {
    rm f
    ln -s f l
    bounded atomwrite --lock-file=l f echo new
    expect 64 "atomwrite: l: the lock file must not be FILE itself (see atomwrite --help)"
}

@test "lock-file: a dangling symlink into nowhere, 73, and not for ever" {
    ln -s nowhere/real l
    bounded atomwrite --lock-file=l f echo new
    expect 73 "atomwrite: l: cannot lock it: No such file or directory (create the directory first)"
    holds f old
}
