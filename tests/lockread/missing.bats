#!/usr/bin/env bats
# lockread: what is missing or denied, and the worst of several.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- no such input

@test "missing: 66" {
    try lockread nowhere
    expect 66 "lockread: nowhere: no such file"
    ln -s nowhere dangling
    try lockread dangling
    expect 66 "lockread: dangling: no such file"
    try lockread ""
    expect 66 "lockread: : no such file"
    [ -z "$output" ]
}

@test "missing: a FIFO, a device: 66, and no FIFO is waited for" {
    local file
    mkfifo fifo
    for file in fifo /dev/null; do
        try lockread "$file"
        expect 66 "lockread: $file: not a regular file"
        [ -z "$output" ]
    done
    : >plain
    for file in plain/a loop; do
        [ -L loop ] || ln -s loop loop
        try lockread "$file"
        expect 66
        [[ $stderr == "lockread: $file: cannot open and lock: "*")" ]]
    done
}

@test "missing: -q and --quiet say nothing, and the status stays" {
    dead b
    try lockread -q nowhere
    expect 66 ""
    try lockread --quiet b
    expect 65 ""
    echo text >a
    held_flock a
    try lockread -q a
    let_go
    expect 75 ""
    try lockread -q --max-age=0 b nowhere
    expect 66 ""
    try lockread -q a
    expect 0 ""
    [ "$output" = text ]
}

@test "denied: a file that may not be read, 77" {
    share
    echo text >a
    chmod 000 a
    [ "$(id -u)" -ne 0 ] || chown 65534 a
    try as_user lockread a
    expect 77 "lockread: a: cannot read: Permission denied ($READABLE)"
    chmod 222 a
    try as_user lockread a
    expect 77 "lockread: a: cannot read: Permission denied ($READABLE)"
    [ -z "$output" ]
}

@test "denied: a directory that may not be searched, 77" {
    share
    mkdir closed
    echo text >closed/a
    chmod 000 closed
    try as_user lockread closed/a
    chmod 755 closed
    expect 77
    [[ $stderr == "lockread: closed/a: cannot "*": Permission denied ($READABLE)" ]]
    [ -z "$output" ]
}

@test "unreadable: an error while reading, 74" {
    # A regular file, for stat(2), of which the first page cannot be read.
    try lockread /proc/self/mem
    expect 74 "lockread: /proc/self/mem: cannot read: Input/output error"
    [ -z "$output" ]
    echo text >a
    try lockread --headers a /proc/self/mem a
    expect 74
    [ "$output" = $'==> a <==\ntext\n\n==> a <==\ntext' ]
}

@test "names in messages: control characters are escaped, one line" {
    try lockread $'a\nb\tc\e[1m\\d'
    expect 66 'lockread: a\nb\tc\^[[1m\\d: no such file'
    try lockread $'\xff'
    expect 66 "lockread: "$'\xff'": no such file"
}

@test "names in messages: C1 controls are escaped, in UTF-8 and as bytes" {
    # CSI and OSC, which begin what a terminal acts on.
    try lockread $'\xc2\x9b31m'
    expect 66 'lockread: \M-B\M^[31m: no such file'
    try lockread $'\x9d0;title\x07'
    expect 66 'lockread: \M^]0;title\a: no such file'
    # The same bytes inside of a character are no controls.
    try lockread $'\xc3\x9b\xe2\x80\x9b'
    expect 66 $'lockread: \xc3\x9b\xe2\x80\x9b: no such file'
    lockread --json $'\xc2\x9b' >"$BATS_TEST_TMPDIR/out" || :
    grep -qF '"\u009b"' "$BATS_TEST_TMPDIR/out"
}

# --- the worst of several

# worse A B: the status of A and B together is A's, in both orders.
worse() {
    local one=$1 other=$2 want=$3
    shift 3
    try "$@" "$one" "$other"
    expect "$want"
    try "$@" "$other" "$one"
    expect "$want"
}

@test "the worst status decides: 74, 77, 66, 65, 69, 75" {
    share
    old aged text 7200
    : >empty
    echo locked >locked
    echo closed >closed
    dead dead
    chmod 000 closed
    chmod 644 dead # root need not be the owner; see below
    chmod 200 dead
    [ "$(id -u)" -ne 0 ] || chown 65534 closed dead
    held_flock locked
    worse aged locked 69 as_user lockread --max-age=1h
    worse empty aged 65 as_user lockread --max-age=1h -e
    worse dead locked 65 as_user lockread
    worse nowhere dead 66 as_user lockread
    worse nowhere locked 66 as_user lockread
    worse closed nowhere 77 as_user lockread
    worse closed locked 77 as_user lockread
    worse /proc/self/mem closed 74 as_user lockread
    worse /proc/self/mem nowhere 74 as_user lockread
    worse /proc/self/mem locked 74 as_user lockread
    try as_user lockread --max-age=1h locked aged empty dead nowhere closed /proc/self/mem
    let_go
    expect 74
    # One line for each that is not printed.
    [ "$(wc -l <<<"$stderr")" -eq 6 ]
}
