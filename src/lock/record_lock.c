#include "config.h"

#include "lock/record_lock.h"

#include <errno.h>
#include <fcntl.h>

enum record_lock_result
record_lock_take(int fd, enum record_lock_kind kind)
{
    struct flock lock = {
        .l_type = kind == RECORD_LOCK_SHARED ? F_RDLCK : F_WRLCK,
        .l_whence = SEEK_SET,
    };

    /* NFS can be interrupted in the middle of F_SETLK. */
    while (fcntl(fd, F_SETLK, &lock) == -1) {
        if (errno == EAGAIN || errno == EACCES)
            return RECORD_LOCK_HELD;
        if (errno != EINTR)
            return RECORD_LOCK_FAILED;
    }
    return RECORD_LOCK_TAKEN;
}

enum record_lock_result
record_lock_ask(int fd, pid_t *holder)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    *holder = 0;
    while (fcntl(fd, F_GETLK, &lock) == -1) {
        if (errno != EINTR)
            return RECORD_LOCK_FAILED;
    }
    if (lock.l_type == F_UNLCK)
        return RECORD_LOCK_TAKEN;
    if (lock.l_pid > 0)
        *holder = lock.l_pid;
    return RECORD_LOCK_HELD;
}
