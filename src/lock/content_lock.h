/*
 * content_lock - the content lock: flock(2) on the file's own inode.
 *
 * Exclusive: somebody writes into this very inode, do not read. Shared: somebody
 * reads. It is the kind that flock(1), lockf(1) and O_EXLOCK take. A lock counts
 * only once the name still leads to the locked inode (the same check as
 * flopen(3)): otherwise the file was replaced between the opening and the lock,
 * and all starts again.
 *
 * A content lock owns its descriptor, and the lock goes with it. One that we inherited
 * exclusively, as in "flock FILE atomwrite FILE", is the lock that is wanted: it cannot
 * end before we do, so we go on under it and neither convert nor release it
 * (lineage.h).
 */
#ifndef WHOLEFILE_LOCK_CONTENT_LOCK_H
#define WHOLEFILE_LOCK_CONTENT_LOCK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "lock/wait.h"

struct content_lock {
    int fd;            /* -1 when empty */
    bool is_readable;  /* FD can be read from */
    bool is_locked;    /* false: FILE may be neither read nor written by us */
    bool is_inherited; /* the lock is one that we inherited, by another descriptor */
    pid_t holder;      /* of CONTENT_LOCK_DEADLOCK; 0 where it is not known */
    struct stat file;  /* fstat after the lock was granted */
};

#define CONTENT_LOCK_EMPTY ((struct content_lock){.fd = -1})

enum content_lock_kind { CONTENT_LOCK_SHARED, CONTENT_LOCK_EXCLUSIVE };
enum content_lock_links {
    CONTENT_LOCK_FOLLOW,     /* symlinks, to a regular file */
    CONTENT_LOCK_FOLLOW_ANY, /* symlinks, to a regular file or a directory */
    CONTENT_LOCK_STAY,       /* no symlink, a regular file */
};

enum content_lock_result {
    CONTENT_LOCK_TAKEN,
    CONTENT_LOCK_UNLOCKABLE,  /* open only to be looked at (O_PATH); see is_locked */
    CONTENT_LOCK_BUSY,        /* -w ended */
    CONTENT_LOCK_DEADLOCK,    /* its holder is waiting for us: it would never end */
    CONTENT_LOCK_GONE,        /* there is no such name */
    CONTENT_LOCK_NOT_REGULAR, /* FILE says what it is instead */
    CONTENT_LOCK_INTERRUPTED, /* see interrupt_signal */
    CONTENT_LOCK_FAILED,      /* errno; EACCES, ELOOP, ENOLCK */
};

/* Locks NAME in DIR, waiting as WAIT says. What is CONTENT_LOCK_NOT_REGULAR is not
   opened: the writer of a FIFO would lose what it writes. */
enum content_lock_result content_lock_take(struct content_lock *content, int dir,
    const char *name, enum content_lock_kind kind, enum content_lock_links links,
    struct wait *wait);

/*
 * Locks the descriptor FD, which may have no name, at once or not at all. 0, or -1
 * with errno: EWOULDBLOCK, ENOLCK. flock(2)
 */
int content_lock_descriptor(int fd, enum content_lock_kind kind);

/* Lets go and closes. Keeps errno. */
void content_lock_release(struct content_lock *content);

#endif
