/*
 * owned - makes a hidden name that this process owns.
 *
 * The file is created, locked, and only then looked at again, for a taker
 * (takeover.h) may have found it in the moment between, when nobody held it yet.
 * Nothing may be written into it before. It is what stages and turns are made of
 * where there are no files without a name.
 *
 * takeover - removes a hidden name whose owner is dead, and no other.
 *
 * The owner of a hidden name holds a record lock on it for as long as it has that
 * name. Asking for the lock is not enough to remove it: between the question and
 * the removal the owner may end, and another one come by the same name. So the
 * taker itself takes a (shared) record lock, asks once more, and compares the
 * name with the inode last of all. Of two takers that hold a shared lock and then
 * ask, at most one sees nobody; whoever wants to own this very inode (named stage)
 * needs the exclusive lock, is refused, and starts over.
 *
 * sweep - clears away what killed writers of one FILE left behind.
 *
 * Called where there is evidence that a writer died; a run that meets none pays
 * nothing for it.
 */
#ifndef WHOLEFILE_STAGE_OWNER_H
#define WHOLEFILE_STAGE_OWNER_H

#include <sys/stat.h>
#include <sys/types.h>

#include "file/hidden.h"
#include "file/place.h"

/*
 * How often in a row a name may be neither free nor a living owner's before whoever
 * wants it tries something else: others are faster, or the server contradicts itself,
 * as Windows does about a file that is removed while somebody still has it open.
 */
enum { OWNER_MOST_VAIN = 1000 };

enum owner_create_result {
    OWNER_CREATED,     /* ours: created, locked, there */
    OWNER_EXISTS,      /* the name is there already */
    OWNER_LOST,        /* a taker was faster: try again */
    OWNER_NOT_CREATED, /* errno; ENOLCK where the file system has no record locks */
};

/*
 * Creates NAME in DIR, private, with an exclusive record lock. OWNER_CREATED: *FD is
 * its descriptor, O_RDWR, and *FILE its fstat(2); both are the caller's, who gives the
 * name back with place_remove_if_same before closing. All else: *FD is -1, nothing is
 * left. To be called with interrupts held, for in between the name is nobody's.
 */
enum owner_create_result owner_create(
    int dir, const char *name, int *fd, struct stat *file);

enum owner_take_over_result {
    OWNER_REMOVED, /* its owner was dead: the name is free */
    OWNER_GONE,    /* the name is free, or is another one's already: try again */
    OWNER_LIVING,  /* its owner lives */
    OWNER_RIVAL,   /* another taker is at it, and each made way for the other: try
                         again, after a pause that differs from the other's */
    OWNER_FOREIGN, /* nobody seems to hold it, but it is not ours to open or
                         remove; it may also be so young that its owner has not
                         locked it yet: final only if seen again and again */
    OWNER_STRANGE, /* no regular file: never made by us */
    OWNER_OURS,    /* it is one of the caller's own */
    OWNER_FAILED,  /* errno */
};

/*
 * The files with a record lock that this process has beside FILE, NULL where there
 * are fewer. They are recognized before they are opened, for to open and close one
 * would drop its lock; and F_GETLK does not speak of one's own locks.
 */
struct owner_files {
    const struct stat *file[2];
};

/*
 * Removes NAME in DIR if its owner is dead, and before it COMPANION, if not NULL, a
 * name without a lock that only the owner of NAME may have: NAME is the note that
 * somebody died, and so goes last. *HOLDER gets the PID of a living owner, 0 where it
 * is unknown.
 */
enum owner_take_over_result owner_take_over(int dir, const char *name,
    const char *companion, const struct owner_files *own, pid_t *holder);

/*
 * Removes every stage of PLACE in FAMILY whose owner is dead, OWN passed over;
 * where the directory may not be read, none. No failure matters: the next writer
 * tries again. Keeps errno.
 */
void owner_sweep(const struct place *place, enum hidden_family family,
    const struct owner_files *own);

#endif
