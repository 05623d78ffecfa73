#!/usr/bin/env bats
# lockread: how long it waits, and what it says of it.
#
# Expressions in single quotes are for an inner shell, and run(1) of bats sets status,
# output and stderr.
# shellcheck disable=SC2016,SC2030,SC2031,SC2153,SC2154

load common

@test "wait: -w is one limit for all FILEs, and for both rounds of --newest" {
    local waited
    need_trace
    not_on_fuse "a hard link is another inode there"
    echo text >a
    ln a b
    held_flock a
    for option in --headers --newest; do
        try trace "$BATS_TEST_TMPDIR/log" -e trace=/^ppoll lockread "$option" -w 2 a b
        expect 75 "lockread: a: locked by PID $FLOCKER (flock) (use -w to wait)
lockread: b: locked by PID $FLOCKER (flock) (use -w to wait)"
        # The pauses that it asked for, in milliseconds, however long they really took.
        waited=$(sed -nE 's/.*tv_sec=([0-9]+), tv_nsec=([0-9]+).*/\1 \2/p' \
            "$BATS_TEST_TMPDIR/log" | awk '{ ms += $1 * 1000 + $2 / 1e6 } END { printf "%d", ms }')
        [ "$waited" -gt 0 ]
        [ "$waited" -le 2000 ]
    done
    let_go
}
