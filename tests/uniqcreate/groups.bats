#!/usr/bin/env bats
# The groups of uniqcreate --lines: when few descriptors or rights are to be had, and
# when one of them fails.
#
# Expressions in single quotes are for an inner shell.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load common

@test "groups: a directory that may be written but not read is synced all the same" {
    share
    mkdir -m 0733 drop
    seq 300 >"$BATS_TEST_TMPDIR/lines"
    as_user uniqcreate "$EPOCH" --lines drop/x- <"$BATS_TEST_TMPDIR/lines" \
        >"$BATS_TEST_TMPDIR/paths"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/paths")" -eq 300 ]
    holds "drop/x-$BESIDE-300" 300
    clean drop
}

@test "groups: few descriptors make small groups" {
    # There a file that is to get its name is copied, which takes one more.
    has_rung linkat || skip "needs hard links"
    seq 300 >"$BATS_TEST_TMPDIR/lines"
    try bash -c 'ulimit -n 40; uniqcreate --time=@0 --lines x- <"$1"' \
        bash "$BATS_TEST_TMPDIR/lines"
    expect 0 ""
    [ "$(wc -l <<<"$output")" -eq 300 ]
    holds "x-$BESIDE-300" 300
    clean
}

@test "groups: 76 of one group names its files, and prints those of the others" {
    need_trace
    on_btrfs && skip "the names of a group are synced by syncfs there"
    has_rung o-tmpfile || skip "each line is by itself without O_TMPFILE"
    # Three groups: 256 lines, 256 lines, and the rest.
    seq 600 >"$BATS_TEST_TMPDIR/lines"
    try traced -e "inject=fsync:error=EIO:when=2" uniqcreate "$EPOCH" --lines x- \
        <"$BATS_TEST_TMPDIR/lines"
    expect 76
    [ "$output" = "$(seq -f "x-$BESIDE-%g" 256)" ]
    [ "$(cut -d : -f 2 <<<"$stderr" | tr -d ' ')" = "$(seq -f "x-$BESIDE-%g" 257 512)" ]
    [ "$(head -n 1 <<<"$stderr")" = "uniqcreate: x-$BESIDE-257: created, but it may not survive a power cut: cannot sync its name: Input/output error" ]
    clean
}

@test "groups: 76 of one group of a quiet run says how many there are" {
    need_trace
    on_btrfs && skip "the names of a group are synced by syncfs there"
    has_rung o-tmpfile || skip "each line is by itself without O_TMPFILE"
    try traced -e "inject=fsync:error=EIO:when=1" uniqcreate "$EPOCH" -q --lines x- \
        < <(seq 3)
    expect 76 "uniqcreate: x-: a group of 3 files was created, but may not survive a power cut: Input/output error"
}

@test "groups: FUSE does not hear of syncfs(2), so each file is synced before it has its name" {
    has_rung o-tmpfile || skip "each line is by itself without O_TMPFILE"
    seq 300 >"$BATS_TEST_TMPDIR/lines"
    instead '#include <sys/vfs.h>
    int fstatfs(int fd, struct statfs *fs)
    {
        int result = REAL(fstatfs)(fd, fs);
        fs->f_type = 0x65735546;
        return result;
    }
    int syncfs(int fd)
    {
        asked();
        return REAL(syncfs)(fd);
    }
    int fsync(int fd)
    {
        struct stat file;
        if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_nlink == 0)
            asked();
        return REAL(fsync)(fd);
    }' bash -c 'uniqcreate "$1" -q --lines x- <"$2"' sh "$EPOCH" "$BATS_TEST_TMPDIR/lines"
    expect 0 ""
    [ "$(wc -c <"$BATS_TEST_TMPDIR/asked")" -eq 300 ]
    [ "$(find . -name 'x-*' | wc -l)" -eq 300 ]
}
