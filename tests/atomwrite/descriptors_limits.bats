#!/usr/bin/env bats
# atomwrite: closed descriptors, and a limit on the size of files.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- closed descriptors

@test "closed: standard input, exit 74, and no empty FILE" {
    old
    try sh -c 'atomwrite f <&-'
    expect 74 "atomwrite: f: left as it was: standard input is closed (give it input, or </dev/null)"
    left_alone
    try sh -c 'atomwrite -a f <&-'
    expect 74
    try sh -c 'atomwrite -n g <&-'
    expect 74
    [ ! -e g ]
    left_alone
}

@test "closed: standard input does not matter to COMMAND" {
    try sh -c 'atomwrite f sh -c "cat; echo new" <&-'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite -u f sed "s/\$/er/" <&-'
    expect 0 ""
    holds f newer
    clean
}

@test "closed: standard output" {
    try sh -c 'echo new | atomwrite f >&-'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite f echo newer >&-'
    expect 0 ""
    holds f newer
    clean
}

@test "closed: standard error, and no message gets into FILE" {
    old
    try sh -c 'atomwrite -e f </dev/null 2>&-'
    expect 65 ""
    left_alone
    try sh -c 'echo new | atomwrite -v f 2>&-'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite -v f sh -c "echo said >&2; echo newer" 2>&-'
    expect 0 ""
    holds f newer
    clean
}

@test "closed: all three" {
    try sh -c 'atomwrite -v -u f echo new <&- >&- 2>&-'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite -v -k 1 f echo newer <&- >&- 2>&-'
    expect 0 ""
    holds f newer
    holds f.1 new
    try sh -c 'atomwrite -v f <&- >&- 2>&-'
    expect 74 ""
    holds f newer
    clean
}

@test "closed: --help has nowhere to go, exit 74" {
    try sh -c 'atomwrite --help >&-'
    expect 74 "atomwrite: standard output: cannot write: Bad file descriptor"
    try sh -c 'atomwrite --version >&-'
    expect 74 "atomwrite: standard output: cannot write: Bad file descriptor"
}

@test "a standard error that is full changes no status" {
    [ -c /dev/full ] || skip "needs /dev/full"
    old
    try sh -c 'echo new | atomwrite -v f 2>/dev/full'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite -e f </dev/null 2>/dev/full'
    expect 65 ""
    holds f new
    try sh -c 'atomwrite --progress f false 2>/dev/full'
    expect 1 ""
    holds f new
    clean
}

# ---- a limit on the size of files

@test "kept: ulimit -f leaves FILE as it was: dies of XFSZ" {
    old
    head -c 100000 /dev/zero >input
    watched bash -c 'ulimit -f 16; exec atomwrite f' <input
    died_of 25 'File size limit exceeded'
    watched bash -c 'ulimit -f 16; cat input | { exec atomwrite f; }'
    ended
    left_alone
}

@test "kept: ulimit -f with XFSZ ignored leaves FILE as it was, exit 74" {
    old
    head -c 100000 /dev/zero >input
    IGNORED=XFSZ watched bash -c 'ulimit -f 16; exec atomwrite f' <input
    ended
    [ "$ended" = "exit 74" ]
    [ "$stderr" = "atomwrite: f: left as it was: cannot write the new content: File too large (raise the limit: ulimit -f)" ]
    left_alone
}

@test "kept: ulimit -f while FILE is copied for -a: dies of XFSZ" {
    head -c 14000 /dev/zero >f
    watched bash -c 'ulimit -f 16; exec atomwrite -a f' < <(head -c 14000 /dev/zero)
    ended
    [ "$ended" = "signal 25" ]
    [ "$stderr" = "atomwrite: f: left as it was: interrupted by signal 25 (File size limit exceeded)" ]
    [ "$(stat -c %s f)" -eq 14000 ]
    clean
}

@test "kept: ulimit -f with XFSZ ignored while FILE is copied for -a, exit 74" {
    head -c 14000 /dev/zero >f
    IGNORED=XFSZ watched bash -c 'ulimit -f 16; exec atomwrite -a f' \
        < <(head -c 14000 /dev/zero)
    ended
    [ "$ended" = "exit 74" ]
    [ "$stderr" = "atomwrite: f: left as it was: cannot copy its content: File too large (raise the limit: ulimit -f)" ]
    [ "$(stat -c %s f)" -eq 14000 ]
    clean
}

@test "kept: ulimit -f ends a COMMAND that would write for ever" {
    old
    watched bash -c 'ulimit -f 16; exec atomwrite f yes' </dev/null
    died_of 25 'File size limit exceeded'
}

@test "ulimit -f: as much as it allows, from a pipe and from a file" {
    head -c 16384 /dev/zero >input
    try bash -c 'ulimit -f 16; exec atomwrite f' < <(cat input)
    expect 0 ""
    cmp input f
    try bash -c 'ulimit -f 16; exec atomwrite g' <input
    expect 0 ""
    cmp input g
    clean
}
