/*
 * limit - does each job with the calls that it needs, and no others: what cannot be
 * undercut by a program that keeps the promise of being whole.
 *
 *     limit replace FILE         standard input, renamed over FILE
 *     limit durable FILE         the same, and both its fsyncs
 *     limit pour FILE            the same as replace, for a large pipe
 *     limit pour-durable FILE    the same as durable, and written behind
 *     limit claim PREFIX         standard input, as the first free PREFIX-N
 *     limit probe PREFIX         the same, trying each N from 1
 *     limit lines PREFIX         a file PREFIX-N of each line
 *     limit read FILE...         under shared flocks that still lead to their names
 *     limit bare-read FILE...    under shared flocks, whatever they lead to
 *
 * It never looks for what may be wrong: any failure ends it with status 1.
 *
 * What atomwrite(1) calls beyond that in its plain case, FILE there, of the same
 * owner, standard input a pipe that has it all; in order, as strace(1) shows it.
 * "limit" marks the calls that the limit makes as well; tests/suite/counts.bats holds
 * the number.
 *
 *     call                              promise
 *     rt_sigprocmask BLOCK              no litter: no signal between a name and the
 *                                         note that it is ours
 *     openat DIRECTORY                  durable (limit, durable): what is synced last
 *     newfstatat FILE                   same file: a symlink is followed; said: a
 *                                         directory, a FIFO is refused
 *     statx DIRECTORY                   no litter: a name that is made can be removed
 *     openat O_TMPFILE                  limit; no litter: it has no name
 *     newfstatat STAGE                  one at a time, same file: its inode and owner
 *     preadv2, write, preadv2           limit; without waiting for more to come
 *     fcntl F_SETLK STAGE               one at a time, no litter: "my owner lives"
 *     linkat STAGE, TURN                one at a time: who has the turn's name
 *     newfstatat FILE                   said: a FIFO that came there is not opened
 *     openat FILE                       whole, same file: whose lock and attributes
 *     flock LOCK_SH                     whole, not yet: waits for who writes in place
 *     newfstatat of the open FILE       same file: mode, owner, group
 *     newfstatat FILE                   one at a time: the lock is that of the name
 *     flistxattr FILE                   same file: attributes, and its ACL
 *     fremovexattr STAGE                same file: no ACL of the directory's default
 *     fchmod STAGE                      same file: its mode, when all else is done
 *     fsync STAGE                       durable (limit, durable)
 *     rt_sigpending                     kept: a signal before the rename ends the run
 *     newfstatat TURN                   one at a time: nobody took it for dead
 *     renameat TURN, FILE               limit; always an answer: one step
 *     close STAGE                       limit; one at a time: no record lock of ours
 *                                         stays on FILE while the directory is synced
 *     fsync DIRECTORY                   durable (limit, durable)
 *
 * Where the input has to be waited for:
 *
 *     preadv2                           finds nothing
 *     rt_sigaction HUP, INT, TERM,      kept, no litter: a signal is only noted, so
 *       XCPU, ALRM, VTALRM, USR1,         that a hidden name is removed, and
 *       USR2                              what had begun is given up, before it
 *                                         is obeyed
 *     rt_sigaction XFSZ                 kept, said: a limit on size is an error
 *     rt_sigaction PIPE                 said: a message that nobody reads
 *     rt_sigprocmask SETMASK            kept: what may take long can be ended
 *     newfstatat 0                      none: a regular file is copied by the kernel
 *     read, write, read                 limit
 *     rt_sigprocmask SETMASK            no litter: as above
 */
#define _GNU_SOURCE
#include "limit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE_BEHIND_SIZE = 8 * 1024 * 1024 };

char limit_buffer[LIMIT_BUFFER_SIZE + LIMIT_COLLECT_SIZE];

int
limit_demand(int result)
{
    if (result == -1)
        _exit(1);
    return result;
}

void
limit_put(int fd, const char *data, size_t size)
{
    while (size > 0) {
        size_t written = (size_t)limit_demand((int)write(fd, data, size));

        data += written;
        size -= written;
    }
}

void
limit_pour(int fd, enum limit_pour how)
{
    bool may_widen = how != LIMIT_SMALL;
    off_t at = 0;
    off_t dirty = 0;
    ssize_t got;

    while ((got = read(STDIN_FILENO, limit_buffer, LIMIT_BUFFER_SIZE)) > 0) {
        limit_put(fd, limit_buffer, (size_t)got);
        at += got;
        dirty += got;
        if (how == LIMIT_WRITTEN_BEHIND && dirty >= WRITE_BEHIND_SIZE) {
            (void)sync_file_range(fd, at - dirty, dirty, SYNC_FILE_RANGE_WRITE);
            dirty = 0;
        }
        /* A full pipe: there is more to come. */
        if (may_widen && got == 65536) {
            (void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, LIMIT_BUFFER_SIZE);
            may_widen = false;
        }
    }
    limit_demand((int)got);
}

static void
replace(const char *file, enum limit_pour how, bool is_durable)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    char stage[PATH_MAX];
    char *slash;
    int fd;

    stpcpy(stpcpy(stage, file), ".tmp");
    fd = limit_demand(open(stage, flags, 0644));
    limit_pour(fd, how);
    if (is_durable)
        limit_demand(fsync(fd));
    else
        limit_demand(close(fd));
    limit_demand(rename(stage, file));
    if (!is_durable)
        return;
    slash = strrchr(stage, '/');
    if (slash != NULL)
        *slash = '\0';
    fd = limit_demand(open(slash == NULL ? "." : stage, O_RDONLY | O_DIRECTORY));
    limit_demand(fsync(fd));
}

static int
lock(const char *file, bool looks)
{
    for (;;) {
        int fd = limit_demand(open(file, O_RDONLY | O_CLOEXEC));
        struct stat opened;
        struct stat named;

        limit_demand(flock(fd, LOCK_SH | LOCK_NB));
        if (!looks)
            return fd;
        limit_demand(fstat(fd, &opened));
        limit_demand(stat(file, &named));
        if (opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
            return fd;
        close(fd);
    }
}

/* Many small files go out together, and none under its lock. */
static void
read_files(char *const files[], bool looks)
{
    size_t used = 0;

    for (; *files != NULL; files++) {
        int fd = lock(*files, looks);
        ssize_t got;

        while ((got = read(fd, limit_buffer + used, LIMIT_BUFFER_SIZE)) > 0) {
            used += (size_t)got;
            if (got < LIMIT_BUFFER_SIZE)
                break;
            limit_put(STDOUT_FILENO, limit_buffer, used);
            used = 0;
        }
        limit_demand((int)got);
        close(fd);
        if (used >= LIMIT_COLLECT_SIZE) {
            limit_put(STDOUT_FILENO, limit_buffer, used);
            used = 0;
        }
    }
    limit_put(STDOUT_FILENO, limit_buffer, used);
}

static int
usage(void)
{
    fputs("usage: limit JOB FILE..., see its source\n", stderr);
    return 64;
}

int
main(int argc, char *argv[])
{
    const char *job;

    if (argc < 3)
        return usage();
    job = argv[1];
    if (strcmp(job, "replace") == 0)
        replace(argv[2], LIMIT_SMALL, false);
    else if (strcmp(job, "durable") == 0)
        replace(argv[2], LIMIT_SMALL, true);
    else if (strcmp(job, "pour") == 0)
        replace(argv[2], LIMIT_LARGE, false);
    else if (strcmp(job, "pour-durable") == 0)
        replace(argv[2], LIMIT_WRITTEN_BEHIND, true);
    else if (strcmp(job, "claim") == 0)
        limit_claim(argv[2], true);
    else if (strcmp(job, "probe") == 0)
        limit_claim(argv[2], false);
    else if (strcmp(job, "lines") == 0)
        limit_lines(argv[2]);
    else if (strcmp(job, "read") == 0)
        read_files(argv + 2, true);
    else if (strcmp(job, "bare-read") == 0)
        read_files(argv + 2, false);
    else
        return usage();
    return 0;
}
