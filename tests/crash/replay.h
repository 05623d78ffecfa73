/*
 * replay - what the replay of one record knows (replay.c), and what it asks of each
 * state (state.c).
 */
#ifndef CRASH_REPLAY_H
#define CRASH_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "after.h"
#include "bed.h"
#include "canvas.h"
#include "check.h"
#include "hashes.h"
#include "log.h"
#include "marks.h"
#include "plan.h"
#include "workload.h"

struct replay {
    const struct workload *workload;
    const struct filesystem *filesystem;
    const struct epoch *epoch;
    const char *saved_path;
    struct bed bed;
    struct canvas canvas;
    struct log log;
    struct plan plan;
    struct marks marks;
    struct hashes states;
    struct hashes images;
    struct after after;
    bool tears_sectors; /* what is drawn has a torn block */
    bool is_refused;    /* it could not be mounted */
    bool is_second;     /* a state after a second cut is being looked at */
    size_t every;
    size_t cut_again_every;
    bool is_second_only;
    size_t sectors;
    size_t reordered;
    size_t second;
    size_t refused;
    size_t bad;
    size_t hidden;
    size_t claims;
};

/* Whether the power goes once more on the state that is being looked at. */
bool state_is_cut_again(const struct replay *replay);

/*
 * Mounts the image as it is drawn and checks what is there; on a sample the programs
 * run as well. False, with finding, where a promise is broken; replay->is_refused says
 * that it could not even be mounted.
 */
bool state_look(struct replay *replay, char finding[FINDING_BYTES]);

#endif
