#!/usr/bin/env bats
# atomwrite: the replaced file keeps its mode, owner, group, ACL and attributes, and a
# new one is born like any other. ("same file" is the promise of that.)
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr.
# shellcheck disable=SC2016,SC2154

load common

# Users and groups that nobody has here: numbers do.
SOMEBODY=64001
SOMEBODY_ELSE=64002
OTHER_GROUP=64003

mode_of() { stat -c %a "$1"; }
owner_of() { stat -c %u:%g "$1"; }

need_acl() {
    need setfacl getfacl
    : >"$BATS_TEST_TMPDIR/acl"
    setfacl -m u:$SOMEBODY:r "$BATS_TEST_TMPDIR/acl" 2>/dev/null ||
        skip "needs a file system with ACLs"
}
acl_of() { getfacl -cpn "$1"; }

need_attributes() {
    need setfattr getfattr
    : >"$BATS_TEST_TMPDIR/attribute"
    setfattr -n user.test -v x "$BATS_TEST_TMPDIR/attribute" 2>/dev/null ||
        skip "needs a file system with extended attributes"
}
attribute_of() { getfattr --only-values -n "$2" "$1"; }

# as_somebody COMMAND...: as the owner of a directory, but in no group of a file there.
as_somebody() {
    setpriv --reuid=$SOMEBODY --regid=$SOMEBODY --clear-groups "$@"
}

# ---- the mode

@test "same file: a replaced FILE keeps its mode, whatever the umask" {
    local mode
    for mode in 600 640 644 664 666 444 400 755 777 0 1644; do
        echo old >f
        chmod "$mode" f
        try sh -c 'umask 077; atomwrite --no-sync f' <<<new
        expect 0 ""
        [ "$(mode_of f)" = "$mode" ]
        chmod 600 f
        holds f new
        rm f
    done
    clean
}

@test "same file: -a, -u and -k keep the mode, too" {
    echo old >f
    chmod 604 f
    try atomwrite -a f <<<more
    expect 0 ""
    [ "$(mode_of f)" = 604 ]
    try atomwrite -u f cat
    expect 0 ""
    [ "$(mode_of f)" = 604 ]
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 604 ]
    [ "$(mode_of f.1)" = 604 ]
    clean
}

@test "same file: setuid, setgid and the sticky bit stay with the same owner" {
    local mode
    for mode in 4755 2755 6711 1755; do
        echo old >f
        chmod "$mode" f
        [ "$(mode_of f)" = "$mode" ] || skip "mode $mode cannot be had here"
        try atomwrite f <<<new
        expect 0 ""
        [ "$(mode_of f)" = "$mode" ]
    done
}

@test "a new FILE has mode 0666 less the umask" {
    local umask
    for umask in 000 002 022 027 077 066; do
        try sh -c "umask $umask; atomwrite --no-sync f.$umask; : >like.$umask" <<<new
        expect 0 ""
        [ "$(mode_of f.$umask)" = "$(mode_of like.$umask)" ]
    done
    clean
}

@test "-m: an octal mode, for a new FILE and for one that is replaced, whatever the umask" {
    local mode
    for mode in 600 640 0644 755 400 1777; do
        rm -f f
        try sh -c "umask 077; atomwrite --no-sync -m $mode f" <<<new
        expect 0 ""
        [ "$(mode_of f)" = "${mode#0}" ]
        rm -f f
        echo old >f
        chmod 666 f
        try atomwrite --no-sync --mode="$mode" f <<<new
        expect 0 ""
        [ "$(mode_of f)" = "${mode#0}" ]
    done
    clean
}

@test "-m: a symbolic mode changes the mode that FILE has" {
    local change
    for change in u+x=740 g-r=600 go=r=644 a+r=644 u=rwx,go=rx=755 o+w=642 ug+s=6640; do
        rm -f f
        echo old >f
        chmod 640 f
        try atomwrite --no-sync -m "${change%=*}" f <<<new
        expect 0 ""
        [ "$(mode_of f)" = "${change##*=}" ]
    done
    clean
}

@test "-m: a symbolic mode changes the mode that a new FILE would have" {
    try sh -c 'umask 027; atomwrite -m u+x f' <<<new
    expect 0 ""
    [ "$(mode_of f)" = 740 ]
}

@test "-m: a mode that comes out as the mark of an unfinished file, exit 64" {
    echo old >f
    chmod 640 f
    try atomwrite -m u-r,g-r f <<<new
    expect 64 "atomwrite: f: left as it was: its mode would be 0200, which marks an unfinished file (choose another mode or umask)"
    [ "$(mode_of f)" = 640 ]
    holds f old
    clean
}

@test "a umask that would make the mark of an unfinished file, exit 64" {
    try sh -c 'umask 0577; atomwrite f' <<<new
    expect 64 "atomwrite: f: left as it was: its mode would be 0200, which marks an unfinished file (choose another mode or umask)"
    [ -z "$(ls -A)" ]
}

@test "same file: never more open than before or after" {
    need_trace
    echo old >f
    chmod 600 f
    trace log -e trace=open,openat,creat,fchmod,chmod,fchmodat,umask,rename,renameat,renameat2 \
        atomwrite -m 640 f <<<new
    [ "$(mode_of f)" = 640 ]
    # One chmod, to the last mode, before the rename; and every file is born with 0600.
    [ "$(grep -c chmod log)" -eq 1 ]
    grep -A1 '^fchmod(.*, 0640) *= 0$' log | grep -q '^rename'
    run grep -E 'O_CREAT|O_TMPFILE' log
    [ "$status" -eq 0 ]
    run ! grep -vE ', 0600\) += ' <<<"$output"
}

@test "same file: a FILE that gets closed to others is never seen open" {
    need_trace
    echo old >f
    chmod 666 f
    trace log -e trace=fchmod,chmod,fchmodat,rename,renameat,renameat2 \
        atomwrite -m 600 f <<<new
    [ "$(mode_of f)" = 600 ]
    [ "$(grep -c chmod log)" -eq 1 ]
    grep -A1 '^fchmod(.*, 0600) *= 0$' log | grep -q '^rename'
}

@test "same file: what has a hidden name is no more open than the new FILE will be" {
    need_trace
    need_acl
    echo old >f
    setfacl -m u:$SOMEBODY:rw f
    chmod 660 f
    # It dies before its last chmod, so that what is there in that moment stays.
    outcome trace log -e trace=fchmod -e inject=fchmod:error=EPERM:signal=KILL \
        atomwrite -m 600 f <<<new
    [ "$status" -eq 137 ]
    [ -e .f.atomwrite ]
    run stat -c %a .f.atomwrite*
    [ "$(sort -u <<<"$output")" = 600 ]
    try atomwrite -w 0 f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 660 ]
    clean
}

# ---- owner and group

@test "same file: root keeps another one's owner and group" {
    need_root
    echo old >f
    chown $SOMEBODY:$OTHER_GROUP f
    chmod 640 f
    try atomwrite -v f <<<new
    expect 0 "atomwrite: f: replaced (4 bytes)"
    [ "$(owner_of f)" = $SOMEBODY:$OTHER_GROUP ]
    [ "$(mode_of f)" = 640 ]
    holds f new
    clean
}

@test "same file: root keeps another one's setuid bit with its owner" {
    need_root
    echo old >f
    chown $SOMEBODY:$OTHER_GROUP f
    chmod 6755 f
    try atomwrite f <<<new
    expect 0 ""
    [ "$(owner_of f)" = $SOMEBODY:$OTHER_GROUP ]
    [ "$(mode_of f)" = 6755 ]
}

@test "same file: a version that is kept keeps owner and group" {
    need_root
    echo old >f
    chown $SOMEBODY:$OTHER_GROUP f
    chmod 640 f
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(owner_of f.1)" = $SOMEBODY:$OTHER_GROUP ]
    [ "$(mode_of f.1)" = 640 ]
    [ "$(owner_of f)" = $SOMEBODY:$OTHER_GROUP ]
}

@test "same file: an ordinary user keeps a group that he is in" {
    need_root
    share
    echo old >f
    chown $SOMEBODY:$OTHER_GROUP f
    chmod 664 f
    try setpriv --reuid=$SOMEBODY --regid=$SOMEBODY --groups=$OTHER_GROUP \
        atomwrite -v f <<<new
    expect 0 "atomwrite: f: replaced (4 bytes)"
    [ "$(owner_of f)" = $SOMEBODY:$OTHER_GROUP ]
    [ "$(mode_of f)" = 664 ]
    clean
}

@test "an owner that cannot be kept is lost, with setuid, and -v says so" {
    need_root
    share
    echo old >f
    chown $SOMEBODY_ELSE:$SOMEBODY f
    chmod 4755 f
    try as_somebody atomwrite -v f <<<new
    expect 0 $'atomwrite: f: the owner could not be kept\natomwrite: f: replaced (4 bytes)'
    [ "$(owner_of f)" = $SOMEBODY:$SOMEBODY ]
    [ "$(mode_of f)" = 755 ]
    holds f new
    clean
}

@test "a group that cannot be kept gets, and leaves others, no more than both had" {
    need_root
    share
    local modes
    for modes in 664=644 604=600 640=600 666=666 626=622 607=600; do
        rm -f f
        echo old >f
        chown $SOMEBODY:$OTHER_GROUP f
        chmod "${modes%=*}" f
        try as_somebody atomwrite -v f <<<new
        expect 0 $'atomwrite: f: the group could not be kept\natomwrite: f: replaced (4 bytes)'
        [ "$(owner_of f)" = $SOMEBODY:$SOMEBODY ]
        [ "$(mode_of f)" = "${modes#*=}" ]
    done
    clean
}

@test "a group that cannot be kept takes setgid with it" {
    need_root
    share
    echo old >f
    chown $SOMEBODY:$OTHER_GROUP f
    chmod 2755 f
    try as_somebody atomwrite f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 755 ]
}

@test "-m: asked for, the mode holds also where the group is lost" {
    need_root
    share
    echo old >f
    chown $SOMEBODY:$OTHER_GROUP f
    chmod 664 f
    try as_somebody atomwrite -m 664 f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 664 ]
    [ "$(owner_of f)" = $SOMEBODY:$SOMEBODY ]
}

@test "--owner: USER, USER:GROUP, :GROUP, by number" {
    need_root
    try atomwrite --owner=$SOMEBODY f <<<new
    expect 0 ""
    [ "$(owner_of f)" = "$SOMEBODY:$(id -g)" ]
    try atomwrite --owner=:$OTHER_GROUP f <<<new
    expect 0 ""
    [ "$(owner_of f)" = $SOMEBODY:$OTHER_GROUP ]
    try atomwrite --owner=0:0 f <<<new
    expect 0 ""
    [ "$(owner_of f)" = 0:0 ]
    clean
}

@test "--owner: by name, and the login group after a colon" {
    need_root
    local user
    user=$(getent passwd | awk -F: '$3 != 0 && $4 != 0 && $4 != $3 {print $1; exit}')
    [ -n "$user" ] || skip "needs a user with a group of another number"
    try atomwrite --owner="$user" f <<<new
    expect 0 ""
    [ "$(owner_of f)" = "$(id -u "$user"):$(id -g)" ]
    try atomwrite --owner="$user:" f <<<new
    expect 0 ""
    [ "$(owner_of f)" = "$(id -u "$user"):$(id -g "$user")" ]
    try atomwrite --owner="root:$(id -gn root)" f <<<new
    expect 0 ""
    [ "$(owner_of f)" = "$(id -u root):$(id -g root)" ]
}

@test "--owner: setuid and setgid do not survive another owner" {
    need_root
    echo old >f
    chmod 6755 f
    try atomwrite --owner=$SOMEBODY f <<<new
    expect 0 ""
    [ "$(owner_of f)" = "$SOMEBODY:$(id -g)" ]
    [ "$(mode_of f)" = 755 ]
}

@test "--owner: with -m setuid is there where asked for" {
    need_root
    echo old >f
    try atomwrite --owner=$SOMEBODY -m 4755 f <<<new
    expect 0 ""
    [ "$(owner_of f)" = "$SOMEBODY:$(id -g)" ]
    [ "$(mode_of f)" = 4755 ]
}

@test "--owner: oneself is no change" {
    echo old >f
    try atomwrite --owner="$(id -u):$(id -g)" f <<<new
    expect 0 ""
    holds f new
}

@test "kept: --owner by an ordinary user, exit 77" {
    share
    as_user sh -c 'echo old >f'
    try as_user atomwrite --owner=$SOMEBODY f <<<new
    expect 77 "atomwrite: f: left as it was: cannot set its owner, attributes and mode: Operation not permitted (look at the owner, the sticky bit and the attributes of the directory)"
    holds f old
    try as_user atomwrite --owner=:$OTHER_GROUP f <<<new
    expect 77
    holds f old
    clean
}

@test "-c: another owner than --owner asks for replaces FILE" {
    need_root
    echo old >f
    try atomwrite -c --owner=$SOMEBODY:$OTHER_GROUP f <<<old
    expect 0 ""
    [ "$(owner_of f)" = $SOMEBODY:$OTHER_GROUP ]
    local before
    before=$(stat -c '%i %Z' f)
    try atomwrite -c --owner=$SOMEBODY:$OTHER_GROUP f <<<old
    expect 0 ""
    [ "$(stat -c '%i %Z' f)" = "$before" ]
}

# ---- a directory with setgid

@test "setgid directory: a new FILE has the directory's group" {
    need_root
    mkdir d
    chgrp $OTHER_GROUP d
    chmod 2775 d
    try atomwrite d/f <<<new
    expect 0 ""
    [ "$(owner_of d/f)" = "$(id -u):$OTHER_GROUP" ]
    [ "$(mode_of d/f)" = 644 ]
    clean d
}

@test "setgid directory: a FILE of another group keeps it" {
    need_root
    mkdir d
    chgrp $OTHER_GROUP d
    chmod 2775 d
    echo old >d/f
    chgrp $SOMEBODY d/f
    chmod 660 d/f
    try atomwrite d/f <<<new
    expect 0 ""
    [ "$(owner_of d/f)" = "$(id -u):$SOMEBODY" ]
    [ "$(mode_of d/f)" = 660 ]
    clean d
}

@test "setgid directory: an ordinary user's new FILE has its group, also if he is not in it" {
    need_root
    share
    mkdir d
    chgrp $OTHER_GROUP d
    chmod 2777 d
    try as_user atomwrite d/f <<<new
    expect 0 ""
    [ "$(owner_of d/f)" = 65534:$OTHER_GROUP ]
    [ "$(mode_of d/f)" = 644 ]
    clean d
}

# ---- ACL

@test "same file: an ACL stays" {
    need_acl
    echo old >f
    setfacl -m u:$SOMEBODY:rw,g:$OTHER_GROUP:r,m::rw f
    chmod o-r f
    local before
    before=$(acl_of f)
    try atomwrite -v f <<<new
    expect 0 "atomwrite: f: replaced (4 bytes)"
    [ "$(acl_of f)" = "$before" ]
    holds f new
    clean
}

@test "same file: a mask that cuts an ACL stays" {
    need_acl
    echo old >f
    setfacl -m u:$SOMEBODY:rwx,m::r f
    local before
    before=$(acl_of f)
    try atomwrite -u f echo new
    expect 0 ""
    [ "$(acl_of f)" = "$before" ]
}

@test "same file: an ACL stays with a version that is kept" {
    need_acl
    echo old >f
    setfacl -m u:$SOMEBODY:r f
    local before
    before=$(acl_of f)
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(acl_of f.1)" = "$before" ]
    [ "$(acl_of f)" = "$before" ]
}

@test "-m: the group's part of the mode becomes the mask of the ACL, as with chmod" {
    need_acl
    echo old >f
    setfacl -m u:$SOMEBODY:rw f
    cp -p f like
    chmod 640 like
    try atomwrite -m 640 f <<<new
    expect 0 ""
    [ "$(acl_of f)" = "$(acl_of like)" ]
    [ "$(mode_of f)" = 640 ]
}

@test "a group that is lost takes the mask of the ACL with it" {
    need_root
    need_acl
    share
    echo old >f
    setfacl -m u:$SOMEBODY_ELSE:rw f
    chmod 664 f
    chown $SOMEBODY:$OTHER_GROUP f
    try as_somebody atomwrite f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 644 ]
    acl_of f | grep -qx 'mask::r--'
}

@test "default ACL: a new FILE gets it, whatever the umask, like any other" {
    need_acl
    mkdir d
    setfacl -d -m u::rw,u:$SOMEBODY:rw,g::r,o::- d
    try sh -c 'umask 077; atomwrite d/f; : >d/like' <<<new
    expect 0 ""
    [ "$(acl_of d/f)" = "$(acl_of d/like)" ]
    not_on_fuse "the kernel applies the umask as well"
    acl_of d/f | grep -qx "user:$SOMEBODY:rw-"
    clean d
}

@test "default ACL: one without names is a umask of the directory" {
    need_acl
    mkdir d
    setfacl -d -m u::rw,g::rw,o::r d
    try sh -c 'umask 077; atomwrite d/f; : >d/like' <<<new
    expect 0 ""
    [ "$(acl_of d/f)" = "$(acl_of d/like)" ]
    not_on_fuse "the kernel applies the umask as well"
    [ "$(mode_of d/f)" = 664 ]
}

@test "default ACL: a FILE that has none stays without" {
    need_acl
    mkdir d
    echo old >d/f
    chmod 600 d/f
    setfacl -d -m u:$SOMEBODY:rw,g::r,o::- d
    local before
    before=$(acl_of d/f)
    try atomwrite d/f <<<new
    expect 0 ""
    [ "$(acl_of d/f)" = "$before" ]
    [ "$(mode_of d/f)" = 600 ]
    clean d
}

@test "default ACL: a version that is a copy, of a FILE without one, stays without" {
    need_acl
    mkdir d
    echo old >d/f
    chmod 640 d/f
    setfacl -d -m u:$SOMEBODY:rw,g::r,o::- d
    local before
    before=$(acl_of d/f)
    try atomwrite -k 1 d/f <<<new
    expect 0 ""
    [ "$(acl_of d/f.1)" = "$before" ]
    [ "$(acl_of d/f)" = "$before" ]
}

# ---- extended attributes

@test "same file: extended attributes stay" {
    need_attributes
    echo old >f
    setfattr -n user.one -v first f
    setfattr -n user.two -v "$(head -c 500 /dev/zero | tr '\0' x)" f
    setfattr -n user.empty f
    local before
    before=$(getfattr -d f | sort)
    try atomwrite -v f <<<new
    expect 0 "atomwrite: f: replaced (4 bytes)"
    [ "$(getfattr -d f | sort)" = "$before" ]
    holds f new
    clean
}

@test "same file: extended attributes stay with a mode that forbids to write them" {
    need_attributes
    echo old >f
    setfattr -n user.one -v first f
    chmod 400 f
    share
    [ "$(id -u)" -ne 0 ] || chown 65534 f
    try as_user atomwrite -v f <<<new
    expect 0
    [ "$(mode_of f)" = 400 ]
    chmod 644 f
    [ "$(attribute_of f user.one)" = first ]
    [[ $stderr != *"attributes could not be kept"* ]]
}

@test "same file: the extended attributes of root stay" {
    need_root
    need_attributes
    echo old >f
    setfattr -n trusted.one -v first f 2>/dev/null || skip "needs trusted attributes"
    try atomwrite f <<<new
    expect 0 ""
    [ "$(attribute_of f trusted.one)" = first ]
}

@test "same file: extended attributes stay with a version that is kept" {
    need_attributes
    echo old >f
    setfattr -n user.one -v first f
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(attribute_of f.1 user.one)" = first ]
    [ "$(attribute_of f user.one)" = first ]
}

@test "same file: mode, owner, ACL and attributes together, in one run of root" {
    need_root
    need_acl
    need_attributes
    echo old >f
    setfattr -n user.one -v first f
    setfacl -m u:$SOMEBODY_ELSE:r f
    chown $SOMEBODY:$OTHER_GROUP f
    chmod 6750 f
    local before
    before=$(acl_of f)
    try atomwrite -v f <<<new
    expect 0 "atomwrite: f: replaced (4 bytes)"
    [ "$(owner_of f)" = $SOMEBODY:$OTHER_GROUP ]
    [ "$(mode_of f)" = 6750 ]
    [ "$(acl_of f)" = "$before" ]
    [ "$(attribute_of f user.one)" = first ]
    clean
}

@test "-m: 0400 on a FILE with attributes keeps them" {
    need_attributes
    echo old >f
    setfattr -n user.one -v first f
    try atomwrite -m 400 f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 400 ]
    [ "$(attribute_of f user.one)" = first ]
}

@test "a FILE that was left unfinished hands down nothing but its owner" {
    need_attributes
    echo half >f
    setfattr -n user.one -v first f
    chmod 200 f
    try atomwrite f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 644 ]
    holds f new
}
