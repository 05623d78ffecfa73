/* plan - see plan.h. */
#include "plan.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"

/* Below this an epoch's few subsets are all regular states anyway. */
enum { WRITES_WORTH_CHANCE = 4 };
/* Tries for a random state that is new, before the epoch counts as done. */
enum { TRIES_EACH = 3 };
/* How many ways of tearing are tried on one write. */
enum { TEARS_EACH = 8 };
/* Of the writes in a random state, one in so many is torn. */
enum { TORN_ONE_IN = 8 };

static void
add_epoch(struct plan *plan, size_t first, size_t end, bool counts)
{
    struct epoch *epoch = &plan->epochs[plan->count++];

    epoch->first = first;
    epoch->end = end;
    epoch->writes = 0;
    epoch->counts = counts;
    for (size_t i = first; i < end; i++)
        epoch->writes += plan->log->entries[i].kind == LOG_WRITE;
}

/* The first mark is "ready": epochs count from the one that holds it. */
static void
divide(struct plan *plan)
{
    const struct log *log = plan->log;
    size_t first = 0;
    bool ready = false;

    for (size_t i = 0; i < log->count; i++) {
        ready = ready || log->entries[i].kind == LOG_MARK;
        if (log->entries[i].kind != LOG_FLUSH)
            continue;
        add_epoch(plan, first, i, ready);
        first = i + 1;
    }
    add_epoch(plan, first, log->count, ready);
}

static size_t
tears_of(const struct log_entry *write)
{
    size_t blocks = canvas_blocks_of(write);

    return blocks - 1 < TEARS_EACH ? blocks - 1 : TEARS_EACH;
}

/* Prefixes, all but one, one alone, torn ones. */
static size_t
count_regular(const struct plan *plan, const struct epoch *epoch)
{
    size_t count = 1 + 3 * epoch->writes;

    for (size_t i = epoch->first; i < epoch->end; i++)
        if (plan->log->entries[i].kind == LOG_WRITE)
            count += tears_of(&plan->log->entries[i]);
    return count;
}

void
plan_open(struct plan *plan, const struct log *log, size_t limit, uint64_t seed)
{
    size_t regular = 0, weight = 0;

    memset(plan, 0, sizeof(*plan));
    plan->log = log;
    plan->seed = seed;
    plan->epochs = calloc(log->count + 1, sizeof(*plan->epochs));
    if (plan->epochs == NULL)
        err(71, "plan");
    divide(plan);
    for (size_t i = 0; i < plan->count; i++) {
        const struct epoch *epoch = &plan->epochs[i];

        if (!epoch->counts)
            continue;
        regular += count_regular(plan, epoch);
        if (epoch->writes >= WRITES_WORTH_CHANCE)
            weight += epoch->writes;
    }
    plan->share = regular > limit ? (double)limit / (double)regular : 1;
    if (regular < limit && weight > 0)
        plan->random_each = (double)(limit - regular) / (double)weight;
}

static void
choose_all(struct state *state, size_t from, size_t to, enum part part)
{
    for (size_t i = from; i < to; i++) {
        state->choices[i].part = part;
        state->choices[i].detail = 0;
    }
}

struct visitor {
    struct plan *plan;
    plan_visit *visit;
    void *context;
};

/* A state that is one of many for which there is no time may be left out. */
static void
visit_regular(
    const struct visitor *visitor, struct state *state, const char *kind, size_t index)
{
    struct plan *plan = visitor->plan;
    double chance = (double)(chance_next(&plan->seed) >> 11) * 0x1p-53;

    if (chance >= plan->share)
        return;
    state->kind = kind;
    state->index = index;
    visitor->visit(visitor->context, state);
}

static void
visit_whole_writes(const struct visitor *visitor, struct state *state)
{
    size_t writes = state->count;

    for (size_t i = 0; i <= writes; i++) {
        choose_all(state, 0, i, PART_ALL);
        choose_all(state, i, writes, PART_NONE);
        visit_regular(visitor, state, "prefix", i);
    }
    for (size_t i = 0; i < writes; i++) {
        choose_all(state, 0, writes, PART_ALL);
        state->choices[i].part = PART_NONE;
        visit_regular(visitor, state, "all but", i);
    }
    for (size_t i = 0; i < writes; i++) {
        choose_all(state, 0, writes, PART_NONE);
        state->choices[i].part = PART_ALL;
        visit_regular(visitor, state, "alone", i);
    }
}

/* All before it, and of this write its first blocks, or some of them. */
static void
visit_torn(const struct visitor *visitor, struct state *state, size_t index,
    const struct log_entry *write)
{
    size_t blocks = canvas_blocks_of(write), tears = tears_of(write);
    bool each = blocks - 1 == tears;

    choose_all(state, 0, index, PART_ALL);
    choose_all(state, index, state->count, PART_NONE);
    for (size_t i = 1; i <= tears; i++) {
        struct choice *choice = &state->choices[index];

        choice->part = each || i % 2 == 0 ? PART_FIRST : PART_SOME;
        choice->detail = each ? i : chance_next(&visitor->plan->seed);
        if (!each && choice->part == PART_FIRST)
            choice->detail = 1 + choice->detail % (blocks - 1);
        visit_regular(visitor, state, "torn", index * 1000 + i);
    }
}

static void
choose_randomly(struct plan *plan, struct state *state)
{
    for (size_t i = 0; i < state->count; i++) {
        uint64_t number = chance_next(&plan->seed);
        struct choice *choice = &state->choices[i];

        choice->detail = number >> 8;
        choice->part = number % 2 == 0 ? PART_NONE : PART_ALL;
        if (choice->part == PART_ALL && (number >> 1) % TORN_ONE_IN == 0)
            choice->part = PART_SOME;
    }
}

static void
visit_random(const struct visitor *visitor, struct state *state)
{
    double wanted = visitor->plan->random_each * (double)state->count;
    double tries = wanted * TRIES_EACH;

    if (state->count < WRITES_WORTH_CHANCE)
        return;
    state->kind = "random";
    for (state->index = 0; wanted > 0 && tries > 0; state->index++) {
        choose_randomly(visitor->plan, state);
        if (visitor->visit(visitor->context, state))
            wanted--;
        tries--;
    }
}

void
plan_visit_epoch(
    struct plan *plan, const struct epoch *epoch, plan_visit *visit, void *context)
{
    struct visitor visitor = {plan, visit, context};
    struct state state = {0};
    size_t index = 0;

    state.count = epoch->writes;
    state.choices = calloc(epoch->writes + 1, sizeof(*state.choices));
    if (state.choices == NULL)
        err(71, "plan");
    visit_whole_writes(&visitor, &state);
    for (size_t i = epoch->first; i < epoch->end; i++)
        if (plan->log->entries[i].kind == LOG_WRITE)
            visit_torn(&visitor, &state, index++, &plan->log->entries[i]);
    visit_random(&visitor, &state);
    free(state.choices);
}

void
plan_close(struct plan *plan)
{
    free(plan->epochs);
    memset(plan, 0, sizeof(*plan));
}
