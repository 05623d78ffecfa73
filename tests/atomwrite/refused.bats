#!/usr/bin/env bats
# atomwrite: content that is not accepted.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- what is refused: -e, --min-size, --end-marker, --check

@test "-e: empty input is refused, exit 65" {
    old
    try atomwrite -e f </dev/null
    expect 65 "atomwrite: f: left as it was: the input is empty"
    left_alone
    try atomwrite --non-empty f true
    expect 65 "atomwrite: f: left as it was: the input is empty"
    left_alone
}

@test "-e: one byte is enough" {
    try atomwrite -e f printf x
    expect 0 ""
    [ "$(cat f)" = x ]
}

@test "--min-size: less is refused, exit 65" {
    old
    try atomwrite --min-size=5 f <<<new
    expect 65 "atomwrite: f: left as it was: the input has 4 bytes, less than the 5 of --min-size"
    left_alone
}

@test "--min-size: as many are taken" {
    try atomwrite --min-size=4 f <<<new
    expect 0 ""
    holds f new
}

@test "--min-size: leading zeros do not make it octal" {
    try atomwrite --min-size=010 f <<<eightby
    expect 65 "atomwrite: f: left as it was: the input has 8 bytes, less than the 10 of --min-size"
    try atomwrite --min-size=09 f <<<eightby
    expect 65 "atomwrite: f: left as it was: the input has 8 bytes, less than the 9 of --min-size"
    try atomwrite --min-size=0008 f <<<eightby
    expect 0 ""
    try atomwrite --min-size=00 f </dev/null
    expect 0 ""
}

@test "--min-size: takes K, M and G" {
    old
    local unit
    for unit in 'K 1024' 'M 1048576' 'G 1073741824'; do
        try atomwrite --min-size="1${unit% *}" f <<<new
        expect 65 "atomwrite: f: left as it was: the input has 4 bytes, less than the ${unit#* } of --min-size"
    done
    left_alone
    head -c 1024 /dev/zero >kilobyte
    try atomwrite --min-size=1K f <kilobyte
    expect 0 ""
    cmp kilobyte f
}

@test "--min-size: with -a it is the input that counts" {
    old
    try atomwrite -a --min-size=5 f <<<new
    expect 65 "atomwrite: f: left as it was: the input has 4 bytes, less than the 5 of --min-size"
    left_alone
}

@test "--min-size: with -u it is the output of COMMAND that counts" {
    old
    try atomwrite -u -e f true
    expect 65 "atomwrite: f: left as it was: the input is empty"
    left_alone
}

@test "--end-marker: commits, and strips the last line" {
    old
    try atomwrite --end-marker=done f <<<$'one\ntwo\ndone'
    expect 0 ""
    holds f $'one\ntwo'
    clean
}

@test "--end-marker: a marker without its newline counts" {
    try atomwrite --end-marker=done f printf 'one\ndone'
    expect 0 ""
    holds f one
}

@test "--end-marker: a marker alone makes an empty FILE" {
    try atomwrite --end-marker=done f echo 'done'
    expect 0 ""
    [ ! -s f ]
    [ -f f ]
}

@test "--end-marker: a producer that did not finish is refused, exit 65" {
    old
    try atomwrite --end-marker=done f < <({ echo half && false && echo 'done'; } || true)
    expect 65 "atomwrite: f: left as it was: the last line is not the end marker (its producer did not finish)"
    left_alone
}

@test "--end-marker: empty input is refused, exit 65" {
    old
    try atomwrite --end-marker=done f </dev/null
    expect 65 "atomwrite: f: left as it was: the last line is not the end marker (its producer did not finish)"
    left_alone
}

@test "--end-marker: the end of a line is not a line, exit 65" {
    old
    try atomwrite --end-marker=done f <<<$'one\nundone'
    expect 65 "atomwrite: f: left as it was: the last line is not the end marker (its producer did not finish)"
    try atomwrite --end-marker=done f <<<undone
    expect 65
    left_alone
}

@test "--end-marker: only the last line counts, exit 65" {
    old
    try atomwrite --end-marker=done f <<<$'one\ndone\n'
    expect 65 "atomwrite: f: left as it was: the last line is not the end marker (its producer did not finish)"
    left_alone
}

@test "--end-marker: what is left has to satisfy -e" {
    old
    try atomwrite -e --end-marker=done f <<<'done'
    expect 65 "atomwrite: f: left as it was: the input is empty"
    left_alone
}

@test "--end-marker: with -a the input has to end with it" {
    old
    try atomwrite -a --end-marker=done f <<<$'more\ndone'
    expect 0 ""
    holds f $'old\nmore'
    try atomwrite -a --end-marker=done f <<<half
    expect 65
    holds f $'old\nmore'
    clean
}

@test "--end-marker: with -u the output of COMMAND has to end with it" {
    old
    try atomwrite -u --end-marker=done f sh -c 'cat; echo more; echo done'
    expect 0 ""
    holds f $'old\nmore'
}

@test "--check: content that the check accepts is committed" {
    old
    try atomwrite --check='grep -q new' f <<<new
    expect 0 ""
    [ -z "$output" ]
    holds f new
    clean
}

@test "--check: content that the check refuses, exit 65" {
    old
    try atomwrite --check='grep -q other' f <<<new
    expect 65 "atomwrite: f: left as it was: the check failed with status 1: grep -q other"
    left_alone
}

@test "--check: a check that is killed refuses, exit 65" {
    old
    try atomwrite --check='kill -KILL $$' f <<<new
    expect 65 'atomwrite: f: left as it was: the check failed with status 137: kill -KILL $$'
    left_alone
}

@test "--check: finds the content by ATOMWRITE_STAGED, too" {
    try atomwrite --check='cmp - "$ATOMWRITE_STAGED" && wc -l <"$ATOMWRITE_STAGED" >lines' \
        f <<<$'one\ntwo'
    expect 0 ""
    [ "$(cat lines)" -eq 2 ]
    holds f $'one\ntwo'
    clean
}

@test "--check: an ATOMWRITE_STAGED from outside is not believed" {
    ATOMWRITE_STAGED=/etc/passwd try atomwrite --check='cmp - "$ATOMWRITE_STAGED"' f <<<new
    expect 0 ""
    holds f new
}

@test "--check: FILE is as it was while the check runs" {
    old
    try atomwrite --check='grep -qx old f' f <<<new
    expect 0 ""
    holds f new
}

@test "--check: its output is no part of FILE, and goes to standard error" {
    try atomwrite --check='echo checked' f <<<new
    expect 0 checked
    [ -z "$output" ]
    holds f new
}

@test "--check: with -a the whole new content is checked" {
    old
    try atomwrite -a --check='[ "$(tr "\n" ,)" = old,more, ]' f <<<more
    expect 0 ""
    holds f $'old\nmore'
    try atomwrite -a --check=false f <<<more
    expect 65 "atomwrite: f: left as it was: the check failed with status 1: false"
    holds f $'old\nmore'
    clean
}

@test "--check: with -u the output of COMMAND is checked, in the turn" {
    old
    try atomwrite -u --check='! atomwrite -w 0 f </dev/null 2>/dev/null && grep -qx new' \
        f echo new
    expect 0 ""
    holds f new
    clean
}

@test "--check: sees the content without its end marker" {
    try atomwrite --end-marker=done --check='! grep -q done' f <<<$'new\ndone'
    expect 0 ""
    holds f new
}
