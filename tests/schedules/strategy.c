#include "strategy.h"

/* The least a tape need not say: anything that is left out. */
static void
follow_tape(void *context, const struct engine *engine,
    const struct engine_choice *choice, struct tape_entry *entry)
{
    const struct tape *tape = context;

    (void)engine;
    for (size_t i = 0; i < tape->count; i++) {
        const struct tape_entry *each = &tape->list[i];

        if (each->step != choice->step || each->actor >= ENGINE_MOST_ACTORS)
            continue;
        if ((choice->alive & 1U << each->actor) == 0)
            continue;
        if (each->action == TAPE_RUN &&
            ((choice->can_run | choice->could_wake) & 1U << each->actor) == 0)
            continue;
        *entry = *each;
    }
}

struct engine_strategy
strategy_tape(const struct tape *tape)
{
    return (struct engine_strategy){follow_tape, (void *)(uintptr_t)tape};
}

/* splitmix64 */
static uint64_t
next(struct strategy_chance *chance)
{
    uint64_t z = (chance->random += 0x9e3779b97f4a7c15ULL);

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static unsigned
below(struct strategy_chance *chance, unsigned limit)
{
    return (unsigned)(next(chance) % limit);
}

/* One of the bits of MASK. */
static unsigned
one_of(struct strategy_chance *chance, unsigned mask)
{
    unsigned wanted = below(chance, (unsigned)__builtin_popcount(mask));

    for (unsigned i = 0;; i++) {
        if ((mask & 1U << i) != 0 && wanted-- == 0)
            return i;
    }
}

static void
decide_by_chance(void *context, const struct engine *engine,
    const struct engine_choice *choice, struct tape_entry *entry)
{
    struct strategy_chance *chance = context;
    unsigned step = choice->step;
    unsigned best = choice->chosen;

    for (; chance->known < engine->actor_count; chance->known++)
        chance->priorities[chance->known] = (int)below(chance, 1000);
    for (unsigned i = 0; i < chance->point_count; i++) {
        if (chance->points[i] == step && choice->current >= 0)
            chance->priorities[choice->current] = --chance->lowest;
    }
    if (chance->stride != 0 && choice->current >= 0 &&
        below(chance, chance->stride) == 0)
        chance->priorities[choice->current] = (int)below(chance, 1000);
    for (unsigned i = 0; choice->can_run != 0 && i < engine->actor_count; i++) {
        if ((choice->can_run & 1U << i) != 0 &&
            ((choice->can_run & 1U << best) == 0 ||
                chance->priorities[i] > chance->priorities[best]))
            best = i;
    }
    entry->actor = best;
    if (step == chance->kill_at || step == chance->kill_again_at) {
        entry->action = TAPE_KILL;
        entry->actor = one_of(chance, choice->alive);
    } else if (step >= chance->fail_at && engine->actors[best].state == ACTOR_READY) {
        int error = call_error(&engine->actors[best].call, below(chance, 3));

        if (error != 0) {
            entry->action = TAPE_FAIL;
            entry->error = error;
            chance->fail_at = ENGINE_MOST_STEPS;
        }
    }
}

struct engine_strategy
strategy_by_chance(struct strategy_chance *chance, uint64_t seed, unsigned length,
    bool injures, unsigned *tick_us)
{
    static const unsigned ticks[] = {1, 20, 200, 2000};

    *chance = (struct strategy_chance){.random = seed};
    (void)next(chance);
    *tick_us = ticks[below(chance, 4)];
    chance->point_count = below(chance, STRATEGY_MOST_POINTS + 1);
    for (unsigned i = 0; i < chance->point_count; i++)
        chance->points[i] = below(chance, length);
    chance->kill_at = chance->kill_again_at = chance->fail_at = ENGINE_MOST_STEPS;
    if (injures && below(chance, 2) == 0)
        chance->kill_at = below(chance, length);
    if (injures && below(chance, 6) == 0)
        chance->kill_again_at = below(chance, length);
    if (injures && below(chance, 5) == 0)
        chance->fail_at = below(chance, length);
    if (below(chance, 2) == 0)
        chance->stride = 1 + below(chance, STRATEGY_LONGEST_STRIDE);
    return (struct engine_strategy){decide_by_chance, chance};
}
