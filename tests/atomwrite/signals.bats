#!/usr/bin/env bats
# atomwrite: signals.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- signals

@test "kept: HUP while the input is read: dies of it" { interrupt_input 1 Hangup; }
@test "kept: INT while the input is read: dies of it" { interrupt_input 2 Interrupt; }
@test "kept: PIPE while the input is read: dies of it" { interrupt_input 13 'Broken pipe'; }
@test "kept: TERM while the input is read: dies of it" { interrupt_input 15 Terminated; }
@test "kept: XCPU while the input is read: dies of it" {
    interrupt_input 24 'CPU time limit exceeded'
}
interrupt_input() {
    old
    fed atomwrite f
    kill -"$1" "$PID"
    died_of "$1" "$2"
    exec 9>&-
}

@test "kept: HUP while COMMAND runs: dies of it" { interrupt_command 1 Hangup; }
@test "kept: INT while COMMAND runs: dies of it" { interrupt_command 2 Interrupt; }
@test "kept: PIPE while COMMAND runs: dies of it" { interrupt_command 13 'Broken pipe'; }
@test "kept: TERM while COMMAND runs: dies of it" { interrupt_command 15 Terminated; }
interrupt_command() {
    old
    busy
    kill -"$1" "$PID"
    died_of "$1" "$2"
}

@test "kept: TERM while COMMAND of -u runs: dies of it, and gives the turn away" {
    old
    busy -u
    [ -e .f.atomwrite ]
    kill -TERM "$PID"
    died_of 15 Terminated
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
}

@test "kept: TERM while the input of -a is read leaves nothing of it" {
    old
    fed atomwrite -a f
    kill -TERM "$PID"
    died_of 15 Terminated
    exec 9>&-
}

@test "kept: TERM before there was a FILE leaves an empty directory" {
    mkfifo input
    mkdir d
    watched sh -c 'exec atomwrite d/f <input'
    exec 9>input
    head -c 200000 /dev/zero >&9
    kill -TERM "$PID"
    ended
    exec 9>&-
    [ "$ended" = "signal 15" ]
    [ "$stderr" = "atomwrite: d/f: left as it was: interrupted by signal 15 (Terminated)" ]
    [ -z "$(ls -A d)" ]
}

@test "kept: TERM while it waits for the turn: dies of it" {
    old
    held_turn f
    mkfifo said
    watched sh -c 'exec atomwrite -v f 2>said' <<<new
    exec 8<said
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $HOLDER (atomwrite)" ]
    kill -TERM "$PID"
    ended
    [ "$ended" = "signal 15" ]
    [ "$(cat <&8)" = "atomwrite: f: left as it was: interrupted by signal 15 (Terminated)" ]
    exec 8<&-
    holds f old
    release first
    holds f first
    clean
}

@test "kept: TERM while it waits for --lock-file: dies of it" {
    old
    held_flock lock
    mkfifo said
    watched sh -c 'exec atomwrite -v --lock-file=lock f 2>said' <<<new
    exec 8<said
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $FLOCKER (flock)" ]
    kill -TERM "$PID"
    ended
    [ "$ended" = "signal 15" ]
    [ "$(cat <&8)" = "atomwrite: f: left as it was: interrupted by signal 15 (Terminated)" ]
    exec 8<&-
    left_alone
    let_go
}

@test "ignored signals stay ignored: HUP, INT, TERM and PIPE while the input is read" {
    old
    IGNORED="HUP INT TERM PIPE" fed atomwrite f
    kill -HUP "$PID"
    kill -INT "$PID"
    kill -TERM "$PID"
    kill -PIPE "$PID"
    echo end >&9
    exec 9>&-
    ended
    [ "$ended" = "exit 0" ]
    [ -z "$stderr" ]
    [ "$(tail -c 4 f)" = end ]
    clean
}

@test "ignored signals stay ignored: nohup while COMMAND runs" {
    old
    mkfifo begun go
    IGNORED=HUP watched atomwrite f sh -c 'echo >begun; cat go' </dev/null
    read -r _ <begun
    kill -HUP "$PID"
    echo new >go
    ended
    [ "$ended" = "exit 0" ]
    holds f new
    clean
}

@test "only the signal that is not ignored counts" {
    old
    IGNORED=HUP fed atomwrite f
    kill -HUP "$PID"
    kill -TERM "$PID"
    died_of 15 Terminated
    exec 9>&-
}

@test "kept: SIGKILL while the input is read leaves FILE as it was, and the next run tidies up" {
    old
    fed atomwrite f
    kill -KILL "$PID"
    ended
    exec 9>&-
    [ "$ended" = "signal 9" ]
    holds f old
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "kept: SIGKILL in the turn leaves FILE as it was, and the next run takes over" {
    old
    held_turn f
    kill_holder
    [ -e .f.atomwrite ]
    holds f old
    try atomwrite -a -w 0 f <<<more
    expect 0 ""
    holds f $'old\nmore'
    clean
}

@test "kept: SIGKILL in the turn of -a leaves two stages at most, and the next run takes over" {
    old
    mkfifo begun never
    watched atomwrite -a --check='echo >begun; read -r _ <never' f <<<more
    read -r _ <begun
    kill -KILL "$PID"
    ended
    : <>never
    [ -e .f.atomwrite ]
    holds f old
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}
