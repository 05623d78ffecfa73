#!/usr/bin/env bats
# atomwrite: FILEs and directories that may not be read or written.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2094,SC2153,SC2154

load common

# ---- what may not be read or written

@test "a directory that may not be written, exit 77, and no writing in place" {
    share
    mkdir d
    echo old >d/f
    chmod 666 d/f
    chmod 555 d
    try as_user atomwrite d/f <<<new
    chmod 755 d
    expect 77 "atomwrite: d/f: left as it was: cannot create a temporary file beside it: Permission denied ($PERMISSIONS)"
    holds d/f old
    clean d
}

@test "a directory that may not be searched, exit 77" {
    share
    mkdir d
    echo old >d/f
    chmod 600 d
    try as_user atomwrite d/f <<<new
    chmod 755 d
    expect 77 "atomwrite: d/f: left as it was: cannot open its directory: Permission denied ($PERMISSIONS)"
    holds d/f old
    clean d
}

@test "a directory that may be written and searched, but not read, is enough" {
    share
    as_user mkdir d
    as_user sh -c 'echo old >d/f'
    as_user chmod 333 d
    try as_user atomwrite d/f <<<new
    expect 0 ""
    try as_user atomwrite -k 1 -a d/f <<<more
    expect 0 ""
    try as_user atomwrite d/g <<<new
    expect 0 ""
    as_user chmod 755 d
    holds d/f $'new\nmore'
    holds d/f.1 new
    holds d/g new
    clean d
}

@test "a FILE that may be written, but not read, is replaced, and keeps its mode" {
    share
    as_user sh -c 'echo old >f; chmod 222 f'
    try as_user atomwrite -v f <<<new
    expect 0 "atomwrite: f: replaced (4 bytes)"
    [ "$(stat -c %a f)" = 222 ]
    as_user chmod 644 f
    holds f new
    clean
}

@test "a FILE that may be neither read nor written is replaced without its lock, and -v says so" {
    share
    as_user sh -c 'echo old >f; chmod 0 f'
    try as_user atomwrite -v f <<<new
    expect 0 $'atomwrite: f: it can be neither read nor written, so it is replaced without its lock\natomwrite: f: replaced (4 bytes)'
    [ "$(stat -c %a f)" = 0 ]
    as_user chmod 644 f
    holds f new
    clean
}

@test "a FILE that may be read, but not written, is replaced, and keeps its mode" {
    share
    as_user sh -c 'echo old >f; chmod 444 f'
    try as_user atomwrite f <<<new
    expect 0 ""
    [ "$(stat -c %a f)" = 444 ]
    holds f new
    clean
}

@test "kept: -a and -u have to read FILE, exit 77" {
    share
    as_user sh -c 'echo old >f; chmod 222 f'
    try as_user atomwrite -a f <<<more
    expect 77 "atomwrite: f: left as it was: cannot read it: Permission denied ($PERMISSIONS)"
    try as_user atomwrite -u f touch ran
    expect 77 "atomwrite: f: left as it was: cannot read it: Permission denied ($PERMISSIONS)"
    as_user chmod 644 f
    holds f old
    [ ! -e ran ]
    clean
}

@test "-c: a FILE that may not be read is replaced" {
    share
    as_user sh -c 'echo old >f; chmod 222 f'
    try as_user atomwrite -c f <<<old
    expect 0 ""
    as_user chmod 644 f
    holds f old
    clean
}

@test "-k: keeps a FILE that may not be read, by a link" {
    has_rung linkat || skip "without links a version is a copy"
    share
    as_user sh -c 'echo old >f; chmod 222 f'
    try as_user atomwrite -k 1 f <<<new
    expect 0 ""
    as_user chmod 644 f f.1
    holds f new
    holds f.1 old
    clean
}

@test "-k: keeps a FILE of somebody else, that may not be linked, as a copy" {
    need_root
    share
    echo old >f
    chmod 644 f
    try as_user atomwrite -k 1 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    clean
}
