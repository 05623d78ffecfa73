/*
 * io - the calls on a descriptor that may take long: all of them write or sync all, or
 * fail, and deal with signals (interrupt.h) and with descriptors that do not block.
 */
#ifndef WHOLEFILE_BASE_IO_H
#define WHOLEFILE_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads what FD has, SIZE bytes at most, waiting for it, and lets signals through
 * meanwhile. As read(2); EINTR where a signal was caught.
 */
ssize_t io_read(int fd, void *data, size_t size);

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
 * Makes FD durable, and then lets signals through (interrupt_look). 0, or -1 with errno;
 * EINTR where one arrived although the sync was done. MUST NOT be tried again after a
 * failure: the data may be gone from memory. fsync(2)
 */
int io_sync(int fd);

/*
 * The same of the COUNT files FDS together, by the file system that FD lies on, as they
 * do; on FUSE each by itself, for its servers do not hear of syncfs(2).
 */
int io_sync_group(int fd, const int fds[], size_t count);

#endif
