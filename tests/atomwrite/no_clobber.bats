#!/usr/bin/env bats
# atomwrite -n: never over a file that is there.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- -n, P4 never over

@test "-n: creates FILE" {
    try atomwrite -n f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "never over: -n leaves a FILE that exists, exit 73" {
    old
    try atomwrite -n f <<<new
    expect 73 "atomwrite: f: left as it was: it already exists (leave out -n to replace it)"
    left_alone
}

@test "never over: -n with COMMAND leaves a FILE that exists without running it" {
    old
    try atomwrite --no-clobber f touch ran
    expect 73 "atomwrite: f: left as it was: it already exists (leave out -n to replace it)"
    [ ! -e ran ]
    left_alone
}

@test "never over: FILE comes while -n reads its input, exit 73" {
    mkfifo input
    atomwrite -n f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    old
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it already exists (leave out -n to replace it)" ]
    left_alone
}

@test "never over: a symlink that comes while -n reads its input is a name, too" {
    mkfifo input
    atomwrite -n f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    ln -s nowhere f
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it already exists (leave out -n to replace it)" ]
    [ "$(readlink f)" = nowhere ]
    [ ! -e nowhere ]
    clean
}

@test "never over: of 20 runs of -n at once one creates FILE, 19 answer 73" {
    local i
    for i in {1..20}; do
        (
            outcome atomwrite --no-sync -n f <<<"$i" 2>/dev/null
            echo "$status" >status."$i"
        ) 3>&- &
    done
    wait
    [ "$(cat status.* | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = " 1 0; 19 73;" ]
    holds f "$(basename "$(grep -lx 0 status.*)" | cut -d. -f2)"
    clean
}
