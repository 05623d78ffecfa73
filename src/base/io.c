#include "config.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/interrupt.h"
#include "base/sys.h"

int
io_open(int dir, const char *name, int flags)
{
    return openat(dir, name, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void
io_close(int *fd)
{
    int saved = errno;

    if (*fd != -1)
        close(*fd);
    *fd = -1;
    errno = saved;
}

bool
io_read_text(int fd, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;

    /* A read may give less than there is. */
    do {
        char rest[512];
        bool is_full = length == size - 1;

        got = is_full ? read(fd, rest, sizeof(rest))
                      : read(fd, text + length, size - 1 - length);
        length += got > 0 && !is_full ? (size_t)got : 0;
    } while (got > 0 || (got == -1 && errno == EINTR));
    text[length] = '\0';
    return length > 0;
}

bool
io_read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = fd != -1 && io_read_text(fd, text, size);

    if (!is_read)
        text[0] = '\0';
    io_close(&fd);
    return is_read;
}

ssize_t
io_read(int fd, void *data, size_t size)
{
    bool opened = interrupt_open();
    ssize_t got = -1;

    for (errno = EINTR; got == -1 && interrupt_signal() == 0;) {
        got = read(fd, data, size);
        if (got == -1 && errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLIN};

            (void)interrupt_poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            break;
        }
    }
    interrupt_close(opened);
    return got;
}

ssize_t
io_read_at(int fd, void *data, size_t size, off_t offset)
{
    size_t got = 0;

    while (got < size) {
        ssize_t part = pread(fd, (char *)data + got, size - got, offset + (off_t)got);

        if (part == -1 && errno == EINTR && interrupt_signal() == 0)
            continue;
        if (part == -1)
            return -1;
        if (part == 0)
            break;
        got += (size_t)part;
    }
    return (ssize_t)got;
}

int
io_write(int fd, const void *data, size_t size)
{
    const char *from = data;

    while (size > 0) {
        ssize_t written = write(fd, from, size);

        if (written == -1 && errno == EAGAIN) {
            /* Somebody else may have made it non-blocking. Not interrupt_poll, which
               would not wait at all once a signal has arrived. */
            struct pollfd ready = {.fd = fd, .events = POLLOUT};

            if (poll(&ready, 1, -1) != -1)
                continue;
        }
        if (written == -1) {
            if (errno == EINTR && interrupt_signal() == 0)
                continue;
            return -1;
        }
        from += written;
        size -= (size_t)written;
    }
    return 0;
}

int
io_send(int fd, const void *data, size_t size)
{
    bool opened = interrupt_open();
    int result = io_write(fd, data, size);

    interrupt_close(opened);
    return result;
}

bool
io_takes_line(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    return poll(&ready, 1, 0) == 1;
}

/* A sync is ended by no signal that is caught, so letting them through meanwhile would
   be two calls for nothing: what came is looked for afterwards. */
static int
end_sync(int result)
{
    if (result == 0 && interrupt_look() != 0) {
        errno = EINTR;
        return -1;
    }
    return result;
}

int
io_sync(int fd)
{
    return end_sync(fsync(fd));
}

int
io_sync_group(int fd, const int fds[], size_t count)
{
    bool is_fuse = file_system_is_fuse(fd);
    int result = is_fuse ? 0 : sys_sync_file_system(fd);

    for (size_t i = 0; is_fuse && result == 0 && i < count; i++)
        result = fsync(fds[i]);
    return end_sync(result);
}
