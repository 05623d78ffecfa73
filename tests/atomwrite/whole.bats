#!/usr/bin/env bats
# atomwrite: the plain run, and that a reader sees one whole version at every moment.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- the plain run

@test "writes: standard input becomes a new FILE" {
    try atomwrite f <<<new
    expect 0 ""
    [ -z "$output" ]
    holds f new
    clean
}

@test "writes: standard input takes the place of FILE" {
    old
    try atomwrite f <<<new
    expect 0 ""
    [ -z "$output" ]
    holds f new
    clean
}

@test "writes: the output of COMMAND takes the place of FILE" {
    old
    try atomwrite f printf '%s\n' 'from COMMAND'
    expect 0 ""
    [ -z "$output" ]
    holds f 'from COMMAND'
    clean
}

@test "writes: COMMAND keeps its own options" {
    try atomwrite f printf -- '-n %s\n' -v
    expect 0 ""
    holds f '-n -v'
}

@test "writes: -- ends the options, before FILE and before COMMAND" {
    try atomwrite -- -f <<<dash
    expect 0 ""
    holds ./-f dash
    try atomwrite f -- printf 'both\n'
    expect 0 ""
    holds f both
}

@test "writes: COMMAND inherits standard input" {
    try atomwrite f sed 's/^/read: /' <<<line
    expect 0 ""
    holds f 'read: line'
}

@test "writes: empty input makes an empty FILE" {
    old
    try atomwrite f </dev/null
    expect 0 ""
    [ -f f ]
    [ ! -s f ]
    clean
}

@test "writes: FILE may be its own input" {
    old
    try atomwrite f <f
    expect 0 ""
    left_alone
}

@test "writes: every byte of a large input, from a pipe" {
    head -c 5000001 /dev/urandom >random
    atomwrite f < <(cat random)
    cmp random f
    clean
}

@test "writes: every byte of a large input, from a file that was read half way" {
    head -c 5000001 /dev/urandom >random
    { head -c 1000000 >first && atomwrite f; } <random
    # head may have read on; what it left is what counts.
    { head -c 1000000 >/dev/null && cat; } <random >rest
    cmp rest f
    clean
}

@test "writes: input from /proc, which says that it has no size" {
    try atomwrite f </proc/version
    expect 0 ""
    cmp /proc/version f
}

@test "writes: a non-blocking standard input is read to its end" {
    need perl
    mkfifo input
    perl -MFcntl -e 'fcntl(STDIN, F_SETFL, O_NONBLOCK) or die; exec {$ARGV[0]} @ARGV' \
        atomwrite f <input 3>&- &
    exec 9>input
    head -c 100000 /dev/zero >&9
    head -c 100000 /dev/zero >&9
    exec 9>&-
    wait $!
    [ "$(stat -c %s f)" -eq 200000 ]
    clean
}

# ---- P1 whole

@test "whole: nothing of the new content is seen before the input has ended" {
    old
    mkfifo input
    atomwrite f <input 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    holds f old
    exec 9>&-
    wait $!
    [ "$(stat -c %s f)" -eq 200000 ]
    clean
}

@test "whole: a new FILE does not exist before the input has ended" {
    mkfifo input
    atomwrite f <input 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    [ ! -e f ]
    exec 9>&-
    wait $!
    [ "$(stat -c %s f)" -eq 200000 ]
    clean
}

@test "whole: who opened the old version reads it to its end" {
    old
    exec 8<f
    try atomwrite f <<<new
    expect 0 ""
    [ "$(cat <&8)" = old ]
    exec 8<&-
    holds f new
}

# ---- P7 always an answer

@test "always an answer: readers have the old version while COMMAND runs" {
    old
    held_turn f
    holds f old
    try lockread f
    expect 0 ""
    [ "$output" = old ]
    release new
    try lockread f
    expect 0 ""
    [ "$output" = new ]
    clean
}

@test "always an answer: no reader makes a writer wait" {
    old
    held_flock f -s
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    exec 8<f
    flock -s 8
    try atomwrite -a -w 0 f <<<more
    expect 0 ""
    try atomwrite -u -k 1 -c -w 0 f cat
    expect 0 ""
    exec 8<&-
    let_go
    holds f $'new\nmore'
    clean
}

@test "a program that writes in place under flock(1) is waited for" {
    old
    held_flock f
    atomwrite -a f <<<tail 3>&- &
    let_go $'in place\n'
    wait $!
    holds f $'old\nin place\ntail'
    clean
}

@test "a program that writes in place under flock(1) is not waited for with -w 0, exit 75" {
    old
    held_flock f
    try atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: it is locked by PID $FLOCKER (flock) (wait longer with -w)"
    let_go
    left_alone
}
