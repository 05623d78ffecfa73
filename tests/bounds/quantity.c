/* quantity: numbers and sizes lie in their ranges, and no byte beyond a text is read.
 */
#include "cli/quantity.c"

#include "bounds.h"

enum { LONGEST = 6 };

int
main(void)
{
    char text[LONGEST + 1];
    const char *problem = NULL;
    int64_t value = 0;
    int64_t min = nondet_i64();
    int64_t max = nondet_i64();

    any_string(text, sizeof(text));
    __CPROVER_assume(min <= max);
    if (quantity_number(text, min, max, &value, &problem) == 0)
        __CPROVER_assert(value >= min && value <= max, "within the range");
    else
        __CPROVER_assert(problem != NULL, "it is said what is wrong");
    if (quantity_size(text, &value, &problem) == 0)
        __CPROVER_assert(value >= 0, "a size");
    return 0;
}
