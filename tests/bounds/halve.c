/*
 * halve: one step of it, from any interval up to 2^64. What it looks at lies inside,
 * and both halves are shorter by half, so 64 steps are the most; it keeps a free end.
 */
#include "create/stamp.c"

#include "bounds.h"

static uint64_t low, high;
static unsigned looks;

enum look
any_look(const struct stamp *stamp, int dir, uint64_t counter)
{
    (void)stamp;
    (void)dir;
    if (looks++ > 0) {
        __CPROVER_assert(counter > low && counter < high, "inside of what is left");
        return LOOK_FAILED;
    }
    __CPROVER_assert(counter > low && counter < high, "inside");
    __CPROVER_assert(counter - low <= (high - low + 1) / 2, "the lower half");
    __CPROVER_assert(high - counter <= (high - low + 1) / 2, "the upper half");
    if (nondet_bool()) {
        high = counter;
        return LOOK_FREE;
    }
    low = counter;
    return LOOK_TAKEN;
}

int
main(void)
{
    static struct stamp stamp;
    uint64_t found;

    low = nondet_u64();
    high = nondet_u64();
    __CPROVER_assume(low < high && high < UINT64_MAX);
    found = high;
    if (halve(&stamp, -1, low, &found) == 0)
        __CPROVER_assert(
            found == high && high - low == 1, "the free end, next to a taken one");
    return 0;
}
