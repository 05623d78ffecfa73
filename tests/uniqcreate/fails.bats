#!/usr/bin/env bats
# uniqcreate: what fails, and signals.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- what fails

@test "usage: an empty prefix, 64" {
    try uniqcreate "" <<<text
    expect 64 "uniqcreate: PREFIX: empty prefix (./ is this directory) $LOOK"
    only
}

@test "usage: a format that makes no name, 64, and nothing is read" {
    local format
    echo unread >"$BATS_TEST_TMPDIR/input"
    exec {input}<"$BATS_TEST_TMPDIR/input"
    for format in '' / %Y/%m %D; do
        try uniqcreate -f "$format" x- <&"$input"
        expect 64 "uniqcreate: --format: it yields an empty name, or one that contains a / $LOOK"
    done
    try uniqcreate -f "$(printf '%%Y%.0s' {1..75})" x- <&"$input"
    expect 64 "uniqcreate: --format: it yields names that are too long $LOOK"
    read -r line <&"$input"
    [ "$line" = unread ]
    only
}

@test "usage: --empty goes neither with COMMAND nor with what judges content, 64" {
    try uniqcreate --empty x- true
    expect 64 "uniqcreate: --empty: cannot be used with a COMMAND $LOOK"
    try uniqcreate --empty -e x-
    expect 64 "uniqcreate: --empty: cannot be used with -e, --min-size, --end-marker or --check $LOOK"
    try uniqcreate --empty --check=true x-
    expect 64 "uniqcreate: --empty: cannot be used with -e, --min-size, --end-marker or --check $LOOK"
    try uniqcreate --empty --end-marker=x x-
    expect 64 "uniqcreate: --empty: cannot be used with -e, --min-size, --end-marker or --check $LOOK"
    try uniqcreate --empty -l x-
    expect 64 "uniqcreate: --empty: cannot be used with -l $LOOK"
    only
}

@test "no directory: 73" {
    try uniqcreate nowhere/x- <<<text
    expect 73 "uniqcreate: nowhere/x-: $NOT_MADE: cannot open its directory: No such file or directory (create the directory first)"
    : >file
    try uniqcreate file/x- <<<text
    expect 73 "uniqcreate: file/x-: $NOT_MADE: cannot open its directory: Not a directory (a component of the path is not a directory)"
    ln -s loop loop
    try uniqcreate loop/x- <<<text
    expect 73 "uniqcreate: loop/x-: $NOT_MADE: cannot open its directory: Too many levels of symbolic links (the symlinks form a loop)"
    only file loop
}

@test "denied: a directory that may not be written, 77" {
    share
    mkdir closed
    chmod 755 closed
    [ "$(id -u)" -eq 0 ] || chmod 555 closed
    try as_user uniqcreate closed/x- <<<text
    expect 77
    [[ $stderr == "uniqcreate: closed/x-: $NOT_MADE: cannot create a file in its directory: Permission denied ($MODES)" ]]
    [ -z "$output" ]
    [ -z "$(ls -A closed)" ]
}

@test "denied: a directory that may not be searched, 77" {
    share
    mkdir closed
    chmod 000 closed
    try as_user uniqcreate closed/x- <<<text
    chmod 755 closed
    expect 77
    [[ $stderr == "uniqcreate: closed/x-: $NOT_MADE: cannot "*": Permission denied ($MODES)" ]]
    [ -z "$(ls -A closed)" ]
}

@test "a directory that may be written but not read will do" {
    share
    as_user mkdir drop
    as_user chmod 300 drop
    try as_user uniqcreate "$EPOCH" drop/x- <<<text
    as_user chmod 700 drop
    expect 0 ""
    [ "$output" = "drop/x-$FIRST" ]
    holds "drop/x-$FIRST" text
    clean drop
}

@test "no process: COMMAND that cannot be forked, 71" {
    need prlimit
    share
    try as_user env ASAN_OPTIONS=detect_leaks=0 prlimit --nproc=1 uniqcreate x- true
    expect 71 "uniqcreate: x-: $NOT_MADE: cannot run true: Resource temporarily unavailable"
    [ -z "$output" ]
    only
}

@test "kept out: a limit of the file size: by SIGXFSZ, or 74 where that is ignored" {
    # env makes sure of it, for it may have been ignored before.
    try env --default-signal=XFSZ bash -c \
        'ulimit -f 8; uniqcreate x- < <(head -c 100000 /dev/zero) 2>said'
    expect 153
    holds said "uniqcreate: x-: $NOT_MADE: interrupted by signal 25 (File size limit exceeded)"
    only said
    head -c 100000 /dev/zero >"$BATS_TEST_TMPDIR/large"
    try env --ignore-signal=XFSZ bash -c 'ulimit -f 8; uniqcreate x- <"$1"' \
        bash "$BATS_TEST_TMPDIR/large"
    expect 74 "uniqcreate: x-: $NOT_MADE: cannot write the new content: File too large (raise the limit: ulimit -f)"
    [ -z "$output" ]
    only said
}

@test "kept out: a full disk, 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c 'mount -t tmpfs -o size=64k none disk && cd disk || exit 99
        head -c 100000 /dev/zero | uniqcreate x-
        status=$?
        ls -A
        exit $status'
    expect 74 "uniqcreate: x-: $NOT_MADE: cannot write the new content: No space left on device (free some space or inodes)"
    [ -z "$output" ]
}

@test "kept out: an input that cannot be read, 74" {
    try uniqcreate x- <.
    expect 74 "uniqcreate: x-: $NOT_MADE: cannot read standard input: Is a directory"
    [ -z "$output" ]
    only
}

@test "COMMAND fails: its status, and nothing is created" {
    try uniqcreate x- sh -c 'echo half; exit 3'
    expect 3 "uniqcreate: x-: $NOT_MADE: sh exited with status 3"
    [ -z "$output" ]
    only
    try uniqcreate x- false
    expect 1 "uniqcreate: x-: $NOT_MADE: false exited with status 1"
    only
}

@test "COMMAND fails with a status over 128: it was not killed" {
    try uniqcreate x- sh -c 'exit 200'
    expect 200 "uniqcreate: x-: $NOT_MADE: sh exited with status 200"
    only
}

@test "COMMAND is killed: 128 and the signal" {
    try uniqcreate x- sh -c 'echo half; kill -KILL $$'
    expect 137 "uniqcreate: x-: $NOT_MADE: sh was killed by signal 9 (Killed)"
    [ -z "$output" ]
    only
}

@test "COMMAND is not found, 127, or cannot be run, 126" {
    PATH=$BUILDDIR/src:/usr/bin:/bin # all of which may be searched
    run -127 --separate-stderr uniqcreate x- no-such-command
    expect 127 "uniqcreate: x-: $NOT_MADE: cannot run no-such-command: No such file or directory (check its spelling and PATH)"
    echo text >"$BATS_TEST_TMPDIR/plain"
    try uniqcreate x- "$BATS_TEST_TMPDIR/plain"
    expect 126 "uniqcreate: x-: $NOT_MADE: cannot run $BATS_TEST_TMPDIR/plain: Permission denied"
    chmod 755 "$BATS_TEST_TMPDIR/plain"
    try uniqcreate x- "$BATS_TEST_TMPDIR/plain"
    expect 126 "uniqcreate: x-: $NOT_MADE: cannot run $BATS_TEST_TMPDIR/plain: Exec format error (a script must begin with a line like #!/bin/sh)"
    [ -z "$output" ]
    only
}

@test "COMMAND leaves a child behind that holds the pipe: not waited for" {
    mkfifo "$BATS_TEST_TMPDIR/hold"
    exec {hold}<>"$BATS_TEST_TMPDIR/hold"
    # The child reads the pipe until the end of this test.
    try uniqcreate "$EPOCH" x- sh -c 'cat "$1" 2>/dev/null & echo text' sh \
        "$BATS_TEST_TMPDIR/hold" {hold}>&-
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    holds "x-$FIRST" text
    clean
}

@test "COMMAND does not inherit our descriptors" {
    try uniqcreate "$EPOCH" x- ls -l /proc/self/fd
    expect 0 ""
    # Neither the directory nor the stage in it, whatever the test runner has open.
    grep -q ' 1 -> pipe:' "x-$FIRST"
    run ! grep -F "$WORK" "x-$FIRST"
}

@test "closed: standard input, 74, but COMMAND needs none" {
    try sh -c 'uniqcreate x- <&-'
    expect 74 "uniqcreate: x-: $NOT_MADE: standard input is closed (give it input, or </dev/null)"
    [ -z "$output" ]
    only
    try sh -c "uniqcreate $EPOCH x- echo text <&-"
    expect 0 ""
    holds "x-$FIRST" text
}

@test "closed: standard output, 74 before anything is claimed, unless -q" {
    echo unread >"$BATS_TEST_TMPDIR/input"
    exec {input}<"$BATS_TEST_TMPDIR/input"
    try sh -c 'uniqcreate x- >&-' <&"$input"
    expect 74 "uniqcreate: x-: $NOT_MADE: standard output is closed (open it, or use -q)"
    read -r line <&"$input"
    [ "$line" = unread ]
    only
    try sh -c "uniqcreate $EPOCH -q x- >&-" <<<text
    expect 0 ""
    holds "x-$FIRST" text
    only "x-$FIRST"
}

@test "closed: standard error is no reason to fail, nor to write into the file" {
    try sh -c "uniqcreate $EPOCH -v x- 2>&-" <<<text
    expect 0 ""
    holds "x-$FIRST" text
    try sh -c "uniqcreate $EPOCH -q -v y- echo text <&- >&- 2>&-"
    expect 0 ""
    holds "y-$FIRST" text
    clean
}

@test "unprinted: a full standard output, 74, and the file is named" {
    try sh -c "uniqcreate $EPOCH x- >/dev/full" <<<text
    expect 74 "uniqcreate: x-$FIRST: created, but its path could not be printed: No space left on device (free some space or inodes)"
    holds "x-$FIRST" text
    only "x-$FIRST"
}

@test "unprinted: where standard error takes nothing either the file stays, 74" {
    try sh -c "uniqcreate $EPOCH x- >/dev/full 2>/dev/full" <<<text
    expect 74 ""
    holds "x-$FIRST" text
    try sh -c "uniqcreate $EPOCH --lines y- >/dev/full 2>/dev/full" <<<text
    expect 74 ""
    holds "y-$FIRST" text
    clean
}

@test "unprinted: a pipe that nobody reads, 74, and the file is named" {
    mkfifo "$BATS_TEST_TMPDIR/out"
    exec {both}<>"$BATS_TEST_TMPDIR/out"
    exec {broken}>"$BATS_TEST_TMPDIR/out"
    exec {both}>&-
    try env --default-signal=PIPE bash -c "uniqcreate $EPOCH x- >&$broken" <<<text
    expect 74 "uniqcreate: x-$FIRST: created, but its path could not be printed: Broken pipe"
    holds "x-$FIRST" text
    only "x-$FIRST"
}

# --- signals

@test "signals: TERM, INT and HUP while it reads leave nothing, and end it" {
    local name number text
    while read -r name number text; do
        a_reader env --default-signal=INT,HUP,TERM -- x-
        kill -"$name" "$READER"
        end_of_reader
        expect $((128 + number)) "uniqcreate: x-: $NOT_MADE: interrupted by signal $number ($text)"
        [ -z "$output" ]
        only
        exec {INPUT}>&-
        rm "$BATS_TEST_TMPDIR/input"
    done <<'LIST'
TERM 15 Terminated
INT 2 Interrupt
HUP 1 Hangup
LIST
}

@test "signals: TERM while COMMAND runs is passed on to it" {
    mkfifo "$BATS_TEST_TMPDIR/"{told,end,block}
    exec {block}<>"$BATS_TEST_TMPDIR/block"
    env --default-signal=TERM uniqcreate x- sh -c '
        trap "echo got TERM >\"\$1/end\"; exit 0" TERM
        read -r _ <"$1/block" & # in the background: wait can be interrupted
        echo half
        echo ready >"$1/told"
        wait' sh "$BATS_TEST_TMPDIR" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- {block}>&- &
    READER=$!
    read -r line <"$BATS_TEST_TMPDIR/told"
    [ "$line" = ready ]
    kill -TERM "$READER"
    read -r line <"$BATS_TEST_TMPDIR/end"
    [ "$line" = "got TERM" ]
    end_of_reader
    expect 143 "uniqcreate: x-: $NOT_MADE: interrupted by signal 15 (Terminated)"
    only
}

@test "signals: one that was ignored stays so" {
    a_reader env --ignore-signal=HUP -- "$EPOCH" x-
    kill -HUP "$READER"
    exec {INPUT}>&-
    end_of_reader
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    [ "$(stat -c %s "x-$FIRST")" -eq 300000 ]
    only "x-$FIRST"
}

@test "signals: one that comes when the file has its name is too late" {
    need_trace
    # At the fsync of the directory.
    local nth=2
    ! moves_stage || nth=3
    try traced -e signal=all -e inject=fsync:signal=TERM:when="$nth" \
        uniqcreate "$EPOCH" x- <<<text
    grep -q 'SIGTERM' "$TRACE" # it did come
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    holds "x-$FIRST" text
    only "x-$FIRST"
}
