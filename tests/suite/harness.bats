#!/usr/bin/env bats
# What "make check" says of a machine on which it cannot test.
#
# Expressions in single quotes are for an inner shell.
# shellcheck disable=SC2016,SC2154

load ../common

@test "make check: without /proc, and so without bats, a test is skipped with the reason" {
    need_mounts
    try "${OWN_MOUNTS[@]}" sh -c 'mount -t tmpfs none /proc && exec sh "$@"' sh \
        "$BATS_TEST_DIRNAME/../run-bats" echo run
    expect 77 ""
    [ "$output" = "skipped: bats needs /dev/fd, which leads to /proc" ]
    try sh "$BATS_TEST_DIRNAME/../run-bats" echo run
    expect 0 ""
    [ "$output" = run ]
}

@test "make check: with a closed standard input the tests have an empty one" {
    try sh -c 'exec sh "$1" cat <&-' sh "$BATS_TEST_DIRNAME/../run-bats"
    expect 0 ""
    [ -z "$output" ]
}
