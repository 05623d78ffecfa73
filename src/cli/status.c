#include "config.h"

#include "cli/status.h"

#include <errno.h>
#include <stddef.h>

enum status
status_of_errno(int errnum)
{
    switch (errnum) {
    case EACCES:
    case EPERM:
        return STATUS_DENIED;
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return STATUS_NO_PROCESS;
    case EBUSY:
    case EEXIST:
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case EMLINK:
    case ENAMETOOLONG:
    case ENOENT:
    case ENOLCK:
    case ENOSYS:
    case ENOTDIR:
    case ENXIO:
    case EOPNOTSUPP:
    case EROFS:
    case EXDEV:
        return STATUS_NOT_CREATED;
    default:
        return STATUS_IO_ERROR;
    }
}

enum status
status_of_read_errno(int errnum)
{
    enum status status = status_of_errno(errnum);

    if (errnum == ENOLCK || errnum == EINVAL)
        return STATUS_IO_ERROR;
    return status == STATUS_NOT_CREATED ? STATUS_NO_INPUT : status;
}

const char *
status_hint(int errnum)
{
    switch (errnum) {
    case EACCES:
        return "check the permissions of the file and its directory";
    case EPERM:
        return "check the owner, the sticky bit and the attributes of the directory";
    case EBUSY:
        return "it is a mount point: mount its directory instead";
    case EDQUOT:
        return "quota exceeded: free some space";
    case EFBIG:
        return "raise the limit: ulimit -f";
    case ELOOP:
        return "the symlinks form a loop";
    case EMFILE:
        return "raise the limit: ulimit -n";
    case ENAMETOOLONG:
        return "choose a shorter name";
    case ENOENT:
        return "create the directory first";
    case ENOLCK:
        return "the file system does not support locks: use another one";
    case ENOSPC:
        return "free some space or inodes";
    case ENOTDIR:
        return "a component of the path is not a directory";
    case EROFS:
        return "the file system is mounted read-only";
    default:
        return NULL;
    }
}

enum status
status_worse(enum status one, enum status other)
{
    static const enum status order[] = {
        STATUS_IO_ERROR,
        STATUS_NO_PROCESS,
        STATUS_DENIED,
        STATUS_NO_INPUT,
        STATUS_REFUSED,
        STATUS_STALE,
        STATUS_LOCKED,
    };

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (one == order[i] || other == order[i])
            return order[i];
    }
    return one == STATUS_DONE ? other : one;
}
