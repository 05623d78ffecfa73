#!/usr/bin/env bats
# lockread --await: what is not there yet is waited for.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load common

# awaits OPTION... FILE: lockread waits for it in the background, with nothing found, and
# sleeps when this returns. Its output goes to "$OUT"; PID: $WAITER. What it has waited
# for so far is to be read from $calls.
awaits() {
    need_trace
    local line=
    OUT=$BATS_TEST_TMPDIR/out
    mkfifo "$BATS_TEST_TMPDIR/calls"
    # The tracer is the grandchild (-D), and lockread our own.
    ASAN_OPTIONS=detect_leaks=0 strace -D -qq -e trace=/^ppoll,inotify_add_watch \
        -e signal=none -o "$BATS_TEST_TMPDIR/calls" \
        lockread "$@" >"$OUT" 2>"$OUT.err" 3>&- 4>&- &
    WAITER=$!
    exec {calls}<"$BATS_TEST_TMPDIR/calls"
    until [[ $line = *"\"${*: -1}\""* ]]; do
        read -r line <&"$calls"
    done
    until grep -q '^State:.S' "/proc/$WAITER/status"; do
        kill -0 "$WAITER"
    done
}
had() {
    exec {calls}<&-
    wait "$WAITER"
}

@test "await: with -w 0 it is looked at once, and the status is what it would be" {
    dead unfinished
    echo text >there
    echo old >old
    touch -d @1000000000 old
    try lockread --await -w 0 there
    expect 0 ""
    [ "$output" = text ]
    try lockread --await -w 0 missing there
    expect 66 "lockread: missing: no such file"
    [ "$output" = text ]
    try lockread --await -w 0 unfinished
    expect 65 "lockread: unfinished: $DEAD"
    try lockread --await -w 0 --max-age=1d old
    expect 69
    try lockread --await -w 0.01 --min-size=1K there
    expect 65 "lockread: there: it has 5 bytes, less than the 1024 of --min-size"
    try lockread --await -w 0.01 --check='grep -q no' there
    expect 65 "lockread: there: the check failed with status 1: grep -q no"
    held_flock there
    try lockread --await -w 0.01 there
    let_go
    expect 75 "lockread: there: locked by PID $FLOCKER (flock) (use -w to wait)"
}

# comes COMMAND: lockread, started before COMMAND, prints "here" from the file "f".
comes() {
    lockread --await -w 600 "${ASKED[@]}" f >"$BATS_TEST_TMPDIR/out" 3>&- 4>&- &
    local waiter=$!
    eval "$1"
    wait "$waiter"
    holds "$BATS_TEST_TMPDIR/out" here
    rm -f f
}

@test "await: created, renamed, replaced, grown, made young, let go of" {
    need flock
    ASKED=(-e)
    comes 'echo here >g; mv g f'
    comes 'echo here | atomwrite f'
    : >f
    comes 'echo here | atomwrite f'
    : >f
    comes 'echo here >f'
    : >f
    comes 'echo here | flock f dd of=f conv=notrunc status=none'
    dead f
    # Where there are no modes it cannot be told from a finished one.
    if [ "$(stat -c %a f)" = 200 ]; then
        comes 'echo here >g; mv g f'
    fi
    ASKED=(--max-age=1h)
    echo here >f
    touch -d @0 f
    comes 'touch f'
    ASKED=(--check='grep -q here')
    echo nothing >f
    comes 'echo here | atomwrite f'
    ASKED=()
    echo here >f
    held_flock f
    comes let_go
}

@test "await: the directory may be missing, too, or a symbolic link lead elsewhere" {
    lockread --await -w 600 a/b/c/f >out 3>&- 4>&- &
    waiter=$!
    mkdir a
    mkdir a/b
    mkdir a/b/c
    echo here >a/b/c/g
    mv a/b/c/g a/b/c/f
    wait $waiter
    holds out here
    rm a/b/c/f
    : >a/b/c/f
    ln -s a/b/c/f link
    lockread --await -e -w 600 link >out 3>&- 4>&- &
    waiter=$!
    echo here >a/b/c/f
    wait $waiter
    holds out here
}

@test "await: a live claim is read when it is finished" {
    has_rung o-tmpfile || skip "no nameless files here, so no --live"
    mkfifo "$BATS_TEST_TMPDIR/go"
    uniqcreate -l --format=x f- cat "$BATS_TEST_TMPDIR/go" >name 3>&- 4>&- &
    lockread --await -w 600 f-x-1 >out 3>&- 4>&- &
    waiter=$!
    echo whole >"$BATS_TEST_TMPDIR/go"
    wait $waiter
    holds out whole
}

@test "await: --newest waits until one can be had, a directory's too" {
    mkdir spool
    dead spool/a
    lockread --await -w 600 --newest missing spool >out 3>&- 4>&- &
    waiter=$!
    echo here | atomwrite spool/b
    wait $waiter
    holds out here
    try lockread --await -w 0 --newest missing spool
    expect 0 ""
    [ "$output" = here ]
    rm spool/*
    try lockread --await -w 0.01 --newest spool
    expect 66 "lockread: --newest: no files"
}

@test "await: --take waits until one was taken" {
    mkdir spool
    lockread --await -w 600 --take=cat spool >out 3>&- 4>&- &
    waiter=$!
    echo here | uniqcreate -q spool/
    wait $waiter
    holds out here
    [ -z "$(ls -A spool)" ]
    try lockread --await -w 0.01 --take=cat spool
    expect 0 ""
}

# wakes ARRIVAL OPTION... FILE: lockread waits for FILE, and ARRIVAL wakes it: no pause has
# to end before it prints "here".
wakes() {
    local arrival=$1
    shift
    awaits --await -w inf "$@"
    eval "$arrival"
    # All that it waits for, to its end. Between events it may rest: ppoll(NULL, ...).
    cat <&"$calls" >"$BATS_TEST_TMPDIR/pauses"
    had
    holds "$OUT" here
    [ "$(grep -c 'ppoll.*(\[.*Timeout' "$BATS_TEST_TMPDIR/pauses")" -eq 0 ]
    rm -rf "$BATS_TEST_TMPDIR/calls"
}

@test "await: each kind of arrival wakes it: no pause has to end" {
    need_events
    mkdir other
    local arrival
    for arrival in 'mv other/f f' 'ln other/f f' 'cat other/f >f'; do
        echo here >other/f
        wakes "$arrival" -e f
        rm -rf f
    done
}

@test "await: so does what happens to a file that is there" {
    need_events
    # It is written, and not closed.
    : >f
    exec 9>f
    wakes 'echo here >&9' -e f
    exec 9>&-
    # It is read elsewhere than where its name is.
    mkdir other
    : >other/g
    ln -s other/g link
    wakes 'echo here >other/g' -e link
    dead f here
    if [ "$(stat -c %a f)" = 200 ]; then
        wakes 'chmod 644 f' f
    fi
}

@test "await: so does a directory that comes, or takes another one's place" {
    need_events
    mkdir other new d
    echo here >other/f
    echo here >new/f
    wakes 'mv other there' there/f
    wakes 'mv d gone; mv new d' d/f
}

@test "await: a name that goes wakes nobody" {
    need_events
    mkdir other
    echo here >other/f
    touch removed moved
    awaits --await -w inf f
    rm removed
    mv moved other/
    mv other/f f
    cat <&"$calls" >"$BATS_TEST_TMPDIR/pauses"
    had
    holds "$OUT" here
    # By the last one only.
    [ "$(grep -c 'ppoll.*(\[' "$BATS_TEST_TMPDIR/pauses")" -le 1 ]
}

# looks CALL OPTION...: lockread, traced, waits for a file that comes after such a CALL.
# Prints for how long, in seconds and nanoseconds, it was to sleep at first.
looks() {
    local log=$BATS_TEST_TMPDIR/log call=$1
    shift
    trace "$log" -e trace=/^ppoll,inotify_init1,inotify_add_watch "$@" \
        lockread --await -w inf late >"$BATS_TEST_TMPDIR/out" 3>&- 4>&- &
    until grep -q "^$call" "$log" 2>/dev/null; do
        kill -0 $! || return 1
        sleep 0.01
    done
    echo here >late
    wait $!
    holds "$BATS_TEST_TMPDIR/out" here
    # What was left of it, if the file comes in it, stands at the end of the line.
    sed -nE 's/^ppoll\w*\(\[[^]]*\], 1, \{tv_sec=([0-9]+), tv_nsec=([0-9]+)\}.*/\1 \2/p' \
        "$log" | head -n 1
    rm late "$log"
}

@test "await: where events are not told it is looked for again and again" {
    need_trace
    local injection
    for injection in inotify_init1:error=EMFILE inotify_add_watch:error=ENOSPC \
        inotify_add_watch:error=ENOSPC:when=2+2 inotify_add_watch:error=EACCES; do
        [ "$(looks ppoll -e inject=$injection)" = "0 1000000" ]
    done
    need_events
    [ "$(looks inotify_add_watch)" != "0 1000000" ]
}

@test "await: --take looks again soon where a file is locked, and then ever less often" {
    local line pauses=()
    echo text >f
    held_flock f
    awaits --await -w inf --take=cat f
    # Not those in which it finds out whether the holder waits for it: ppoll(NULL, ...).
    while ((${#pauses[@]} < 3)); do
        read -r line <&"$calls"
        [[ $line != ppoll*'([{'* ]] || pauses+=("$line")
    done
    let_go
    had
    holds "$OUT" text
    [[ ${pauses[0]} = *tv_nsec=1000000\}* ]]
    [[ ${pauses[1]} = *tv_nsec=2000000\}* ]]
    [[ ${pauses[2]} = *tv_nsec=4000000\}* ]]
}

@test "await: TERM ends the waiting" {
    awaits --await -w inf missing
    kill -TERM "$WAITER"
    outcome had
    [ "$status" -eq 143 ]
}

@test "await: nothing runs while nothing happens" {
    need_trace
    need_events
    trace "$BATS_TEST_TMPDIR/log" lockread --await -w 1 missing || :
    # The program's start, three looks, and the waiting between.
    trace "$BATS_TEST_TMPDIR/short" lockread --await -w 0 missing || :
    [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -le $(($(wc -l <"$BATS_TEST_TMPDIR/short") + 20)) ]
}

@test "await: -w ends where something happens in the directory all the time" {
    need_trace
    need_events
    # Each of its calls is written there, and so is an event.
    try env ASAN_OPTIONS=detect_leaks=0 \
        timeout -k 1 60 strace -qq -o log lockread --await -w 0.1 missing
    expect 66 "lockread: missing: no such file"
}

@test "await: what cannot become true by itself is said at once" {
    need_root
    share
    echo text >a
    chmod 000 a
    try as_user lockread --await -w inf a
    expect 77 "lockread: a: cannot read: Permission denied ($READABLE)"
    try lockread --await --files0-from=a --newest
    expect 64 "lockread: --files0-from: cannot be used with --await and --newest or --take $LOOK"
}
