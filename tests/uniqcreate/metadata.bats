#!/usr/bin/env bats
# uniqcreate: metadata, and what is said.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- metadata

@test "mode: 0666 less the umask" {
    local mask
    for mask in 000 002 022 027 077; do
        rm -rf -- *
        umask "$mask"
        try uniqcreate "$EPOCH" x- <<<text
        umask 022
        expect 0 ""
        [ "$(mode_of "x-$FIRST")" = "$(printf '%o' $((0666 & ~0$mask)))" ]
    done
}

@test "mode: -m and --mode, octal and symbolic" {
    try uniqcreate "$EPOCH" -m 600 a- <<<text
    expect 0 ""
    [ "$(mode_of "a-$FIRST")" = 600 ]
    try uniqcreate "$EPOCH" --mode=4755 b- <<<text
    expect 0 ""
    [ "$(mode_of "b-$FIRST")" = 4755 ]
    # From what the file would have had: 0644.
    try uniqcreate "$EPOCH" -m g+w,o= c- <<<text
    expect 0 ""
    [ "$(mode_of "c-$FIRST")" = 660 ]
    try uniqcreate "$EPOCH" -m 0 d- <<<text
    expect 0 ""
    [ "$(mode_of "d-$FIRST")" = 0 ]
    clean
}

@test "mode: a default ACL applies, as for any new file" {
    need setfacl getfacl
    mkdir acl
    setfacl -d -m u::rw,u:12345:rw,g::r,m::rw,o::- acl 2>/dev/null || skip "needs ACLs here"
    : >acl/plain
    try uniqcreate "$EPOCH" acl/x- <<<text
    expect 0 ""
    [ "$(getfacl -c "acl/x-$FIRST")" = "$(getfacl -c acl/plain)" ]
    not_on_fuse "the kernel applies the umask as well"
    getfacl -c "acl/x-$FIRST" | grep '^user:12345:rw-$'
}

@test "mode: in a setgid directory the file has its group" {
    need_root
    mkdir shared
    chgrp 12345 shared
    chmod 2775 shared
    try uniqcreate "$EPOCH" shared/x- <<<text
    expect 0 ""
    [ "$(stat -c '%g %a' "shared/x-$FIRST")" = "12345 644" ]
}

@test "owner: --owner=USER:GROUP, numbers and names" {
    need_root
    try uniqcreate "$EPOCH" --owner=12345:54321 a- <<<text
    expect 0 ""
    [ "$(stat -c '%u:%g' "a-$FIRST")" = 12345:54321 ]
    try uniqcreate "$EPOCH" --owner=:54321 b- <<<text
    expect 0 ""
    [ "$(stat -c '%u:%g' "b-$FIRST")" = 0:54321 ]
    try uniqcreate "$EPOCH" --owner=nobody c- <<<text
    expect 0 ""
    [ "$(stat -c %U "c-$FIRST")" = nobody ]
    try uniqcreate "$EPOCH" --owner=nobody: -m 6755 d- <<<text
    expect 0 ""
    [ "$(stat -c '%u:%g %a' "d-$FIRST")" = "$(id -u nobody):$(id -g nobody) 6755" ]
    clean
}

@test "owner: one's own is no change" {
    try uniqcreate "$EPOCH" --owner="$(id -u):$(id -g)" x- <<<text
    expect 0 ""
    [ "$(stat -c '%u:%g' "x-$FIRST")" = "$(id -u):$(id -g)" ]
}

@test "owner: one that may not be given is refused, 77" {
    share
    try as_user uniqcreate --owner=0 x- <<<text
    expect 77 "uniqcreate: x-: $NOT_MADE: cannot set its owner and mode: Operation not permitted (check the owner, the sticky bit and the attributes of the directory)"
    [ -z "$output" ]
    only
}

# --- what is said

@test "zero: -z and --zero end the path with NUL" {
    uniqcreate "$EPOCH" -z x- <<<text >"$BATS_TEST_TMPDIR/path"
    printf 'x-%s\0' "$FIRST" | cmp - "$BATS_TEST_TMPDIR/path"
    uniqcreate "$EPOCH" --zero x- <<<text >"$BATS_TEST_TMPDIR/path"
    printf 'x-%s-2\0' "$BESIDE" | cmp - "$BATS_TEST_TMPDIR/path"
    uniqcreate "$EPOCH" x- <<<text >"$BATS_TEST_TMPDIR/path"
    printf 'x-%s-3\n' "$BESIDE" | cmp - "$BATS_TEST_TMPDIR/path"
}

@test "quiet: -q and --quiet print nothing" {
    try uniqcreate "$EPOCH" -q x- <<<text
    expect 0 ""
    [ -z "$output" ]
    try uniqcreate "$EPOCH" --quiet -z x- <<<text
    expect 0 ""
    [ -z "$output" ]
    only "x-$BESIDE-1" "x-$BESIDE-2"
}

@test "verbose: -v and --verbose say what was created" {
    try uniqcreate "$EPOCH" -v x- <<<text
    expect 0 "uniqcreate: x-$FIRST: created (5 bytes)"
    [ "$output" = "x-$FIRST" ]
    try uniqcreate "$EPOCH" --verbose --empty x-
    expect 0 "uniqcreate: x-$BESIDE-2: created (0 bytes)"
}

@test "progress: plain lines where there is no terminal, and percent where the size is known" {
    try uniqcreate "$EPOCH" --progress x- head -c 2048 /dev/zero
    expect 0
    [[ $stderr =~ ^uniqcreate:\ x-:\ 2048B,\ [0-9.]+[KMG]?B/s$ ]]
    head -c 2048 /dev/zero >"$BATS_TEST_TMPDIR/input"
    try uniqcreate "$EPOCH" --progress x- <"$BATS_TEST_TMPDIR/input"
    expect 0
    [[ $stderr =~ ^uniqcreate:\ x-:\ 2048B,\ [0-9.]+[KMG]?B/s,\ 100%,\ 0s\ left$ ]]
    [ "$output" = "x-$BESIDE-2" ]
}

@test "progress: redrawn on a terminal" {
    need script
    script -qec "uniqcreate $EPOCH --progress -q x- head -c 2048 /dev/zero" /dev/null \
        </dev/null >screen
    grep -q $'\r2048B, .*B/s\e\[K' screen
    [ -f "x-$FIRST" ]
}
