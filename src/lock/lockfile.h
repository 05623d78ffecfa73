/*
 * lockfile - --lock-file: the lock that scripts take with flock(1), as well.
 */
#ifndef WHOLEFILE_LOCK_LOCKFILE_H
#define WHOLEFILE_LOCK_LOCKFILE_H

#include "file/place.h"
#include "lock/content_lock.h"

enum lockfile_result {
    LOCKFILE_LOCKED,
    LOCKFILE_IS_FILE,     /* PATH is the FILE of PLACE itself */
    LOCKFILE_BUSY,        /* -w ended */
    LOCKFILE_DEADLOCK,    /* its holder, in the lock, is waiting for us */
    LOCKFILE_NOT_REGULAR, /* nor a directory; the lock's file says what it is */
    LOCKFILE_INTERRUPTED,
    LOCKFILE_FAILED, /* errno */
};

/*
 * Locks PATH exclusively, and creates it, with 0666 less the umask, if it is not
 * there. A symlink is followed, as flock(1) does, also one that leads to nothing yet.
 * It is opened without O_CREAT first: fs.protected_regular keeps even root from opening
 * another's file with it in a sticky directory. LOCK owns the lock.
 */
enum lockfile_result lockfile_lock(struct content_lock *lock, const char *path,
    const struct place *place, struct wait *wait);

#endif
