/*
 * file_system - on what kind of file system an open file lies: some do not what others
 * do. statfs(2)
 */
#ifndef WHOLEFILE_BASE_FILE_SYSTEM_H
#define WHOLEFILE_BASE_FILE_SYSTEM_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether FD, whose device is DEVICE, lies on btrfs, where the fsync of a file without
 * a name keeps nothing of its later name; whether FD lies on NFS, where flock(2) and
 * fcntl(2) locks are one.
 */
bool file_system_is_btrfs(int fd, dev_t device);
bool file_system_is_nfs(int fd);

/* Whether FD is on ext4, or an ext3 or ext2 that its driver handles. */
bool file_system_is_ext4(int fd);

/* Whether FD is a file of proc(5). */
bool file_system_is_proc(int fd);

/*
 * Whether FD lies on FUSE, where the kernel applies the umask to new files although
 * their directory has a default ACL: it does not know of it.
 */
bool file_system_is_fuse(int fd);

/*
 * Whether inotify(7) tells all that happens on the file system of FD: not where other
 * machines, or a server on this one, change it.
 */
bool file_system_is_watchable(int fd);

#endif
