#!/usr/bin/env bats
# Deadlocks that a program that waits in another way has to notice, too.
#
# Every call is bounded by timeout(1): what hangs fails with 124.
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load ../common

setup() {
    common_setup
    need flock timeout
    [ -r /proc/self/fdinfo/0 ] || skip "needs /proc"
    echo text >f
}

deadlock() {
    expect 75
    [[ $stderr == *"deadlock: "*" holds this lock and is waiting for us (do not wait for each other)"* ]]
}

@test "deadlock: lockread --await does not wait for a lock that waits for it" {
    try timeout -k 5 60 flock -o f sh -c 'lockread --await f; exit $?'
    deadlock
    # It is another matter without a wait.
    try timeout -k 5 60 flock -o f sh -c 'lockread --await -w 0 f; exit $?'
    expect 75
    [[ $stderr == *"locked by PID "* ]]
}

@test "deadlock: nor do --newest and --take, where no other file can come" {
    local how
    echo text >g
    for how in --newest --take=cat; do
        try timeout -k 5 60 flock -o f sh -c 'lockread --await "$1" f; exit $?' - "$how"
        deadlock
        # Each of them.
        try timeout -k 5 60 flock -o f flock -o g \
            sh -c 'lockread --await "$1" f g; exit $?' - "$how"
        expect 75
        [ "$(grep -c 'deadlock: ' <<<"$stderr")" = 2 ]
        # Another one can be had.
        try timeout -k 5 60 flock -o f sh -c 'lockread --await "$1" f g; exit $?' - "$how"
        expect 0
        [ "$output" = text ]
    done
    [ -e f ]
    [ ! -e g ]
}

@test "deadlock: what --newest and --take can still get is waited for beside it" {
    local how
    mkdir d
    echo text >d/f
    for how in --newest --take=cat; do
        try timeout -k 5 60 flock -o f sh -c \
            'lockread --await "$1" f g & echo new | atomwrite g; wait "$!"' - "$how"
        expect 0 ""
        [ "$output" = new ]
        rm -f g
        # In a directory another one may come.
        try timeout -k 5 60 flock -o d/f sh -c \
            'lockread --await "$1" d & echo new | atomwrite d/g; wait "$!"' - "$how"
        expect 0 ""
        [ "$output" = new ]
        rm -f d/g
    done
}

# comes PAUSES COMMAND...: as "try", while "d/g" comes as lockread begins to wait for a change
# for the PAUSES-th time.
comes() {
    local pauses=$1
    shift
    instead "#include <poll.h>
    int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit, const sigset_t *mask)
    {
        static int pauses;
        asked();
        if (count == 1 && ++pauses == $pauses) {
            int fd = open(\"d/.g\", O_WRONLY | O_CREAT, 0666);
            if (write(fd, \"new\n\", 4) == -1 || close(fd) == -1 || rename(\"d/.g\", \"d/g\") == -1)
                return -1;
        }
        return REAL(ppoll)(fds, count, limit, mask);
    }" "$@"
}

@test "deadlock: in a directory another file may come, however often the first is a deadlock" {
    mkdir d
    echo text >d/f
    comes 5 timeout -k 5 60 flock -o d/f sh -c 'lockread --await --newest d; exit $?'
    expect 0 ""
    [ "$output" = new ]
    rm d/g
    comes 1 timeout -k 5 60 flock -o d/f sh -c 'lockread --await --take=cat d; exit $?'
    expect 0 ""
    [ "$output" = new ]
    [ ! -e d/g ]
}

@test "deadlock: of two files the one that is none may come, also where it is looked at first" {
    mkdir d
    echo text >d/f
    touch -d @1 d/f
    : >d/g
    comes 5 timeout -k 5 60 flock -o d/f sh -c \
        'lockread --await -e --newest d/f d/g; exit $?'
    expect 0 ""
    [ "$output" = new ]
}

@test "deadlock: --take does not wait for the lock that it has itself" {
    try timeout -k 5 60 flock f lockread --await --take=cat f
    expect 75
    [[ $stderr == "lockread: f: locked by "* ]]
    # The handler of f, say.
    try timeout -k 5 60 lockread --take='lockread --await --take=cat f' f
    expect 75
    [ -e f ]
}

@test "deadlock: nor does one who may not open the claim that waits for it" {
    need_root
    has_rung o-tmpfile || skip "no live claims here"
    share
    try timeout -k 5 60 uniqcreate -l x- setpriv --reuid=65534 --regid=65534 \
        --clear-groups sh -c 'lockread -w inf x-*'
    deadlock
}

# All FILEs need the lock of --lock-file, and so does each that may come.
lock_file_deadlock() {
    try timeout -k 5 60 flock -o lock sh -c 'lockread "$@"; exit $?' - --lock-file=lock "$@"
    deadlock
    [ "$(grep -c '' <<<"$stderr")" = 1 ]
    [ "$output" = "" ]
}

@test "deadlock: the lock of --lock-file ends --await, be FILE there or not" {
    : >lock
    mkdir d
    lock_file_deadlock -w inf f
    lock_file_deadlock --await f
    lock_file_deadlock --await -w inf f
    lock_file_deadlock --await missing
    lock_file_deadlock --await d
}

@test "deadlock: it ends --newest and --take on a directory, too, and is said once" {
    local how
    : >lock
    mkdir d
    echo one >d/1
    echo two >d/2
    for how in --newest --take=cat; do
        lock_file_deadlock --await "$how" d
        lock_file_deadlock --await "$how" -w inf d
        lock_file_deadlock --await "$how" f d missing
        # Each FILE may wait, and no other can be had meanwhile.
        lock_file_deadlock -w inf "$how" d
        # It is another matter without a wait.
        try timeout -k 5 60 flock -o lock sh -c \
            'lockread --await -w 0 --lock-file=lock "$1" d; exit $?' - "$how"
        [[ $stderr != *deadlock* ]]
        [ "$output" = "" ]
    done
    [ "$(ls d)" = "1"$'\n'"2" ]
}

@test "deadlock: in an empty directory it is one as soon as a file comes" {
    local how
    : >lock
    for how in --newest --take=cat; do
        mkdir d
        timeout -k 5 60 flock -o lock sh -c 'lockread --await --lock-file=lock "$1" d; exit $?' \
            - "$how" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- &
        echo new | atomwrite d/g
        outcome wait "$!"
        output=$(cat "$BATS_TEST_TMPDIR/out") stderr=$(cat "$BATS_TEST_TMPDIR/err")
        deadlock
        [ "$output" = "" ]
        rm -r d
    done
}

@test "deadlock: -q says nothing of it, and -s of one that is waited for is 0" {
    : >lock
    try timeout -k 5 60 flock -o lock sh -c \
        'lockread -q --await --lock-file=lock --take=cat f; exit $?'
    expect 75 ""
    try timeout -k 5 60 flock -o lock sh -c 'lockread -s -w inf --lock-file=lock f; exit $?'
    expect 0 ""
}

@test "deadlock: under an inherited lock of --lock-file all go on" {
    local how
    : >lock
    for how in --newest --take=cat; do
        mkdir d
        echo text >d/1
        try timeout -k 5 60 flock lock lockread --await --lock-file=lock "$how" d
        expect 0 ""
        [ "$output" = text ]
        rm -r d
    done
}

@test "deadlock: while the holder of --lock-file does not wait it is waited for" {
    local how
    : >lock
    for how in --newest --take=cat; do
        mkdir d
        echo text >d/1
        try timeout -k 5 60 bash -c '
            exec 9<lock; flock 9
            lockread --await --lock-file=lock "$1" d 9>&- &
            for each in {1..20}; do /bin/true; done
            flock -u 9; wait "$!"' - "$how"
        expect 0 ""
        [ "$output" = text ]
        rm -r d
    done
}
