/*
 * strategy - who makes the next step: as a tape says, or by chance.
 */
#ifndef SCHEDULES_STRATEGY_H
#define SCHEDULES_STRATEGY_H

#include <stdint.h>

#include "engine.h"

/* Follows TAPE as far as it can be followed. */
struct engine_strategy strategy_tape(const struct tape *tape);

/*
 * Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): each process
 * has a priority, the highest that can run does, and at a few random steps the one that
 * runs falls below all others. So a fault that needs d such points is found with a
 * chance that can be told. Half of the runs are random walks, too: the one that runs
 * draws a new priority every few steps, and so the order changes more often than any
 * bound allows. Besides, some runs kill a process or let a call fail.
 */
enum { STRATEGY_MOST_POINTS = 5, STRATEGY_LONGEST_STRIDE = 12 };

struct strategy_chance {
    uint64_t random; /* state of the generator */
    int priorities[ENGINE_MOST_ACTORS];
    unsigned known; /* how many of them are set */
    int lowest;
    unsigned point_count;
    unsigned points[STRATEGY_MOST_POINTS];
    unsigned
        stride; /* of a walk: steps from one new priority to the next; 0: no walk */
    unsigned kill_at; /* a step; beyond the end for never */
    unsigned kill_again_at;
    unsigned fail_at;
};

/* Starts CHANCE for seed SEED of a scene that has some LENGTH steps; INJURES: kills and
   failures, too. *TICK_US is the time that a step takes. */
struct engine_strategy strategy_by_chance(struct strategy_chance *chance, uint64_t seed,
    unsigned length, bool injures, unsigned *tick_us);

#endif
