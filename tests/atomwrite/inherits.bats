#!/usr/bin/env bats
# atomwrite: what FILE hands down to the new one is what it is at the commit, and nobody
# whom it kept out gets in where something of that cannot be kept.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154

load common

# ---- what FILE is at the commit

@test "-P: a symlink that became a private file meanwhile stays private" {
    echo target >target
    ln -s target f
    fed atomwrite -P f
    rm f
    (umask 077 && echo secret >f)
    exec 9>&-
    ended
    [ "$ended" = "exit 0" ]
    [ "$(mode_of f)" = 600 ]
    [ "$(stat -c %s f)" -eq 200000 ]
    holds target target
    clean
}

@test "-P: a file that became a symlink meanwhile is replaced itself" {
    echo target >target
    echo old >f
    fed atomwrite -P f
    ln -sf target f
    exec 9>&-
    ended
    [ "$ended" = "exit 0" ]
    [ ! -L f ]
    [ "$(stat -c %s f)" -eq 200000 ]
    holds target target
    clean
}

@test "-P -a: a file that became a symlink meanwhile is refused" {
    echo target >target
    echo old >f
    fed atomwrite -P -a f
    ln -sf target f
    exec 9>&-
    ended
    [ "$ended" = "exit 73" ]
    [ "$stderr" = "atomwrite: f: left as it was: it is a symlink (-P then cannot be used with -a, -u, -c or -k)" ]
    [ -L f ]
    holds target target
    clean
}

@test "-P -c: a symlink that became a file with this content meanwhile is left alone" {
    echo same >target
    echo old >f
    fed atomwrite -P -c f
    { head -c 200000 /dev/zero && echo end; } >new
    mv new f
    local inode
    inode=$(stat -c %i f)
    echo end >&9
    exec 9>&-
    ended
    [ "$ended" = "exit 0" ]
    [ "$(stat -c %i f)" = "$inode" ]
    clean
}

# ---- a group that cannot be kept, and an ACL

# lost_group ACL MODE: SOMEBODY replaces f, of a group that he is not in, with this ACL.
lost_group() {
    need_root
    need_acl
    share
    rm -f f
    echo old >f
    chown $SOMEBODY:$OTHER_GROUP f
    setfacl --set "$1" f
    try as_somebody atomwrite f <<<new
    expect 0 ""
    [ "$(owner_of f)" = $SOMEBODY:$SOMEBODY ]
    holds f new
}
# as_in GROUPS COMMAND...: as SOMEBODY_ELSE, in these groups.
as_in() {
    local groups=$1
    shift
    setpriv --reuid=$SOMEBODY_ELSE --regid="${groups%%,*}" --groups="$groups" "$@"
}

# denied GROUPS: whoever is in these cannot read f.
denied() {
    run as_in "$1" cat f
    [ "$status" -ne 0 ] && [[ $output == *"Permission denied"* ]]
}

@test "ACL: the members of a lost group, which it denied, cannot read afterwards" {
    lost_group u::rw,u:64005:r,g::-,m::r,o::r
    denied $OTHER_GROUP
    [ "$(acl_of f | sed '/^$/d')" = "user::rw-
user:64005:r--
group::---
mask::r--
other::---" ]
}

@test "ACL: the new group gets no more than a named entry of it allowed" {
    not_on_fuse "the kernel does not ask its ACLs"
    lost_group u::rw,g::r,g:$SOMEBODY:-,m::r,o::r
    denied $SOMEBODY
    acl_of f | grep -qx 'group::---'
}

@test "ACL: who was kept out as a member of a named group does not come in by the new group" {
    not_on_fuse "the kernel does not ask its ACLs"
    lost_group u::rw,g::r,g:64006:-,m::r,o::r
    denied $SOMEBODY,64006
    denied 64006
}

@test "ACL: users and groups with a name keep what they had" {
    not_on_fuse "the kernel does not ask its ACLs"
    lost_group u::rw,u:$SOMEBODY_ELSE:rw,g::r,g:64006:rw,m::rw,o::-
    as_in 64007 sh -c 'cat f >/dev/null && : >>f'
    acl_of f | grep -qx 'group:64006:rw-'
    acl_of f | grep -qx 'group::---'
    acl_of f | grep -qx 'other::---'
    [ "$(mode_of f)" = 660 ]
}

@test "ACL: one that cannot be kept leaves nobody more than it gave" {
    need_acl
    need unshare
    echo old >f
    setfacl --set u::rw,u:$SOMEBODY:-,g::r,m::rwx,o::r f
    [ "$(unshare -Ur stat -c %u f 2>/dev/null)" = 0 ] || skip "needs a user name space"
    try unshare -Ur atomwrite -v f <<<new
    expect 0 "atomwrite: f: some extended attributes could not be kept
atomwrite: f: replaced (4 bytes)"
    holds f new
    [ "$(mode_of f)" = 600 ]
}

# ---- another owner

@test "--owner: capabilities go as chown(2) takes them" {
    need_root
    need setcap getcap
    echo old >f
    setcap cap_net_raw+ep f 2>/dev/null || skip "needs capabilities of files"
    cp -a f like
    chown $SOMEBODY like
    [ -z "$(getcap like)" ]
    try atomwrite --owner=$SOMEBODY f <<<new
    expect 0 ""
    [ -z "$(getcap f)" ]
}

@test "same file: capabilities stay with the owner" {
    need_root
    need setcap getcap
    echo old >f
    setcap cap_net_raw+ep f 2>/dev/null || skip "needs capabilities of files"
    try atomwrite f <<<new
    expect 0 ""
    [ -n "$(getcap f)" ]
}
