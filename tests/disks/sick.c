/*
 * sick - a disk that fails when it is told to.
 *
 * Usage: sick IMAGE MOUNTPOINT
 *
 * A file system of two files:
 *
 *   disk    the content of IMAGE, which is mapped into memory. A loop device is put
 *           over it; its driver makes an fsync of each flush.
 *   orders  a line "write N COUNT" or "flush N COUNT" says that from the N-th write or
 *           flush on, counted from now, COUNT of them fail with EIO, or all where
 *           COUNT is 0. What fails is not done. "none 0 0" heals the disk. Read, it
 *           tells how many have failed since the last order.
 *
 * It ends when it is unmounted. It MUST NOT touch the file system above it: it would
 * wait for itself.
 */
#define FUSE_USE_VERSION 312

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum inode { INODE_ROOT = FUSE_ROOT_ID, INODE_DISK, INODE_ORDERS };

static const char *const names[] = {[INODE_DISK] = "disk", [INODE_ORDERS] = "orders"};

struct disk {
    char *image;
    size_t size_bytes;
    char ailing[16];     /* "write", "flush" or "none" */
    unsigned long first; /* that fails, counted from 1 */
    unsigned long count; /* how many fail, 0: all that follow */
    unsigned long seen;
    unsigned long failed;
};

static struct disk *
disk_of(fuse_req_t request)
{
    return fuse_req_userdata(request);
}

/* Counts one operation of a KIND, and tells whether it is to fail. */
static bool
fails(struct disk *disk, const char *kind)
{
    if (strcmp(disk->ailing, kind) != 0 || ++disk->seen < disk->first ||
        (disk->count > 0 && disk->failed >= disk->count))
        return false;
    disk->failed++;
    return true;
}

static void
fill_status(const struct disk *disk, fuse_ino_t inode, struct stat *status)
{
    memset(status, 0, sizeof(*status));
    status->st_ino = inode;
    status->st_nlink = 1;
    status->st_mode = inode == INODE_ROOT ? S_IFDIR | 0700 : S_IFREG | 0600;
    if (inode == INODE_DISK)
        status->st_size = (off_t)disk->size_bytes;
}

static void
on_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry = {.attr_timeout = 1.0, .entry_timeout = 1.0};

    (void)parent;
    for (fuse_ino_t i = INODE_DISK; i <= INODE_ORDERS; i++) {
        if (strcmp(name, names[i]) == 0) {
            entry.ino = i;
            fill_status(disk_of(request), i, &entry.attr);
            fuse_reply_entry(request, &entry);
            return;
        }
    }
    fuse_reply_err(request, ENOENT);
}

static void
on_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info)
{
    struct stat status;

    (void)info;
    fill_status(disk_of(request), inode, &status);
    fuse_reply_attr(request, &status, 1.0);
}

/* Shells open with O_TRUNC. */
static void
on_setattr(fuse_req_t request, fuse_ino_t inode, struct stat *wanted, int which,
    struct fuse_file_info *info)
{
    (void)wanted;
    (void)which;
    on_getattr(request, inode, info);
}

static void
on_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info)
{
    (void)inode;
    /* A cache would still have what the disk refused to take. */
    info->direct_io = 1;
    fuse_reply_open(request, info);
}

static void
on_read(fuse_req_t request, fuse_ino_t inode, size_t size_bytes, off_t offset,
    struct fuse_file_info *info)
{
    const struct disk *disk = disk_of(request);
    size_t from = (size_t)offset;
    char text[32];

    (void)info;
    if (inode == INODE_ORDERS) {
        int length = snprintf(text, sizeof(text), "%lu\n", disk->failed);

        fuse_reply_buf(request, text, offset == 0 && length > 0 ? (size_t)length : 0);
        return;
    }
    if (from >= disk->size_bytes)
        size_bytes = 0;
    else if (size_bytes > disk->size_bytes - from)
        size_bytes = disk->size_bytes - from;
    fuse_reply_buf(request, disk->image + from, size_bytes);
}

static bool
obey(struct disk *disk, const char *data, size_t size_bytes)
{
    struct disk told = *disk;
    char order[64];

    if (size_bytes >= sizeof(order))
        return false;
    memcpy(order, data, size_bytes);
    order[size_bytes] = '\0';
    if (sscanf(order, "%15s %lu %lu", told.ailing, &told.first, &told.count) != 3)
        return false;
    told.seen = 0;
    told.failed = 0;
    *disk = told;
    return true;
}

static void
on_write(fuse_req_t request, fuse_ino_t inode, const char *data, size_t size_bytes,
    off_t offset, struct fuse_file_info *info)
{
    struct disk *disk = disk_of(request);
    size_t from = (size_t)offset;

    (void)info;
    if (inode == INODE_ORDERS) {
        if (obey(disk, data, size_bytes))
            fuse_reply_write(request, size_bytes);
        else
            fuse_reply_err(request, EINVAL);
        return;
    }
    if (from > disk->size_bytes || size_bytes > disk->size_bytes - from) {
        fuse_reply_err(request, ENOSPC);
    } else if (fails(disk, "write")) {
        fuse_reply_err(request, EIO);
    } else {
        memcpy(disk->image + from, data, size_bytes);
        fuse_reply_write(request, size_bytes);
    }
}

static void
on_fsync(
    fuse_req_t request, fuse_ino_t inode, int data_only, struct fuse_file_info *info)
{
    (void)data_only;
    (void)info;
    fuse_reply_err(
        request, inode == INODE_DISK && fails(disk_of(request), "flush") ? EIO : 0);
}

static const struct fuse_lowlevel_ops operations = {
    .lookup = on_lookup,
    .getattr = on_getattr,
    .setattr = on_setattr,
    .open = on_open,
    .read = on_read,
    .write = on_write,
    .fsync = on_fsync,
};

static void
open_image(struct disk *disk, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd == -1 || fstat(fd, &status) == -1)
        err(66, "%s", path);
    disk->size_bytes = (size_t)status.st_size;
    disk->image =
        mmap(NULL, disk->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (disk->image == MAP_FAILED)
        err(71, "%s", path);
    close(fd);
}

int
main(int argc, char *argv[])
{
    struct disk disk = {.ailing = "none"};
    char name[] = "sick";
    char *fuse_argv[] = {name, NULL};
    struct fuse_args arguments = FUSE_ARGS_INIT(1, fuse_argv);
    struct fuse_session *session;
    int status;

    if (argc != 3)
        errx(64, "usage: sick IMAGE MOUNTPOINT");
    open_image(&disk, argv[1]);
    session = fuse_session_new(&arguments, &operations, sizeof(operations), &disk);
    if (session == NULL || fuse_session_mount(session, argv[2]) != 0)
        errx(71, "cannot mount the disk on %s", argv[2]);
    /* The end of standard output tells whoever started us: mounted. */
    close(STDOUT_FILENO);
    status = fuse_session_loop(session);
    fuse_session_unmount(session);
    fuse_session_destroy(session);
    return status == 0 ? 0 : 70;
}
