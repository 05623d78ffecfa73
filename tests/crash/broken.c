/*
 * broken - a library to preload that breaks a program on purpose.
 *
 * The bed MUST find what these lose, else it would find nothing at all. What is
 * preloaded stands for a build in which somebody forgot the call; it works as
 * long as the program is linked dynamically to libc, which is the default.
 * WHOLEFILE_BREAK says what to break:
 *
 *   file       fsync of a regular file does nothing
 *   directory  fsync of a directory does nothing
 *   order      fsync of a regular file is put off until after the next rename
 *              or link to a name that is not hidden: a build that renames first
 *
 * One more breaks no program but the file system under it, as many are:
 *
 *   nameless   open with O_TMPFILE fails, so that stages get hidden names
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The file whose fsync has been put off, or -1. */
static int put_off_fd = -1;

static bool
breaks(const char *what)
{
    const char *asked = getenv("WHOLEFILE_BREAK");

    return asked != NULL && strcmp(asked, what) == 0;
}

/* True where this fsync is to be left out now. */
static bool
is_left_out(int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return false;
    if (S_ISDIR(status.st_mode))
        return breaks("directory");
    if (breaks("order"))
        put_off_fd = fd;
    return breaks("file") || breaks("order");
}

int
fsync(int fd)
{
    return is_left_out(fd) ? 0 : (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
    return is_left_out(fd) ? 0 : (int)syscall(SYS_fdatasync, fd);
}

int
syncfs(int fd)
{
    return is_left_out(fd) ? 0 : (int)syscall(SYS_syncfs, fd);
}

/* RESULT is that of the call which gave the file NAME. A hidden one is on the way. */
static int
after_naming(long result, const char *name)
{
    if (result == 0 && put_off_fd != -1 && name[0] != '.') {
        syscall(SYS_fsync, put_off_fd);
        put_off_fd = -1;
    }
    return (int)result;
}

int
renameat(int old_dir, const char *old, int new_dir, const char *new)
{
    return after_naming(syscall(SYS_renameat2, old_dir, old, new_dir, new, 0), new);
}

int
rename(const char *old, const char *new)
{
    return renameat(AT_FDCWD, old, AT_FDCWD, new);
}

int
renameat2(int old_dir, const char *old, int new_dir, const char *new, unsigned flags)
{
    return after_naming(syscall(SYS_renameat2, old_dir, old, new_dir, new, flags), new);
}

int
linkat(int old_dir, const char *old, int new_dir, const char *new, int flags)
{
    return after_naming(syscall(SYS_linkat, old_dir, old, new_dir, new, flags), new);
}

/* open and openat with all their names; the mode is there where it is used. */
static int
open_at(int dir, const char *path, int flags, va_list arguments)
{
    mode_t mode = 0;

    if ((flags & O_TMPFILE) == O_TMPFILE && breaks("nameless")) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
        mode = va_arg(arguments, mode_t);
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
    va_list arguments;
    int fd;

    va_start(arguments, flags);
    fd = open_at(dir, path, flags, arguments);
    va_end(arguments);
    return fd;
}

int
open(const char *path, int flags, ...)
{
    va_list arguments;
    int fd;

    va_start(arguments, flags);
    fd = open_at(AT_FDCWD, path, flags, arguments);
    va_end(arguments);
    return fd;
}

/* On 64-bit systems they are the same; elsewhere the kernel needs O_LARGEFILE,
 * which whoever calls these has set. */
__attribute__((alias("openat"))) int openat64(
    int dir, const char *path, int flags, ...);
__attribute__((alias("open"))) int open64(const char *path, int flags, ...);
