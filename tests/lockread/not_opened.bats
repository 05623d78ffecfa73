#!/usr/bin/env bats
# lockread: what is not a regular file is looked at, and not opened; nor is its own output
# taken.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load common

# unopened NAME...: in the log of "trace", none of them was opened but to be looked at.
unopened() {
    local name
    for name; do
        if grep -E "^open(at)?\(.*\"([^\"]*/)?$name\"" "$BATS_TEST_TMPDIR/log" |
            grep -v O_PATH; then
            echo "opened: $name" >&2
            return 1
        fi
    done
}

@test "not opened: a FIFO, a device and a socket are refused, 66, unopened, in all ways of reading" {
    need_trace
    mkfifo fifo
    ln -s fifo link
    local option device
    for option in -v --newest --take=cat --await; do
        # Out of /dev nobody but root may take anything.
        device=/dev/null
        [ "$option" != --take=cat ] || device=fifo
        try trace "$BATS_TEST_TMPDIR/log" lockread "$option" -w 0 fifo link "$device"
        expect 66
        [[ $stderr == *"lockread: fifo: not a regular file"* ]]
        [[ $stderr == *": $device: not a regular file"* ]]
        [ -z "$output" ]
        unopened fifo link null
    done
    need python3
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' ||
        skip "no socket here"
    try lockread socket
    expect 66 "lockread: socket: not a regular file"
}

@test "not opened: the writer of a FIFO loses nothing" {
    mkfifo fifo
    echo data >fifo 3>&- 4>&- &
    try lockread fifo
    expect 66 "lockread: fifo: not a regular file"
    [ "$(cat fifo)" = data ]
    wait $!
}

@test "not opened: a --lock-file that is a FIFO or a device, 66" {
    need_trace
    echo text >f
    mkfifo fifo
    local lock
    for lock in fifo /dev/null; do
        try trace "$BATS_TEST_TMPDIR/log" lockread --lock-file="$lock" f
        expect 66 "lockread: $lock: not a regular file (choose a regular file)"
        [ -z "$output" ]
        unopened fifo null
    done
    # As with flock(1).
    mkdir d
    try lockread --lock-file=d f
    expect 0 ""
    [ "$output" = text ]
}

# refused_as_hidden NAME...: as lock files, to print the file "f" and to list it.
refused_as_hidden() {
    local name
    for name; do
        try lockread --lock-file="$name" f
        expect 64 "lockread: $name: name is reserved for temporary files (see lockread --help)"
        try lockread -l --lock-file="$name" f
        expect 64 "lockread: $name: name is reserved for temporary files (see lockread --help)"
        [ -z "$output" ]
    done
}

@test "lock-file: a hidden name, which is litter to the next writer, is refused, 64" {
    echo text >f
    refused_as_hidden .f.atomwrite ./.f.atomwrite-1 d/.f.atomwrite-kept .p.uniqcreate-2
}

@test "lock-file: a symlink to a hidden name, be it there or not, is refused as that is, 64" {
    echo text >f
    : >.f.atomwrite
    mkdir d
    ln -s ../.f.atomwrite d/lock
    ln -s d/lock living
    ln -s .f.atomwrite-1 dangling
    refused_as_hidden living dangling
}

@test "lock-file: -l of one that is a FIFO or a device ends as reading does, 66" {
    echo text >f
    mkfifo fifo
    local lock option
    for lock in fifo /dev/null; do
        for option in -l --json; do
            try lockread "$option" --lock-file="$lock" f f
            expect 66 "lockread: $lock: not a regular file (choose a regular file)"
            [ "$(grep -c unknown <<<"$output")" -eq 2 ]
        done
        try lockread -lq --lock-file="$lock" f
        expect 66 ""
    done
    # As with flock(1).
    mkdir d
    try lockread -l --lock-file=d f
    expect 0 ""
}

@test "own output: the other FILEs are printed, and what is empty so far is no matter" {
    echo one >a
    echo two >b
    echo three >c
    outcome lockread a b c 2>"$BATS_TEST_TMPDIR/said" >>b
    [ "$status" -eq 74 ]
    holds "$BATS_TEST_TMPDIR/said" \
        "lockread: b: it is the standard output (write to another file)"
    [ "$(cat b)" = $'two\none\nthree' ]
    # From its beginning, too: what is written would be read.
    outcome lockread b 2>"$BATS_TEST_TMPDIR/said" 1<>b
    [ "$status" -eq 74 ]
    [ "$(cat b)" = $'two\none\nthree' ]
    lockread a new c >new
    [ "$(cat new)" = $'one\nthree' ]
}

@test "own output: --take leaves it, and takes the others" {
    mkdir spool
    echo 1 >spool/1
    echo 3 >spool/3
    outcome lockread --take=cat spool 2>"$BATS_TEST_TMPDIR/said" >spool/2
    [ "$status" -eq 74 ]
    holds "$BATS_TEST_TMPDIR/said" \
        "lockread: spool/2: it is the standard output (write to another file)"
    [ "$(ls spool)" = 2 ]
    [ "$(cat spool/2)" = $'1\n3' ]
    # Also before anything is in it, for it would be removed with what comes.
    echo 1 >spool/1
    outcome lockread --take=cat spool 2>"$BATS_TEST_TMPDIR/said" >spool/0
    [ "$status" -eq 74 ]
    holds "$BATS_TEST_TMPDIR/said" \
        "lockread: spool/0: it is the standard output (write to another file)"
    [ "$(cat spool/0)" = $'1\n1\n3' ]
}

@test "take: a FIFO in the place of a FILE keeps what is written to it, and its name" {
    need_trace
    mkfifo fifo
    try trace "$BATS_TEST_TMPDIR/log" lockread --take=cat fifo
    expect 66 "lockread: fifo: not a regular file"
    unopened fifo
    [ -p fifo ]
}

@test "not opened: -l and --json list a FIFO and a device by looking, and open no FILE" {
    need_trace
    [ "$(stat -f -c %T .)" != nfs ] || skip "a server is asked by an open file"
    mkfifo fifo
    echo text >f
    local option
    for option in -l --json; do
        try trace "$BATS_TEST_TMPDIR/log" lockread "$option" fifo f /dev/null
        expect 0 ""
        [ "$(grep -c -e fifo -e /dev/null <<<"$output")" -eq 2 ]
        unopened fifo f null
        held_flock f
        try trace "$BATS_TEST_TMPDIR/log" lockread "$option" --lock-file=f fifo
        let_go
        expect 0 ""
        [[ $output == *locked* ]]
        unopened fifo f
        rm "$BATS_TEST_TMPDIR/locked" "$BATS_TEST_TMPDIR/let-go"
    done
}

@test "not opened: to say who has the lock of a FILE it is not opened again" {
    need_trace
    echo text >f
    held_flock f
    try trace "$BATS_TEST_TMPDIR/log" lockread f
    let_go
    expect 75
    [[ $stderr == "lockread: f: locked by PID "* ]]
    [ "$(grep -cE '^open(at)?\(.*"f"' "$BATS_TEST_TMPDIR/log")" -le 2 ]
    [ "$(grep -E '^open(at)?\(.*"f"' "$BATS_TEST_TMPDIR/log" | grep -vc O_PATH)" -le 1 ]
}
