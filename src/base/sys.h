/*
 * sys - the calls that a system, or one of its file systems, may lack.
 *
 * Each stands behind one function here, so that no other file asks whether it is there.
 * A call that the configuration left out (--without-o-tmpfile and its like) fails as it
 * would on a system without it, with the errno named below, and the caller takes its
 * fallback. Nothing is remembered between calls: what is refused differs from mount to
 * mount.
 */
#ifndef WHOLEFILE_BASE_SYS_H
#define WHOLEFILE_BASE_SYS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Opens a new regular file without a name in the directory DIR, for reading and
 * writing, with MODE less the umask. Returns its descriptor, or -1 with errno:
 * EOPNOTSUPP where the file system has no such files. open(2), O_TMPFILE.
 */
int sys_open_unnamed(int dir, mode_t mode);

/*
 * Creates NAME in DIR, a regular file of MODE less the umask, unless the name is taken,
 * and opens it for reading and writing. Returns its descriptor, or -1 with errno:
 * EEXIST, also where a file system has a vaguer word for it. open(2), O_CREAT, O_EXCL
 */
int sys_create_new(int dir, const char *name, mode_t mode);

/*
 * Gives the unnamed file FD the name NAME in DIR, unless that is taken. Returns
 * 0, or -1 with errno: EEXIST, or EOPNOTSUPP where descriptors, or the second
 * names they need, cannot be linked here. linkat(2), AT_EMPTY_PATH and else
 * /proc/self/fd, which needs no privilege.
 */
int sys_link_descriptor(int fd, int dir, const char *name);

/*
 * Gives the file FROM in DIR a second name, TO. Returns 0, or -1 with errno:
 * EEXIST, or EOPNOTSUPP where the file system or its owner refuses hard links.
 */
int sys_link(int dir, const char *from, const char *to);

/*
 * Renames FROM to TO in DIR unless TO is taken, in one step. Returns 0, or -1
 * with errno: EEXIST, or EOPNOTSUPP where that cannot be done in one step.
 * renameat2(2), RENAME_NOREPLACE
 */
int sys_rename_never_over(int dir, const char *from, const char *to);

/*
 * Moves FROM in FROM_DIR to TO in TO_DIR unless TO is taken, where need be by a link
 * first, so that FROM has both names for a moment. Returns 0, or -1 with errno: EEXIST,
 * EXDEV, or EOPNOTSUPP where the file system has neither way.
 */
int sys_move_never_over(int from_dir, const char *from, int to_dir, const char *to);

/*
 * Copies at most MAX bytes from IN to OUT at their offsets within the kernel, as
 * a reflink where it can. Returns the bytes copied, 0 at the end of IN, or -1
 * with errno: EOPNOTSUPP where these two cannot be copied so. copy_file_range(2)
 */
ssize_t sys_copy_range(int in, int out, size_t max);

/*
 * Reads at most SIZE bytes of what FD has at this moment. As read(2), but -1
 * where that would be to wait, or where the kernel cannot tell: of a FIFO, and before
 * Linux 6.5 of any pipe.
 * preadv2(2), RWF_NOWAIT
 */
ssize_t sys_read_present(int fd, void *data, size_t size);

/*
 * Starts to write back LENGTH bytes of FD from OFFSET, and does not wait. It is
 * no promise, only a head start for the fsync. sync_file_range(2)
 */
void sys_start_writeback(int fd, off_t offset, off_t length);

/*
 * Allocates the blocks of the next LENGTH bytes at FD's offset, and leaves its size as
 * it is. 0, or -1 with errno. fallocate(2)
 */
int sys_reserve(int fd, off_t length);

/* Syncs the file system that FD lies on. 0, or -1 with errno. syncfs(2) */
int sys_sync_file_system(int fd);

/*
 * Whether something forbids to rename over NAME, or away, that can be known before:
 * it is a mount point, immutable or append-only. NAME may be "" for DIR itself. 0, or
 * -1 with errno: EBUSY, EPERM. What the system does not tell is no obstacle. statx(2)
 */
int sys_may_be_replaced(int dir, const char *name);

/*
 * stat(2) of NAME in DIR, no link followed, or of DIR itself where NAME is "", asked of
 * the server where there is one: what its client remembers of a name may be over. Of
 * FILE the inode, type, mode, links, owner, size and times of change are set. 0, or -1
 * with errno. statx(2), AT_STATX_FORCE_SYNC
 */
int sys_stat_fresh(int dir, const char *name, struct stat *file);

/*
 * When NAME in DIR, or DIR itself where NAME is "", was made: in nanoseconds, and 0
 * where the file system does not tell. An inode that is in use again has another time.
 * statx(2), STATX_BTIME
 */
int64_t sys_birth_ns(int dir, const char *name);

/*
 * The ID of the mount that FD lies on, 0 where the kernel does not tell (before 5.8).
 * statx(2), STATX_MNT_ID
 */
uint64_t sys_mount_of(int fd);

/* A descriptor of the process PID, ready to be read when it has ended; or -1.
   pidfd_open(2) */
int sys_open_process(pid_t pid);

/*
 * Lets the pipe FD hold SYS_PIPE_SIZE, where it may; no failure matters. A buffer of
 * that size suits it: more wins nothing, on either side. fcntl(2), F_SETPIPE_SZ
 */
enum { SYS_PIPE_SIZE = 256 * 1024 };
void sys_widen_pipe(int fd);

#endif
