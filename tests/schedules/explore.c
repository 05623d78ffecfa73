#include "explore.h"

#include <stdlib.h>
#include <string.h>

#include "strategy.h"

enum { DEFAULT_TICK_US = 20, MOST_FREE = 6, EACH_REPLAYED = 50, EACH_NEW = 4 };

unsigned long explore_most_violations;
bool explore_shows;

bool
explore_is_enough(const struct explore_shared *shared)
{
    return __atomic_load_n(&shared->is_over, __ATOMIC_RELAXED) ||
           (explore_most_violations != 0 &&
               __atomic_load_n(&shared->violations, __ATOMIC_RELAXED) >=
                   explore_most_violations);
}

/* Whether HASH was not there before. Open addressing; 0 is an empty place. */
static bool
is_new(struct explore_shared *shared, uint64_t hash)
{
    uint64_t at = hash % EXPLORE_MOST_HASHES;

    for (unsigned i = 0; i < 64; i++) {
        uint64_t empty = 0;
        uint64_t *place = &shared->hashes[(at + i) % EXPLORE_MOST_HASHES];

        if (__atomic_compare_exchange_n(
                place, &empty, hash, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return true;
        if (empty == hash)
            return false;
    }
    shared->is_full = true;
    return false;
}

/* Leaves out of TAPE what is not needed to break a promise. */
static void
shorten(struct engine *engine, struct tape *tape)
{
    bool is_shorter = true;

    while (is_shorter) {
        is_shorter = false;
        for (size_t i = tape->count; i > 0; i--) {
            struct tape less = *tape;
            struct engine_strategy strategy;

            memmove(&less.list[i - 1], &less.list[i],
                (less.count - i) * sizeof(less.list[0]));
            less.count--;
            strategy = strategy_tape(&less);
            engine_run(engine, &strategy, less.tick_us);
            if (engine->oracle.violation[0] == '\0')
                continue;
            *tape = engine->tape.count < less.count ? engine->tape : less;
            is_shorter = true;
            break;
        }
    }
}

bool
explore_replay(struct engine *engine, const struct tape *tape)
{
    struct engine_strategy strategy = strategy_tape(tape);
    char text[TAPE_TEXT_SIZE];

    tape_spell(tape, text);
    printf("\nreplay: %s/%s/%s\n", engine->scene->name, engine_form_words[engine->form],
        text);
    printf("%5s %9s   %-63s %-16s %s\n", "step", "ms", "process and call", "answer",
        "FILE after it");
    engine->table = stdout;
    engine_run(engine, &strategy, tape->tick_us);
    engine->table = NULL;
    printf("%s%s\n", engine->oracle.violation[0] == '\0' ? "" : "VIOLATION: ",
        engine->oracle.violation[0] == '\0' ? "as promised" : engine->oracle.violation);
    for (unsigned i = 0; i < engine->process_count; i++)
        printf("    process %u: %s, wait status %#x\n", i, engine->scene->commands[i],
            (unsigned)engine->actors[i].status);
    fflush(stdout);
    return engine->oracle.violation[0] != '\0';
}

static void
report(struct engine *engine, struct explore_shared *shared, unsigned long schedules)
{
    struct tape tape = engine->tape;
    char violation[ORACLE_TEXT_SIZE];
    struct engine_strategy strategy = strategy_tape(&tape);

    memcpy(violation, engine->oracle.violation, sizeof(violation));
    if (__atomic_fetch_add(&shared->violations, 1, __ATOMIC_RELAXED) == 0)
        shared->found_after = schedules;
    printf("FAILED  %s, %s: %s\n", engine->scene->name, engine_form_words[engine->form],
        violation);
    fflush(stdout);
    if (!explore_shows)
        return;
    engine_run(engine, &strategy, tape.tick_us);
    if (engine->oracle.violation[0] == '\0')
        printf("not the same when it is replayed\n");
    else
        shorten(engine, &tape);
    (void)explore_replay(engine, &tape);
}

/* A run is a function of its schedule: what was done, done again, comes to the same. */
static void
try_again(struct engine *engine, struct explore_shared *shared)
{
    const struct tape tape = engine->tape;
    struct engine_strategy strategy = strategy_tape(&tape);
    uint64_t hash = engine->hash;

    if (tape.count == TAPE_MOST)
        return;
    engine_run(engine, &strategy, tape.tick_us);
    if (engine->hash != hash)
        oracle_violated(
            &engine->oracle, "the bed: it went another way the second time");
    else
        __atomic_fetch_add(&shared->replayed, 1, __ATOMIC_RELAXED);
}

/* Whether it did what none did before. */
static bool
try_schedule(struct engine *engine, struct explore_shared *shared,
    const struct engine_strategy *strategy, unsigned tick_us)
{
    unsigned long schedules;
    bool is_distinct;

    engine_run(engine, strategy, tick_us);
    schedules = __atomic_add_fetch(&shared->schedules, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&shared->steps, engine->step_count, __ATOMIC_RELAXED);
    /* Of different scenes no two are the same. */
    is_distinct =
        is_new(shared, (engine->hash ^ (uint64_t)(engine->scene - scenes) * 8 ^
                           (uint64_t)engine->form * 2) |
                           1);
    if (is_distinct &&
        __atomic_add_fetch(&shared->distinct, 1, __ATOMIC_RELAXED) == shared->goal)
        shared->is_over = true;
    if (schedules % EACH_REPLAYED == 0 && engine->oracle.violation[0] == '\0')
        try_again(engine, shared);
    if (engine->oracle.violation[0] != '\0')
        report(engine, shared, schedules);
    return is_distinct;
}

/* All that could be done at CHOICE besides what was, one after the other; what it
   costs of the bound. */
static bool
next_departure(const struct engine_choice *choice, unsigned *at, unsigned process_count,
    struct tape_entry *entry, unsigned *cost)
{
    while (*at < 2 * ENGINE_MOST_ACTORS) {
        unsigned each = (*at)++;
        unsigned actor = each / 2;
        unsigned bit = 1U << actor;
        bool kills = each % 2 == 1;

        *entry = (struct tape_entry){.step = choice->step,
            .action = kills ? TAPE_KILL : TAPE_RUN,
            .actor = actor};
        *cost = kills || !choice->is_free || (choice->can_run & bit) == 0 ? 1 : 0;
        if (choice->only_fails || (choice->alive & bit) == 0)
            continue;
        /* A death right after a look is the same as one before it, which was tried. */
        if (kills ? actor < process_count && (choice->had_effect & bit) != 0
                  : actor != choice->chosen &&
                        ((choice->can_run | choice->could_wake) & bit) != 0)
            return true;
    }
    return false;
}

struct branches {
    unsigned count;
    struct engine_choice *list;
};

/* Copies the choices of the last run from step FROM on. */
static struct branches
take_branches(const struct engine *engine, unsigned from)
{
    struct branches branches = {0, NULL};

    if (engine->step_count <= from || engine->oracle.violation[0] != '\0')
        return branches;
    branches.count = engine->step_count - from;
    branches.list = malloc(branches.count * sizeof(branches.list[0]));
    if (branches.list == NULL)
        abort();
    memcpy(branches.list, &engine->choices[from],
        branches.count * sizeof(branches.list[0]));
    return branches;
}

static void
count_one(const struct engine *engine, struct explore_shared *shared)
{
    __atomic_fetch_add(
        &shared->all[engine->scene - scenes][engine->form], 1, __ATOMIC_RELAXED);
}

static void
explore_from(struct engine *engine, struct explore_shared *shared, struct tape *tape,
    unsigned from, unsigned bound, unsigned part, unsigned parts)
{
    struct branches branches = take_branches(engine, from);
    unsigned number = 0;

    for (unsigned i = 0; i < branches.count; i++) {
        struct tape_entry entry;
        unsigned at = 0;
        unsigned cost;

        while (next_departure(
            &branches.list[i], &at, engine->process_count, &entry, &cost)) {
            struct engine_strategy strategy = strategy_tape(tape);

            if (cost > bound || tape->count >= bound + MOST_FREE ||
                explore_is_enough(shared))
                continue;
            if (number++ % parts != part)
                continue;
            tape_add(tape, &entry);
            (void)try_schedule(engine, shared, &strategy, tape->tick_us);
            count_one(engine, shared);
            explore_from(engine, shared, tape, entry.step + 1, bound - cost, 0, 1);
            tape->count--;
        }
    }
    free(branches.list);
}

void
explore_all(struct engine *engine, struct explore_shared *shared, unsigned bound,
    unsigned part, unsigned parts)
{
    struct tape tape = {.tick_us = DEFAULT_TICK_US};
    struct engine_strategy strategy = strategy_tape(&tape);

    if (part == 0) {
        (void)try_schedule(engine, shared, &strategy, tape.tick_us);
        count_one(engine, shared);
    } else
        engine_run(engine, &strategy, tape.tick_us);
    explore_from(engine, shared, &tape, 0, bound, part, parts);
}

void
explore_by_chance(struct engine *engine, struct explore_shared *shared, uint64_t seed,
    unsigned long count)
{
    bool *is_worn = &shared->is_worn[engine->scene - scenes][engine->form];
    unsigned long distinct = 0;
    unsigned length;

    if (shared->goal != 0 && *is_worn)
        return;
    engine_run(engine, NULL, DEFAULT_TICK_US);
    length = engine->step_count + engine->step_count / 4 + 1;
    for (unsigned long i = 0; i < count && !explore_is_enough(shared); i++) {
        struct strategy_chance chance;
        unsigned tick_us;
        struct engine_strategy strategy = strategy_by_chance(
            &chance, seed + i, length, (seed + i) % 2 == 0, &tick_us);

        distinct += try_schedule(engine, shared, &strategy, tick_us);
    }
    *is_worn = distinct * EACH_NEW < count;
}
