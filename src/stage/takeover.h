/*
 * takeover - removes a hidden name whose owner is dead, and no other.
 *
 * The owner of a hidden name holds a record lock on it for as long as it has that
 * name. Asking for the lock is not enough to remove it: between the question and
 * the removal the owner may end, and another one come by the same name. So the
 * taker itself takes a (shared) record lock, asks once more, and compares the
 * name with the inode last of all. Of two takers that hold a shared lock and then
 * ask, at most one sees nobody; whoever wants to own this very inode (named stage)
 * needs the exclusive lock, is refused, and starts over.
 */
#ifndef WHOLEFILE_STAGE_TAKEOVER_H
#define WHOLEFILE_STAGE_TAKEOVER_H

#include <sys/stat.h>
#include <sys/types.h>

enum takeover_result {
    TAKEOVER_REMOVED, /* its owner was dead: the name is free */
    TAKEOVER_GONE,    /* the name is free, or is another one's already: try again */
    TAKEOVER_LIVING,  /* its owner lives */
    TAKEOVER_RIVAL,   /* another taker is at it, and each made way for the other: try
                         again, after a pause that differs from the other's */
    TAKEOVER_FOREIGN, /* nobody seems to hold it, but it is not ours to open or
                         remove; it may also be so young that its owner has not
                         locked it yet: final only if seen again and again */
    TAKEOVER_STRANGE, /* no regular file: never made by us */
    TAKEOVER_OWN,     /* it is one of the caller's own */
    TAKEOVER_FAILED,  /* errno */
};

/*
 * The files with a record lock that this process has beside FILE, NULL where there
 * are fewer. They are recognized before they are opened, for to open and close one
 * would drop its lock; and F_GETLK does not speak of one's own locks.
 */
struct takeover_own {
    const struct stat *file[2];
};

/*
 * Removes NAME in DIR if its owner is dead, and before it COMPANION, if not NULL, a
 * name without a lock that only the owner of NAME may have: NAME is the note that
 * somebody died, and so goes last. *HOLDER gets the PID of a living owner, 0 where it
 * is unknown.
 */
enum takeover_result takeover_remove(int dir, const char *name, const char *companion,
    const struct takeover_own *own, pid_t *holder);

#endif
