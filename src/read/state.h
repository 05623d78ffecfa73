/*
 * state - what lockread -l tells of a FILE: whether it is there, and who has its lock.
 * No content is read and no lock taken, and nothing is opened but to be looked at
 * (O_PATH; on NFS for reading, since the server is to be asked).
 *
 * Order: state_look at each, state_settle for many together, state_release.
 */
#ifndef WHOLEFILE_READ_STATE_H
#define WHOLEFILE_READ_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "lock/holders.h"

struct state {
    const char *name;      /* of FILE; not owned */
    const char *lock_file; /* in place of its own lock; not owned; or NULL */

    const char *word; /* free, shared, locked, unfinished, missing, unknown */
    bool exists;
    int reason;       /* errno: why it is not known whether FILE exists; or 0 */
    int lock_reason;  /* errno: why the lock file cannot be looked at; or 0 */
    bool lock_is_odd; /* the lock file is neither a regular file nor a directory */
    struct stat file;
    struct holders holders; /* of the lock; owned */

    struct holders writer; /* of an unfinished FILE, beside a lock file; owned */
    bool server_has_lock;  /* who has it, it does not tell */
    bool server_is_mute;   /* it could not be asked */
};

/* Looks at NAME, and at LOCK_FILE, unless NULL; both MUST outlive STATE. */
void state_look(struct state *state, const char *name, const char *lock_file);

/* Finds out who has the locks of COUNT states, whose order in LIST it changes. 0, or -1
   with errno. */
int state_settle(struct state **list, size_t count);

void state_release(struct state *state);

#endif
