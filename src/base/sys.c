#include "config.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kernel has calls that a libc came to have later: musl 1.2.5, glibc 2.28. */
#if !defined HAVE_STATX
#include <linux/stat.h>
static int
statx(int dir, const char *name, int flags, unsigned mask, struct statx *file)
{
    return (int)syscall(SYS_statx, dir, name, flags, mask, file);
}
#endif
/* What it tells of a file has names in linux/stat.h, which does not go with the
 * sys/stat.h of musl 1.2.5: that has the call, but not these. */
#if !defined STATX_ATTR_IMMUTABLE
#define STATX_ATTR_IMMUTABLE 0x10
#endif
#if !defined STATX_ATTR_APPEND
#define STATX_ATTR_APPEND 0x20
#endif
#if !defined STATX_ATTR_MOUNT_ROOT /* nor have the kernel's before 5.8 */
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif
#if !defined HAVE_RENAMEAT2 && !WITHOUT_RENAMEAT2
#include <linux/fs.h>
static int
renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}
#endif

#if !defined RWF_NOWAIT
#include <linux/fs.h>
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

    if (WITHOUT_O_TMPFILE)
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
sys_create_new(int dir, const char *name, mode_t mode)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(dir, name, flags, mode);

    if (fd == -1)
        (void)is_taken(dir, name);
    return fd;
}

int
sys_link_descriptor(int fd, int dir, const char *name)
{
    char path[DESCRIPTOR_PATH_SIZE];

    if (WITHOUT_LINKAT)
        return fail_as_missing();
    if (linkat(fd, "", dir, name, AT_EMPTY_PATH) == 0)
        return 0;
    /* ENOENT: no privilege for it (before Linux 6.10); EINVAL: not known. */
    if (errno != ENOENT && errno != EINVAL)
        return fail_as_unsupported();
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

static int
rename_never_over(int from_dir, const char *from, int to_dir, const char *to)
{
#if !WITHOUT_RENAMEAT2
    if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EINVAL || errno == ENOSYS)
        errno = EOPNOTSUPP;
    return -1;
#else
    (void)from_dir;
    (void)from;
    (void)to_dir;
    (void)to;
    return fail_as_missing();
#endif
}

int
sys_rename_never_over(int dir, const char *from, const char *to)
{
    return rename_never_over(dir, from, dir, to);
}

int
sys_move_never_over(int from_dir, const char *from, int to_dir, const char *to)
{
    if (rename_never_over(from_dir, from, to_dir, to) == 0)
        return 0;
    if (errno != EOPNOTSUPP || WITHOUT_LINKAT)
        return -1;
    if (linkat(from_dir, from, to_dir, to, 0) == 0)
        return unlinkat(from_dir, from, 0);
    return is_taken(to_dir, to) || errno == ENOENT || errno == EXDEV
               ? -1
               : fail_as_unsupported();
}

ssize_t
sys_copy_range(int in, int out, size_t max)
{
#if defined HAVE_COPY_FILE_RANGE && !WITHOUT_COPY_FILE_RANGE
    ssize_t copied = copy_file_range(in, NULL, out, NULL, max, 0);

    /* EBADF: IN is not a regular file, or OUT appends. */
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

ssize_t
sys_read_present(int fd, void *data, size_t size)
{
#if defined SYS_preadv2 && defined RWF_NOWAIT
    struct iovec part = {.iov_base = data, .iov_len = size};

    /* -1: at its offset. Not preadv2(3), which musl has only since 1.2.5. */
    return syscall(SYS_preadv2, fd, &part, 1UL, -1L, -1L, RWF_NOWAIT);
#else
    (void)fd;
    (void)data;
    (void)size;
    return fail_as_missing();
#endif
}

void
sys_start_writeback(int fd, off_t offset, off_t length)
{
    int saved = errno;

    (void)sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE);
    errno = saved;
}

int
sys_reserve(int fd, off_t length)
{
    off_t at = lseek(fd, 0, SEEK_CUR);

    return at == -1 ? -1 : fallocate(fd, FALLOC_FL_KEEP_SIZE, at, length);
}

int
sys_sync_file_system(int fd)
{
    return syncfs(fd);
}

int
sys_may_be_replaced(int dir, const char *name)
{
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
    return 0;
}

#if defined AT_STATX_FORCE_SYNC
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
        .st_mtim = {from->stx_mtime.tv_sec, (long)from->stx_mtime.tv_nsec},
        .st_ctim = {from->stx_ctime.tv_sec, (long)from->stx_ctime.tv_nsec},
    };
}
#endif

int
sys_stat_fresh(int dir, const char *name, struct stat *file)
{
    const int flags = AT_SYMLINK_NOFOLLOW | (name[0] == '\0' ? AT_EMPTY_PATH : 0);
#if defined AT_STATX_FORCE_SYNC
    struct statx fresh;

    if (statx(dir, name, flags | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &fresh) == 0) {
        *file = stat_of(&fresh);
        return 0;
    }
    /* EPERM: of a filter of system calls that is older than this one. */
    if (errno != ENOSYS && errno != EPERM)
        return -1;
#endif
    return fstatat(dir, name, file, flags);
}

int64_t
sys_birth_ns(int dir, const char *name)
{
#if defined HAVE_STATX && defined STATX_BTIME
    const int flags = AT_SYMLINK_NOFOLLOW | (name[0] == '\0' ? AT_EMPTY_PATH : 0);
    int saved = errno;
    struct statx file;
    int64_t birth_ns = 0;

    if (statx(dir, name, flags, STATX_BTIME, &file) == 0 &&
        (file.stx_mask & STATX_BTIME) != 0)
        birth_ns = (int64_t)((uint64_t)file.stx_btime.tv_sec * 1000000000 +
                             file.stx_btime.tv_nsec);
    errno = saved;
    return birth_ns;
#else
    (void)dir;
    (void)name;
    return 0;
#endif
}

uint64_t
sys_mount_of(int fd)
{
#if defined STATX_MNT_ID
    struct statx file;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &file) == 0 &&
        (file.stx_mask & STATX_MNT_ID) != 0)
        return file.stx_mnt_id;
#else
    (void)fd;
#endif
    return 0;
}

int
sys_open_process(pid_t pid)
{
#if defined SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0U);
#else
    (void)pid;
    return -1;
#endif
}

void
sys_widen_pipe(int fd)
{
    int saved = errno;

    (void)fcntl(fd, F_SETPIPE_SZ, SYS_PIPE_SIZE);
    errno = saved;
}
