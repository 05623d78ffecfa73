#include "config.h"

#include "stage/owned.h"

#include <errno.h>
#include <unistd.h>

#include "base/sys.h"
#include "file/place.h"
#include "lock/record_lock.h"

/*
 * How often in a row a name may vanish between being made and being opened, which a
 * server that goes by paths does in two steps, before that counts as an error.
 */
enum { MOST_VANISHED = 64 };

/* ENOENT has two meanings: the directory is no more, or a taker has removed the new
   name before the server of a file system came to look at it. */
static int
create(int dir, const char *name)
{
    for (int attempt = 1;; attempt++) {
        int fd = sys_create_new(dir, name);
        struct stat there;

        if (fd != -1 || errno != ENOENT)
            return fd;
        if (attempt == MOST_VANISHED || sys_stat_fresh(dir, "", &there) == -1 ||
            there.st_nlink == 0) {
            errno = ENOENT;
            return -1;
        }
    }
}

static enum owned_result
make_ours(int dir, const char *name, int fd, struct stat *file)
{
    enum record_lock_result lock;

    /* Twice, for without it we could not even take the name back. */
    if (fstat(fd, file) == -1 && (place_is_gone(errno) || fstat(fd, file) == -1))
        return place_is_gone(errno) ? OWNED_LOST : OWNED_FAILED;
    lock = record_lock_take(fd, RECORD_LOCK_EXCLUSIVE);
    if (lock == RECORD_LOCK_FAILED && !place_is_gone(errno)) {
        int saved = errno;

        (void)place_remove_if_same(dir, name, fd, file);
        errno = saved;
        return OWNED_FAILED;
    }
    /* Else the name is the taker's to remove, or another one's already. */
    return lock == RECORD_LOCK_TAKEN &&
                   place_compare_fresh(dir, name, fd, file) == PLACE_SAME
               ? OWNED_DONE
               : OWNED_LOST;
}

enum owned_result
owned_create(int dir, const char *name, int *fd, struct stat *file)
{
    enum owned_result result;
    int saved;

    *fd = create(dir, name);
    if (*fd == -1)
        return errno == EEXIST ? OWNED_TAKEN : OWNED_FAILED;
    result = make_ours(dir, name, *fd, file);
    if (result == OWNED_DONE)
        return OWNED_DONE;
    saved = errno;
    close(*fd);
    *fd = -1;
    errno = saved;
    return result;
}
