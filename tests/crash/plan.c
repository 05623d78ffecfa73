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
/* Ways of tearing one write between sectors, and of changing an epoch's order. */
enum { SECTOR_TEARS_EACH = 2, ORDERS_EACH = 2 };
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
divide(struct plan *plan, enum plan_start start)
{
    const struct log *log = plan->log;
    size_t first = 0;
    bool ready = start == PLAN_FROM_START;

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

static size_t
sector_tears_of(const struct log_entry *write)
{
    return write->size_bytes > SECTOR_BYTES ? SECTOR_TEARS_EACH : 0;
}

/* Prefixes, all but one, one alone, torn ones, other orders. */
static size_t
count_regular(const struct plan *plan, const struct epoch *epoch)
{
    size_t count = 1 + 3 * epoch->writes + ORDERS_EACH;

    for (size_t i = epoch->first; i < epoch->end; i++)
        if (plan->log->entries[i].kind == LOG_WRITE)
            count += tears_of(&plan->log->entries[i]) +
                     sector_tears_of(&plan->log->entries[i]);
    return count;
}

void
plan_open(struct plan *plan, const struct log *log, enum plan_start start, size_t limit,
    uint64_t seed)
{
    size_t regular = 0, weight = 0;

    memset(plan, 0, sizeof(*plan));
    plan->log = log;
    plan->seed = seed;
    plan->epochs = calloc(log->count + 1, sizeof(*plan->epochs));
    if (plan->epochs == NULL)
        err(71, "plan");
    divide(plan, start);
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

    if (chance >= plan->share || (plan->only != NULL && strcmp(plan->only, kind) != 0))
        return;
    state->kind = kind;
    state->index = index;
    visitor->visit(visitor->context, state);
}

static void
keep_order(struct state *state)
{
    for (size_t i = 0; i < state->count; i++)
        state->order[i] = i;
}

/* Fisher and Yates. */
static void
change_order(struct plan *plan, struct state *state)
{
    keep_order(state);
    for (size_t i = state->count; i > 1; i--) {
        size_t other = (size_t)chance_below(&plan->seed, i), here = state->order[i - 1];

        state->order[i - 1] = state->order[other];
        state->order[other] = here;
    }
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

/* The same, but of the first of its sectors, or some. */
static void
visit_torn_sectors(const struct visitor *visitor, struct state *state, size_t index,
    const struct log_entry *write)
{
    size_t sectors = write->size_bytes / SECTOR_BYTES;
    struct choice *choice = &state->choices[index];

    choose_all(state, 0, index, PART_ALL);
    choose_all(state, index, state->count, PART_NONE);
    state->tears_sectors = true;
    for (size_t i = 0; i < sector_tears_of(write); i++) {
        choice->part = i % 2 == 0 ? PART_FIRST_SECTORS : PART_SOME_SECTORS;
        choice->detail = chance_next(&visitor->plan->seed);
        if (choice->part == PART_FIRST_SECTORS)
            choice->detail = 1 + choice->detail % (sectors > 1 ? sectors - 1 : 1);
        visit_regular(visitor, state, "sectors", index * 1000 + i);
    }
    state->tears_sectors = false;
}

/* All of it has arrived, but not in the order in which it was written. */
static void
visit_orders(const struct visitor *visitor, struct state *state)
{
    choose_all(state, 0, state->count, PART_ALL);
    for (size_t i = 0; i < ORDERS_EACH; i++) {
        change_order(visitor->plan, state);
        visit_regular(visitor, state, "reordered", i);
    }
    keep_order(state);
}

static void
choose_randomly(struct plan *plan, struct state *state)
{
    state->tears_sectors = false;
    if (chance_below(&plan->seed, 2) == 0)
        change_order(plan, state);
    else
        keep_order(state);
    for (size_t i = 0; i < state->count; i++) {
        uint64_t number = chance_next(&plan->seed);
        struct choice *choice = &state->choices[i];

        choice->detail = number >> 8;
        choice->part = number % 2 == 0 ? PART_NONE : PART_ALL;
        if (choice->part == PART_ALL && (number >> 1) % TORN_ONE_IN == 0)
            choice->part = (number >> 7) % 2 == 0 ? PART_SOME : PART_SOME_SECTORS;
        state->tears_sectors =
            state->tears_sectors || choice->part == PART_SOME_SECTORS;
    }
}

static void
visit_random(const struct visitor *visitor, struct state *state)
{
    double wanted = visitor->plan->random_each * (double)state->count;
    double tries = wanted * TRIES_EACH;

    state->kind = "random";
    if (state->count < WRITES_WORTH_CHANCE ||
        (visitor->plan->only != NULL && strcmp(visitor->plan->only, state->kind) != 0))
        return;
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
    state.order = calloc(epoch->writes + 1, sizeof(*state.order));
    if (state.choices == NULL || state.order == NULL)
        err(71, "plan");
    keep_order(&state);
    visit_whole_writes(&visitor, &state);
    for (size_t i = epoch->first; i < epoch->end; i++) {
        if (plan->log->entries[i].kind != LOG_WRITE)
            continue;
        visit_torn(&visitor, &state, index, &plan->log->entries[i]);
        visit_torn_sectors(&visitor, &state, index, &plan->log->entries[i]);
        index++;
    }
    visit_orders(&visitor, &state);
    visit_random(&visitor, &state);
    free(state.choices);
    free(state.order);
}

void
plan_close(struct plan *plan)
{
    free(plan->epochs);
    memset(plan, 0, sizeof(*plan));
}
