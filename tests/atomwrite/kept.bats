#!/usr/bin/env bats
# atomwrite: whatever fails, FILE is left as it was, and the status says so.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- P2 kept

@test "kept: COMMAND fails, its status passes through" {
    old
    try atomwrite f sh -c 'echo half; exit 3'
    expect 3 "atomwrite: f: left as it was: sh exited with status 3"
    left_alone
}

@test "kept: false | atomwrite is cured by COMMAND, a new FILE does not come into being" {
    try atomwrite f false
    expect 1 "atomwrite: f: left as it was: false exited with status 1"
    [ -z "$(ls -A)" ]
}

@test "kept: a status of COMMAND that means something else here passes through, too" {
    old
    try atomwrite f sh -c 'exit 75'
    expect 75 "atomwrite: f: left as it was: sh exited with status 75"
    left_alone
}

@test "kept: a full disk leaves FILE as it was, exit 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs -o size=64k none disk || exit 99
        echo old >disk/f
        head -c 200000 /dev/zero | atomwrite disk/f
        echo "status $?"
        cat disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot write the new content: No space left on device (free some space or inodes)"
    [ "$output" = $'status 74\nold\nf' ]
}

@test "kept: a full disk ends a COMMAND that would write for ever, exit 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs -o size=64k none disk || exit 99
        echo old >disk/f
        atomwrite disk/f yes
        echo "status $?"
        cat disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot write the new content: No space left on device (free some space or inodes)"
    [ "$output" = $'status 74\nold\nf' ]
}

@test "kept: a full disk while FILE is copied for -a, exit 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs -o size=64k none disk || exit 99
        head -c 40000 /dev/zero >disk/f
        echo tail | atomwrite -a disk/f
        echo "status $?"
        stat -c %s disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot copy its content: No space left on device (free some space or inodes)"
    [ "$output" = $'status 74\n40000\nf' ]
}

@test "kept: no inode is left, exit 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs -o nr_inodes=2 none disk || exit 99
        echo old >disk/f
        echo new | atomwrite disk/f
        echo "status $?"
        cat disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot create a temporary file beside it: No space left on device (free some space or inodes)"
    [ "$output" = $'status 74\nold\nf' ]
}

@test "kept: a file system mounted read-only, exit 73" {
    need_root
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs none disk && echo old >disk/f && mount -o remount,ro disk || exit 99
        echo new | atomwrite disk/f
        echo "status $?"
        cat disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot create a temporary file beside it: Read-only file system (the file system is mounted read-only)"
    [ "$output" = $'status 73\nold\nf' ]
}

@test "kept: standard input cannot be read, exit 74" {
    old
    try atomwrite f <.
    expect 74 "atomwrite: f: left as it was: cannot read standard input: Is a directory"
    left_alone
}

@test "kept: standard input is open for writing only, exit 74" {
    old
    : >out
    try atomwrite f 0>out
    expect 74 "atomwrite: f: left as it was: cannot read standard input: Bad file descriptor"
    left_alone
}

@test "kept: no descriptor is left, exit 71" {
    old
    # Descriptor 3 is the directory's.
    try bash -c 'exec 3<&- 4<&-; export ASAN_OPTIONS=detect_leaks=0; ulimit -n 4; exec atomwrite f' <<<new
    expect 71 "atomwrite: f: left as it was: cannot create a temporary file beside it: Too many open files (raise the limit: ulimit -n)"
    left_alone
}

@test "kept: no process can be made for COMMAND, exit 71" {
    share
    as_user sh -c 'echo old >f'
    # The sanitizer would need a process of its own to look for leaks.
    try as_user bash -c 'export ASAN_OPTIONS=detect_leaks=0; ulimit -u 0; exec atomwrite f true'
    expect 71 "atomwrite: f: left as it was: cannot run true: Resource temporarily unavailable"
    left_alone
}

@test "kept: the hidden name of a writer is removed by somebody, exit 75" {
    old
    held_turn f
    rm .f.atomwrite
    outcome release
    [ "$status" -eq 75 ]
    [ "$(cat "$HELD_SAID")" = "atomwrite: f: left as it was: another process removed its temporary file (try again)" ]
    left_alone
}

@test "kept: the hidden name of a writer becomes another one's, exit 75, and stays" {
    old
    held_turn f
    rm .f.atomwrite
    echo other >.f.atomwrite
    outcome release
    [ "$status" -eq 75 ]
    [ "$(cat "$HELD_SAID")" = "atomwrite: f: left as it was: another process removed its temporary file (try again)" ]
    holds f old
    holds .f.atomwrite other
    rm .f.atomwrite
    clean
}
