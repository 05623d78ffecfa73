#!/usr/bin/env bats
# atomwrite: ACL and extended attributes.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2094,SC2153,SC2154

load common

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

@test "a group that is lost leaves the mask of the ACL to those with a name" {
    need_root
    need_acl
    share
    echo old >f
    setfacl -m u:$SOMEBODY_ELSE:rw f
    chmod 664 f
    chown $SOMEBODY:$OTHER_GROUP f
    try as_somebody atomwrite f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 664 ]
    acl_of f | grep -qx 'mask::rw-'
    acl_of f | grep -qx 'group::r--'
    acl_of f | grep -qx "user:$SOMEBODY_ELSE:rw-"
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
