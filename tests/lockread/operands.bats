#!/usr/bin/env bats
# lockread: which FILEs: directories, and names from a file.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load common

@test "directory: it stands for its regular files without a leading dot, by name" {
    spool 2 10 1 .hidden
    mkdir spool/3
    echo inner >spool/3/inner
    ln -s 1 spool/4
    mkfifo spool/5
    echo after >z
    try lockread spool z
    expect 0 ""
    [ "$output" = $'1\n10\n2\nafter' ]
    try lockread --headers spool/
    expect 0 ""
    [ "$(grep -c '^==> spool/[0-9]* <==$' <<<"$output")" -eq 3 ]
}

@test "directory: an empty one is nothing, one that is missing is 66" {
    mkdir spool
    try lockread spool spool/
    expect 0 ""
    [ -z "$output" ]
    try lockread nowhere/
    expect 66 "lockread: nowhere/: no such file"
}

@test "directory: -l and --json list the files in it" {
    spool b a
    try lockread -l spool
    expect 0 ""
    [ "$(awk '{ print $NF }' <<<"$output" | xargs)" = "spool/a spool/b" ]
    try lockread --json spool
    expect 0 ""
    [ "$(grep -c '"name":"spool/[ab]"' <<<"$output")" -eq 2 ]
}

@test "directory: --newest is the newest in it, 66 where there is none" {
    mkdir spool
    old spool/a older 20
    old spool/b newer 10
    old c oldest 30
    try lockread --newest c spool
    expect 0 ""
    [ "$output" = newer ]
    rm spool/*
    try lockread --newest spool
    expect 66 "lockread: --newest: no files"
}

@test "directory: more names than are kept in memory come in their order, each once" {
    # shellcheck disable=SC2153 # it is common.bash's
    [ "$MANY" -ge 100 ] || skip "takes long, and is the same in each build"
    mkdir spool
    (cd spool && seq -f 'a-directory-with-long-names-%06g' 70000 | xargs touch)
    find spool -type f | LC_ALL=C sort >"$BATS_TEST_TMPDIR/sorted"
    lockread --headers spool | sed -n 's/^==> \(.*\) <==$/\1/p' >"$BATS_TEST_TMPDIR/read"
    cmp "$BATS_TEST_TMPDIR/sorted" "$BATS_TEST_TMPDIR/read"
}

@test "files0-from: names ended by NUL, the last one maybe not" {
    spool a 'b
c' d
    printf 'spool/d\0spool/b\nc\0spool/a' >names
    try lockread --files0-from=names
    expect 0 ""
    [ "$output" = $'d\nb\nc\na' ]
    try lockread --files0-from=- <names
    expect 0 ""
    [ "$output" = $'d\nb\nc\na' ]
    try lockread --json --files0-from=names
    expect 0 ""
    [ "${#lines[@]}" -eq 3 ]
    # A directory stands for its files here, too.
    printf 'spool\0' >names
    try lockread --files0-from=names
    expect 0 ""
    [ "$output" = $'a\nb\nc\nd' ]
    : >names
    try lockread --files0-from=names
    expect 0 ""
    [ -z "$output" ]
}

@test "files0-from: an empty name, one that is too long, and a missing list are said" {
    echo text >a
    { printf 'a\0\0' && head -c 100000 /dev/zero | tr '\0' x && printf '\0a\0'; } >names
    try lockread --files0-from=names
    expect 66 $'lockread: names: name 2 is empty\nlockread: names: name 3 is too long'
    [ "$output" = $'text\ntext' ]
    try lockread -q --files0-from=names
    expect 66 ""
    try lockread --files0-from=nowhere
    expect 66 "lockread: nowhere: no such file"
    try sh -c 'lockread --files0-from=- <&-'
    expect 74 "lockread: standard input: it is closed (open it)"
}

@test "files0-from: with a FILE, or without a value, it is 64" {
    echo text >a
    try lockread --files0-from=a a
    expect 64 "lockread: --files0-from: cannot be used with a FILE $LOOK"
    try lockread --files0-from= a
    expect 64 "lockread: --files0-from: the value is empty $LOOK"
}

# peak COMMAND...: runs it, and prints the most memory that it used, in KiB.
peak() {
    /usr/bin/time -f %M -o "$BATS_TEST_TMPDIR/peak" "$@" >"$BATS_TEST_TMPDIR/out"
    cat "$BATS_TEST_TMPDIR/peak"
}

@test "files0-from: memory does not grow with the number of names" {
    [ -x /usr/bin/time ] || skip "needs time"
    need_plain_build
    local few many
    echo text >a
    few=$(seq 1000 | sed 's/.*/a/' | tr '\n' '\0' | peak lockread --json --files0-from=-)
    many=$(seq $((2000 * MANY)) | sed 's/.*/a/' | tr '\n' '\0' |
        peak lockread --json --files0-from=-)
    [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq $((2000 * MANY)) ]
    [ "$many" -lt $((few + 1024)) ]
}
