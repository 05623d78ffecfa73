#!/usr/bin/env bats
# Deadlocks that a program that waits in another way has to notice, too.
#
# Every call is bounded by timeout(1): what hangs fails with 124.
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr.
# shellcheck disable=SC2016,SC2154

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
