/*
 * io - the calls on a descriptor. Those that may take long write or sync all, or fail,
 * and deal with signals (interrupt.h) and with descriptors that do not block.
 */
#ifndef WHOLEFILE_BASE_IO_H
#define WHOLEFILE_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Opens NAME in DIR, which may be anything by now: no FIFO hangs us, no terminal
 * becomes ours, and no COMMAND inherits it. FLAGS: O_RDONLY or another, and O_NOFOLLOW
 * where no symlink may lead us away. Its descriptor, or -1 with errno. openat(2)
 */
int io_open(int dir, const char *name, int flags);

/*
 * Closes *FD, unless it is -1, which it is then. Keeps errno: it is for what was only
 * read, or has failed already. close(2)
 */
void io_close(int *fd);

/*
 * Reads FD to its end, as a string: TEXT gets what fits into SIZE. For what is there at
 * once, in /proc or at a program's end; the rest is read as well, so that nobody is
 * ended by SIGPIPE. False where nothing could be read.
 */
bool io_read_text(int fd, char *text, size_t size);

/* The same with the file PATH. */
bool io_read_file(const char *path, char *text, size_t size);

/*
 * Reads what FD has, SIZE bytes at most, waiting for it, and lets signals through
 * meanwhile. As read(2); EINTR where a signal was caught.
 */
ssize_t io_read(int fd, void *data, size_t size);

/*
 * Reads SIZE bytes of the file FD from OFFSET on, or as many as there are. How many, or
 * -1 with errno; EINTR where a signal was caught. pread(2)
 */
ssize_t io_read_at(int fd, void *data, size_t size, off_t offset);

/*
 * Writes all of DATA to the file FD. Signals are let through only if they are already;
 * the caller knows how much it is going to write. 0, or -1 with errno; EINTR where a
 * signal was caught.
 */
int io_write(int fd, const void *data, size_t size);

/*
 * Writes all of DATA to FD, which may be a pipe that is full, and lets signals
 * through meanwhile. One that has arrived before does not keep it from trying: what
 * is taken at once goes through, and is given up after a second. 0, or -1 with errno;
 * EINTR as above.
 */
int io_send(int fd, const void *data, size_t size);

/* Whether FD takes as much as PIPE_BUF without waiting. pipe(7) */
bool io_takes_line(int fd);

/*
 * Makes FD durable, and then lets signals through (interrupt_look). 0, or -1 with
 * errno; EINTR where one arrived although the sync was done. MUST NOT be tried again
 * after a failure: the data may be gone from memory. fsync(2)
 */
int io_sync(int fd);

/*
 * The same of the COUNT files FDS together, by the file system that FD lies on, as they
 * do; on FUSE each by itself, for its servers do not hear of syncfs(2).
 */
int io_sync_group(int fd, const int fds[], size_t count);

#endif
