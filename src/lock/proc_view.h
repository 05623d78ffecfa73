/*
 * proc_view - how far the /proc that we see tells of locks and processes.
 */
#ifndef WHOLEFILE_LOCK_PROC_VIEW_H
#define WHOLEFILE_LOCK_PROC_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Whether /proc/locks leaves no lock out: whether /proc is that of the initial PID name
 * space. What counts is the name space that it was mounted for, not ours. Both are the
 * initial one if
 *   - /proc/self leads to somewhere, which it does only where /proc's name space is
 *     ours or one above it (kernel, fs/proc/self.c), and
 *   - ours is the initial one, whose inode has a number of its own that no other can
 *     get: PROC_PID_INIT_INO of linux/proc_ns.h, since Linux 3.8, which is
 *     PID_NS_INIT_INO of linux/nsfs.h now.
 * A process that sees the initial /proc from a name space below is told false, which is
 * safe.
 */
bool proc_view_is_whole(void);

/* Whether the process with this number in /proc lives; true where that is not known. */
bool proc_view_lives(pid_t pid);

/*
 * The ID of the mount that FD lies on, 0 where that is not told or FD is -1.
 */
uint64_t proc_view_mount_of(int fd);

/*
 * The device of the file system that is mounted as MOUNT, as /proc/locks tells it. On
 * btrfs and some overlays st_dev is another. False where it is not told, as of a mount
 * outside of our root directory. proc_pid_mountinfo(5)
 */
bool proc_view_device_of(uint64_t mount, dev_t *device);

/* Parses TEXT, a line of mountinfo, as far as its ID and DEVICE. */
bool proc_view_parse_mount(const char *text, uint64_t *mount, dev_t *device);

#endif
