#!/usr/bin/env bats
# atomwrite: nothing is left behind, and the file stays the same file.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- P8 no litter

@test "no litter: a run that is refused or fails leaves no name, also in an empty directory" {
    try atomwrite -e f </dev/null
    expect 65
    try atomwrite --check=false f <<<new
    expect 65
    try atomwrite f false
    expect 1
    try atomwrite -u f false
    expect 1
    try atomwrite -a --min-size=1K f <<<new
    expect 65
    try atomwrite -k 2 -u f sh -c 'echo half; exit 9'
    expect 9
    [ -z "$(ls -A)" ]
}

@test "no litter: a writer killed in its turn is taken over by the next, which does not wait" {
    old
    held_turn f
    kill_holder
    [ -e .f.atomwrite ]
    holds f old
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "no litter: a writer killed in its turn before there was a FILE is taken over" {
    held_turn f
    kill_holder
    [ ! -e f ]
    [ -e .f.atomwrite ]
    try atomwrite -n -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "no litter: a run that fails takes over what a dead writer left, too" {
    old
    held_turn f
    kill_holder
    try atomwrite -u -w 0 f false
    expect 1 "atomwrite: f: left as it was: false exited with status 1"
    left_alone
}

@test "no litter: stages that dead writers left are removed with the turn" {
    old
    local number
    : >.f.atomwrite
    : >.f.atomwrite-kept
    for number in 1 2 7 40; do
        echo half >.f.atomwrite-"$number"
    done
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "no litter: a version in the making that cannot be removed is left to the next run, with its turn" {
    need_trace
    old
    : >.f.atomwrite
    echo half >.f.atomwrite-kept
    try trace "$BATS_TEST_TMPDIR/log" -e inject=unlinkat:error=EIO:when=1 atomwrite f <<<new
    expect 74
    [ -e .f.atomwrite-kept ]
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "no litter: what others may have named like that is not touched" {
    : >.f.atomwrite
    echo mine >.f.atomwrite-x
    echo mine >.f.atomwrite-1.bak
    echo mine >.ff.atomwrite
    echo mine >f.atomwrite
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    [ "$(printf '%s ' .f* f*)" = ".f.atomwrite-1.bak .f.atomwrite-x .ff.atomwrite f f.atomwrite " ]
}

# ---- P9 same file: more of it in mode, owner, attributes and symlinks.bats

@test "same file: its mode and its name stay" {
    old
    chmod 640 f
    try atomwrite f <<<new
    expect 0 ""
    [ "$(stat -c '%a %h' f)" = "640 1" ]
    holds f new
}

@test "no litter: a run that has to wait removes stages of the dead, in whatever form" {
    has_rung o-tmpfile || skip "stages have names here"
    old
    : >.f.atomwrite-1
    : >.f.atomwrite-3
    held_turn f
    try atomwrite -w 0 f <<<new
    [ "$status" -eq 75 ]
    [ ! -e .f.atomwrite-1 ]
    release new
    holds f new
    clean
}
