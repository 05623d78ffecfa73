#!/usr/bin/env bats
# lockread: what is there, headers and messages, and where it goes.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- what is there

@test "printed: one file, whole" {
    echo text >a
    try lockread a
    expect 0 ""
    [ "$output" = text ]
}

@test "printed: several files in their order, byte for byte" {
    printf 'one\0\n' >a
    : >empty
    head -c 100000 /dev/urandom >b
    lockread b a empty b a >"$BATS_TEST_TMPDIR/out"
    cat b a empty b a | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "printed: through a symlink, a read-only file, and one after --" {
    echo text >-a
    ln -s ./-a link
    chmod 444 ./-a
    try lockread link
    expect 0 ""
    [ "$output" = text ]
    try lockread -- -a
    expect 0 ""
    [ "$output" = text ]
}

@test "printed: options end at the first FILE" {
    echo text >a
    try lockread a -q
    expect 66 "lockread: -q: no such file"
    [ "$output" = text ]
}

@test "printed: more than fits in memory, with and without a header" {
    truncate -s 70M large
    printf end >>large
    echo text >small
    lockread large | cmp - large
    lockread --headers small large small >"$BATS_TEST_TMPDIR/out"
    {
        printf '==> small <==\ntext\n\n==> large <==\n'
        cat large
        printf '\n==> small <==\ntext\n'
    } | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "printed: what just fits in memory" {
    truncate -s 64M large
    lockread large | cmp - large
    printf x >>large
    lockread large | cmp - large
}

@test "printed: many files in one call, with few descriptors" {
    local number
    for number in $(seq 2000); do echo "$number" >"f$number"; done
    seq -f f%.0f 2000 | bash -c 'ulimit -n 40; xargs -n 3000 lockread' >"$BATS_TEST_TMPDIR/out"
    seq 2000 | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "printed: a shared lock of somebody else does not matter" {
    echo text >a
    held_flock a -s
    try lockread a
    let_go
    expect 0 ""
    [ "$output" = text ]
}

@test "printed: its own lock is a shared one and gone before it writes" {
    echo text >a
    try lockread --check='flock -n -s a true || exit 2; flock -n a true && exit 3; exit 0' a
    expect 0 ""
    [ "$output" = text ]
    flock -n a true
}

@test "printed: a slow reader of the output does not hold the lock" {
    need flock
    head -c 1000000 /dev/zero >large
    mkfifo "$BATS_TEST_TMPDIR/out"
    lockread large >"$BATS_TEST_TMPDIR/out" 3>&- 4>&- &
    READER=$!
    exec {out}<"$BATS_TEST_TMPDIR/out"
    # The first byte is there: the rest does not fit into the pipe.
    head -c 1 <&"$out" >/dev/null
    flock -n large true
    head -c 999999 <&"$out" | cmp - <(head -c 999999 large)
    wait "$READER"
}

# --- headers, messages, progress

@test "headers: as tail writes them" {
    echo one >a
    : >b
    printf three >c
    lockread --headers a b c >"$BATS_TEST_TMPDIR/out"
    tail -v -n +1 a b c | cmp - "$BATS_TEST_TMPDIR/out"
    try lockread --headers a
    expect 0 ""
    [ "$output" = $'==> a <==\none' ]
}

@test "headers: none for what is not printed" {
    echo one >a
    dead b
    echo three >c
    try lockread --headers b nowhere a b c
    expect 66
    [ "$output" = $'==> a <==\none\n\n==> c <==\nthree' ]
}

@test "verbose: -v says what was read, also of a large file" {
    echo text >a
    try lockread -v a
    expect 0 "lockread: a: read (5 bytes)"
    [ "$output" = text ]
    truncate -s 70M large
    try sh -c 'lockread --verbose large >/dev/null'
    expect 0 "lockread: large: read ($((70 * 1024 * 1024)) bytes)"
    try lockread -q -v a
    expect 64 "lockread: --quiet: cannot be used with -v $LOOK"
}

@test "progress: bytes, rate and percent of what takes long" {
    truncate -s 70M large
    try sh -c 'lockread --progress large >/dev/null'
    expect 0
    [[ ${stderr##*$'\n'} =~ ^lockread:\ large:\ 71680KB,\ [0-9.]+[KMGT]?B/s,\ 100%,\ 0s\ left$ ]]
}

# --- where it goes

@test "closed: standard output, 74" {
    echo text >a
    try sh -c 'lockread a >&-'
    expect 74 "lockread: standard output: it is closed (open it)"
    try sh -c 'lockread -l a >&-'
    expect 74 "lockread: standard output: it is closed (open it)"
    try sh -c 'lockread -q a >&-'
    expect 74 ""
    # Nothing was written where it should not.
    holds a text
}

@test "closed: standard input and standard error are no reason to fail" {
    echo text >a
    try sh -c 'lockread --check="cat >/dev/null" a <&- 2>&-'
    expect 0 ""
    [ "$output" = text ]
    try sh -c 'lockread nowhere a <&- 2>&-'
    expect 66 ""
    [ "$output" = text ]
}

@test "full: standard output that takes nothing, 74" {
    local options
    echo text >a
    for options in '' --headers; do
        try sh -c "lockread $options a >/dev/full"
        expect 74 "lockread: standard output: cannot write: No space left on device (free some space or inodes)"
    done
    try sh -c 'lockread -l a >/dev/full'
    expect 74 "lockread: standard output: cannot write the list: No space left on device (free some space or inodes)"
    truncate -s 70M large
    try sh -c 'lockread large a >/dev/full'
    expect 74 "lockread: standard output: cannot write: No space left on device (free some space or inodes)"
    try sh -c 'lockread -q a >/dev/full'
    expect 74 ""
}

@test "SIGPIPE: it ends like cat when nobody reads on" {
    head -c 1000000 /dev/zero >large
    try env --default-signal=PIPE bash -c 'lockread large | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"'
    expect 141 ""
    try env --ignore-signal=PIPE bash -c 'lockread large | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"'
    expect 74 "lockread: standard output: cannot write: Broken pipe"
}

@test "read: a FILE that is the standard output is refused, 74, and the others are printed" {
    echo text >a
    echo other >b
    lockread a b a >>a 2>err || status=$?
    [ "$status" -eq 74 ]
    [ "$(sort -u err)" = "lockread: a: it is the standard output (write to another file)" ]
    holds a $'text\nother'
    # Empty, it has nothing to print.
    : >c
    lockread c >>c
    [ ! -s c ]
}
