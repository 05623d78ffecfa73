/* bed - see bed.h. */
#include "bed.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The block device major number of loop devices (devices.txt of Linux). */
#define LOOP_MAJOR 7u
/* Others may take loop devices at the same time. */
#define LOOP_TRIES 100
/* Ranges in one request; the disk takes up to 1 MiB at once. */
#define RANGES_AT_ONCE 4096

/*
 * noauto_da_alloc: else ext4 mends a rename before fsync by itself.
 * nouuid: two recordings of xfs may be mounted at once.
 * nodiscard: the disk knows no discard, and btrfs would try.
 * data=writeback: a commit waits for no data at all, as on xfs and btrfs; the
 * usual order of ext4 writes what was allocated first.
 */
static const struct filesystem filesystems[] = {
    {"ext4", "ext4", "noauto_da_alloc"},
    {"late", "ext4", "noauto_da_alloc,data=writeback"},
    {"xfs", "xfs", "nouuid"},
    {"btrfs", "btrfs", "nodiscard"},
};

const struct filesystem *
bed_filesystem(const char *name)
{
    for (size_t i = 0; i < sizeof(filesystems) / sizeof(*filesystems); i++)
        if (strcmp(filesystems[i].name, name) == 0)
            return &filesystems[i];
    return NULL;
}

static char *
path_in(const char *dir, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", dir, name) == -1)
        err(71, "%s", name);
    return path;
}

static char *
make_directory(const char *dir, const char *name)
{
    char *path = path_in(dir, name);

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        err(73, "%s", path);
    return path;
}

static int
open_or_end(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd == -1)
        err(73, "%s", path);
    return fd;
}

static void
start_disk(struct bed *bed, const char *program, const char *image, const char *log,
    enum flushes flushes)
{
    int ready[2];
    char byte;

    if (pipe2(ready, O_CLOEXEC) != 0)
        err(71, "pipe");
    bed->disk_pid = fork();
    if (bed->disk_pid == -1)
        err(71, "fork");
    if (bed->disk_pid == 0) {
        /* Nobody but us would ever end it. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(ready[1], STDOUT_FILENO) == -1)
            err(71, "dup2");
        if (flushes == FLUSHES_DROPPED)
            execl(program, "disk", "-d", image, log, bed->lower, (char *)NULL);
        else
            execl(program, "disk", image, log, bed->lower, (char *)NULL);
        err(71, "%s", program);
    }
    close(ready[1]);
    /* It closes its standard output when it is mounted; no byte comes. */
    if (read(ready[0], &byte, 1) != 0)
        err(71, "the disk did not start");
    close(ready[0]);
}

/* One try: 0, or -1 where somebody else was faster. */
static int
configure_loop(struct bed *bed, int control_fd, const struct loop_config *config)
{
    int number = ioctl(control_fd, LOOP_CTL_GET_FREE);

    if (number == -1)
        err(71, "LOOP_CTL_GET_FREE");
    unlink(bed->node);
    if (mknod(bed->node, S_IFBLK | 0600, makedev(LOOP_MAJOR, (unsigned)number)) != 0)
        err(73, "%s", bed->node);
    bed->loop_fd = open_or_end(bed->node, O_RDWR);
    if (ioctl(bed->loop_fd, LOOP_CONFIGURE, config) == 0)
        return 0;
    if (errno != EBUSY)
        err(71, "LOOP_CONFIGURE");
    close(bed->loop_fd);
    return -1;
}

/*
 * The device is kept open, read-only, so that it stays between two mounts, and
 * clears itself when the last user is gone, however that came.
 */
static void
attach_loop(struct bed *bed)
{
    struct loop_config config = {0};
    int control_fd = open_or_end("/dev/loop-control", O_RDWR);
    char *path = path_in(bed->lower, "disk");
    int tries = 0, fd = open_or_end(path, O_RDWR), kept_fd;

    config.fd = (__u32)fd;
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    while (configure_loop(bed, control_fd, &config) != 0)
        if (++tries == LOOP_TRIES)
            errx(71, "no free loop device");
    kept_fd = open_or_end(bed->node, O_RDONLY);
    close(bed->loop_fd);
    bed->loop_fd = kept_fd;
    close(fd);
    close(control_fd);
    free(path);
}

static void
map_image(struct bed *bed, const char *image)
{
    struct stat status;
    int fd = open_or_end(image, O_RDWR);

    if (fstat(fd, &status) != 0)
        err(74, "%s", image);
    bed->size_bytes = (size_t)status.st_size;
    bed->image = mmap(NULL, bed->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bed->image == MAP_FAILED)
        err(71, "%s", image);
    close(fd);
}

void
bed_open(struct bed *bed, const char *dir, const char *disk_program, const char *image,
    enum flushes flushes)
{
    char *log = path_in(dir, "log"), *path;

    memset(bed, 0, sizeof(*bed));
    bed->lower = make_directory(dir, "lower");
    bed->mountpoint = make_directory(dir, "mnt");
    bed->node = path_in(dir, "loop");
    map_image(bed, image);
    bed->log_fd = open_or_end(log, O_RDWR | O_CREAT | O_TRUNC);
    start_disk(bed, disk_program, image, log, flushes);
    path = path_in(bed->lower, "marks");
    bed->marks_fd = open_or_end(path, O_WRONLY);
    free(path);
    path = path_in(bed->lower, "refresh");
    bed->refresh_fd = open_or_end(path, O_WRONLY);
    free(path);
    free(log);
    attach_loop(bed);
}

/*
 * The loop device keeps pages of its own between two mounts while it is open.
 * A change of its block size is the one call that surely drops them all.
 */
static void
drop_device_cache(const struct bed *bed)
{
    static const int sizes_bytes[] = {512, (int)BLOCK_BYTES};

    for (size_t i = 0; i < 2; i++)
        if (ioctl(bed->loop_fd, BLKBSZSET, &sizes_bytes[i]) != 0)
            err(74, "BLKBSZSET");
}

bool
bed_mount(struct bed *bed, const struct filesystem *filesystem)
{
    drop_device_cache(bed);
    bed->filesystem = filesystem;
    return mount(bed->node, bed->mountpoint, filesystem->type, MS_NOATIME,
               filesystem->mount_options) == 0;
}

void
bed_unmount(struct bed *bed)
{
    /* A process that has just been waited for may still be leaving. */
    for (int tries = 0; umount2(bed->mountpoint, 0) != 0; tries++) {
        struct timespec moment = {0, 1000000};

        if (errno != EBUSY || tries == 1000)
            err(74, "umount %s", bed->mountpoint);
        nanosleep(&moment, NULL);
    }
}

void
bed_refresh(const struct bed *bed, const struct disk_range *ranges, size_t count)
{
    while (count > 0) {
        size_t some = count < RANGES_AT_ONCE ? count : RANGES_AT_ONCE;
        size_t size_bytes = some * sizeof(*ranges);

        if (write(bed->refresh_fd, ranges, size_bytes) != (ssize_t)size_bytes)
            err(74, "refresh");
        ranges += some;
        count -= some;
    }
}

void
bed_close(struct bed *bed)
{
    int status;

    close(bed->loop_fd);
    close(bed->marks_fd);
    close(bed->refresh_fd);
    close(bed->log_fd);
    /* It ends by itself once the loop device has let go of its file. */
    if (waitpid(bed->disk_pid, &status, 0) == -1 || status != 0)
        errx(74, "the disk failed");
    munmap(bed->image, bed->size_bytes);
    free(bed->lower);
    free(bed->mountpoint);
    free(bed->node);
    memset(bed, 0, sizeof(*bed));
}
