#include "config.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifdef HAVE_SYS_VFS_H
#include <sys/vfs.h>
#endif
#ifdef HAVE_LINUX_MAGIC_H
#include <linux/magic.h>
#endif

/* Where the system has no such flag: never used then. */
#if !HAVE_DECL_O_TMPFILE
#undef O_TMPFILE
#define O_TMPFILE 0
#endif
#if !HAVE_DECL_O_EXLOCK
#define O_EXLOCK 0
#endif

/* Long enough for "/proc/self/fd/" and any int. */
enum { DESCRIPTOR_PATH_SIZE = 40 };

/*
 * File systems say "I have no such thing" in many words: these are the ones seen
 * on FUSE, NFS, overlay, FAT and on kernels older than the call.
 */
static int
fail_as_unsupported(void)
{
    switch (errno) {
    case EINVAL:
    case EISDIR:
    case ENOENT:
    case ENOSYS:
    case EPERM:
    case EXDEV:
    case EMLINK:
        errno = EOPNOTSUPP;
        break;
    default:
        break;
    }
    return -1;
}

/* Of what this system does not have, or this build is to do without. */
static int
fail_as_missing(void)
{
    errno = EOPNOTSUPP;
    return -1;
}

int
sys_open_unnamed(int dir, mode_t mode)
{
    int fd;

    if (!HAVE_DECL_O_TMPFILE || WITHOUT_O_TMPFILE)
        return fail_as_missing();
    /* Without O_EXCL: with it the file could never be linked. */
    fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    return fd == -1 ? fail_as_unsupported() : fd;
}

/*
 * The SFTP protocol has one word for all that can be wrong, which comes out as EPERM;
 * so do links and new names that somebody else was faster with.
 */
static bool
is_taken(int dir, const char *name)
{
    int saved = errno;
    struct stat there;
    bool taken =
        saved == EEXIST || (saved == EPERM && sys_stat_fresh(dir, name, &there) == 0);

    errno = taken ? EEXIST : saved;
    return taken;
}

int
sys_create_new(int dir, const char *name)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(dir, name, flags, 0600);

    if (fd == -1)
        (void)is_taken(dir, name);
    return fd;
}

int
sys_create_locked(int dir, const char *name, mode_t mode)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_EXLOCK | O_NOFOLLOW | O_CLOEXEC;

    return HAVE_DECL_O_EXLOCK ? openat(dir, name, flags, mode) : fail_as_missing();
}

int
sys_link_descriptor(int fd, int dir, const char *name)
{
    char path[DESCRIPTOR_PATH_SIZE];

    if (WITHOUT_LINKAT)
        return fail_as_missing();
#if HAVE_DECL_AT_EMPTY_PATH
    if (linkat(fd, "", dir, name, AT_EMPTY_PATH) == 0)
        return 0;
    /* ENOENT: no privilege for it (before Linux 6.10); EINVAL: not known. */
    if (errno != ENOENT && errno != EINVAL)
        return fail_as_unsupported();
#endif
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    return fail_as_unsupported();
}

int
sys_link(int dir, const char *from, const char *to)
{
    if (WITHOUT_LINKAT)
        return fail_as_missing();
    if (linkat(dir, from, dir, to, 0) == 0)
        return 0;
    /* Here a missing FROM is a missing FROM. */
    return is_taken(dir, to) || errno == ENOENT ? -1 : fail_as_unsupported();
}

int
sys_rename_never_over(int dir, const char *from, const char *to)
{
#if defined HAVE_RENAMEAT2 && !WITHOUT_RENAMEAT2
    if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EINVAL || errno == ENOSYS)
        errno = EOPNOTSUPP;
    return -1;
#elif defined HAVE_RENAMEX_NP && !WITHOUT_RENAMEAT2
    if (renameatx_np(dir, from, dir, to, RENAME_EXCL) == 0)
        return 0;
    if (errno == ENOTSUP || errno == EINVAL)
        errno = EOPNOTSUPP;
    return -1;
#else
    (void)dir;
    (void)from;
    (void)to;
    return fail_as_missing();
#endif
}

ssize_t
sys_copy_range(int in, int out, size_t max)
{
#if defined HAVE_COPY_FILE_RANGE && !WITHOUT_COPY_FILE_RANGE
    ssize_t copied = copy_file_range(in, NULL, out, NULL, max, 0);

    /* EBADF: IN is no regular file, or OUT appends. */
    if (copied == -1 && (errno == EBADF || errno == ETXTBSY))
        errno = EINVAL;
    return copied == -1 ? fail_as_unsupported() : copied;
#else
    (void)in;
    (void)out;
    (void)max;
    return fail_as_missing();
#endif
}

void
sys_start_writeback(int fd, off_t offset, off_t length)
{
#ifdef HAVE_SYNC_FILE_RANGE
    int saved = errno;

    (void)sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE);
    errno = saved;
#else
    (void)fd;
    (void)offset;
    (void)length;
#endif
}

int
sys_sync_file_system(int fd)
{
#ifdef HAVE_SYNCFS
    return syncfs(fd);
#else
    (void)fd;
    return fail_as_missing();
#endif
}

int
sys_may_be_replaced(int dir, const char *name)
{
#if defined HAVE_STATX && defined STATX_ATTR_MOUNT_ROOT
    const int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    struct statx file;

    if (statx(dir, name, flags, 0, &file) == -1)
        return 0;
    /* The directory itself is the root of its file system now and then. */
    if (name[0] != '\0' && (file.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
        errno = EBUSY;
        return -1;
    }
    if ((file.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0) {
        errno = EPERM;
        return -1;
    }
#else
    (void)dir;
    (void)name;
#endif
    return 0;
}

#if defined HAVE_STATX && defined AT_STATX_FORCE_SYNC
static struct stat
stat_of(const struct statx *from)
{
    return (struct stat){
        .st_dev = makedev(from->stx_dev_major, from->stx_dev_minor),
        .st_ino = from->stx_ino,
        .st_mode = from->stx_mode,
        .st_nlink = from->stx_nlink,
        .st_uid = from->stx_uid,
        .st_gid = from->stx_gid,
        .st_size = (off_t)from->stx_size,
        .st_mtim = {from->stx_mtime.tv_sec, from->stx_mtime.tv_nsec},
        .st_ctim = {from->stx_ctime.tv_sec, from->stx_ctime.tv_nsec},
    };
}
#endif

int
sys_stat_fresh(int dir, const char *name, struct stat *file)
{
    const int flags = AT_SYMLINK_NOFOLLOW | (name[0] == '\0' ? AT_EMPTY_PATH : 0);
#if defined HAVE_STATX && defined AT_STATX_FORCE_SYNC
    struct statx fresh;

    if (statx(dir, name, flags | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &fresh) == 0) {
        *file = stat_of(&fresh);
        return 0;
    }
    if (errno != ENOSYS)
        return -1;
#endif
    return fstatat(dir, name, file, flags);
}

void
sys_widen_pipe(int fd)
{
#if HAVE_DECL_F_SETPIPE_SZ
    int saved = errno;

    (void)fcntl(fd, F_SETPIPE_SZ, SYS_PIPE_SIZE);
    errno = saved;
#else
    (void)fd;
#endif
}

#ifdef HAVE_SYS_VFS_H
static bool
is_on(int fd, long magic)
{
    struct statfs file_system;
    int saved = errno;
    bool is = fstatfs(fd, &file_system) == 0 && (long)file_system.f_type == magic;

    errno = saved;
    return is;
}
#endif

bool
sys_is_btrfs(int fd, dev_t device)
{
#ifdef BTRFS_SUPER_MAGIC
    /* Its devices are anonymous: what has a driver is none of them. */
    return major(device) == 0 && is_on(fd, BTRFS_SUPER_MAGIC);
#else
    (void)fd;
    (void)device;
    return false;
#endif
}

bool
sys_is_nfs(int fd)
{
#ifdef NFS_SUPER_MAGIC
    return is_on(fd, NFS_SUPER_MAGIC);
#else
    (void)fd;
    return false;
#endif
}

bool
sys_is_fuse(int fd)
{
#ifdef FUSE_SUPER_MAGIC
    return is_on(fd, FUSE_SUPER_MAGIC);
#else
    (void)fd;
    return false;
#endif
}
