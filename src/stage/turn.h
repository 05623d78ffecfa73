/*
 * turn - whose turn: the right to change FILE.
 *
 * The turn is the hidden name .FILE.atomwrite. With an unnamed stage it *is* the
 * stage: linking the stage to it takes the turn, and renaming it over FILE
 * publishes the content and gives the turn away in one call. With a named stage it
 * is an empty file of its own. Its owner holds a record lock on it from before it
 * has the name (named stage: before it counts as owned) until after it has lost it.
 *
 * Order: turn_take; turn_confirm right before publishing; then publish_* (which
 * ends the turn) or turn_give_up. The turn owns its name and, with a named stage,
 * its descriptor.
 */
#ifndef WHOLEFILE_STAGE_TURN_H
#define WHOLEFILE_STAGE_TURN_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "file/hidden.h"
#include "file/place.h"
#include "lock/wait.h"
#include "stage/stage.h"

struct turn {
    bool held;
    struct hidden_name name;
    int fd;         /* the turn's own file with a named stage, else -1 */
    struct stat id; /* what the name must lead to */
};

#define TURN_EMPTY ((struct turn){.fd = -1})

enum turn_result {
    TURN_TAKEN,
    TURN_BUSY,        /* -w ended */
    TURN_DEADLOCK,    /* the holder is waiting for us: it would never end */
    TURN_FOREIGN,     /* another user's dead name, not ours to remove */
    TURN_STRANGE,     /* the name is taken by something that is not a turn */
    TURN_INTERRUPTED, /* see interrupt_signal */
    TURN_FAILED,      /* errno; ENOLCK where the file system has no record locks */
};

/*
 * Takes the turn for PLACE with STAGE, which may move to a named stage for it.
 * SIBLING is another stage of this process, or NULL. *HOLDER gets the PID that
 * was last seen to have it, or 0.
 */
enum turn_result turn_take(struct turn *turn, const struct place *place,
    struct stage *stage, const struct stage *sibling, struct wait *wait, pid_t *holder);

/* Whether the turn, and the name of STAGE, are ours still: a cleaner may have removed
   them. To be asked right before the stage is renamed. */
bool turn_confirm(
    const struct turn *turn, const struct place *place, const struct stage *stage);

/* Ends the turn without publishing, or after it (named stage). Keeps errno. */
void turn_give_up(struct turn *turn, const struct place *place, struct stage *stage);

#endif
