#!/usr/bin/env bats
# atomwrite: a large regular file as input, whose blocks ext4 is asked for first.
#
# run(1) of bats sets status, output and stderr, and each test is a process of its own.
# shellcheck disable=SC2030,SC2031,SC2154

load common

need_ext4() {
    [ "$(stat -f -c %t .)" = ef53 ] || skip "needs ext4"
    need_trace
    ! built_without COPY_FILE_RANGE || skip "needs copy_file_range"
    head -c $((12 << 20)) /dev/urandom >"$WORK/in"
}

# can_reserve LOG: skips where the file system has no such call, as that of ext2 and ext3.
can_reserve() { ! grep -q 'fallocate(.*EOPNOTSUPP' "$1" || skip "no fallocate here"; }

@test "large file: its blocks are asked for, and all of it is on its way before the rename" {
    need_ext4
    ! moves_stage || skip "without linkat it is copied twice"
    old
    trace "$BATS_TEST_TMPDIR/log" atomwrite --no-sync f <in
    cmp in f
    can_reserve "$BATS_TEST_TMPDIR/log"
    grep -q '^fallocate(.*FALLOC_FL_KEEP_SIZE' "$BATS_TEST_TMPDIR/log"
    # What was copied, and what was started, after the first part: one after the other, and
    # not all in the end.
    awk -F '[(,)]' '
        /^(preadv2|read)\(0,/ { split($0, a, " = "); head += a[2] }
        /^copy_file_range\(/ { split($0, a, " = "); copied += a[2]; last = NR }
        /^sync_file_range\(/ {
            if ($3 + 0 != head + started) bad = 1
            if (started == 0) first = NR
            started += $4
        }
        /^renameat\(/ { if (copied == 0 || started < copied) exit 1; renamed = 1 }
        END { exit bad || !renamed || first > last }' "$BATS_TEST_TMPDIR/log"
    # There is nothing to be given back.
    [ "$(grep -c '^ftruncate' "$BATS_TEST_TMPDIR/log")" = 0 ]
    clean
}

@test "large file: what is small takes less time than to ask for its blocks" {
    need_ext4
    head -c $((1 << 20)) in >small
    trace "$BATS_TEST_TMPDIR/log" atomwrite --no-sync f <small
    cmp small f
    grep -q '^copy_file_range(' "$BATS_TEST_TMPDIR/log"
    [ "$(grep -c '^fallocate(' "$BATS_TEST_TMPDIR/log")" = 0 ]
}

@test "large file: where there is another file system its blocks are not asked for" {
    local far=/dev/shm
    need_trace
    [ -w $far ] && [ "$(stat -f -c %T $far)" = tmpfs ] || skip "needs a /dev/shm to write to"
    far=$(mktemp -d $far/test.XXXXXX)
    head -c $((5 << 20)) /dev/urandom >"$far/in"
    trace "$BATS_TEST_TMPDIR/log" atomwrite --no-sync "$far/f" <"$far/in" &&
        cmp "$far/in" "$far/f" || touch failed
    rm -r "$far"
    [ ! -e failed ]
    [ "$(grep -c '^fallocate(' "$BATS_TEST_TMPDIR/log")" = 0 ]
}

@test "large file: no more room is taken than it has bytes" {
    need_ext4
    atomwrite --no-sync f <in
    sync f
    [ "$(stat -c %b f)" -le $(($(stat -c %s f) / 512 + 64)) ]
}

@test "large file: an input that is cut short meanwhile leaves no room reserved" {
    need_ext4
    # When the blocks have been asked for.
    instead 'ssize_t copy_file_range(int in, off_t *from, int out, off_t *to, size_t size,
        unsigned flags)
    {
        asked();
        if (truncate("in", 1 << 20) == -1)
            return -1;
        return REAL(copy_file_range)(in, from, out, to, size, flags);
    }' atomwrite --no-sync f <in
    expect 0 ""
    cmp in f
    [ "$(stat -c %s f)" -eq $((1 << 20)) ]
    sync f
    [ "$(stat -c %b f)" -le $((2048 + 64)) ]
    clean
}

@test "large file: where its blocks cannot be asked for it is copied all the same" {
    need_ext4
    old
    trace "$BATS_TEST_TMPDIR/log" -e inject=fallocate:error=ENOSPC \
        atomwrite --no-sync f <in
    cmp in f
    clean
}
