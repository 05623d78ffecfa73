#!/usr/bin/env bats
# Signals, in all programs: let through wherever something takes long, and nowhere else.
#
# Expressions in single quotes are for an inner shell, and run(1) of bats sets status,
# output and stderr.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load ../common

EPOCH=--time=@0
FIRST=19700101T000000Z-1

# with_signal CALL WHEN COMMAND...: TERM arrives at the end of the WHEN-th CALL.
with_signal() {
    local call=$1 when=$2
    shift 2
    try trace "$BATS_TEST_TMPDIR/log" -e signal=all -e "inject=$call:signal=TERM:when=$when" \
        "${INJECT[@]}" "$@"
    grep -q '^--- SIGTERM' "$BATS_TEST_TMPDIR/log" # it did come
}
INJECT=()

# full_pipe: $FULL is the writing end of a pipe that takes no more and that nobody reads.
full_pipe() {
    mkfifo "$BATS_TEST_TMPDIR/full"
    exec {FULL}<>"$BATS_TEST_TMPDIR/full"
    dd if=/dev/zero of="$BATS_TEST_TMPDIR/full" oflag=nonblock bs=4096 count=1024 \
        2>/dev/null || :
}
# started COMMAND...: in the background, with default signals. PID: $STARTED.
started() {
    env --default-signal "$@" <&0 3>&- 4>&- &
    STARTED=$!
}
# appears NAME: waits for it, however long that takes.
appears() { until [ -e "$1" ]; do sleep 0.01; done; }
ended() { outcome wait "$STARTED"; }

# --- before the rename

@test "kept: TERM during the fsync before the rename leaves FILE and ends the run" {
    need_trace
    echo old >f
    with_signal fsync 1 atomwrite f <<<new
    expect 143 "atomwrite: f: left as it was: interrupted by signal 15 (Terminated)"
    holds f old
    clean
}

@test "kept: TERM at the last call before the rename leaves FILE and ends the run" {
    need_trace
    has_rung o-tmpfile || skip "needs files without a name"
    echo old >f
    with_signal fchmod 1 atomwrite --no-sync f <<<new
    expect 143 "atomwrite: f: left as it was: interrupted by signal 15 (Terminated)"
    holds f old
    clean
}

@test "kept: TERM while a previous version is copied leaves FILE and ends the run" {
    need_trace
    has_rung o-tmpfile || skip "needs files without a name"
    # What a buffer takes is read; the kernel copies more than that.
    yes old | head -n 300000 >f
    cp f "$BATS_TEST_TMPDIR/old"
    INJECT=(-e inject=linkat:error=EPERM:when=2)
    with_signal copy_file_range 1 atomwrite -k 1 f < <(echo new)
    expect 143 "atomwrite: f: left as it was: interrupted by signal 15 (Terminated)"
    cmp f "$BATS_TEST_TMPDIR/old"
    [ "$(ls -A)" = f ]
}

@test "a signal after the rename comes too late: the run finishes, and answers 0" {
    need_trace
    echo old >f
    # It stays blocked, and so is not delivered: that it was sent is seen by the delay.
    try trace "$BATS_TEST_TMPDIR/log" -e inject=fsync:signal=TERM:delay_enter=1:when=2 \
        atomwrite f <<<new
    grep -q '^fsync(.*(DELAYED)' "$BATS_TEST_TMPDIR/log"
    expect 0 ""
    holds f new
    clean
}

@test "TERM during the fsync of the content of uniqcreate, and of -l: nothing is left" {
    need_trace
    has_rung o-tmpfile || skip "needs files without a name"
    with_signal fsync 1 uniqcreate "$EPOCH" x- <<<text
    expect 143 "uniqcreate: x-: nothing was created: interrupted by signal 15 (Terminated)"
    with_signal fsync 3 uniqcreate -l "$EPOCH" x- <<<text
    expect 143 "uniqcreate: x-$FIRST: the claim is removed: interrupted by signal 15 (Terminated)"
    [ -z "$(ls -A)" ]
}

# --- the signals that end a program by default

@test "ALRM, VTALRM, USR1 and USR2 leave no live claim" {
    has_rung o-tmpfile || skip "needs files without a name"
    local each number
    for each in ALRM VTALRM USR1 USR2; do
        number=$(kill -l "$each")
        mkfifo "$BATS_TEST_TMPDIR/$each.in"
        exec {INPUT}<>"$BATS_TEST_TMPDIR/$each.in"
        started uniqcreate -l "$EPOCH" x- <"$BATS_TEST_TMPDIR/$each.in" \
            >/dev/null 2>/dev/null
        appears "x-$FIRST"
        kill -"$each" "$STARTED"
        ended
        [ "$status" -eq $((128 + number)) ]
        [ -z "$(ls -A)" ]
        exec {INPUT}>&-
    done
}

@test "ALRM, VTALRM, USR1 and USR2 end a writer in its turn, and leave FILE" {
    local each number
    echo old >f
    for each in ALRM VTALRM USR1 USR2; do
        number=$(kill -l "$each")
        mkfifo "$BATS_TEST_TMPDIR/$each"
        started atomwrite -u f sh -c 'echo >"$1"; exec sleep 1000' sh \
            "$BATS_TEST_TMPDIR/$each" 2>/dev/null
        read -r _ <"$BATS_TEST_TMPDIR/$each"
        kill -"$each" "$STARTED"
        ended
        [ "$status" -eq $((128 + number)) ]
        holds f old
        clean
    done
}

@test "ignored signals stay ignored, for COMMAND, too: ALRM and USR1" {
    try env --ignore-signal=ALRM,USR1 atomwrite f \
        sh -c 'kill -ALRM $$ $PPID; kill -USR1 $$ $PPID; echo alive'
    expect 0 ""
    holds f alive
}

@test "COMMAND gets the signal mask back" {
    try env --block-signal=USR2 atomwrite f grep '^SigBlk' /proc/self/status
    expect 0 ""
    holds f $'SigBlk:\t0000000000000800'
}

# --- output that nobody reads

@test "TERM ends uniqcreate that prints its path into a full pipe; the file stays" {
    full_pipe
    started uniqcreate "$EPOCH" x- <<<text 1>&"$FULL" 2>"$BATS_TEST_TMPDIR/err"
    appears "x-$FIRST"
    kill -TERM "$STARTED"
    ended
    [ "$status" -eq 143 ]
    # Where TERM was quicker than the name, nothing is there.
    if [ -e "x-$FIRST" ]; then
        holds "$BATS_TEST_TMPDIR/err" \
            "uniqcreate: x-$FIRST: created, but its path could not be printed: interrupted by signal 15 (Terminated)"
        holds "x-$FIRST" text
    fi
    clean
}

@test "TERM, INT and HUP end uniqcreate --lines that prints into a full pipe" {
    local each
    full_pipe
    for each in TERM INT HUP; do
        started uniqcreate "$EPOCH" --lines "$each-" <<<text 1>&"$FULL" 2>/dev/null
        appears "$each-$FIRST"
        kill -"$each" "$STARTED"
        ended
        [ "$status" -eq $((128 + $(kill -l "$each"))) ]
    done
}

@test "TERM ends uniqcreate -l that prints into a full pipe, and the claim is removed" {
    has_rung o-tmpfile || skip "needs files without a name"
    full_pipe
    started uniqcreate "$EPOCH" -l x- <<<text 1>&"$FULL" 2>/dev/null
    appears "x-$FIRST"
    kill -TERM "$STARTED"
    ended
    [ "$status" -eq 143 ]
    [ -z "$(ls -A)" ]
}

@test "a standard error that nobody reads holds up no other writer, and TERM ends it" {
    echo old >f
    ln f g
    full_pipe
    # It has to say in its turn that FILE has a second name.
    started atomwrite -v -k 1 f <<<new 2>&"$FULL"
    appears f.1
    try atomwrite f <<<newer
    expect 0 ""
    kill -TERM "$STARTED"
    ended
    holds f newer
    holds f.1 old
    clean
}

@test "messages that had to wait are written, in their order" {
    echo old >f
    ln f g
    full_pipe
    started atomwrite -v -k 1 f <<<new 2>&"$FULL"
    appears f.1
    # Nothing but zeros was in the pipe before.
    (
        exec {FULL}>&-
        exec tr -d '\0' <"$BATS_TEST_TMPDIR/full" >"$BATS_TEST_TMPDIR/said"
    ) &
    reader=$!
    ended
    exec {FULL}>&-
    wait "$reader"
    holds "$BATS_TEST_TMPDIR/said" "atomwrite: f: it has 2 hard links; the others keep the old content
atomwrite: f: replaced (4 bytes)"
    [ "$status" -eq 0 ]
}

# --- a limit on the size of files

@test "XFSZ: dies of it, or 74 where it is ignored: atomwrite -u, uniqcreate, -l, --lines" {
    head -c 100000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/big"
    local each
    echo old >f
    for each in "atomwrite -u f cat $BATS_TEST_TMPDIR/big" "uniqcreate x-" "uniqcreate -l x-" \
        "uniqcreate --lines x-"; do
        [ "$each" != "uniqcreate -l x-" ] || has_rung o-tmpfile || continue
        try env --default-signal=XFSZ bash -c "ulimit -f 8; exec $each" <"$BATS_TEST_TMPDIR/big"
        expect 153
        [[ $stderr = *"interrupted by signal 25 (File size limit exceeded)" ]]
        try env --ignore-signal=XFSZ bash -c "ulimit -f 8; exec $each" <"$BATS_TEST_TMPDIR/big"
        expect 74
        [[ $stderr = *"File too large (raise the limit: ulimit -f)" ]]
        holds f old
        [ "$(ls -A)" = f ]
    done
}

# --- lockread

@test "lockread passes TERM on to its --check, and dies of it" {
    echo text >f
    mkfifo "$BATS_TEST_TMPDIR/begun" "$BATS_TEST_TMPDIR/told"
    started lockread --check="trap 'echo got TERM >\"$BATS_TEST_TMPDIR/told\"; exit' TERM
        echo >\"$BATS_TEST_TMPDIR/begun\"; while :; do sleep 0.1; done" f 2>/dev/null
    read -r _ <"$BATS_TEST_TMPDIR/begun"
    kill -TERM "$STARTED"
    read -r line <"$BATS_TEST_TMPDIR/told"
    [ "$line" = "got TERM" ]
    ended
    [ "$status" -eq 143 ]
}
