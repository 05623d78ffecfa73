#!/usr/bin/env bats
# atomwrite -k: previous versions, and no name that is missing for a moment.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- -k

@test "-k: the previous versions move on, the oldest drops out" {
    local i
    for i in 1 2 3 4 5; do
        try atomwrite -k 3 f <<<"version $i"
        expect 0 ""
    done
    holds f 'version 5'
    holds f.1 'version 4'
    holds f.2 'version 3'
    holds f.3 'version 2'
    [ ! -e f.4 ]
    clean
}

@test "-k: a new FILE has no previous version" {
    try atomwrite --keep=2 f <<<new
    expect 0 ""
    [ "$(ls -A)" = f ]
}

@test "-k: 0 keeps none" {
    old
    try atomwrite -k 0 f <<<new
    expect 0 ""
    holds f new
    [ "$(ls -A)" = f ]
}

@test "-k: moves on only as far as the first hole" {
    old
    echo one >f.1
    echo three >f.3
    try atomwrite -k 5 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    holds f.2 one
    holds f.3 three
    [ ! -e f.4 ]
    clean
}

@test "-k: a crash between two steps is finished by the next run" {
    # It had made f.2 of f.1, and f.1 of f, and died before f was replaced.
    echo two >f
    echo one >f.2
    ln f f.1
    try atomwrite -k 3 f <<<three
    expect 0 ""
    holds f three
    holds f.1 two
    holds f.2 one
    [ ! -e f.3 ]
    clean
}

@test "-k: a hidden name that a dead writer left is replaced" {
    old
    echo litter >.f.atomwrite-kept
    try atomwrite -k 1 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    clean
}

@test "-k: a version that is the very file of a hidden name is kept" {
    # A rename between two links of one inode does nothing: the hidden one has to go.
    old
    echo one >f.1
    ln f.1 .f.atomwrite-kept
    try atomwrite -k 2 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    holds f.2 one
    clean
}

@test "-k: keeps what -a and -u replace" {
    old
    try atomwrite -k 2 -a f <<<more
    expect 0 ""
    holds f.1 old
    try atomwrite -k 2 -u f sed 's/^/x/'
    expect 0 ""
    holds f $'xold\nxmore'
    holds f.1 $'old\nmore'
    holds f.2 old
    clean
}

@test "-k: a version keeps its mode and its mtime" {
    old
    chmod 640 f
    touch -d @1000000000 f
    has_rung linkat || skip "a version is a copy where there are no links"
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(stat -c '%a %Y' f.1)" = "640 1000000000" ]
    [ "$(stat -c %a f)" = 640 ]
    holds f.1 old
}

@test "-k: a version that is a copy has the mode of FILE" {
    old
    chmod 640 f
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(stat -c %a f.1)" = 640 ]
    holds f.1 old
    clean
}

@test "kept: -k finds a directory in the place of a version, exit 73, and moves nothing" {
    old
    echo one >f.1
    mkdir f.2
    try atomwrite -k 3 f <<<new
    expect 73 "atomwrite: f: left as it was: its .2 is not a regular file (move it away)"
    holds f.1 one
    [ -d f.2 ]
    left_alone
}

@test "kept: -k finds a symlink in the place of a version, exit 73, and does not follow it" {
    old
    echo precious >elsewhere
    ln -s elsewhere f.1
    try atomwrite -k 1 f <<<new
    expect 73 "atomwrite: f: left as it was: its .1 is not a regular file (move it away)"
    [ "$(readlink f.1)" = elsewhere ]
    holds elsewhere precious
    left_alone
}
