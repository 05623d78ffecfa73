/* accept's end marker: no byte outside of the tail is read, and only a whole line
 * counts. */
#include "data/accept.c"

#include "bounds.h"

enum { LONGEST_MARKER = 4 };

int
main(void)
{
    char marker[LONGEST_MARKER + 1];
    char tail[LONGEST_MARKER + 2];
    size_t size = nondet_size();
    size_t line = 0;
    bool whole = nondet_bool();

    any_string(marker, sizeof(marker));
    __CPROVER_assume(marker[0] != '\0' && size <= strlen(marker) + 2);
    for (size_t i = 0; i < sizeof(tail); i++)
        tail[i] = nondet_char();
    /* As strip_marker reads it: all there is, or the marker and a newline on both
     * sides. */
    __CPROVER_assume(whole || size == strlen(marker) + 2);
    if (ends_with(tail, size, whole, marker, &line)) {
        __CPROVER_assert(line <= size, "no more is cut off than is there");
        __CPROVER_assert(line == size || tail[size - line - 1] == '\n', "a whole line");
    }
    return 0;
}
