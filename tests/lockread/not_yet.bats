#!/usr/bin/env bats
# lockread: what is not there yet, waiting, and the lock of another file.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- not there yet

@test "not yet: a file that is exclusively locked is skipped and said, 75" {
    echo text >a
    echo other >b
    held_flock a
    try lockread a b
    let_go
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (use -w to wait)"
    [ "$output" = other ]
    try lockread a
    expect 0 ""
    [ "$output" = text ]
}

# held_by_shell FILE: a shell has its lock, that flock(1) took and left to it, until
# shell_lets_go. $HOLDER is its PID.
held_by_shell() {
    mkfifo "$BATS_TEST_TMPDIR/held" "$BATS_TEST_TMPDIR/go"
    exec {go}<>"$BATS_TEST_TMPDIR/go"
    bash -c 'exec 9<"$2"; flock 9; echo >"$1/held"; read -r _ <"$1/go"; true' bash \
        "$BATS_TEST_TMPDIR" "$1" 3>&- 4>&- {go}>&- &
    HOLDER=$!
    read -r _ <"$BATS_TEST_TMPDIR/held"
}
shell_lets_go() {
    exec {go}>&-
    wait "$HOLDER"
}

@test "not yet: the holder is found although flock 9 has ended" {
    echo text >a
    held_by_shell a
    try lockread a
    expect 75 "lockread: a: locked by PID $HOLDER (bash) (use -w to wait)"
    try lockread --json a
    expect 0 ""
    [[ $output == *'"state":"locked","holders":[{"pid":'$HOLDER',"command":"bash"}],'* ]]
    shell_lets_go
}

@test "not yet: whoever may not look at the holder is told that there is one" {
    need_root
    share
    echo text >a
    held_by_shell a
    try as_user lockread a
    expect 75 "lockread: a: locked by another process (use -w to wait)"
    shell_lets_go
}

@test "not yet: what a dead live writer left is refused, 65" {
    dead a
    try lockread a
    expect 65 "lockread: a: $DEAD"
    [ -z "$output" ]
}

@test "not yet: -s and --skip pass over both silently, and it is no failure" {
    echo text >a
    dead b
    echo other >c
    held_flock a
    try lockread -s a b c
    expect 0 ""
    [ "$output" = other ]
    try lockread --skip a b
    let_go
    expect 0 ""
    [ -z "$output" ]
    # Anything else is still one.
    try lockread -s nowhere b
    expect 66 "lockread: nowhere: no such file"
    try lockread -s -e b a
    expect 0 ""
}

# --- waiting

@test "wait: -w inf waits for the lock, and reads what came last" {
    echo early >a
    held_flock a
    released a -w inf
    expect 0 ""
    [ "$output" = $'early\nlate' ]
}

@test "wait: --wait=SECONDS, with a fraction, waits as well" {
    echo early >a
    held_flock a
    released a --wait=600.5
    expect 0 ""
    [ "$output" = $'early\nlate' ]
}

@test "wait: it ends, 75, and 0 does not wait" {
    echo text >a
    held_flock a
    try lockread -w 0.01 a
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (use -w to wait)"
    try lockread -w 0 a
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (use -w to wait)"
    let_go
    [ -z "$output" ]
}

@test "wait: a file that is replaced meanwhile is read anew" {
    echo early >a
    held_flock a
    echo new >b
    mv b a
    # The lock is on what was a.
    try lockread a
    let_go
    expect 0 ""
    [ "$output" = new ]
}

@test "wait: a file that is removed meanwhile is no longer there, 66" {
    echo early >a
    held_flock a
    rm a
    try lockread -w inf a
    let_go
    expect 66 "lockread: a: no such file"
}

# --- the lock of another file

@test "lock-file: --lock-file respects the lock of another file" {
    echo text >a
    : >lock
    held_flock lock
    try lockread --lock-file=lock a
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (use -w to wait)"
    [ -z "$output" ]
    # Without it nobody asks.
    try lockread a
    expect 0 ""
    let_go
    try lockread --lock-file=lock a
    expect 0 ""
    [ "$output" = text ]
}

@test "lock-file: a shared lock does not matter, and FILE's own lock still does" {
    echo text >a
    : >lock
    held_flock lock -s
    try lockread --lock-file=lock a
    expect 0 ""
    [ "$output" = text ]
    let_go
    rm "$BATS_TEST_TMPDIR/locked" "$BATS_TEST_TMPDIR/let-go"
    held_flock a
    try lockread --lock-file=lock a
    let_go
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (use -w to wait)"
}

@test "lock-file: use -w to wait, and -s passes over" {
    echo text >a
    : >lock
    held_flock lock
    try lockread -s --lock-file=lock a
    expect 0 ""
    [ -z "$output" ]
    mkfifo "$BATS_TEST_TMPDIR/read"
    lockread -w inf --lock-file=lock a >"$BATS_TEST_TMPDIR/read" 3>&- 4>&- &
    READER=$!
    let_go
    [ "$(cat "$BATS_TEST_TMPDIR/read")" = text ]
    wait "$READER"
}

@test "lock-file: one that is missing is not made, and nobody is told to make a directory" {
    echo text >a
    try lockread --lock-file=lock a
    [ "$status" -eq 0 ] || expect 66
    [[ $stderr != *"make the directory"* ]]
    [ ! -e lock ]
    try lockread --lock-file= a
    expect 64 "lockread: --lock-file: empty path $LOOK"
}

@test "lock-file: -l shows that lock as each FILE's" {
    echo text >a
    : >lock
    held_flock lock
    try lockread --json --lock-file=lock a
    let_go
    expect 0 ""
    [[ $output == '{"name":"a","state":"locked","holders":[{"pid":'$FLOCKER',"command":"flock"}],'* ]]
}
