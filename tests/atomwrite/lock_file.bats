#!/usr/bin/env bats
# atomwrite: what may not be a lock file, and what becomes of a symlink to one.
#
# run(1) of bats sets status, output and stderr, and each test is a process of its own.
# shellcheck disable=SC2030,SC2031,SC2154

load common

@test "lock-file: a hidden name, which is litter to the next writer, is refused, 64" {
    old
    local name
    for name in .f.atomwrite ./.f.atomwrite .f.atomwrite-1 .f.atomwrite-kept .p.uniqcreate-2; do
        try atomwrite --lock-file="$name" f <<<new
        expect 64 "atomwrite: $name: name is reserved for temporary files (see atomwrite --help)"
    done
    left_alone
    [ "$(ls -A)" = f ]
}

@test "lock-file: a dangling symlink to a hidden name is refused, 64, and nothing is made" {
    old
    ln -s .f.atomwrite lock
    try atomwrite --lock-file=lock f <<<new
    expect 64 "atomwrite: lock: name is reserved for temporary files (see atomwrite --help)"
    left_alone
}

@test "lock-file: a symlink to a hidden name that is there is refused, 64, and COMMAND not run" {
    old
    : >.other.atomwrite
    mkdir d
    ln -s ../.other.atomwrite d/lock
    ln -s d/lock lock
    try atomwrite --lock-file=lock f touch ran
    expect 64 "atomwrite: lock: name is reserved for temporary files (see atomwrite --help)"
    [ ! -e ran ]
    holds f old
}

@test "lock-file: a dangling symlink to FILE is refused, 64, and FILE is not made" {
    ln -s f lock
    ln -s lock further
    try atomwrite --lock-file=further f <<<new
    expect 64 "atomwrite: further: the lock file must not be FILE itself (see atomwrite --help)"
    [ ! -e f ]
    clean
}

@test "lock-file: dangling symlinks are followed to their end, whatever the directory" {
    old
    mkdir d e
    ln -s ../e/further d/lock
    ln -s real e/further
    try atomwrite --lock-file=d/lock f <<<new
    expect 0 ""
    [ -f e/real ]
    [ -L d/lock ]
    [ -L e/further ]
    holds f new
}

@test "lock-file: nothing is made through a symlink of somebody in a sticky directory, 77" {
    need_root
    old
    mkdir sticky
    chmod 1777 sticky
    ln -s ../planted sticky/lock
    chown -h "$SOMEBODY" sticky/lock
    try atomwrite --lock-file=sticky/lock f <<<new
    expect 77
    [[ $stderr == "atomwrite: sticky/lock: cannot lock it: Permission denied"* ]]
    [ ! -e planted ]
    left_alone
}
