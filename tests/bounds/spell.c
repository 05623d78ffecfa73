/*
 * stamp_spell: for every counter, width and length of head and suffix it writes no byte
 * beyond the name, and ends it. With a NAME_MAX of 28, for the sake of the checker.
 */
#include <limits.h>
#undef NAME_MAX
#define NAME_MAX 28

#include "create/stamp.c"

#include "bounds.h"

int
main(void)
{
    static struct stamp stamp;
    static char name[NAME_MAX + 1];
    size_t head = nondet_size();
    size_t suffix = nondet_size();

    __CPROVER_assume(head <= NAME_MAX && suffix <= NAME_MAX);
    memset(stamp.head, 'h', sizeof(stamp.head));
    memset(stamp.suffix, 's', sizeof(stamp.suffix));
    stamp.head[head] = '\0';
    stamp.suffix[suffix] = '\0';
    stamp.width = 1 + (int)(nondet_size() % 20);
    if (stamp_spell(&stamp, nondet_u64(), name) == 0)
        __CPROVER_assert(strlen(name) > head, "a digit at least, and an end");
    return 0;
}
