/* utf8: no byte beyond the end of a string is read, whatever it holds. */
#include <string.h>

#include "cli/utf8.c"

#include "bounds.h"

enum { LONGEST = 4 };

int
main(void)
{
    char text[LONGEST + 1];
    size_t length;

    any_string(text, sizeof(text));
    length = utf8_length(text);
    __CPROVER_assert(length <= 4 && length <= strlen(text) + 1, "within the string");
    return 0;
}
