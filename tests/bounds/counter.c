/*
 * stamp_find_free: for every counter that is taken, up to 2^64, and every way in which
 * names may be taken, its strides end, and what it returns was seen free last. The
 * halving that follows is halve.c. What walks from 1 on, where even the last name is
 * planted, ends because it counts up; it is left out here.
 */
#include "create/stamp.c"

#include "bounds.h"

static uint64_t seen_free;
static bool has_seen_free;

/* In the place of look(): nothing is known of the directory, and others may change it
   between two looks. */
enum look
any_look(const struct stamp *stamp, int dir, uint64_t counter)
{
    (void)stamp;
    (void)dir;
    if (nondet_bool())
        return LOOK_TAKEN;
    if (nondet_bool())
        return LOOK_FAILED;
    seen_free = counter;
    has_seen_free = true;
    return LOOK_FREE;
}

int
any_halve(const struct stamp *stamp, int dir, uint64_t taken, uint64_t *free_one)
{
    (void)stamp;
    (void)dir;
    __CPROVER_assert(taken < *free_one, "what is taken lies below what is free");
    __CPROVER_assert(has_seen_free && seen_free == *free_one, "it was seen free");
    return nondet_bool() ? 0 : -1;
}

int
any_walk(const struct stamp *stamp, int dir, uint64_t *counter)
{
    *counter = nondet_u64();
    return any_look(stamp, dir, *counter) == LOOK_FREE ? 0 : -1;
}

int
main(void)
{
    static struct stamp stamp;
    uint64_t counter = nondet_u64();

    __CPROVER_assume(counter >= STAMP_FIRST && counter < UINT64_MAX);
    if (stamp_find_free(&stamp, -1, &counter) == 0)
        __CPROVER_assert(
            has_seen_free && counter == seen_free, "it was seen free last");
    return 0;
}
