#!/usr/bin/env bats
# uniqcreate --lines and --null: many at once.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- many at once

@test "lines: each line becomes a file, and the paths are printed in that order" {
    try uniqcreate "$EPOCH" --lines x- <<<$'one\n\nthree'
    expect 0 ""
    [ "$output" = "$(printf "x-$BESIDE-%d\n" 1 2 3)" ]
    holds "x-$BESIDE-1" one
    holds "x-$BESIDE-2" ""
    holds "x-$BESIDE-3" three
    only "x-$BESIDE-"{1,2,3}
}

@test "lines: a last line without its newline is a record, and no input is none" {
    try uniqcreate "$EPOCH" --lines x- < <(printf 'one\ntwo')
    expect 0 ""
    [ "$output" = "$(printf "x-$BESIDE-%d\n" 1 2)" ]
    printf two | cmp - "x-$BESIDE-2"
    try uniqcreate "$EPOCH" --lines x- </dev/null
    expect 0 ""
    [ -z "$output" ]
    only "x-$BESIDE-"{1,2}
}

@test "null: each record that ends with NUL becomes a file, without the NUL" {
    try uniqcreate "$EPOCH" --null x- < <(printf 'one\nmore\n\0\0three')
    expect 0 ""
    [ "$output" = "$(printf "x-$BESIDE-%d\n" 1 2 3)" ]
    printf 'one\nmore\n' | cmp - "x-$BESIDE-1"
    [ ! -s "x-$BESIDE-2" ]
    printf three | cmp - "x-$BESIDE-3"
    only "x-$BESIDE-"{1,2,3}
}

@test "lines: a thousand records, each its own content, beside names that are taken" {
    touch "x-$BESIDE-"{1,2,3,300}
    # What is taken is never replaced, and no number that was found free is skipped.
    uniqcreate "$EPOCH" --no-sync --lines x- < <(seq 1000) >"$BATS_TEST_TMPDIR/paths"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/paths")" -eq 1000 ]
    [ "$(sort -u "$BATS_TEST_TMPDIR/paths" | wc -l)" -eq 1000 ]
    xargs cat <"$BATS_TEST_TMPDIR/paths" | cmp - <(seq 1000)
    [ ! -s "x-$BESIDE-1" ]
    [ ! -s "x-$BESIDE-300" ]
    [ "$(find . -type f | wc -l)" -eq 1004 ]
    clean
}

@test "lines: a record larger than a pipe is one file" {
    head -c 1000000 /dev/zero | tr '\0' a >"$BATS_TEST_TMPDIR/long"
    { cat "$BATS_TEST_TMPDIR/long" && echo && echo end; } >"$BATS_TEST_TMPDIR/lines"
    # shellcheck disable=SC2002  # a pipe it has to be
    cat "$BATS_TEST_TMPDIR/lines" | uniqcreate "$EPOCH" -q --lines x-
    cat "x-$BESIDE-1" "x-$BESIDE-2" | cmp - "$BATS_TEST_TMPDIR/lines"
    holds "x-$BESIDE-2" end
}

@test "lines: mode, suffix, width, -z and -q hold for each" {
    uniqcreate "$EPOCH" --lines -m 640 -s .txt --width=2 -z x- <<<$'one\ntwo' >"$BATS_TEST_TMPDIR/paths"
    printf "x-$BESIDE-%s.txt\0" 01 02 | cmp - "$BATS_TEST_TMPDIR/paths"
    [ "$(stat -c %a ./*)" = $'640\n640' ]
    umask 027
    try uniqcreate "$EPOCH" --lines -q y- <<<$'one\ntwo'
    umask 022
    expect 0 ""
    [ -z "$output" ]
    [ "$(stat -c %a y-*)" = $'640\n640' ]
}

@test "lines: they go neither with COMMAND, nor -l, nor with what judges content, 64" {
    local option
    for option in --lines --null; do
        try uniqcreate "$option" x- true
        expect 64 "uniqcreate: $option: cannot be used with a COMMAND $LOOK"
        try uniqcreate "$option" -l x-
        expect 64 "uniqcreate: $option: cannot be used with -l $LOOK"
        try uniqcreate "$option" --end-marker=x x-
        expect 64 "uniqcreate: $option: cannot be used with -e, --min-size, --end-marker or --check $LOOK"
        try uniqcreate "$option" --progress x-
        expect 64 "uniqcreate: $option: cannot be used with --progress $LOOK"
        try uniqcreate "$option" --empty x-
        expect 64 "uniqcreate: --empty: cannot be used with --lines or --null $LOOK"
    done
    only
}

@test "lines: content before the names, the directory after them, and the paths last" {
    need_trace
    traced uniqcreate "$EPOCH" --lines x- <<<$'one\ntwo' >"$BATS_TEST_TMPDIR/paths"
    [ "$(cat "$BATS_TEST_TMPDIR/paths")" = "$(printf "x-$BESIDE-%d\n" 1 2)" ]
    on_btrfs && skip "it is another order on btrfs"
    events | sed 's/mode //g' >"$BATS_TEST_TMPDIR/events"
    cat "$BATS_TEST_TMPDIR/events" >&2
    if named_rung; then
        want="content name directory content name directory path "
    elif has_rung o-tmpfile; then
        want="sync name name directory path "
    else
        # They could not be linked, and were written again under a hidden name.
        want="sync content name content name directory path "
    fi
    [ "$(cat "$BATS_TEST_TMPDIR/events")" = "$want" ]
}

@test "lines: those that cannot be made durable are not printed, 76" {
    need_trace
    on_btrfs && skip "the names of a group are synced by syncfs there"
    last=$(fsyncs --lines x- <<<one)
    try traced -e "inject=fsync:error=EIO:when=$last" uniqcreate "$EPOCH" --lines x- <<<one
    [ -z "$output" ]
    expect 76 "uniqcreate: x-$FIRST: created, but it may not survive a power cut: cannot sync its name: Input/output error"
    holds "x-$FIRST" one
    only "x-$FIRST"
}

@test "lines: when one fails, the others are there or not as was printed, 74" {
    # The second record is larger than a file may be.
    { echo one && head -c 20000 /dev/zero && echo && echo three; } >"$BATS_TEST_TMPDIR/lines"
    try env --ignore-signal=XFSZ bash -c 'ulimit -f 8; uniqcreate --time=@0 --lines x- <"$1"' \
        bash "$BATS_TEST_TMPDIR/lines"
    expect 74 "uniqcreate: x-: stopped: cannot write a record: File too large (raise the limit: ulimit -f)"
    # Every file that is there was printed, and the other way round.
    [ "$output" = "$(find . -type f -printf '%P\n')" ]
    clean
}

@test "lines: closed standard input and unprintable paths, 74" {
    try sh -c 'uniqcreate --lines x- <&-'
    expect 74 "uniqcreate: x-: $NOT_MADE: standard input is closed (give it input, or </dev/null)"
    only
    try sh -c 'uniqcreate --lines x- >&-' <<<one
    expect 74 "uniqcreate: x-: $NOT_MADE: standard output is closed (open it, or use -q)"
    only
    try sh -c "uniqcreate $EPOCH --lines x- >/dev/full" <<<one
    expect 74 "uniqcreate: x-: stopped: cannot print the paths of its files: No space left on device (free some space or inodes)"
    holds "x-$FIRST" one
}

@test "lines: what came before TERM stays, and was printed" {
    mkfifo "$BATS_TEST_TMPDIR/input" "$BATS_TEST_TMPDIR/paths"
    exec {INPUT}<>"$BATS_TEST_TMPDIR/input"
    env --default-signal=TERM uniqcreate "$EPOCH" --lines x- <"$BATS_TEST_TMPDIR/input" \
        >"$BATS_TEST_TMPDIR/paths" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- {INPUT}>&- &
    READER=$!
    exec {paths}<"$BATS_TEST_TMPDIR/paths"
    echo one >&"$INPUT"
    # A slow input is not held back.
    read -r path <&"$paths"
    [ "$path" = "x-$FIRST" ]
    holds "$path" one
    kill -TERM "$READER"
    end_of_reader
    expect 143 "uniqcreate: x-: stopped: interrupted by signal 15 (Terminated)"
    only "x-$FIRST"
}
