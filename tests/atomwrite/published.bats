#!/usr/bin/env bats
# atomwrite: what comes after the rename, and what is asked before any name is made.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154

load common

@test "durable: an executable FILE in a directory that can only be searched, exit 0" {
    share
    as_user sh -c 'mkdir d && echo old >d/f && chmod 755 d/f && chmod 333 d'
    try as_user atomwrite d/f <<<new
    expect 0 ""
    [ "$(mode_of d/f)" = 755 ]
    holds d/f new
    chmod 755 d
    clean d
}

@test "durable: a FILE that nobody may open, in a directory that can only be searched" {
    share
    as_user sh -c 'mkdir d && echo old >d/f && chmod 000 d/f && chmod 333 d'
    try as_user atomwrite d/f <<<new
    expect 0 ""
    [ "$(mode_of d/f)" = 0 ]
    chmod 755 d
    chmod 644 d/f
    holds d/f new
    clean d
}

@test "durable: the same where its file system has no fsync of directories" {
    echo old >f
    chmod 755 f
    instead 'int fsync(int fd)
    {
        struct stat file;
        if (fstat(fd, &file) == 0 && S_ISDIR(file.st_mode)) {
            asked();
            errno = EINVAL;
            return -1;
        }
        return REAL(fsync)(fd);
    }' atomwrite f <<<new
    expect 0 ""
    holds f new
}

@test "durable: FUSE does not hear of syncfs(2), so FILE is synced after its rename" {
    share
    as_user sh -c 'mkdir d && chmod 333 d'
    instead '#include <sys/vfs.h>
    #include <stdlib.h>
    static int renamed;
    int fstatfs(int fd, struct statfs *fs)
    {
        int result = REAL(fstatfs)(fd, fs);
        fs->f_type = 0x65735546;
        return result;
    }
    int syncfs(int fd) { renamed = 1; return REAL(syncfs)(fd); }
    int fsync(int fd)
    {
        if (renamed)
            asked();
        return REAL(fsync)(fd);
    }' as_user atomwrite d/f <<<new
    expect 0 ""
    chmod 755 d
    holds d/f new
}

# The record lock of a stage goes with its descriptor.
@test "the stage is closed right after the rename, before the directory is synced" {
    need_trace
    local mode
    for mode in 644 755; do
        echo old >f
        chmod $mode f
        trace "$BATS_TEST_TMPDIR/log" atomwrite -v f <<<new
        holds f new
        awk '/^rename/ { renamed = 1 }
            renamed && /^close\(/ { closed = 1 }
            renamed && /^(write|fsync|syncfs)\(/ { exit !closed }' "$BATS_TEST_TMPDIR/log"
    done
    clean
}

@test "other programs can lock FILE while its directory is synced" {
    need python3
    echo old >f
    cat >lock.py <<-EOF
	import fcntl
	with open("f", "r+") as f:
	    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
	EOF
    instead '#include <stdlib.h>
    int fsync(int fd)
    {
        struct stat file;
        if (fstat(fd, &file) == 0 && S_ISDIR(file.st_mode)) {
            asked();
            unsetenv("LD_PRELOAD");
            if (system("python3 lock.py") != 0)
                fputs("locked", stderr);
        }
        return REAL(fsync)(fd);
    }' atomwrite f <<<new
    expect 0 ""
    holds f new
}

@test "-v: the size is that of the new content" {
    echo old >f
    try atomwrite -v f <<<"longer than before"
    expect 0 "atomwrite: f: replaced (19 bytes)"
}

# ---- before any name is made

@test "no litter: a directory that only takes new names is refused, and gets none" {
    need_root
    need chattr
    mkdir d
    echo old >d/f
    chattr +a d 2>/dev/null || skip "needs a file system with append-only directories"
    local option
    for option in "" -n "-k 1" -a; do
        try atomwrite $option d/f <<<new
        [ "$option" = -n ] || [ "$status" -eq 77 ] || { chattr -a d; false; }
        [ "$(ls -A d)" = f ] || { chattr -a d; false; }
    done
    try atomwrite d/f <<<new
    chattr -a d
    expect 77 "atomwrite: d/f: left as it was: cannot replace anything in its directory: Operation not permitted ($ATTRIBUTES)"
    holds d/f old
    clean d
}
