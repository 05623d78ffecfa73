/*
 * owner - who owns a hidden name: created, held, taken over, swept.
 *
 * A hidden name is owned by the process that holds an exclusive record lock on the
 * inode that the name leads to. The lock goes with its process, and that is how
 * others know that an owner is dead. No system call removes a name on condition that
 * it leads to a given inode, so the rule is made of steps, each of which closes a race
 * that the others leave open. owner.c carries the numbers at the calls, and so does
 * the model, tests/model/turn.pml, which makes the same calls in the same order with
 * everything that can happen between them. In brackets: what to define there,
 * after MUTATION_, to leave the step out, which must fail.
 *
 * To own a name
 *    1. An unnamed file is locked before it is linked to the name, so that there is no
 *       moment in which its owner seems dead. [LOCK_AFTER_NAME]
 *    2. Where there are no unnamed files, the name is created exclusively. In this
 *       moment it is nobody's, and may be taken over.
 *    3. It is locked. Refused: a taker is at step 11. Close, and start over.
 *       [REFUSAL_IGNORED]
 *    4. It is compared: a taker may have removed the name before step 3, and another
 *       writer have made it anew. The same: it is owned. Else close, and start over.
 *       Nothing may be written before. [NO_COMPARE_AFTER_LOCK]
 * To hold it
 *    5. Right before a rename that counts on the name it is compared again, for
 *       somebody may clean up hidden names. [NO_COMPARE_BEFORE_RENAME,
 *       NO_COMPARE_OF_STAGE]
 *    6. The name goes before the lock, and only if it still leads here.
 *       [LOCK_GOES_FIRST, NO_COMPARE_BEFORE_UNLINK]
 * To take over the name of a dead owner
 *    7. It is looked at before it is opened. One's own is never opened: to close it
 *       would drop one's own lock, and F_GETLK does not tell of it. What is not a
 *       regular file was never made by us, and is not touched.
 *    8. It is opened. From here on its inode number cannot be another file's.
 *    9. The lock is asked for. Held: its owner lives. [NO_FIRST_ASK, which must hold:
 *       this only keeps takers from disturbing each other]
 *   10. It is compared: the name may have gone on. [NO_FIRST_COMPARE, which must hold]
 *   11. A lock is taken, shared where it can be. Nobody comes to own this inode by
 *       step 3 any more. Refused: its owner lives. [NO_LOCK_STEP]
 *   12. The lock is asked for again. Of two takers that hold a shared lock and then
 *       ask, at most one sees nobody; who sees another goes back. [NO_ASK_AGAIN]
 *   13. It is compared, last of all: between 9 and 11 the owner may have ended, and
 *       another come by the name with another inode. [NO_COMPARE]
 *   14. The name is removed, and then the lock goes.
 * Where it cannot be opened, for it is another user's
 *   15. The inode is held by O_PATH, /proc/locks is asked, and then it is compared: a
 *       lock that went may have gone with the name. [COMPARE_BEFORE_ASK] That nobody
 *       holds it counts only if seen several times, with pauses, for it may be between
 *       2 and 3. [LOOK_ONCE] Where /proc/locks does not tell all (holders.h), it lives.
 *       If it is dead and our own, its mode is what kept it from being opened: it gets
 *       another, and all goes on with 8.
 *
 * What no step can prevent: a cleaner that strikes between a comparison and the rename
 * or removal after it. [CLEANER_ANYTIME]
 */
#ifndef WHOLEFILE_STAGE_OWNER_H
#define WHOLEFILE_STAGE_OWNER_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "file/hidden.h"
#include "file/place.h"

/*
 * How often in a row a name may be neither free nor a living owner's before the
 * process that wants it tries something else: others are faster, or the server
 * contradicts itself, as Windows does about a file that is removed while somebody
 * still has it open.
 */
enum { OWNER_MOST_VAIN = 1000 };

enum owner_create_result {
    OWNER_CREATED,     /* ours: created, locked, there */
    OWNER_EXISTS,      /* the name is there already */
    OWNER_LOST,        /* a taker was faster: try again */
    OWNER_NOT_CREATED, /* errno; ENOLCK where the file system has no record locks */
};

/*
 * Steps 2 to 4: creates NAME in DIR, private, with an exclusive record lock.
 * OWNER_CREATED: *FD is its descriptor, O_RDWR, and *FILE its fstat(2); both are the
 * caller's, who gives the name back with owner_remove before closing. All else: *FD is
 * -1, nothing is left.
 */
enum owner_create_result owner_create(
    int dir, const char *name, int *fd, struct stat *file);

/*
 * Steps 1 and then the link: gives the unnamed file FD the name NAME in DIR, which
 * owner_lock has prepared. Never OWNER_LOST.
 */
enum owner_create_result owner_link(int dir, const char *name, int fd);

/* Step 1: locks the unnamed file FD. 0, or -1 with errno. */
int owner_lock(int fd);

/*
 * Step 5: whether NAME in DIR still leads to FILE. FD is its descriptor, or -1 where
 * the name cannot be remembered wrongly: of an unnamed file that was linked, which no
 * network file system has; that saves two system calls.
 */
bool owner_has(int dir, const char *name, int fd, const struct stat *file);

/*
 * Step 6: removes NAME in DIR if it still leads to FILE, which is open as FD. The
 * caller closes FD after it. No failure matters here: the next writer takes it over.
 */
void owner_remove(int dir, const char *name, int fd, const struct stat *file);

enum owner_take_over_result {
    OWNER_REMOVED, /* its owner was dead: the name is free */
    OWNER_GONE,    /* the name is free, or is another one's already: try again */
    OWNER_LIVING,  /* its owner lives */
    OWNER_RIVAL,   /* another taker is at it, and each made way for the other: try
                      again, after a pause that differs from the other's */
    OWNER_FOREIGN, /* nobody seems to hold it, but it is not ours to open or remove;
                      final only if seen again and again (step 15) */
    OWNER_STRANGE, /* not a regular file: never made by us */
    OWNER_OURS,    /* it is one of the caller's own */
    OWNER_FAILED,  /* errno */
};

/*
 * The files with a record lock that this process has beside FILE, NULL where there
 * are fewer (step 7).
 */
struct owner_files {
    const struct stat *file[2];
};

/*
 * Steps 7 to 15: removes NAME in DIR if its owner is dead, and before it COMPANION, if
 * not NULL, a name without a lock that only the owner of NAME may have: NAME is the
 * note that somebody died, and so goes last. *HOLDER gets the PID of a living owner, 0
 * where it is unknown.
 */
enum owner_take_over_result owner_take_over(int dir, const char *name,
    const char *companion, const struct owner_files *own, pid_t *holder);

/*
 * Takes over every stage of PLACE in FAMILY whose owner is dead, OWN passed over; where
 * the directory may not be read, none. To be called where there is evidence that a
 * writer died: a run that meets none pays nothing for it. No failure matters: the next
 * writer tries again. Keeps errno.
 */
void owner_sweep(const struct place *place, enum hidden_family family,
    const struct owner_files *own);

#endif
