#include "calls.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

/* Lists from the manual pages, section 2, and what network, FUSE and quota file
   systems add to them; EFAULT and the like, which only a wrong program gets, are not
   here. */
#define ERRORS(...) ((const int[]){__VA_ARGS__, 0})
#define NONE        ((const int[]){0})
#define NAMES       ENOENT, EACCES, EIO, ENOMEM, ELOOP, ENOTDIR, ESTALE
#define MAKING      EIO, ENOSPC, EDQUOT, EACCES, EPERM, EROFS, ENOMEM

static const struct call calls[] = {
    {SYS_openat, "openat",
        ERRORS(EIO, ENOSPC, EACCES, ENOENT, EMFILE, EDQUOT, EPERM, EROFS, ENOMEM,
            ENFILE, EINTR, EEXIST, EISDIR, ELOOP, ENXIO, EBUSY, EOPNOTSUPP, EOVERFLOW,
            ENOTDIR, ESTALE, ETXTBSY, EINVAL),
        -1, false, false},
    {SYS_read, "read", ERRORS(EIO, EINTR, EAGAIN, ENOMEM, ESTALE, EISDIR), 2, true,
        false},
    {SYS_preadv2, "preadv2", ERRORS(EIO, EAGAIN, ENOSYS, EOPNOTSUPP), -1, false, false},
    {SYS_pread64, "pread64", ERRORS(EIO, EINTR, ENOMEM, ESTALE), 2, true, false},
    {SYS_write, "write",
        ERRORS(ENOSPC, EIO, EINTR, EDQUOT, EFBIG, EPIPE, EAGAIN, ENOMEM, ESTALE, EPERM),
        2, true, false},
    {SYS_copy_file_range, "copy_file_range",
        ERRORS(EIO, ENOSPC, EXDEV, EINTR, EDQUOT, EINVAL, EOPNOTSUPP, EFBIG, ENOMEM,
            EPERM, ENOSYS, EBADF, EISDIR, EOVERFLOW, ETXTBSY, ESTALE),
        4, true, false},
    {SYS_close, "close", ERRORS(EIO, EINTR, ENOSPC, EDQUOT), -1, true, true},
    {SYS_lseek, "lseek", ERRORS(EIO, EINVAL, ESPIPE, EOVERFLOW), -1, false, false},
    {SYS_newfstatat, "newfstatat", ERRORS(NAMES, EOVERFLOW), -1, false, false},
    {SYS_fstat, "fstat", ERRORS(EIO, ENOMEM, EOVERFLOW, ESTALE), -1, false, false},
    {SYS_statx, "statx", ERRORS(NAMES), -1, false, false},
    {SYS_fstatfs, "fstatfs", ERRORS(EIO, EINTR, ENOMEM, ENOSYS), -1, false, false},
    {SYS_fcntl, "fcntl",
        ERRORS(ENOLCK, EINTR, EAGAIN, EACCES, EIO, ENOMEM, EINVAL, EPERM), -1, true,
        false},
    {SYS_flock, "flock", ERRORS(ENOLCK, EINTR, EWOULDBLOCK, EIO, ENOMEM, EBADF, EINVAL),
        -1, true, false},
    {SYS_fsync, "fsync", ERRORS(EIO, ENOSPC, EDQUOT, EINVAL, EROFS, EINTR), -1, false,
        false},
    {SYS_syncfs, "syncfs", ERRORS(EIO, ENOSPC, EDQUOT), -1, false, false},
    {SYS_sync_file_range, "sync_file_range", ERRORS(EIO, ENOSPC, EINVAL), -1, false,
        false},
    {SYS_linkat, "linkat",
        ERRORS(MAKING, EEXIST, ENOENT, EMLINK, EXDEV, EINVAL, EOPNOTSUPP, ELOOP,
            ENAMETOOLONG, ENOTDIR, ESTALE),
        -1, false, false},
    {SYS_renameat, "renameat",
        ERRORS(MAKING, EBUSY, ENOENT, EXDEV, EINVAL, EISDIR, EMLINK, ELOOP, ENOTDIR,
            ESTALE, ETXTBSY),
        -1, false, false},
    {SYS_renameat2, "renameat2",
        ERRORS(MAKING, EEXIST, EINVAL, ENOSYS, EBUSY, ENOENT, EXDEV, EISDIR, EMLINK,
            ESTALE),
        -1, false, false},
    {SYS_mkdirat, "mkdirat",
        ERRORS(MAKING, EEXIST, ENOENT, EMLINK, ELOOP, ENAMETOOLONG, ENOTDIR, ESTALE),
        -1, false, false},
    {SYS_unlinkat, "unlinkat",
        ERRORS(EIO, EACCES, EPERM, EBUSY, ENOENT, EROFS, ENOMEM, EISDIR, ESTALE), -1,
        false, false},
    /* tmpfile(3) without O_TMPFILE. */
    {SYS_unlink, "unlink", ERRORS(EIO, EACCES, EPERM, EBUSY, ENOENT, EROFS, ENOMEM), -1,
        false, false},
    {SYS_ftruncate, "ftruncate", ERRORS(EIO, EFBIG, EINTR, EPERM, EROFS, EINVAL), -1,
        false, false},
    {SYS_fallocate, "fallocate", ERRORS(EIO, ENOSPC, EINTR, EOPNOTSUPP), -1, false,
        false},
    {SYS_fchmod, "fchmod",
        ERRORS(EIO, EPERM, EROFS, EOPNOTSUPP, ENOSYS, ENOSPC, EDQUOT), -1, false,
        false},
    {SYS_fchown, "fchown",
        ERRORS(EIO, EPERM, EDQUOT, EROFS, EINVAL, EOPNOTSUPP, ENOSYS, ENOSPC), -1,
        false, false},
    {SYS_fsetxattr, "fsetxattr",
        ERRORS(ENOSPC, EDQUOT, EOPNOTSUPP, EPERM, EACCES, ERANGE, EIO, ENOMEM, E2BIG),
        -1, false, false},
    {SYS_fgetxattr, "fgetxattr",
        ERRORS(EIO, ENODATA, EOPNOTSUPP, ERANGE, E2BIG, ENOMEM, EACCES), -1, false,
        false},
    {SYS_getxattr, "getxattr", ERRORS(EIO, ENODATA, EOPNOTSUPP, ENOENT, ENOMEM), -1,
        false, false},
    {SYS_flistxattr, "flistxattr",
        ERRORS(EIO, EOPNOTSUPP, ERANGE, E2BIG, ENOMEM, EPERM), -1, false, false},
    {SYS_listxattr, "listxattr", ERRORS(EIO, EOPNOTSUPP, E2BIG, ENOMEM), -1, false,
        false},
    {SYS_fremovexattr, "fremovexattr",
        ERRORS(EIO, ENODATA, EOPNOTSUPP, EPERM, EROFS, ENOSPC, ENOMEM), -1, false,
        false},
    {SYS_utimensat, "utimensat", ERRORS(EIO, EACCES, EPERM, EROFS), -1, false, false},
    {SYS_inotify_init1, "inotify_init1", ERRORS(EMFILE, ENFILE, ENOMEM), -1, false,
        false},
    {SYS_inotify_add_watch, "inotify_add_watch",
        ERRORS(EACCES, ENOENT, ENOMEM, ENOSPC, ENOTDIR), -1, false, false},
    {SYS_poll, "poll", ERRORS(ENOMEM, EINVAL), -1, false, false},
    {SYS_ppoll, "ppoll", ERRORS(EINTR, ENOMEM, EINVAL), -1, true, false},
    {SYS_pidfd_open, "pidfd_open", ERRORS(EMFILE, ENFILE, ENOMEM, ENOSYS, EPERM), -1,
        false, false},
    {SYS_pipe2, "pipe2", ERRORS(EMFILE, ENFILE, ENOMEM), -1, false, false},
    {SYS_clone, "clone", ERRORS(EAGAIN, ENOMEM, EPERM), -1, false, false},
    {SYS_clone3, "clone3", ERRORS(EAGAIN, ENOMEM, ENOSYS, EPERM), -1, false, false},
    {SYS_vfork, "vfork", ERRORS(EAGAIN, ENOMEM), -1, false, false},
    {SYS_execve, "execve",
        ERRORS(ENOENT, EACCES, EIO, ENOMEM, E2BIG, ENOEXEC, EMFILE, ETXTBSY, EPERM,
            ELOOP, ENFILE),
        -1, false, false},
    {SYS_wait4, "wait4", ERRORS(ECHILD, EINTR), -1, true, false},
    {SYS_waitid, "waitid", ERRORS(ECHILD, EINTR), -1, true, false},
    {SYS_dup2, "dup2", ERRORS(EMFILE, EBUSY, EINTR), -1, false, false},
    {SYS_dup3, "dup3", ERRORS(EMFILE, EBUSY, EINTR), -1, false, false},
    {SYS_ioctl, "ioctl", ERRORS(EIO, ENOTTY, EINVAL), -1, false, false},
    {SYS_getdents64, "getdents64", ERRORS(EIO, ENOENT, ENOTDIR, ESTALE), -1, false,
        false},
    {SYS_readlink, "readlink", ERRORS(NAMES, EINVAL), -1, false, false},
    {SYS_readlinkat, "readlinkat", ERRORS(NAMES, EINVAL), -1, false, false},
    {SYS_access, "access", ERRORS(NAMES), -1, false, false},
    {SYS_faccessat2, "faccessat2", ERRORS(NAMES, ENOSYS), -1, false, false},
    {SYS_mmap, "mmap", ERRORS(ENOMEM, EAGAIN), -1, false, false},
    {SYS_mremap, "mremap", ERRORS(ENOMEM, EAGAIN), -1, false, false},
    {SYS_brk, "brk", ERRORS(ENOMEM), -1, false, false},
    {SYS_mprotect, "mprotect", ERRORS(ENOMEM), -1, false, false},
    {SYS_getrandom, "getrandom", ERRORS(EAGAIN, ENOSYS, EINTR), -1, false, false},
    {SYS_socket, "socket", ERRORS(EMFILE, EACCES, ENOMEM), -1, false, false},
    {SYS_connect, "connect", ERRORS(ENOENT, EACCES, EAGAIN), -1, false, false},
    {SYS_prlimit64, "prlimit64", ERRORS(EPERM, EINVAL), -1, false, false},
    {SYS_prctl, "prctl", ERRORS(EINVAL, ENOMEM), -1, false, false},
    {SYS_fadvise64, "fadvise64", ERRORS(EINVAL), -1, false, false},
    /* These cannot fail when they are asked as they are here. */
    {SYS_munmap, "munmap", NONE, -1, false, false},
    {SYS_rt_sigaction, "rt_sigaction", NONE, -1, false, false},
    {SYS_rt_sigprocmask, "rt_sigprocmask", NONE, -1, false, false},
    {SYS_rt_sigpending, "rt_sigpending", NONE, -1, false, false},
    {SYS_rt_sigreturn, "rt_sigreturn", NONE, -1, false, false},
    {SYS_umask, "umask", NONE, -1, false, false},
    {SYS_alarm, "alarm", NONE, -1, false, false},
    {SYS_kill, "kill", NONE, -1, false, false},
    {SYS_tgkill, "tgkill", NONE, -1, false, false},
    {SYS_getpid, "getpid", NONE, -1, false, false},
    {SYS_getppid, "getppid", NONE, -1, false, false},
    {SYS_gettid, "gettid", NONE, -1, false, false},
    {SYS_getuid, "getuid", NONE, -1, false, false},
    {SYS_geteuid, "geteuid", NONE, -1, false, false},
    {SYS_exit_group, "exit_group", NONE, -1, false, false},
    {SYS_exit, "exit", NONE, -1, false, false},
    {SYS_futex, "futex", NONE, -1, false, false},
};

const struct call *
call_find(long number)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].number == number)
            return &calls[i];
    }
    return NULL;
}

const char *
call_error_name(int error)
{
    const char *name = strerrorname_np(error);

    return name == NULL ? "no error" : name;
}
