#include "config.h"

#include "lock/record_lock.h"

#include <errno.h>
#include <fcntl.h>

/* How often a lock may be refused without anybody in the way before it counts as not
   permitted: its holder may have let go in between. */
enum { MOST_REFUSED = 3 };

/* EACCES: of CIFS that somebody has it, of a security module that we may not. */
static enum record_lock_result
held_or_not_permitted(int fd)
{
    pid_t holder;
    enum record_lock_result result = record_lock_ask(fd, &holder);

    if (result == RECORD_LOCK_HELD)
        return RECORD_LOCK_HELD;
    errno = EACCES;
    return RECORD_LOCK_FAILED;
}

enum record_lock_result
record_lock_take(int fd, enum record_lock_kind kind)
{
    struct flock lock = {
        .l_type = kind == RECORD_LOCK_SHARED ? F_RDLCK : F_WRLCK,
        .l_whence = SEEK_SET,
    };
    unsigned refused = 0;

    while (fcntl(fd, F_SETLK, &lock) == -1) {
        switch (errno) {
        case EINTR: /* NFS, in the middle of F_SETLK */
            break;
        case EAGAIN:
            return RECORD_LOCK_HELD;
        case EACCES:
            if (held_or_not_permitted(fd) == RECORD_LOCK_HELD)
                return RECORD_LOCK_HELD;
            if (++refused == MOST_REFUSED)
                return RECORD_LOCK_FAILED;
            break;
        default:
            return RECORD_LOCK_FAILED;
        }
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
