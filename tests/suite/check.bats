#!/usr/bin/env bats
# --check: what is committed is what was checked.
#
# Expressions in single quotes are for an inner shell, and run(1) of bats sets status,
# output and stderr.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load ../common

EPOCH=--time=@0

@test "--check: one that changes the content is refused with 65, and FILE is as it was" {
    echo old >f
    local each
    for each in 'echo more >>"$ATOMWRITE_STAGED"' \
        'printf N | dd of="$ATOMWRITE_STAGED" conv=notrunc status=none' \
        ': >"$ATOMWRITE_STAGED"'; do
        try atomwrite --check="$each" f <<<new
        expect 65 "atomwrite: f: left as it was: the check changed the content: $each (let it only read)"
        holds f old
        clean
    done
}

@test "--check: one that changes the content of uniqcreate and of -l is refused" {
    local each='echo more >>"$ATOMWRITE_STAGED"'
    try uniqcreate "$EPOCH" --check="$each" x- <<<new
    expect 65 "uniqcreate: x-: nothing was created: the check changed the content: $each (let it only read)"
    has_rung o-tmpfile || skip "needs files without a name"
    try uniqcreate -q "$EPOCH" -l --check="$each" x- <<<new
    expect 65 "uniqcreate: x-19700101T000000Z-1: the claim is removed: the check changed the content: $each (let it only read)"
    [ -z "$(ls -A)" ]
}

@test "--check: one that reads, touches the access time and the mode, is accepted" {
    try atomwrite --check='cat "$ATOMWRITE_STAGED" >/dev/null; chmod 600 "$ATOMWRITE_STAGED"' \
        f <<<new
    expect 0 ""
    holds f new
}

@test "--check: without /proc ATOMWRITE_STAGED is not set where the content has no name" {
    need_plain_build
    need_mounts
    has_rung o-tmpfile || skip "needs files without a name"
    try "${OWN_MOUNTS[@]}" sh -c 'mount -t tmpfs none /proc &&
        exec atomwrite --check="echo \"<\$ATOMWRITE_STAGED>\"" f' <<<new
    expect 0 "<>"
    holds f new
}

@test "--check: where there is no shell it cannot be run, 71" {
    local why="cannot run the check: No such file or directory (check PATH)"
    mkdir programs
    cp "$(command -v atomwrite)" "$(command -v lockread)" programs/
    echo text >f
    try env PATH="$WORK/programs" atomwrite --check=true f </dev/null
    expect 71 "atomwrite: f: left as it was: $why"
    try env PATH="$WORK/programs" lockread --check=true f
    expect 71 "lockread: f: $why"
    holds f text
}
