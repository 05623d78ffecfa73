#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

/* After that of the C library, which it contradicts otherwise. */
#include <linux/ptrace.h>

/* Which argument is what; -1: none. */
struct shape {
    long number;
    const char *word;
    signed char descriptor;
    signed char names[2];
    bool changes;
    int errors[3];
};

static const struct shape shapes[] = {
    {SYS_openat, "openat", -1, {1, -1}, false, {EMFILE, EIO, EACCES}},
    {SYS_open, "open", -1, {0, -1}, false, {EMFILE, EIO, EACCES}},
    {SYS_newfstatat, "fstatat", 0, {1, -1}, false, {EIO, ENOMEM}},
    {SYS_statx, "statx", 0, {1, -1}, false, {EIO, ENOMEM}},
    {SYS_fstat, "fstat", 0, {-1, -1}, false, {EIO}},
    {SYS_access, "access", -1, {0, -1}, false, {0}},
    {SYS_flock, "flock", 0, {-1, -1}, false, {ENOLCK, EINTR}},
    {SYS_fcntl, "fcntl", 0, {-1, -1}, false, {ENOLCK, EINTR}},
    {SYS_linkat, "linkat", -1, {1, 3}, true, {EIO, ENOSPC, EDQUOT}},
    {SYS_renameat, "renameat", -1, {1, 3}, true, {EIO, ENOSPC, EPERM}},
    {SYS_renameat2, "renameat2", -1, {1, 3}, true, {EIO, ENOSPC, EINVAL}},
    {SYS_rename, "rename", -1, {0, 1}, true, {EIO}},
    {SYS_unlinkat, "unlinkat", -1, {1, -1}, true, {EIO, EPERM}},
    {SYS_unlink, "unlink", -1, {0, -1}, true, {EIO}},
    {SYS_mkdirat, "mkdirat", -1, {1, -1}, true, {EIO}},
    {SYS_fchmod, "fchmod", 0, {-1, -1}, true, {EIO, EPERM}},
    {SYS_read, "read", 0, {-1, -1}, false, {EIO, EINTR}},
    {SYS_write, "write", 0, {-1, -1}, true, {EIO, ENOSPC, EINTR}},
    {SYS_preadv2, "preadv2", 0, {-1, -1}, false, {EAGAIN}},
    {SYS_pread64, "pread", 0, {-1, -1}, false, {EIO}},
    {SYS_pwrite64, "pwrite", 0, {-1, -1}, true, {EIO}},
    {SYS_copy_file_range, "copy_file_range", 2, {-1, -1}, true, {EIO, EXDEV, ENOSPC}},
    {SYS_ftruncate, "ftruncate", 0, {-1, -1}, true, {EIO}},
    {SYS_close, "close", 0, {-1, -1}, false, {0}},
    {SYS_getdents64, "getdents", 0, {-1, -1}, false, {EIO}},
    {SYS_fsync, "fsync", 0, {-1, -1}, false, {EIO, ENOSPC}},
    {SYS_fdatasync, "fdatasync", 0, {-1, -1}, false, {EIO}},
    {SYS_utimensat, "utimensat", 0, {-1, -1}, true, {EPERM}},
    {SYS_ppoll, "ppoll", -1, {-1, -1}, false, {0}},
    {SYS_poll, "poll", -1, {-1, -1}, false, {0}},
    {SYS_nanosleep, "nanosleep", -1, {-1, -1}, false, {0}},
    {SYS_clock_nanosleep, "clock_nanosleep", -1, {-1, -1}, false, {0}},
    {SYS_clock_gettime, "clock_gettime", -1, {-1, -1}, false, {0}},
    {SYS_wait4, "wait4", -1, {-1, -1}, false, {0}},
    {SYS_exit_group, "exit_group", -1, {-1, -1}, true, {0}},
};

enum { SHAPE_COUNT = sizeof(shapes) / sizeof(shapes[0]) };

const long call_numbers[] = {SYS_openat, SYS_open, SYS_newfstatat, SYS_statx, SYS_fstat,
    SYS_access, SYS_flock, SYS_fcntl, SYS_linkat, SYS_renameat, SYS_renameat2,
    SYS_rename, SYS_unlinkat, SYS_unlink, SYS_mkdirat, SYS_fchmod, SYS_read, SYS_write,
    SYS_preadv2, SYS_pread64, SYS_pwrite64, SYS_copy_file_range, SYS_ftruncate,
    SYS_close, SYS_getdents64, SYS_fsync, SYS_fdatasync, SYS_utimensat, SYS_ppoll,
    SYS_poll, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_wait4,
    SYS_exit_group};
const size_t call_number_count = sizeof(call_numbers) / sizeof(call_numbers[0]);

_Static_assert(sizeof(call_numbers) / sizeof(call_numbers[0]) == SHAPE_COUNT,
    "each call that is stopped at has a shape");

static const struct shape *
shape_of(long number)
{
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        if (shapes[i].number == number)
            return &shapes[i];
    }
    return NULL;
}

static void
read_string(pid_t pid, uint64_t address, char *text)
{
    struct iovec ours = {text, CALL_NAME_SIZE - 1};
    struct iovec theirs = {(void *)(uintptr_t)address, CALL_NAME_SIZE - 1};
    ssize_t size = process_vm_readv(pid, &ours, 1, &theirs, 1, 0);

    if (size < 0) {
        /* It may end right before a page that is not there. */
        size_t room = 4096 - address % 4096;

        theirs.iov_len = room < CALL_NAME_SIZE - 1 ? room : CALL_NAME_SIZE - 1;
        size = process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
    }
    text[size < 0 ? 0 : size] = '\0';
}

/* A call on an open file: shared, unless nobody else can reach that file. */
static enum call_kind
kind_of_descriptor(uint64_t descriptor, const struct call_private *private)
{
    if (descriptor >= CALL_MOST_DESCRIPTORS)
        return CALL_SHARED;
    return descriptor <= 2 || private->is[descriptor] ? CALL_PRIVATE : CALL_SHARED;
}

bool
call_is_elsewhere(const struct call *call, const struct call_private *private)
{
    if (call->name[0][0] == '/')
        return true;
    return call->number != SYS_open && call->number != SYS_access &&
           call->arguments[0] < CALL_MOST_DESCRIPTORS &&
           private->is_elsewhere[call->arguments[0]];
}

static enum call_kind
kind_of_name(const struct call *call, const struct shape *shape,
    const struct call_private *private)
{
    const char *name = call->name[0];

    if (shape->names[1] >= 0)
        return CALL_SHARED;
    if (call_is_elsewhere(call, private) || strcmp(name, ".") == 0)
        return CALL_PRIVATE;
    if (name[0] != '\0')
        return CALL_SHARED;
    /* Of a descriptor itself; that the directory is there is no news. */
    return shape->descriptor == 0 && call->number != SYS_statx
               ? kind_of_descriptor(call->arguments[0], private)
               : CALL_PRIVATE;
}

static enum call_kind
kind_of(const struct call *call, const struct shape *shape,
    const struct call_private *private)
{
    switch (call->number) {
    case SYS_clock_gettime:
        return CALL_CLOCK;
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
        return CALL_SLEEP;
    case SYS_ppoll:
        return call->arguments[1] == 0 && call->arguments[2] != 0 ? CALL_SLEEP
                                                                  : CALL_POLL;
    case SYS_poll:
        return call->arguments[2] == 0 ? CALL_PRIVATE : CALL_POLL;
    case SYS_wait4:
        return (call->arguments[2] & WNOHANG) != 0 ? CALL_PRIVATE : CALL_CHILD;
    case SYS_fsync:
    case SYS_fdatasync:
        return CALL_SYNC;
    case SYS_exit_group:
        return CALL_SHARED;
    case SYS_flock:
        if ((call->arguments[1] & (LOCK_NB | LOCK_UN)) == 0)
            return CALL_LOCK;
        break;
    case SYS_fcntl:
        if (call->arguments[1] != F_SETLK && call->arguments[1] != F_GETLK &&
            call->arguments[1] != F_SETLKW)
            return CALL_PRIVATE;
        break;
    default:
        break;
    }
    return shape->names[0] >= 0
               ? kind_of_name(call, shape, private)
               : kind_of_descriptor(call->arguments[shape->descriptor], private);
}

int
call_read(struct call *call, pid_t pid, const struct call_private *private)
{
    struct ptrace_syscall_info info;
    const struct shape *shape;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
        return -1;
    *call = (struct call){.number = (long)info.seccomp.nr};
    memcpy(call->arguments, info.seccomp.args, sizeof(call->arguments));
    shape = shape_of(call->number);
    if (shape == NULL)
        return 0;
    for (int i = 0; i < 2; i++) {
        if (shape->names[i] >= 0)
            read_string(pid, call->arguments[shape->names[i]], call->name[i]);
    }
    call->changes = shape->changes || call_creates(call);
    call->kind = kind_of(call, shape, private);
    return 0;
}

bool
call_only_looks(const struct call *call)
{
    switch (call->number) {
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_fstat:
    case SYS_read:
    case SYS_pread64:
    case SYS_getdents64:
    case SYS_fsync:
        return true;
    case SYS_fcntl:
        return call->arguments[1] == F_GETLK;
    default:
        return false;
    }
}

bool
call_is_unnamed(const struct call *call)
{
    return call->number == SYS_openat && (call->arguments[2] & O_TMPFILE) == O_TMPFILE;
}

bool
call_creates(const struct call *call)
{
    return call->number == SYS_openat &&
           (call->arguments[2] & (O_CREAT | O_TRUNC)) != 0;
}

int
call_names_descriptor(const struct call *call)
{
    int fd = -1;

    if (call->number != SYS_linkat)
        return -1;
    if (call->name[0][0] == '\0')
        return (int)call->arguments[0];
    return sscanf(call->name[0], "/proc/self/fd/%d", &fd) == 1 ? fd : -1;
}

int64_t
call_patience_ns(const struct call *call, pid_t pid)
{
    struct timespec limit;
    struct iovec ours = {&limit, sizeof(limit)};
    struct iovec theirs = {NULL, sizeof(limit)};
    unsigned argument = call->number == SYS_nanosleep ? 0 : 2;

    if (call->number == SYS_poll)
        return (int)call->arguments[2] < 0 ? -1 : (int64_t)call->arguments[2] * 1000000;
    if (call->arguments[argument] == 0)
        return -1;
    theirs.iov_base = (void *)(uintptr_t)call->arguments[argument];
    if (process_vm_readv(pid, &ours, 1, &theirs, 1, 0) != sizeof(limit))
        return 0;
    return (int64_t)limit.tv_sec * 1000000000 + limit.tv_nsec;
}

int
call_error(const struct call *call, unsigned random)
{
    const struct shape *shape = shape_of(call->number);
    unsigned count = 0;

    if (shape == NULL)
        return 0;
    while (count < 3 && shape->errors[count] != 0)
        count++;
    return count == 0 ? 0 : shape->errors[random % count];
}

static const char *
lock_word(const struct call *call)
{
    static const char *const words[] = {"", "SH", "EX", "", "", "SH|NB", "EX|NB"};

    if (call->number == SYS_fcntl)
        return call->arguments[1] == F_GETLK ? "F_GETLK" : "F_SETLK";
    return call->number == SYS_flock && call->arguments[1] < 7
               ? words[call->arguments[1]]
               : "";
}

void
call_spell(const struct call *call, char *text, size_t size)
{
    const struct shape *shape = shape_of(call->number);

    if (shape == NULL)
        snprintf(text, size, "call %ld", call->number);
    else if (shape->names[1] >= 0 && call->name[0][0] == '\0')
        snprintf(text, size, "%s(%d, \"%s\")", shape->word, (int)call->arguments[0],
            call->name[1]);
    else if (shape->names[1] >= 0)
        snprintf(text, size, "%s(\"%s\", \"%s\")", shape->word, call->name[0],
            call->name[1]);
    else if (shape->names[0] >= 0 && call->name[0][0] != '\0')
        snprintf(text, size, "%s(\"%s\"%s)", shape->word, call->name[0],
            call_is_unnamed(call) ? ", TMPFILE"
            : call_creates(call)  ? ", CREAT"
                                  : "");
    else if (call->number == SYS_exit_group || shape->descriptor >= 0)
        snprintf(text, size, "%s(%d%s%s)", shape->word,
            (int)call->arguments[shape->descriptor < 0 ? 0 : shape->descriptor],
            lock_word(call)[0] != '\0' ? ", " : "", lock_word(call));
    else
        snprintf(text, size, "%s()", shape->word);
}
