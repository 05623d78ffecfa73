#!/usr/bin/env bats
# atomwrite: a hidden name that a dead writer of the same user left, and that cannot be
# opened or removed, is not called another user's.
#
# run(1) of bats sets status, output and stderr; each test is a process of its own.
# shellcheck disable=SC2154

load ../common

@test "own turn: of a mode that gives its owner neither r nor w it is taken over" {
    [ "$(readlink /proc/self/ns/pid)" = "pid:[4026531836]" ] ||
        skip "needs the initial PID name space"
    local mode
    share
    as_user sh -c 'echo old >f'
    for mode in 0000 0111; do
        as_user sh -c "echo half >.f.atomwrite && chmod $mode .f.atomwrite"
        [ "$(stat -c %a .f.atomwrite)" = "$((10#$mode))" ] || skip "no modes here"
        try as_user atomwrite -w 1 f <<<"$mode"
        expect 0 ""
        holds f "$mode"
        clean
    done
}

@test "own turn: where it cannot be removed the directory is blamed, 77" {
    need_root
    need chattr
    mkdir dir
    echo old >dir/f
    echo half >dir/.f.atomwrite
    chattr +i dir/.f.atomwrite 2>/dev/null || skip "no immutable files here"
    try atomwrite -w 0 dir/f <<<new
    chattr -i dir/.f.atomwrite
    [ "$status" -eq 77 ]
    [[ $stderr != *"another user"* ]]
    holds dir/f old
}

@test "own turn: of another user's it is not said that they are dead where that is unknown, 75" {
    need_root
    need unshare
    share
    as_user unshare -Urpf --mount-proc true 2>/dev/null || skip "needs a PID name space"
    echo old >f
    echo half >.f.atomwrite
    chmod 600 .f.atomwrite
    try as_user unshare -Urpf --mount-proc atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: being replaced by another process (wait longer with -w)"
    holds f old
}
