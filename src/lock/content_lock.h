/*
 * content - the content lock: flock(2) on the file's own inode.
 *
 * Exclusive: somebody writes into this very inode, do not read. Shared: somebody
 * reads. It is the kind that flock(1), lockf(1) and O_EXLOCK take. A lock counts
 * only once the name still leads to the locked inode (the same check as
 * flopen(3)): otherwise the file was replaced between the opening and the lock,
 * and all starts again.
 *
 * A content lock owns its descriptor, and the lock goes with it.
 */
#ifndef WHOLEFILE_LOCK_CONTENT_LOCK_H
#define WHOLEFILE_LOCK_CONTENT_LOCK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "lock/wait.h"

struct content {
    int fd;           /* -1 when empty */
    bool is_readable; /* FD can be read from */
    bool is_locked;   /* false: FILE may be neither read nor written by us */
    struct stat file; /* fstat after the lock was granted */
};

#define CONTENT_EMPTY ((struct content){.fd = -1})

enum content_kind { CONTENT_SHARED, CONTENT_EXCLUSIVE };
enum content_links {
    CONTENT_FOLLOW,     /* symlinks, to a regular file */
    CONTENT_FOLLOW_ANY, /* symlinks, to whatever flock(1) would lock */
    CONTENT_STAY,       /* no symlink, a regular file */
};

enum content_result {
    CONTENT_LOCKED,
    CONTENT_UNLOCKABLE,  /* open only to be looked at (O_PATH); see is_locked */
    CONTENT_BUSY,        /* -w ended */
    CONTENT_GONE,        /* there is no such name */
    CONTENT_NOT_REGULAR, /* FILE says what it is instead */
    CONTENT_INTERRUPTED, /* see interrupt_signal */
    CONTENT_FAILED,      /* errno; EACCES, ELOOP, ENOLCK */
};

/* Locks NAME in DIR, waiting as WAIT says. */
enum content_result content_lock(struct content *content, int dir, const char *name,
    enum content_kind kind, enum content_links links, struct wait *wait);

/*
 * Locks the descriptor FD, which may have no name, at once or not at all. 0, or -1
 * with errno: EWOULDBLOCK, ENOLCK. flock(2)
 */
int content_lock_descriptor(int fd, enum content_kind kind);

/* Lets go and closes. Keeps errno. */
void content_unlock(struct content *content);

/*
 * The mark of a live claim (uniqcreate --live): the mode that a file has from the
 * moment of its claim until it is finished. Looked at after the content lock was
 * granted it means that its writer died.
 */
enum { CONTENT_UNFINISHED_MODE = 0200 };
bool content_is_unfinished(const struct stat *file);

#endif
