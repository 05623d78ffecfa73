/*
 * retain - uniqcreate --retain=N: removes the oldest files of the kind that a run
 * makes.
 *
 * Its kind are the regular files whose names it could have made itself, at another time
 * (dated_name.h). Claims that are not finished (mark.h) are not counted among the N, so
 * that dead ones never drive out what is whole, and are never removed.
 *
 * A name is removed only if, in a listing that was made after the run's own file was
 * durable, N others were newer, and so was all that the run has made. Order is
 * that of the names alone, the same for everybody, so of any number of runs at the same
 * time none removes one of the N newest, whatever the others remove meanwhile. (To
 * count one's own file first instead, however old its name, would let two runs with
 * N = 1 remove the file of each other.) So a file whose name is not among the N newest,
 * as when the clock was set back, is kept besides them, until a newer run.
 *
 * A file is removed under its exclusive content lock, taken without waiting, if its
 * name still leads to it: it is neither being read nor written then, by anybody who
 * honours the lock. What is locked is left to a later run.
 *
 * Names are to be in the order in which they were made, also of one TIMESTAMP. The
 * smallest free counter would not do: it is free because the oldest was removed.
 *
 * Order: retain_first_counter for each TIMESTAMP; retain_note for each file; in the end
 * retain_newest. All of them do nothing without --retain.
 */
#ifndef WHOLEFILE_CREATE_RETAIN_H
#define WHOLEFILE_CREATE_RETAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/status.h"
#include "create/dated_name.h"

struct creation;

/* What is known of the files that the run itself has made. */
struct retain {
    bool has_made;
    struct dated_key oldest; /* of those, if has_made */
};

/*
 * Sets *COUNTER to one more than the greatest in use with the time that was set, or
 * STAMP_FIRST. The place is open. The status; what failed was said.
 */
enum status retain_first_counter(const struct creation *creation, uint64_t *counter);

/* Notes that creation->name was made. */
void retain_note(struct creation *creation);

/*
 * Removes all but the N newest and, unless --no-sync, makes that durable. The run's
 * files have to be durable. STATUS_UNCONFIRMED, and said, where one could not be
 * removed; after a signal the rest is left to a later run.
 */
enum status retain_newest(const struct creation *creation);

#endif
