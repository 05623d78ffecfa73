#!/usr/bin/env bats
# atomwrite: owner and group.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2094,SC2153,SC2154

load common

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

# A getent(1) that knows more than /etc/passwd and /etc/group, as with LDAP.
getent_knows() {
    grep -q '^#define STATIC_BUILD 1' "$BUILDDIR/config.h" ||
        skip "a program with the shared libc asks it"
    mkdir "$BATS_TEST_TMPDIR/bin"
    cat >"$BATS_TEST_TMPDIR/bin/getent" <<-'EOF'
	#!/bin/sh
	case $#,$1,$2 in
	'2,passwd,far away; touch pwned') echo "$2:x:64001:64002::/:/bin/sh" ;;
	'2,group,far away; touch pwned') echo "$2:x:64003:one,two" ;;
	*) exit 2 ;;
	esac
	EOF
    chmod 755 "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/bin/getent"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "--owner: a name that is not in /etc/passwd or /etc/group is asked of getent(1)" {
    need_root
    getent_knows
    local name='far away; touch pwned'
    try atomwrite --owner="$name:" f <<<new
    expect 0 ""
    [ "$(owner_of f)" = 64001:64002 ]
    try atomwrite --owner="$name:$name" f <<<new
    expect 0 ""
    [ "$(owner_of f)" = 64001:64003 ]
    [ ! -e pwned ]
}

@test "--owner: a name that getent(1) does not know either, or where there is none, exit 64" {
    getent_knows
    try atomwrite --owner=nobody-at-all f <<<new
    expect 64 "atomwrite: --owner: 'nobody-at-all' is not a known user (see atomwrite --help)"
    try atomwrite --owner=:-x f <<<new
    expect 64 "atomwrite: --owner: ':-x' is not a known group (see atomwrite --help)"
    try env PATH="$BUILDDIR/src" atomwrite --owner=nobody-at-all f </dev/null
    expect 64 "atomwrite: --owner: 'nobody-at-all' is not a known user (see atomwrite --help)"
    [ ! -e f ]
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
    expect 77 "atomwrite: f: left as it was: cannot set its owner, attributes and mode: Operation not permitted (check the owner, the sticky bit and the attributes of the directory)"
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
