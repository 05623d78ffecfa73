#!/usr/bin/env bats
# atomwrite -c --unchanged: a status of its own where nothing was to be changed.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154

load common

@test "--unchanged: the status of a run that found its content there" {
    echo same >f
    local before
    before=$(stat -c '%i %Y %Z' f)
    try atomwrite -c --unchanged=1 f <<<same
    expect 1 ""
    [ "$(stat -c '%i %Y %Z' f)" = "$before" ]
    try atomwrite -c --unchanged=63 -v f <<<same
    expect 63 "atomwrite: f: unchanged"
    clean
}

@test "--unchanged: a run that changes or creates FILE is 0" {
    try atomwrite -c --unchanged=1 f <<<one
    expect 0 ""
    try atomwrite -c --unchanged=1 f <<<two
    expect 0 ""
    holds f two
    try atomwrite -c --unchanged=1 -m 600 f <<<two
    expect 0 ""
    [ "$(mode_of f)" = 600 ]
}

@test "--unchanged: with --touch, too, and the time is new" {
    echo same >f
    touch -d @1 f
    try atomwrite -c --touch --unchanged=2 f <<<same
    expect 2 ""
    [ "$(stat -c %Y f)" -gt 1 ]
    clean
}

@test "--unchanged: a failing COMMAND's own status goes before" {
    echo same >f
    try atomwrite -c --unchanged=1 f sh -c 'echo same; exit 3'
    expect 3
    holds f same
}

@test "--unchanged: durability that could not be confirmed is 76" {
    echo same >f
    instead 'int fsync(int fd) { asked(); errno = EIO; return -1; }' \
        atomwrite -c --unchanged=1 f <<<same
    expect 76
}

@test "--unchanged: needs -c, and a status from 1 to 63" {
    refused_call "--unchanged: requires -c" --unchanged=1 f
    local each
    for each in 0 64 -1 1x ""; do
        old
        try atomwrite -c --unchanged=$each f <<<new
        expect 64
        left_alone
    done
}

# The programs that change FILE are told apart from those that do not: each change is
# written down by the COMMAND of -u, which runs in the turn.
@test "--unchanged: 16 writers: as many answer 0 as there are changes" {
    local writer
    echo 0 >f
    : >values
    for writer in {1..16}; do
        (
            for round in 1 2 3 4 5; do
                outcome atomwrite -u -c --unchanged=1 f sh -c '
                    read -r old
                    [ "$old" = "$1" ] || echo "$1" >>values
                    echo "$1"' sh $((writer * round % 7))
                echo "$status" >>statuses
            done
        ) 3>&- 4>&- &
    done
    wait
    [ "$(wc -l <statuses)" -eq 80 ]
    [ "$(grep -cx 0 statuses)" -eq "$(wc -l <values)" ]
    [ "$(grep -cx 1 statuses)" -eq $((80 - $(wc -l <values))) ]
    clean
}
