#include "config.h"

#include "lock/lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/io.h"
#include "file/symlink.h"

/* Whether PATH is the FILE of PLACE, which may not exist yet. */
static bool
is_file(const char *path, const struct place *place)
{
    struct place other;
    struct stat dirs[2];
    bool is = false;

    if (place_open(&other, path, PLACE_FOLLOW) != PLACE_OPEN)
        return false;
    if (other.exists && place->exists)
        is = place_same_inode(&other.found, &place->found);
    else if (other.dir != -1 && fstat(other.dir, &dirs[0]) == 0 &&
             fstat(place->dir, &dirs[1]) == 0)
        is = place_same_inode(&dirs[0], &dirs[1]) &&
             strcmp(other.leaf, place->leaf) == 0;
    place_close(&other);
    return is;
}

enum create_result {
    CREATE_DONE, /* it is there, made by us or by somebody else */
    CREATE_IS_FILE,
    CREATE_FAILED, /* errno */
};

/* As flock(1) does, through a symlink that leads to nothing, too, but where it leads is
   looked at first: to make FILE would be to make it empty. */
static enum create_result
create(const char *path, const struct place *place)
{
    const int flags = O_RDONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC;
    char end[PATH_MAX];
    int fd;

    if (symlink_find_end(path, end) == -1)
        return CREATE_FAILED;
    if (is_file(end, place))
        return CREATE_IS_FILE;
    fd = open(end, flags, 0666);
    if (fd == -1 && errno != EEXIST)
        return CREATE_FAILED;
    io_close(&fd);
    return CREATE_DONE;
}

enum lockfile_result
lockfile_lock(struct content_lock *lock, const char *path, const struct place *place,
    struct wait *wait)
{
    if (is_file(path, place))
        return LOCKFILE_IS_FILE;
    for (unsigned tries = 0;; tries++) {
        /* A lock file that was made and is gone again is looked at once more at once,
           and then as often as a lock. */
        switch (tries < 2 ? WAIT_AGAIN : wait_step(wait, 0, AT_FDCWD, path)) {
        case WAIT_OVER:
            return LOCKFILE_BUSY;
        case WAIT_INTERRUPTED:
            return LOCKFILE_INTERRUPTED;
        case WAIT_AGAIN:
            break;
        }
        switch (content_lock_take(lock, AT_FDCWD, path, CONTENT_LOCK_EXCLUSIVE,
            CONTENT_LOCK_FOLLOW_ANY, wait)) {
        case CONTENT_LOCK_TAKEN:
            return LOCKFILE_LOCKED;
        case CONTENT_LOCK_BUSY:
            return LOCKFILE_BUSY;
        case CONTENT_LOCK_DEADLOCK:
            return LOCKFILE_DEADLOCK;
        case CONTENT_LOCK_INTERRUPTED:
            return LOCKFILE_INTERRUPTED;
        case CONTENT_LOCK_UNLOCKABLE:
            content_lock_release(lock);
            errno = EACCES;
            return LOCKFILE_FAILED;
        case CONTENT_LOCK_GONE:
            switch (create(path, place)) {
            case CREATE_IS_FILE:
                return LOCKFILE_IS_FILE;
            case CREATE_FAILED:
                return LOCKFILE_FAILED;
            case CREATE_DONE:
                break;
            }
            break;
        case CONTENT_LOCK_NOT_REGULAR:
            return LOCKFILE_NOT_REGULAR;
        case CONTENT_LOCK_FAILED:
            return LOCKFILE_FAILED;
        }
    }
}
