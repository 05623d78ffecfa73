#!/usr/bin/env bats
# What has to hold on a file system that has next to nothing: no links of either kind,
# no FIFOs, owners, modes or attributes (FAT and its like).
# shellcheck disable=SC2016,SC2154 # inner shells; run(1) of bats sets status and output

load ../common

@test "whole: a pipe replaces a file" {
    echo old >f
    echo new | atomwrite f
    holds f new
    clean
}

@test "kept: COMMAND fails, FILE is left as it was" {
    echo old >f
    try atomwrite f sh -c 'echo half; exit 3'
    expect 3 'atomwrite: f: left as it was: sh exited with status 3'
    holds f old
    clean
}

@test "never over: -n creates once, exit 73" {
    echo one | atomwrite -n f
    try atomwrite -n f <<<two
    expect 73 'atomwrite: f: left as it was: it already exists (leave out -n to replace it)'
    holds f one
    clean
}

@test "never over: of 8 runs of -n at once one creates FILE" {
    local number
    for number in 1 2 3 4 5 6 7 8; do
        atomwrite -n f <<<"$number" 2>/dev/null 3>&- && echo "$number" >>"$BATS_TEST_TMPDIR/won" &
    done
    wait
    holds f "$(cat "$BATS_TEST_TMPDIR/won")"
    clean
}

@test "-a: appends, 20 at once lose nothing" {
    local number
    for ((number = 1; number <= 20; number++)); do
        atomwrite --no-sync -a f <<<"$number" 3>&- &
    done
    wait
    sort -n f | cmp - <(seq 20)
    clean
}

@test "-u: 40 increments at once lose none" {
    local number
    echo 0 >counter
    for ((number = 1; number <= 40; number++)); do
        atomwrite --no-sync -u counter awk '{ print $1 + 1 }' 3>&- &
    done
    wait
    holds counter 40
    clean
}

@test "-k: versions are copies where there are no links" {
    echo 1 >f
    echo 2 | atomwrite -k2 f
    echo 3 | atomwrite -k2 f
    holds f 3
    holds f.1 2
    holds f.2 1
    clean
}

@test "-c: the same content leaves FILE alone" {
    echo same >f
    try atomwrite -cv f <<<same
    expect 0 'atomwrite: f: unchanged'
}

@test "--check, --end-marker and -e refuse, exit 65" {
    echo old >f
    try atomwrite --check=false f <<<new
    expect 65
    try atomwrite --end-marker=done f <<<new
    expect 65
    try atomwrite -e f </dev/null
    expect 65
    holds f old
    clean
}

@test "uniqcreate: 20 at once get 20 names, each its own content" {
    local number
    for ((number = 1; number <= 20; number++)); do
        uniqcreate --no-sync -q --time=@0 u- <<<"$number" 3>&- &
    done
    wait
    [ "$(find . -name 'u-*' | wc -l)" -eq 20 ]
    cat u-* | sort -n | cmp - <(seq 20)
    clean
}

@test "uniqcreate --lines: a file of each line" {
    seq 5 | uniqcreate -q --time=@0 --lines u-
    cat u-* | cmp - <(seq 5)
    clean
}

@test "uniqcreate -l is refused, exit 73" {
    try uniqcreate -l --time=@0 u- echo
    expect 73 'uniqcreate: u-: nothing was created: this file system cannot hold a live claim (leave out -l)'
    [ -z "$(ls)" ]
}

@test "lockread: prints, and says 75 of what is locked" {
    echo text >f
    try lockread f
    expect 0 ''
    [ "$output" = text ]
    try flock -o f lockread f
    expect 75
}

@test "no litter: what a killed writer left is taken over" {
    echo old >f
    atomwrite -u f sh -c 'kill -KILL $PPID' 2>/dev/null || :
    echo new | atomwrite f
    holds f new
    clean
}

@test "-m and --owner: done, or refused and said, and nothing is changed" {
    echo old >f
    try atomwrite -m 640 f <<<new
    if [ "$status" -eq 0 ]; then
        [ "$(stat -c %a f)" = 640 ]
    else
        expect 73 "atomwrite: f: left as it was: cannot set its owner, attributes and mode: Operation not supported"
        holds f old
    fi
    echo old >f
    try atomwrite --owner=65533 f <<<new
    if [ "$status" -eq 0 ]; then
        [ "$(stat -c %u f)" = 65533 ]
    else
        expect 77
        [[ $stderr == "atomwrite: f: left as it was: cannot set its owner, attributes and mode: "* ]]
        holds f old
    fi
    clean
}
