/*
 * Stops a program right before it locks a file of a certain name, so that a
 * check can do there what would else take a lucky moment.  Preloaded; told by
 *
 *	PAUSE_NAME	the last part of the file's path
 *	PAUSE_READY	a FIFO to write to once the program stands
 *	PAUSE_GO	a FIFO to wait at
 *
 * It stops once.  A statically linked program does not notice.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int fcntl_call(int fd, int command, ...);

static bool
has_name(int fd, const char *name)
{
    char link[64];
    char path[4096];
    const char *leaf;
    ssize_t length;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    leaf = strrchr(path, '/');
    return leaf != NULL && strcmp(leaf + 1, name) == 0;
}

/* Says so, or is told so, through the FIFO that VARIABLE names. */
static void
meet(const char *variable, int flags)
{
    const char *path = getenv(variable);
    char byte = '\n';
    int fd = path == NULL ? -1 : open(path, flags | O_CLOEXEC);

    if (fd < 0)
        _exit(70);
    if ((flags & O_ACCMODE) == O_WRONLY ? write(fd, &byte, 1) != 1
                                        : read(fd, &byte, 1) != 1)
        _exit(70);
    close(fd);
}

int
fcntl(int fd, int command, ...)
{
    static bool paused;
    fcntl_call *real = (fcntl_call *)dlsym(RTLD_NEXT, "fcntl");
    const char *name = getenv("PAUSE_NAME");
    va_list rest;
    void *argument;

    va_start(rest, command);
    argument = va_arg(rest, void *);
    va_end(rest);
    if (command == F_SETLK && name != NULL && !paused && has_name(fd, name)) {
        paused = true;
        meet("PAUSE_READY", O_WRONLY);
        meet("PAUSE_GO", O_RDONLY);
    }
    return real(fd, command, argument);
}

/* What a program is linked with where files may be large; they are one here. */
int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));
