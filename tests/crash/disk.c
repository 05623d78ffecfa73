/*
 * disk - a disk that remembers the order of what was written to it.
 *
 * Usage: disk [-d] IMAGE LOG MOUNTPOINT
 *
 * A file system of three files, served by one thread, so that whatever comes
 * from the loop driver and from the workload has one order:
 *
 *   disk     the content of IMAGE, which is mapped into memory. A loop device
 *            is put over it. Each write and each fsync (the loop driver makes
 *            one of each flush) is appended to LOG.
 *   marks    what is written here goes to LOG too, and nowhere else.
 *   refresh  a list of struct disk_range: the replayer has changed IMAGE
 *            behind the kernel's back, and the kernel's cached pages of these
 *            ranges are replaced. The cache spares a request for each read.
 *
 * -d  drop flushes: they are answered but never happen. A disk that lies, to
 *     prove that the bed notices one.
 *
 * LOG MUST NOT lie on the disk itself, and this program MUST NOT touch the
 * file system above it: it would wait for itself.
 */
#define FUSE_USE_VERSION 312

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "disk.h"
#include "log.h"

/* The largest request that libfuse 3 takes; fewer, larger writes. */
#define MAX_WRITE_BYTES (1024u * 1024u)
/* Nothing here changes by itself, so the kernel need never ask again. */
#define FOREVER_S 1e9

enum inode { INODE_ROOT = FUSE_ROOT_ID, INODE_DISK, INODE_MARKS, INODE_REFRESH };

static const char *const names[] = {
    [INODE_DISK] = "disk",
    [INODE_MARKS] = "marks",
    [INODE_REFRESH] = "refresh",
};

struct disk {
    struct fuse_session *session;
    char *image;
    size_t size_bytes;
    int log_fd;
    bool drops_flushes;
    unsigned open_files;
};

static struct disk *
disk_of(fuse_req_t request)
{
    return fuse_req_userdata(request);
}

/* A log with a hole would prove nothing, so a failure here ends the disk. */
static void
append(const struct disk *disk, enum log_kind kind, const char *data, size_t size_bytes,
    uint64_t offset)
{
    struct log_head head = {kind, (uint32_t)size_bytes, offset};
    struct iovec parts[2] = {{&head, sizeof(head)}, {(void *)data, size_bytes}};

    if (writev(disk->log_fd, parts, 2) != (ssize_t)(sizeof(head) + size_bytes))
        err(74, "log");
}

static void
fill_status(const struct disk *disk, fuse_ino_t inode, struct stat *status)
{
    memset(status, 0, sizeof(*status));
    status->st_ino = inode;
    status->st_nlink = 1;
    status->st_mode = S_IFREG | 0600;
    if (inode == INODE_ROOT)
        status->st_mode = S_IFDIR | 0700;
    if (inode == INODE_DISK)
        status->st_size = (off_t)disk->size_bytes;
}

static void
on_init(void *user_data, struct fuse_conn_info *connection)
{
    (void)user_data;
    connection->max_write = MAX_WRITE_BYTES;
    /* A write held back in the cache would be logged too late. */
    connection->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
}

static void
on_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry = {
        .attr_timeout = FOREVER_S, .entry_timeout = FOREVER_S};

    (void)parent;
    for (fuse_ino_t i = INODE_DISK; i <= INODE_REFRESH; i++) {
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
    fuse_reply_attr(request, &status, FOREVER_S);
}

static void
on_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info)
{
    info->keep_cache = inode == INODE_DISK;
    info->direct_io = inode != INODE_DISK;
    disk_of(request)->open_files++;
    fuse_reply_open(request, info);
}

/* The last user has gone, the loop device too: the end. */
static void
on_release(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info)
{
    struct disk *disk = disk_of(request);

    (void)inode;
    (void)info;
    if (--disk->open_files == 0)
        fuse_session_exit(disk->session);
    fuse_reply_err(request, 0);
}

static void
on_read(fuse_req_t request, fuse_ino_t inode, size_t size_bytes, off_t offset,
    struct fuse_file_info *info)
{
    const struct disk *disk = disk_of(request);
    size_t from = (size_t)offset;

    (void)info;
    if (inode != INODE_DISK || from >= disk->size_bytes) {
        fuse_reply_buf(request, NULL, 0);
        return;
    }
    if (size_bytes > disk->size_bytes - from)
        size_bytes = disk->size_bytes - from;
    fuse_reply_buf(request, disk->image + from, size_bytes);
}

static void
refresh(const struct disk *disk, const char *data, size_t size_bytes)
{
    struct disk_range range;

    for (size_t at = 0; at + sizeof(range) <= size_bytes; at += sizeof(range)) {
        struct fuse_bufvec pages = FUSE_BUFVEC_INIT(0);
        int status;

        memcpy(&range, data + at, sizeof(range));
        pages.buf[0].mem = disk->image + range.offset;
        pages.buf[0].size = range.size_bytes;
        status = fuse_lowlevel_notify_store(disk->session, INODE_DISK,
            (off_t)range.offset, &pages, (enum fuse_buf_copy_flags)0);
        if (status != 0)
            errx(74, "refresh: %s", strerror(-status));
    }
}

static void
on_write(fuse_req_t request, fuse_ino_t inode, const char *data, size_t size_bytes,
    off_t offset, struct fuse_file_info *info)
{
    const struct disk *disk = disk_of(request);
    size_t from = (size_t)offset;

    (void)info;
    if (inode == INODE_DISK) {
        if (from + size_bytes > disk->size_bytes) {
            fuse_reply_err(request, ENOSPC);
            return;
        }
        memcpy(disk->image + from, data, size_bytes);
        append(disk, LOG_WRITE, data, size_bytes, (uint64_t)offset);
    } else if (inode == INODE_MARKS) {
        append(disk, LOG_MARK, data, size_bytes, 0);
    } else {
        refresh(disk, data, size_bytes);
    }
    fuse_reply_write(request, size_bytes);
}

static void
on_fsync(
    fuse_req_t request, fuse_ino_t inode, int data_only, struct fuse_file_info *info)
{
    const struct disk *disk = disk_of(request);

    (void)data_only;
    (void)info;
    if (inode == INODE_DISK && !disk->drops_flushes)
        append(disk, LOG_FLUSH, NULL, 0, 0);
    fuse_reply_err(request, 0);
}

static const struct fuse_lowlevel_ops operations = {
    .init = on_init,
    .lookup = on_lookup,
    .getattr = on_getattr,
    .open = on_open,
    .release = on_release,
    .read = on_read,
    .write = on_write,
    .fsync = on_fsync,
};

static void
open_image(struct disk *disk, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd == -1 || fstat(fd, &status) != 0)
        err(66, "%s", path);
    disk->size_bytes = (size_t)status.st_size;
    disk->image =
        mmap(NULL, disk->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (disk->image == MAP_FAILED)
        err(71, "%s", path);
    close(fd);
}

int
main(int argc, char **argv)
{
    struct disk disk = {0};
    char name[] = "disk";
    char *fuse_argv[] = {name, NULL};
    struct fuse_args arguments = FUSE_ARGS_INIT(1, fuse_argv);
    int status;

    if (argc > 1 && strcmp(argv[1], "-d") == 0) {
        disk.drops_flushes = true;
        argv++;
        argc--;
    }
    if (argc != 4)
        errx(64, "usage: disk [-d] IMAGE LOG MOUNTPOINT");
    open_image(&disk, argv[1]);
    disk.log_fd = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (disk.log_fd == -1)
        err(73, "%s", argv[2]);
    disk.session = fuse_session_new(&arguments, &operations, sizeof(operations), &disk);
    if (disk.session == NULL || fuse_session_mount(disk.session, argv[3]) != 0)
        errx(71, "cannot mount the disk on %s", argv[3]);
    /* The end of standard output tells whoever started us: mounted. */
    close(STDOUT_FILENO);
    status = fuse_session_loop(disk.session);
    fuse_session_unmount(disk.session);
    return status == 0 ? 0 : 70;
}
