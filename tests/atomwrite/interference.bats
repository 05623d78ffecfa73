#!/usr/bin/env bats
# atomwrite: programs that take no turn get in between; and versions that are not shifted
# by a run that is refused.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154

load common

REPLACED="atomwrite: f: left as it was: another process replaced it (try again)"

@test "kept: an editor that replaces FILE during -u is not overwritten, exit 75" {
    echo old >f
    try atomwrite -u f sh -c 'echo edited >g && mv g f; cat'
    expect 75 "$REPLACED"
    holds f edited
    clean
}

@test "kept: a FILE that is removed during -u is not made again, exit 75" {
    echo old >f
    try atomwrite -u f sh -c 'rm f; cat'
    expect 75 "atomwrite: f: left as it was: another process removed it (try again)"
    [ ! -e f ]
    clean
}

# replaced_meanwhile OPTION...: FILE is replaced while a run is at the fsync of its stage,
# which with -a, -c and -k is within its turn.
replaced_meanwhile() {
    echo old >f
    echo edited >g
    instead 'int fsync(int fd)
    {
        asked();
        rename("g", "f");
        return REAL(fsync)(fd);
    }' atomwrite "$@" f <<<new
}
replaced_in_turn() {
    replaced_meanwhile "$@"
    expect 75 "$REPLACED"
    holds f edited
    [ ! -e f.1 ]
    clean
}

@test "kept: an editor that replaces FILE during -a is not overwritten" {
    replaced_in_turn -a
}

@test "kept: an editor that replaces FILE during -c is not overwritten" {
    replaced_in_turn -c
}

@test "kept: an editor that replaces FILE during -k is not overwritten, and nothing is shifted" {
    replaced_in_turn -k 2
}

@test "a plain run replaces what an editor put there meanwhile" {
    replaced_meanwhile
    expect 0 ""
    holds f new
    clean
}

# ---- versions

@test "-k: a run that has lost its turn shifts nothing" {
    echo old >f
    echo older >f.1
    try atomwrite -k 3 -u f sh -c 'rm -f .f.atomwrite; cat'
    expect 75 "atomwrite: f: left as it was: another process removed its temporary file (try again)"
    holds f old
    holds f.1 older
    [ ! -e f.2 ]
    clean
}

@test "-k: what is in the way of the hidden name is named, and nothing is shifted" {
    echo old >f
    echo older >f.1
    mkdir .f.atomwrite-kept
    try atomwrite -k 3 f <<<new
    expect 73 "atomwrite: .f.atomwrite-kept: in the way, and not a regular file (remove it)"
    holds f old
    holds f.1 older
    [ ! -e f.2 ]
    rmdir .f.atomwrite-kept
    clean
}

@test "-k: another user's file under the hidden name is named, with its directory" {
    need_root
    share
    mkdir d
    echo old >d/f
    chown $SOMEBODY d d/f
    # Sticky, and the directory another one's.
    chown 0 d
    chmod 1777 d
    : >d/.f.atomwrite-kept
    try as_somebody atomwrite -k 1 d/f <<<new
    expect 77 "atomwrite: d/.f.atomwrite-kept: in the way, and cannot be removed: Operation not permitted ($ATTRIBUTES)"
    holds d/f old
    [ ! -e d/f.1 ]
}

@test "-k: a live claim whose writer died does not become FILE.1" {
    echo half >f
    chmod 200 f
    echo older >f.1
    try atomwrite -v -k 2 f <<<new
    expect 0 "atomwrite: f: left unfinished by a process that died: not kept as its .1
atomwrite: f: replaced (4 bytes)"
    holds f new
    holds f.1 older
    [ ! -e f.2 ]
    clean
}

# ---- -c

@test "-c: a FILE that cannot be read is replaced, and -v says that it was not compared" {
    share
    as_user sh -c 'echo same >f && chmod 200 f && chmod 300 f'
    try as_user atomwrite -c -v f <<<same
    expect 0 "atomwrite: f: cannot be read, so it is replaced without being compared
atomwrite: f: replaced (5 bytes)"
    clean
}
