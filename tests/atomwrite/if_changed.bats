#!/usr/bin/env bats
# atomwrite -c: the same content is left alone.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- -c

@test "-c: the same bytes leave FILE and its mtime alone" {
    old
    touch -d @1000000000 f
    local before
    before=$(stat -c '%i %Y %Z' f)
    try atomwrite -c f <<<old
    expect 0 ""
    [ "$(stat -c '%i %Y %Z' f)" = "$before" ]
    left_alone
}

@test "-c: other bytes, of the same size, replace FILE" {
    old
    try atomwrite --if-changed f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "-c: more bytes with the same beginning replace FILE" {
    old
    try atomwrite -c f <<<$'old\nmore'
    expect 0 ""
    holds f $'old\nmore'
}

@test "-c: the last of many bytes counts" {
    head -c 300000 /dev/zero >f
    { head -c 299999 /dev/zero && echo; } >other
    local before
    before=$(stat -c %i f)
    try atomwrite -c f <f
    expect 0 ""
    [ "$(stat -c %i f)" = "$before" ]
    try atomwrite -c f <other
    expect 0 ""
    cmp other f
}

@test "-c: a missing FILE is created" {
    try atomwrite -c f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "-c: another mode than -m asks for replaces FILE" {
    old
    chmod 644 f
    try atomwrite -c -m 600 f <<<old
    expect 0 ""
    [ "$(stat -c %a f)" = 600 ]
    left_alone
}

@test "-c: the mode that -m asks for leaves FILE alone" {
    old
    chmod 600 f
    local before
    before=$(stat -c '%i %Z' f)
    try atomwrite -c -m u=rw,go= f <<<old
    expect 0 ""
    [ "$(stat -c '%i %Z' f)" = "$before" ]
    left_alone
}

@test "-c: with --touch the mtime of an unchanged FILE is refreshed, and nothing else" {
    old
    touch -d @1000000000 f
    touch now
    local before
    before=$(stat -c %i f)
    try atomwrite -c --touch f <<<old
    expect 0 ""
    [ "$(stat -c %i f)" = "$before" ]
    [ ! f -ot now ]
    left_alone
}

@test "-c: with -k an unchanged FILE makes no version" {
    old
    try atomwrite -c -k 1 f <<<old
    expect 0 ""
    [ "$(ls -A)" = f ]
    left_alone
}

@test "-c: with -u and -a what counts is the content that would come of it" {
    old
    local before
    before=$(stat -c %i f)
    try atomwrite -c -u f cat
    expect 0 ""
    try atomwrite -c -a f </dev/null
    expect 0 ""
    [ "$(stat -c %i f)" = "$before" ]
    try atomwrite -c -a f <<<more
    expect 0 ""
    holds f $'old\nmore'
    clean
}

@test "-c: bytes that were left unfinished are not the same as finished ones" {
    old
    chmod 200 f
    try atomwrite -c f <<<old
    expect 0 ""
    [ "$(stat -c %a f)" = 644 ]
    left_alone
}
