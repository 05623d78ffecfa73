#include "config.h"

#include "lock/lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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

static int
create(const char *path)
{
    int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd != -1)
        close(fd);
    return fd == -1 && errno != EEXIST ? -1 : 0;
}

enum lockfile_result
lockfile_lock(struct content_lock *lock, const char *path, const struct place *place,
    struct wait *wait)
{
    if (is_file(path, place))
        return LOCKFILE_IS_FILE;
    for (;;) {
        switch (content_lock_take(lock, AT_FDCWD, path, CONTENT_LOCK_EXCLUSIVE,
            CONTENT_LOCK_FOLLOW_ANY, wait)) {
        case CONTENT_LOCK_TAKEN:
            return LOCKFILE_LOCKED;
        case CONTENT_LOCK_BUSY:
            return LOCKFILE_BUSY;
        case CONTENT_LOCK_INTERRUPTED:
            return LOCKFILE_INTERRUPTED;
        case CONTENT_LOCK_UNLOCKABLE:
            content_lock_release(lock);
            errno = EACCES;
            return LOCKFILE_FAILED;
        case CONTENT_LOCK_GONE:
            if (create(path) == -1)
                return LOCKFILE_FAILED;
            break;
        case CONTENT_LOCK_NOT_REGULAR:
        case CONTENT_LOCK_FAILED:
            return LOCKFILE_FAILED;
        }
    }
}
