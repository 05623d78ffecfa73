#!/usr/bin/env bats
# atomwrite -a and -u: one at a time, and no update is lost.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- -a

@test "-a: the input is appended, as one replacement" {
    old
    exec 8<f
    try atomwrite -a f <<<more
    expect 0 ""
    holds f $'old\nmore'
    [ "$(cat <&8)" = old ]
    exec 8<&-
    clean
}

@test "-a: a missing FILE reads as empty" {
    try atomwrite --append f <<<more
    expect 0 ""
    holds f more
    clean
}

@test "-a: takes the output of COMMAND, and nothing of one that fails" {
    old
    try atomwrite -a f echo more
    expect 0 ""
    holds f $'old\nmore'
    try atomwrite -a f sh -c 'echo half; exit 4'
    expect 4 "atomwrite: f: left as it was: sh exited with status 4"
    holds f $'old\nmore'
    clean
}

@test "-a: large on large, byte for byte" {
    head -c 3000001 /dev/urandom >f
    head -c 2000003 /dev/urandom >addition
    cat f addition >both
    try atomwrite -a f < <(cat addition)
    expect 0 ""
    cmp both f
    clean
}

@test "-a: a FILE that its writer left unfinished is refused, exit 65" {
    old
    chmod 200 f
    try atomwrite -a f <<<more
    expect 65 "atomwrite: f: left as it was: it was left unfinished by a process that died (without -a or -u it is replaced)"
    chmod 644 f
    left_alone
}

# ---- -u

@test "-u: COMMAND makes the new content of the old" {
    echo 41 >f
    try atomwrite -u f awk '{print $1 + 1}'
    expect 0 ""
    holds f 42
    clean
}

@test "-u: a missing FILE reads as empty" {
    try atomwrite --update f sh -c 'cat; echo first'
    expect 0 ""
    holds f first
    clean
}

@test "-u: the old content comes from its beginning, also when it is large" {
    head -c 3000001 /dev/urandom >f
    cp f before
    try atomwrite -u f sh -c 'cat && echo tail'
    expect 0 ""
    echo tail >>before
    cmp before f
    clean
}

@test "-u: COMMAND fails, FILE is left as it was" {
    old
    try atomwrite -u f sh -c 'cat; exit 5'
    expect 5 "atomwrite: f: left as it was: sh exited with status 5"
    left_alone
}

@test "-u: COMMAND need not read" {
    head -c 1000000 /dev/zero >f
    try atomwrite -u f echo short
    expect 0 ""
    holds f short
    clean
}

@test "-u: COMMAND cannot write into FILE by its standard input" {
    old
    try atomwrite -u f sh -c 'echo over >&0; cat; echo new' 2>/dev/null
    expect 0
    holds f $'old\nnew'
}

@test "-u: a FILE that its writer left unfinished is refused, exit 65" {
    old
    chmod 200 f
    try atomwrite -u f touch ran
    expect 65 "atomwrite: f: left as it was: it was left unfinished by a process that died (without -a or -u it is replaced)"
    [ ! -e ran ]
    chmod 644 f
    left_alone
}

@test "a plain run replaces a FILE that its writer left unfinished, with the mode of a new one" {
    old
    chmod 200 f
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    [ "$(stat -c %a f)" = 644 ]
    clean
}

# ---- P5 one at a time

@test "one at a time: -a waits for the turn, and adds to what came of it" {
    old
    held_turn f
    atomwrite -a f <<<tail 3>&- &
    release first
    wait $!
    holds f $'first\ntail'
    clean
}

@test "one at a time: -u waits for the turn, and reads what came of it" {
    old
    held_turn f
    atomwrite -u f sed 's/$/ and second/' 3>&- &
    release first
    wait $!
    holds f 'first and second'
    clean
}

@test "one at a time: a plain run waits for the turn" {
    old
    held_turn f
    atomwrite f <<<last 3>&- &
    release first
    wait $!
    holds f last
    clean
}

@test "one at a time: -k waits for the turn, and keeps what came of it" {
    old
    held_turn f
    atomwrite -k 2 f <<<last 3>&- &
    release first
    wait $!
    holds f last
    holds f.1 first
    clean
}

@test "one at a time: -n waits for the turn, and then says that FILE exists" {
    held_turn f
    atomwrite -n f <<<late 2>stderr 3>&- &
    local late=$!
    release first
    outcome wait "$late"
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it already exists (leave out -n to replace it)" ]
    holds f first
    clean
}

@test "one at a time: -u found no FILE, another program made one, exit 75" {
    held_turn f
    old
    outcome release mine
    [ "$status" -eq 75 ]
    [ "$(cat "$HELD_SAID")" = "atomwrite: f: left as it was: another process created it (try again)" ]
    left_alone
}

@test "one at a time: standard input is read to its end before the turn is asked for" {
    old
    mkfifo input
    atomwrite -a f <input 3>&- &
    local slow=$!
    exec 9>input
    head -c 200000 /dev/zero >&9
    # The slow one holds up nobody, not even a writer that does not wait.
    try atomwrite -w 0 f <<<quick
    expect 0 ""
    holds f quick
    exec 9>&-
    wait "$slow"
    [ "$(stat -c %s f)" -eq 200006 ]
    clean
}

@test "one at a time: turns of different files do not meet" {
    old
    held_turn f
    try atomwrite -w 0 g <<<other
    expect 0 ""
    holds g other
    release new
    holds f new
    clean
}
