#!/usr/bin/env bats
# uniqcreate: what it is for, and what it reads.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- what it is for

@test "stored: standard input becomes a new file, and its path is printed" {
    try uniqcreate "$EPOCH" comment- <<<"first words"
    expect 0 ""
    [ "$output" = "comment-$FIRST" ]
    holds "$output" "first words"
    only "comment-$FIRST"
}

@test "stored: the output of COMMAND, which inherits standard input" {
    try uniqcreate "$EPOCH" x- tr a-z A-Z <<<"words"
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    holds "$output" WORDS
    only "x-$FIRST"
}

@test "stored: an empty input makes an empty file" {
    try uniqcreate "$EPOCH" x- </dev/null
    expect 0 ""
    [ -f "x-$FIRST" ]
    [ ! -s "x-$FIRST" ]
    clean
}

@test "stored: twice in one second, under two names" {
    uniqcreate "$EPOCH" x- <<<one
    try uniqcreate "$EPOCH" x- <<<two
    expect 0 ""
    [ "$output" = "x-$BESIDE-2" ]
    holds "x-$BESIDE-1" one
    holds "x-$BESIDE-2" two
    clean
}

@test "stored: large input, from a pipe and from a file, byte for byte" {
    seq 1000000 >"$BATS_TEST_TMPDIR/large"
    uniqcreate "$EPOCH" x- <"$BATS_TEST_TMPDIR/large"
    # shellcheck disable=SC2002  # a pipe it has to be
    cat "$BATS_TEST_TMPDIR/large" | uniqcreate "$EPOCH" x-
    uniqcreate "$EPOCH" x- cat "$BATS_TEST_TMPDIR/large"
    cmp "$BATS_TEST_TMPDIR/large" "x-$BESIDE-1"
    cmp "$BATS_TEST_TMPDIR/large" "x-$BESIDE-2"
    cmp "$BATS_TEST_TMPDIR/large" "x-$BESIDE-3"
    clean
}

@test "stored: a file as input is read from where its offset is" {
    printf 'one\ntwo\n' >"$BATS_TEST_TMPDIR/lines"
    {
        read -r _
        uniqcreate "$EPOCH" x-
    } <"$BATS_TEST_TMPDIR/lines"
    holds "x-$FIRST" two
}

@test "prefix: DIR/, DIR/name-, name-, ./ and an absolute one, printed as given" {
    local prefix
    mkdir spool
    for prefix in spool/ spool/name- name- ./ ./spool/../name2- "$WORK/spool/abs-"; do
        try uniqcreate "$EPOCH" "$prefix" <<<"$prefix"
        expect 0 ""
        [ "$output" = "$prefix$FIRST" ]
        holds "$output" "$prefix"
    done
    clean
    clean spool
}

@test "prefix: one with blanks, a newline, a backslash and bytes that are no UTF-8" {
    local prefix=$'a b\n\\c\xff-'
    try uniqcreate "$EPOCH" "$prefix" <<<text
    expect 0 ""
    [ "$output" = "$prefix$FIRST" ]
    holds "$prefix$FIRST" text
}

@test "prefix: one that looks like an option, after --" {
    try uniqcreate "$EPOCH" -- -x- <<<text
    expect 0 ""
    [ "$output" = "-x-$FIRST" ]
    holds "./-x-$FIRST" text
}

@test "prefix: a symlink to a directory is followed" {
    mkdir spool
    ln -s spool link
    try uniqcreate "$EPOCH" link/x- <<<text
    expect 0 ""
    [ "$output" = "link/x-$FIRST" ]
    holds "spool/x-$FIRST" text
}

# --- what is read

@test "empty: --empty claims an empty file and reads nothing" {
    echo unread >"$BATS_TEST_TMPDIR/input"
    exec {input}<"$BATS_TEST_TMPDIR/input"
    try uniqcreate "$EPOCH" --empty x- <&"$input"
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    [ -f "$output" ]
    [ ! -s "$output" ]
    read -r line <&"$input"
    [ "$line" = unread ]
    try sh -c "uniqcreate $EPOCH --empty x- <&-"
    expect 0 ""
    [ "$output" = "x-$BESIDE-2" ]
    only "x-$BESIDE-1" "x-$BESIDE-2"
}

@test "accept: -e and --non-empty refuse an empty input, 65" {
    try uniqcreate -e x- </dev/null
    expect 65 "uniqcreate: x-: $NOT_MADE: the input is empty"
    try uniqcreate --non-empty x- true
    expect 65 "uniqcreate: x-: $NOT_MADE: the input is empty"
    [ -z "$output" ]
    only
    try uniqcreate "$EPOCH" -e x- <<<text
    expect 0 ""
    holds "x-$FIRST" text
}

@test "accept: --min-size refuses less, 65, and takes K" {
    try uniqcreate --min-size=6 x- <<<text
    expect 65 "uniqcreate: x-: $NOT_MADE: the input has 5 bytes, less than the 6 of --min-size"
    try uniqcreate --min-size=1K x- head -c 1023 /dev/zero
    expect 65 "uniqcreate: x-: $NOT_MADE: the input has 1023 bytes, less than the 1024 of --min-size"
    only
    try uniqcreate "$EPOCH" --min-size=1K x- head -c 1024 /dev/zero
    expect 0 ""
    only "x-$FIRST"
}

@test "accept: --end-marker commits what ends with that line, and strips it" {
    try uniqcreate "$EPOCH" --end-marker='done' x- <<<$'text\ndone'
    expect 0 ""
    holds "x-$FIRST" text
    try uniqcreate "$EPOCH" --end-marker='done' x- printf 'text\ndone'
    expect 0 ""
    holds "x-$BESIDE-2" text
    try uniqcreate "$EPOCH" --end-marker='done' x- echo 'done'
    expect 0 ""
    [ ! -s "x-$BESIDE-3" ]
    clean
}

@test "accept: --end-marker refuses what does not end with that line, 65" {
    local text
    for text in 'text\n' '' 'done\nmore\n' 'undone\n' 'done\n\n' 'done '; do
        # shellcheck disable=SC2059  # the text has backslashes
        try uniqcreate --end-marker='done' x- < <(printf "$text")
        expect 65 "uniqcreate: x-: $NOT_MADE: the last line is not the end marker (its producer did not finish)"
        [ -z "$output" ]
        only
    done
}

@test "accept: the end marker does not count for --non-empty" {
    try uniqcreate -e --end-marker='done' x- <<<'done'
    expect 65 "uniqcreate: x-: $NOT_MADE: the input is empty"
    only
}

@test "accept: --check sees the content, at its start, and its path" {
    try uniqcreate "$EPOCH" --check='cat >seen; cat "$ATOMWRITE_STAGED" >staged; find . -name "x-*" >names' x- <<<text
    expect 0
    [ "$output" = "x-$FIRST" ]
    holds seen text
    holds staged text
    # Before anything has a name.
    [ ! -s names ]
    holds "x-$FIRST" text
    clean
}

@test "accept: --check that fails, 65, and what it prints goes to standard error" {
    try uniqcreate --check='echo reason; exit 3' x- <<<text
    expect 65 "reason
uniqcreate: x-: $NOT_MADE: the check failed with status 3: echo reason; exit 3"
    [ -z "$output" ]
    only
}

@test "accept: --check sees what the end marker leaves" {
    try uniqcreate "$EPOCH" --end-marker='done' --check='cat >seen' x- <<<$'text\ndone'
    expect 0 ""
    holds seen text
}
