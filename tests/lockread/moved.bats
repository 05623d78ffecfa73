#!/usr/bin/env bats
# lockread --take --failed: moved, although the call that did it says that it failed, as
# a request does that a network file system has sent again.
#
# run(1) of bats sets status, output and stderr.
# shellcheck disable=SC2154

load common

# What is done is answered as if it were not: renameat2(2), or where that does not move
# without replacing linkat(2) and unlinkat(2).
RESENT='static int again(int result)
    {
        errno = result == 0 ? ENOENT : errno;
        return -1;
    }
    int renameat2(int from, const char *name, int to, const char *as, unsigned flags)
    {
        asked();
        return again(REAL(renameat2)(from, name, to, as, flags));
    }
    int unlinkat(int dir, const char *name, int flags)
    {
        asked();
        return again(REAL(unlinkat)(dir, name, flags));
    }
    int fsync(int fd)
    {
        FILE *synced = fopen("synced", "a");
        struct stat file;
        if (synced != NULL && fstat(fd, &file) == 0)
            fprintf(synced, "%llu\n", (unsigned long long)file.st_ino);
        if (synced != NULL)
            fclose(synced);
        return REAL(fsync)(fd);
    }'

@test "take: a file that was moved although the answer is ENOENT is said to be moved, and durable" {
    not_on_fuse "two names of one file may have two inode numbers there"
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    spool 1
    mkdir bad
    instead "$RESENT" lockread --take='exit 3' --failed=bad spool
    expect 3 "lockread: spool/1: moved to bad/1: exit 3 exited with status 3"
    [ -z "$(ls -A spool)" ]
    holds bad/1 1
    [ "$(sort -u synced)" = "$(stat -c %i bad spool | sort -u)" ]
}

@test "take: a file that is gone when it is to be moved is not said to be moved" {
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    spool 1
    mkdir bad
    echo other >bad/1
    try lockread --take='rm spool/1; exit 3' --failed=bad spool
    expect 3 "lockread: spool/1: left as it was: rm spool/1; exit 3 exited with status 3"
    holds bad/1 other
    [ ! -e bad/1-2 ]
}
