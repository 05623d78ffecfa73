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

@test "deadlock: nor does one who may not open the claim that waits for it" {
    need_root
    has_rung o-tmpfile || skip "no live claims here"
    share
    try timeout -k 5 60 uniqcreate -l x- setpriv --reuid=65534 --regid=65534 \
        --clear-groups sh -c 'lockread -w inf x-*'
    deadlock
}
