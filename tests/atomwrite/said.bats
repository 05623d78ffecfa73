#!/usr/bin/env bats
# atomwrite: waiting, messages, wrong calls.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- -w

@test "-w: 0 does not wait for the turn, exit 75, and names who has it" {
    old
    held_turn f
    try atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: being replaced by PID $HOLDER (atomwrite) (wait longer with -w)"
    holds f old
    release first
    holds f first
    clean
}

@test "-w: a fraction of a second is waited, exit 75" {
    old
    held_turn f
    try atomwrite --wait=0.05 f <<<new
    expect 75 "atomwrite: f: left as it was: being replaced by PID $HOLDER (atomwrite) (wait longer with -w)"
    release first
    holds f first
    clean
}

@test "-w: takes s, m, h, d, fractions and inf" {
    local duration
    for duration in 1 1s 1.5 .5 2. 1m 0.5h 1d inf; do
        try atomwrite --no-sync -w "$duration" f <<<"$duration"
        expect 0 ""
        holds f "$duration"
    done
}

@test "-w: with -v it says for whom it waits" {
    old
    held_turn f
    mkfifo said
    atomwrite -v f <<<new 2>said 3>&- &
    local waiter=$!
    exec 8<said
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $HOLDER (atomwrite)" ]
    release first
    wait "$waiter"
    [ "$(cat <&8)" = "atomwrite: f: replaced (4 bytes)" ]
    exec 8<&-
    holds f new
    clean
}

@test "-w: on a terminal it says for whom it waits" {
    need script
    old
    held_turn f
    mkfifo screen
    script -qefc 'echo new | atomwrite f' /dev/null </dev/null >screen 2>&1 3>&- &
    local waiter=$!
    exec 8<screen
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $HOLDER (atomwrite)"$'\r' ]
    release first
    wait "$waiter"
    exec 8<&-
    holds f new
    clean
}

# ---- -v and --progress

@test "-v: says what was done" {
    try atomwrite -v f <<<new
    expect 0 "atomwrite: f: created (4 bytes)"
    try atomwrite --verbose f <<<newer
    expect 0 "atomwrite: f: replaced (6 bytes)"
    try atomwrite -v -c f <<<newer
    expect 0 "atomwrite: f: unchanged"
    try atomwrite -v -u f cat
    expect 0 "atomwrite: f: replaced (6 bytes)"
}

@test "-v: with -a it says the size of the new FILE" {
    old
    try atomwrite -v -a f <<<more
    expect 0 "atomwrite: f: replaced (9 bytes)"
}

@test "--progress: a plain line where there is no terminal" {
    head -c 2048 /dev/zero >input
    try atomwrite --progress f <input
    expect 0
    [[ $stderr =~ ^'atomwrite: f: 2048B, '[0-9.]+[KMG]?'B/s, 100%, 0s left'$ ]]
    cmp input f
}

@test "--progress: no percent where the size is not known" {
    try atomwrite --progress f < <(head -c 2048 /dev/zero)
    expect 0
    [[ $stderr =~ ^'atomwrite: f: 2048B, '[0-9.]+[KMG]?'B/s'$ ]]
    try atomwrite --progress f head -c 2048 /dev/zero
    expect 0
    [[ $stderr =~ ^'atomwrite: f: 2048B, '[0-9.]+[KMG]?'B/s'$ ]]
}

@test "--progress: redrawn on a terminal" {
    need script
    head -c 2048 /dev/zero >input
    run script -qefc 'atomwrite --progress f <input' /dev/null </dev/null
    [ "$status" -eq 0 ]
    [[ $output == $'\r'*'100%, 0s left'$'\e[K'* ]]
    cmp input f
}

# ---- --help and --version

@test "--help: on standard output, and nothing is written" {
    try atomwrite --help f
    expect 0 ""
    [ "${lines[0]}" = "usage: atomwrite [options] FILE [COMMAND [ARG]...]" ]
    [ -z "$(ls -A)" ]
}

@test "--version: on standard output" {
    try atomwrite --version
    expect 0 ""
    [[ $output =~ ^'atomwrite (wholefile) '[0-9.]+$ ]]
}

@test "--help: standard output is full, exit 74" {
    [ -c /dev/full ] || skip "needs /dev/full"
    try sh -c 'atomwrite --help >/dev/full'
    expect 74 "atomwrite: standard output: cannot write: No space left on device (free some space or inodes)"
}

# ---- wrong calls

@test "usage: no FILE" { refused_call "FILE: missing operand"; }
@test "usage: an unknown letter" {
    refused_call "-Z: unknown option" -Z f
}
@test "usage: an unknown letter among others" {
    refused_call "-Z: unknown option" -vZc f
}
@test "usage: an unknown word" {
    refused_call "--foo: unknown option" --foo f
}
@test "usage: a value for an option that takes none" {
    refused_call "--verbose=3: option takes no value" --verbose=3 f
}
@test "usage: a letter without its value" { refused_call "-m: option requires a value" -m; }
@test "usage: a word without its value" { refused_call "--keep: option requires a value" --keep; }

@test "usage: --keep is no number" { refused_call "--keep: 'x' is not a number from 0 to 9999" --keep=x f; }
@test "usage: --keep is empty" { refused_call "--keep: '' is not a number from 0 to 9999" -k '' f; }
@test "usage: --keep is negative" { refused_call "--keep: '-1' is not a number from 0 to 9999" -k -1 f; }
@test "usage: --keep is too large" {
    refused_call "--keep: '99999999999999999999' is not a number from 0 to 9999" -k 99999999999999999999 f
}

@test "usage: --min-size is no size" {
    local size
    for size in '' x K 1T 1KB -1 +1 ' 1' 1.5; do
        refused_call "--min-size: '$size' is not a size (a number of bytes, or with K, M or G)" \
            --min-size="$size" f
    done
}
@test "usage: --min-size is too large" {
    refused_call "--min-size: '99999999999G' is out of range" --min-size=99999999999G f
}

@test "usage: -w is no duration" {
    local duration
    for duration in '' x -1 1e3 0x1 nan infinity . s 1w '1 s' '1s '; do
        refused_call "--wait: '$duration' is not a duration (a number of seconds, or with s, m, h, d)" \
            -w "$duration" f
    done
}
@test "usage: -w is too long" {
    refused_call "--wait: '99999999999999999999' is out of range" -w 99999999999999999999 f
}

@test "usage: --mode is no mode" {
    local mode
    for mode in '' 8 999 77777 u+q rw -1; do
        refused_call "--mode: '$mode' is not a mode" --mode="$mode" f
    done
}
@test "usage: --mode is the mark of an unfinished file" {
    refused_call "--mode: 0200 is reserved: it marks an unfinished file" -m 0200 f
    refused_call "--mode: 0200 is reserved: it marks an unfinished file" -m 200 f
}

@test "usage: --owner is not known" {
    refused_call "--owner: 'no-such-user' is not a known user" --owner=no-such-user f
    refused_call "--owner: ':no-such-group' is not a known group" --owner=:no-such-group f
}
@test "usage: --owner is no owner" {
    refused_call "--owner: '' is not an owner (USER, USER:GROUP or :GROUP)" --owner= f
    refused_call "--owner: ':' is not an owner (USER, USER:GROUP or :GROUP)" --owner=: f
}
@test "usage: --owner is the number that says no change" {
    refused_call "--owner: '4294967295' is not a known user" --owner=4294967295 f
    refused_call "--owner: ':4294967295' is not a known group" --owner=:4294967295 f
}

@test "usage: --end-marker is no line" {
    refused_call "--end-marker: not a single line of text" --end-marker= f
    refused_call "--end-marker: not a single line of text" --end-marker=$'two\nlines' f
}
@test "usage: --lock-file is empty" { refused_call "--lock-file: empty path" --lock-file= f; }

@test "usage: -n with -a, -u, -c or -k" {
    refused_call "--no-clobber: cannot be used with -a, -u, -c or -k" -n -a f
    refused_call "--no-clobber: cannot be used with -a, -u, -c or -k" -n -u f true
    refused_call "--no-clobber: cannot be used with -a, -u, -c or -k" -n -c f
    refused_call "--no-clobber: cannot be used with -a, -u, -c or -k" -n -k 1 f
}
@test "usage: -a with -u" { refused_call "--append: cannot be used with -u" -a -u f true; }
@test "usage: --touch without -c" { refused_call "--touch: requires -c" --touch f; }
@test "usage: -u without COMMAND" { refused_call "--update: requires a COMMAND" -u f; }
@test "usage: an empty name" { refused_call "FILE: empty name" ''; }
@test "usage: a name that ends in /" {
    refused_call "nowhere/: a name that ends in / is not a file" nowhere/
    refused_call "./: a name that ends in / is not a file" ./
    refused_call "/: a name that ends in / is not a file" /
}

# ---- P10 said

@test "said: control characters in an argument are escaped, a refusal is one line" {
    refused_call "--keep: 'a\\nb' is not a number from 0 to 9999" $'--keep=a\nb' f
    refused_call "--mode: '\\^[[1m' is not a mode" $'--mode=\e[1m' f
    refused_call "--owner: 'a\\nb' is not a known user" $'--owner=a\nb' f
    refused_call "--no\\nsuch: unknown option" $'--no\nsuch' f
}

@test "said: control characters in the name of COMMAND are escaped" {
    # A directory in PATH that may not be searched would make it "cannot be run".
    PATH=$BUILDDIR/src:/usr/bin:/bin
    old
    try -127 atomwrite f $'no\nsuch'
    expect 127 "atomwrite: f: left as it was: cannot run no\\nsuch: No such file or directory (check its spelling and PATH)"
    printf '#!/bin/sh\nexit 3\n' >$'bad\nname'
    chmod +x $'bad\nname'
    try atomwrite f $'./bad\nname'
    expect 3 "atomwrite: f: left as it was: ./bad\\nname exited with status 3"
    left_alone
}

@test "said: a check of many lines is told in one" {
    old
    try atomwrite --check=$'true\nexit 3' f <<<new
    expect 65 "atomwrite: f: left as it was: the check failed with status 3: true\\nexit 3"
    left_alone
}

@test "said: a long name is told whole" {
    local name
    name=$(printf '%0200d' 7)
    : >"$name"
    try atomwrite -n "$name" <<<new
    expect 73 "atomwrite: $name: left as it was: it already exists (leave out -n to replace it)"
}
