#include "input.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int
input_memory(const char *text)
{
    size_t size = strlen(text);
    int low = memfd_create("faults", MFD_CLOEXEC);
    int fd = low == -1 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, 10);

    if (low != -1)
        close(low);
    if (fd != -1 &&
        (write(fd, text, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) == -1)) {
        close(fd);
        return -1;
    }
    return fd;
}

int
input_pipe(const char *text)
{
    size_t size = strlen(text);
    int ends[2];
    int fd;

    if (pipe2(ends, O_CLOEXEC) == -1)
        return -1;
    fd = fcntl(ends[0], F_DUPFD_CLOEXEC, 10);
    close(ends[0]);
    if (write(ends[1], text, size) != (ssize_t)size) {
        close(fd);
        fd = -1;
    }
    close(ends[1]);
    return fd;
}

int
input_file(int dir, const char *text)
{
    size_t size = strlen(text);
    int low = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int fd = low == -1 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, 10);

    if (low == -1)
        return input_memory(text);
    close(low);
    if (fd != -1 && pwrite(fd, text, size, 0) != (ssize_t)size) {
        close(fd);
        return -1;
    }
    return fd;
}
