/*
 * explore - goes through the schedules of a scene, and makes a bad one short.
 */
#ifndef SCHEDULES_EXPLORE_H
#define SCHEDULES_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"

/* What all workers have found, in memory that they share. */
enum { EXPLORE_MOST_HASHES = 1 << 23, EXPLORE_MOST_SCENES = 128 };

struct explore_shared {
    unsigned long schedules;  /* played */
    unsigned long distinct;   /* of which no two did the same */
    unsigned long violations; /* runs that broke a promise */
    unsigned long steps;
    unsigned long next_job;
    unsigned long found_after; /* schedules before the first violation */
    unsigned long replayed;    /* played once more, and the same */
    bool is_over;              /* nothing more is to be begun */
    bool is_full;              /* more are not told apart */
    unsigned long goal; /* so many distinct ones are enough; 0: what was asked for is
                           played, however many are the same */
    bool is_worn[EXPLORE_MOST_SCENES]
                [ENGINE_FORM_COUNT]; /* chance brought little there that was new */
    unsigned long all[EXPLORE_MOST_SCENES]
                     [ENGINE_FORM_COUNT]; /* by explore_all, of each scene and form */
    uint64_t hashes[EXPLORE_MOST_HASHES];
};

/* Tries all schedules of ENGINE's scene with at most BOUND preemptions and deaths.
   Of their beginnings each PARTS-th, from the PART-th on, is gone into. */
void explore_all(struct engine *engine, struct explore_shared *shared, unsigned bound,
    unsigned part, unsigned parts);

/* Tries COUNT schedules by chance, from seed SEED on. Where there is a goal, not of a
   scene that is worn. */
void explore_by_chance(struct engine *engine, struct explore_shared *shared,
    uint64_t seed, unsigned long count);

/* Whether there is to be no other schedule. */
bool explore_is_enough(const struct explore_shared *shared);

/* Plays TAPE, tells each step to standard output, and says what was wrong. Whether
   something was. */
bool explore_replay(struct engine *engine, const struct tape *tape);

/* Explorations stop after that many violations; 0: never. */
extern unsigned long explore_most_violations;
/* Whether violations are shortened and shown. */
extern bool explore_shows;

#endif
