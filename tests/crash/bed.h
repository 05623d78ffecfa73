/*
 * bed - the disk, the loop device over it, and the file system on top.
 *
 * Order of calls: bed_open, any number of bed_mount and bed_unmount, bed_close.
 * The bed owns the process of the disk and all descriptors. It lives in the
 * working directory DIR, which MUST be on a tmpfs of the caller's own mount
 * name space: the loop device's node is made there, where no udev sees it.
 *
 * A killed owner leaves nothing behind: the loop device clears itself with its
 * last user, and the mounts go with their name space.
 *
 * All functions end the program when something fails that should not; only
 * bed_mount, which meets broken file systems, says so.
 */
#ifndef CRASH_BED_H
#define CRASH_BED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "disk.h"

struct filesystem {
    const char *name;
    const char *type;
    const char *mount_options;
};

struct bed {
    const struct filesystem *filesystem;
    char *node;       /* the loop device's node */
    char *lower;      /* where the disk is mounted */
    char *mountpoint; /* where the file system is mounted */
    pid_t disk_pid;
    int loop_fd;
    int marks_fd;
    int refresh_fd;
    int log_fd;
    unsigned char *image; /* the disk's content, shared with the disk */
    size_t size_bytes;
};

/* How the disk answers a flush. */
enum flushes { FLUSHES_KEPT, FLUSHES_DROPPED };

/* The file system of that name, or NULL. */
const struct filesystem *bed_filesystem(const char *name);

/* Starts DISK_PROGRAM over the file IMAGE in DIR and a loop device over it. */
void bed_open(struct bed *bed, const char *dir, const char *disk_program,
    const char *image, enum flushes flushes);

/* False, with errno, where the file system cannot be mounted. */
bool bed_mount(struct bed *bed, const struct filesystem *filesystem);
void bed_unmount(struct bed *bed);

/* Tells the kernel that these ranges of bed->image have changed. */
void bed_refresh(const struct bed *bed, const struct disk_range *ranges, size_t count);

void bed_close(struct bed *bed);

#endif
