#!/usr/bin/env bats
# uniqcreate -l: what a claim is in the end, what is refused and what fails.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- what it is in the end

@test "finished: the mode is that of any new file, 0666 less the umask" {
    local mask
    can_claim
    for mask in 000 002 022 027 077; do
        rm -f x-*
        umask "$mask"
        try uniqcreate -l "$EPOCH" x- <<<text
        umask 022
        expect 0 ""
        [ "$(stat -c %a "x-$FIRST")" = "$(printf '%o' $((0666 & ~0$mask)))" ]
        try lockread "x-$FIRST"
        expect 0 ""
        [ "$output" = text ]
    done
}

@test "finished: -m and --mode" {
    can_claim
    try uniqcreate -l -m 640 "$EPOCH" x- <<<text
    expect 0 ""
    [ "$(stat -c %a "x-$FIRST")" = 640 ]
    try uniqcreate -l --mode=u+x,go= "$EPOCH" y- <<<text
    expect 0 ""
    [ "$(stat -c %a "y-$FIRST")" = 700 ]
}

@test "finished: --owner" {
    can_claim
    need_root
    try uniqcreate -l --owner=12345:54321 "$EPOCH" z- <<<text
    expect 0 ""
    [ "$(stat -c %u:%g "z-$FIRST")" = 12345:54321 ]
}

@test "finished: a default ACL applies, as for any new file" {
    can_claim
    need setfacl getfacl
    mkdir acl
    setfacl -d -m u::rw,u:12345:rw,g::r,m::rw,o::- acl 2>/dev/null || skip "needs ACLs here"
    : >acl/plain
    try uniqcreate -l "$EPOCH" acl/x- <<<text
    expect 0 ""
    [ "$(getfacl -c "acl/x-$FIRST")" = "$(getfacl -c acl/plain)" ]
    getfacl -c "acl/x-$FIRST" | grep '^user:12345:rw-$'
}

@test "finished: in a setgid directory it has its group" {
    can_claim
    need_root
    mkdir shared
    chgrp 12345 shared
    chmod 2775 shared
    try uniqcreate -l "$EPOCH" shared/x- <<<text
    expect 0 ""
    [ "$(stat -c '%g %a' "shared/x-$FIRST")" = "12345 644" ]
}

@test "finished: an ordinary user's claim, from the lock to the content" {
    can_claim
    share
    try as_user uniqcreate -l "$EPOCH" x- sh -c 'lockread x-* 2>/dev/null; echo $?'
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    try as_user lockread "x-$FIRST"
    expect 0 ""
    [ "$output" = 75 ]
}

@test "finished: -q prints nothing, -z ends with NUL, -v says when it is done" {
    can_claim
    try uniqcreate -lq "$EPOCH" x- <<<text
    expect 0 ""
    [ -z "$output" ]
    uniqcreate -lz "$EPOCH" x- <<<text >"$BATS_TEST_TMPDIR/path"
    printf 'x-%s\0' "$SECOND" | cmp - "$BATS_TEST_TMPDIR/path"
    try uniqcreate -lv "$EPOCH" y- <<<text
    expect 0 "uniqcreate: y-$FIRST: created (5 bytes)"
    [ "$output" = "y-$FIRST" ]
}

@test "finished: the end marker is stripped, and --check sees the content and its path" {
    can_claim
    share
    try as_user uniqcreate -l "$EPOCH" --end-marker=done \
        --check='cat >seen; cat "$ATOMWRITE_STAGED" >staged' x- <<<$'text\ndone'
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    holds "x-$FIRST" text
    holds seen text
    holds staged text
    clean
}

@test "finished: --no-sync waits for no disk" {
    can_claim
    need_trace
    trace "$TRACE" uniqcreate -l --no-sync "$EPOCH" x- <<<text >"$BATS_TEST_TMPDIR/path"
    holds "x-$FIRST" text
    run ! grep -E '^(fsync|fdatasync|syncfs|sync)\(' "$TRACE"
}

# --- what is refused

@test "refused: a final mode of 0200, 64, before anything is claimed" {
    local mode
    can_claim
    for mode in 200 0200 u=w,go= a=,u+w; do
        try uniqcreate -l -m "$mode" x- <<<text
        expect 64
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
        [ -z "$output" ]
        [ -z "$(ls -A)" ]
    done
}

@test "refused: a final mode of 0200 by the umask, 64, before anything is claimed" {
    can_claim
    umask 077
    try uniqcreate -l -m u-r x- <<<text
    expect 64 "uniqcreate: x-: $NOT_MADE: its mode would be 0200, which marks an unfinished file (choose another mode or umask)"
    [ -z "$output" ]
    umask 0577
    try uniqcreate -l x- <<<text
    umask 022
    expect 64
    [ "$stderr" = "uniqcreate: x-: $NOT_MADE: its mode would be 0200, which marks an unfinished file (choose another mode or umask)" ]
    [ -z "$output" ]
    [ -z "$(ls -A)" ]
}

@test "refused: where a file cannot be locked before it has a name, 73" {
    has_rung o-tmpfile && skip "live claims work here"
    try uniqcreate -l x- <<<text
    expect 73 "uniqcreate: x-: $NOT_MADE: this file system cannot hold a live claim (leave out -l)"
    [ -z "$output" ]
    [ -z "$(ls -A)" ]
}

# A file system on which changing a mode changes nothing, and says that it did.
NO_MODES='int fchmod(int fd, mode_t mode) { asked(); return (void)mode, fd == -1 ? -1 : 0; }'

@test "refused: where modes do not stick, 73, for no dead writer could be known by them" {
    can_claim
    instead "$NO_MODES" uniqcreate --live x- <<<text
    expect 73 "uniqcreate: x-: $NOT_MADE: this file system cannot hold a live claim (leave out -l)"
    [ -z "$(ls -A)" ]
}

@test "refused: hidden-looking names, no directory, closed and empty ones, as without -l" {
    can_claim
    try uniqcreate -l -f write .x.atom <<<text
    expect 73 "uniqcreate: .x.atom: $NOT_MADE: its name would be one that is reserved for temporary files (choose another prefix or suffix)"
    try uniqcreate -l nowhere/x- <<<text
    expect 73 "uniqcreate: nowhere/x-: $NOT_MADE: cannot open its directory: No such file or directory (create the directory first)"
    try sh -c 'uniqcreate -l x- >&-' <<<text
    expect 74 "uniqcreate: x-: $NOT_MADE: standard output is closed (open it, or use -q)"
    try uniqcreate -l "" <<<text
    expect 64 "uniqcreate: PREFIX: empty prefix (./ is this directory) (see uniqcreate --help)"
    [ -z "$(ls -A)" ]
}

@test "refused: content that is not accepted, 65: the claim is removed, and that is said" {
    can_claim
    try uniqcreate -l "$EPOCH" -e x- </dev/null
    expect 65 "uniqcreate: x-$FIRST: $TAKEN_BACK: the input is empty"
    # Who waited for the name has got it.
    [ "$output" = "x-$FIRST" ]
    try uniqcreate -l "$EPOCH" --min-size=6 x- <<<text
    expect 65 "uniqcreate: x-$FIRST: $TAKEN_BACK: the input has 5 bytes, less than the 6 of --min-size"
    try uniqcreate -l "$EPOCH" --end-marker=done x- <<<text
    expect 65 "uniqcreate: x-$FIRST: $TAKEN_BACK: the last line is not the end marker (its producer did not finish)"
    try uniqcreate -l "$EPOCH" --check='exit 3' x- <<<text
    expect 65 "uniqcreate: x-$FIRST: $TAKEN_BACK: the check failed with status 3: exit 3"
    [ -z "$(ls -A)" ]
}

# --- what fails

@test "fails: COMMAND's own failure, and the claim is removed" {
    can_claim
    try uniqcreate -l "$EPOCH" x- sh -c 'echo half; exit 3'
    expect 3 "uniqcreate: x-$FIRST: $TAKEN_BACK: sh exited with status 3"
    try uniqcreate -l "$EPOCH" x- sh -c 'kill -KILL $$'
    expect 137 "uniqcreate: x-$FIRST: $TAKEN_BACK: sh was killed by signal 9 (Killed)"
    PATH=$BUILDDIR/src:/usr/bin:/bin # all of which may be searched
    run -127 --separate-stderr uniqcreate -l "$EPOCH" x- no-such-command
    expect 127 "uniqcreate: x-$FIRST: $TAKEN_BACK: cannot run no-such-command: No such file or directory (check its spelling and PATH)"
    [ -z "$(ls -A)" ]
}

@test "fails: a closed or unreadable input, 74, and the claim is removed" {
    can_claim
    try sh -c "uniqcreate -l $EPOCH x- <&-"
    expect 74
    [[ $stderr == "uniqcreate: x-"*": standard input is closed (give it input, or </dev/null)" ]]
    try uniqcreate -l "$EPOCH" x- <.
    expect 74 "uniqcreate: x-$FIRST: $TAKEN_BACK: cannot read standard input: Is a directory"
    [ -z "$(ls -A)" ]
}

@test "fails: a path that cannot be printed, 74, and the claim is removed" {
    can_claim
    try sh -c "uniqcreate -l $EPOCH x- >/dev/full" <<<text
    expect 74 "uniqcreate: x-$FIRST: $TAKEN_BACK: cannot print its path: No space left on device (free some space or inodes)"
    [ -z "$(ls -A)" ]
    try sh -c "uniqcreate -lq $EPOCH x- >/dev/full" <<<text
    expect 0 ""
    holds "x-$FIRST" text
}

@test "fails: a limit of the file size, 74, and the claim is removed" {
    can_claim
    head -c 100000 /dev/zero >"$BATS_TEST_TMPDIR/large"
    try env --ignore-signal=XFSZ bash -c 'ulimit -f 8; uniqcreate -l --time=@0 x- <"$1"' \
        bash "$BATS_TEST_TMPDIR/large"
    expect 74 "uniqcreate: x-$FIRST: $TAKEN_BACK: cannot write the new content: File too large (raise the limit: ulimit -f)"
    [ -z "$(ls -A)" ]
}

@test "fails: content or name that cannot be made durable, 74, and the claim is removed" {
    local number
    can_claim
    need_trace
    # The mark, the directory, the content, the mode.
    for number in 1 2 3 4; do
        try trace "$TRACE" -e "inject=fsync:error=EIO:when=$number" uniqcreate -l "$EPOCH" x- <<<text
        expect 74
        [[ $stderr == "uniqcreate: x-"*": cannot make "*" durable: Input/output error" ]]
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
        # The last one of them failed: it was not tried again.
        [ "$(grep -c '^fsync(' "$TRACE")" -eq "$number" ]
        [ -z "$(ls -A)" ]
    done
}

@test "fails: a claim that somebody removed meanwhile, 74" {
    can_claim
    claimed x-
    rm -f "$CLAIM"
    echo text >&"$INPUT"
    finished
    expect 74 "uniqcreate: $CLAIM: another process removed it while it was written"
    [ -z "$(ls -A)" ]
}

@test "fails: a claim that somebody replaced meanwhile, 74, and that file is left alone" {
    can_claim
    claimed x-
    rm -f "$CLAIM"
    echo other >"$CLAIM"
    echo text >&"$INPUT"
    finished
    expect 74 "uniqcreate: $CLAIM: another process removed it while it was written"
    holds "$CLAIM" other
    claimed x-
    [ "$CLAIM" = "x-$SECOND" ]
    rm -f "$CLAIM"
    echo other >"$CLAIM"
    kill -TERM "$WRITER"
    finished
    expect 143
    holds "$CLAIM" other
}

@test "signals: TERM, INT and HUP while it reads: the claim is removed, and that is said" {
    local name number text
    can_claim
    while read -r name number text; do
        claimed x-
        [ "$CLAIM" = "x-$FIRST" ]
        kill -"$name" "$WRITER"
        status=0
        wait "$WRITER" || status=$?
        stderr=$(cat "$BATS_TEST_TMPDIR/claim.$CLAIMS.err")
        expect $((128 + number)) "uniqcreate: $CLAIM: $TAKEN_BACK: interrupted by signal $number ($text)"
        exec {INPUT}>&-
        [ -z "$(ls -A)" ]
    done <<'LIST'
TERM 15 Terminated
INT 2 Interrupt
HUP 1 Hangup
LIST
}

@test "signals: TERM while COMMAND runs: it is passed on, and the claim is removed" {
    can_claim
    mkfifo "$BATS_TEST_TMPDIR/"{told,end,block}
    exec {block}<>"$BATS_TEST_TMPDIR/block"
    env --default-signal=TERM uniqcreate -l "$EPOCH" x- sh -c '
        trap "echo got TERM >\"\$1/end\"; exit 0" TERM
        read -r _ <"$1/block" & # in the background: wait can be interrupted
        echo half
        echo ready >"$1/told"
        wait' sh "$BATS_TEST_TMPDIR" \
        >"$BATS_TEST_TMPDIR/path" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- {block}>&- &
    WRITER=$!
    read -r line <"$BATS_TEST_TMPDIR/told"
    [ "$line" = ready ]
    kill -TERM "$WRITER"
    read -r line <"$BATS_TEST_TMPDIR/end"
    [ "$line" = "got TERM" ]
    status=0
    wait "$WRITER" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/path")
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
    expect 143 "uniqcreate: x-$FIRST: $TAKEN_BACK: interrupted by signal 15 (Terminated)"
    [ "$output" = "x-$FIRST" ]
    [ -z "$(ls -A)" ]
}

@test "signals: TERM at the last fsync, before the lock is let go, removes the claim" {
    can_claim
    need_trace
    # The content is whole and has its mode, but nobody can have read it.
    try trace "$TRACE" -e signal=all -e inject=fsync:signal=TERM:when=4 \
        uniqcreate -l "$EPOCH" x- <<<text
    grep -q SIGTERM "$TRACE" # it did come
    expect 143 "uniqcreate: x-$FIRST: $TAKEN_BACK: interrupted by signal 15 (Terminated)"
    [ -z "$(ls -A)" ]
}

@test "live: what failed and cannot be removed is no finished file" {
    can_claim
    need_trace
    local last
    last=$(fsyncs -l x- <<<text)
    try traced -e "inject=fsync:error=EIO:when=$last" -e inject=unlinkat:error=EPERM \
        uniqcreate "$EPOCH" -l x- <<<text
    expect 74
    [ "$(mode_of "x-$FIRST")" = 200 ]
    try lockread "x-$FIRST"
    expect 65
    # And where not even that can be said, it may be there after a power cut, or not.
    rm "x-$FIRST"
    try traced -e "inject=fsync:error=EIO:when=$last" -e inject=unlinkat:error=EPERM \
        -e inject=fchmod:error=EIO:when=3 uniqcreate "$EPOCH" -l x- <<<text
    expect 76
    [ "$(mode_of "x-$FIRST")" = 644 ]
}
