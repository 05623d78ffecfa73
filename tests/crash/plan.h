/*
 * plan - which states a recording can leave, one after the other.
 *
 * The log falls into epochs, the stretches between two flushes. When the power
 * goes, all epochs before are on the disk, and of the present one any part of
 * its writes: each prefix, all but one, one alone, random ones, and torn ones
 * of which only some blocks arrived, or some sectors of 512 bytes. Whatever was
 * acknowledged before the epoch's end counts, because the disk may have kept
 * none of its writes until then.
 *
 * Between two flushes a disk may write in any order, so each sector may hold any
 * of what was written to it since the last one: some states draw their writes in
 * another order than they came.
 *
 * The loop driver has no FUA: a write that asks for it is one with a flush after
 * it. That flush covers what else was written before, which a disk with FUA
 * would not have to keep; of such a write and its neighbours nothing is known
 * here that would tell its flush from another's, so that is not tried.
 */
#ifndef CRASH_PLAN_H
#define CRASH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "canvas.h"
#include "log.h"

struct epoch {
    size_t first; /* of the entries of the log */
    size_t end;
    size_t writes;
    bool counts; /* false before the workload was ready */
};

struct plan {
    const struct log *log;
    struct epoch *epochs;
    size_t count;
    uint64_t seed;
    const char *only;   /* states of this kind alone, or NULL */
    double share;       /* of the regular states that are taken */
    double random_each; /* random states for each write of an epoch */
};

/* One state: what has arrived of each write of an epoch. */
struct state {
    const char *kind;
    size_t index;
    struct choice *choices; /* one for each write, in order */
    size_t *order;          /* in which they are drawn */
    size_t count;
    bool tears_sectors; /* more than a file system may be made for */
};

/* Where the states begin. */
enum plan_start {
    PLAN_FROM_READY, /* at the first mark, which is "ready" */
    PLAN_FROM_START
};

/*
 * Told of each state; the answer says whether it was a new one. The state is
 * gone when the call returns.
 */
typedef bool plan_visit(void *context, const struct state *state);

/* Divides LOG, for about LIMIT states in all. */
void plan_open(struct plan *plan, const struct log *log, enum plan_start start,
    size_t limit, uint64_t seed);
/* Calls VISIT for each state of that epoch. */
void plan_visit_epoch(
    struct plan *plan, const struct epoch *epoch, plan_visit *visit, void *context);
void plan_close(struct plan *plan);

#endif
