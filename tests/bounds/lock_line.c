/* lock_line: each part leaves what is left within the line, so that no byte beyond is
 * read. */
#include <stdlib.h>
#include <string.h>

#include "lock/lock_line.c"

#include "bounds.h"

enum { LONGEST = 7 };

/* One part, on whatever is left of a line when its turn comes. */
static void
any_part(struct rest *rest)
{
    unsigned long long number;
    struct lock_line line;
    pid_t pid;

    switch (nondet_u64() % 6) {
    case 0:
        skip_blanks(rest);
        break;
    case 1:
        skip_word(rest);
        break;
    case 2:
        (void)takes_word(rest, nondet_bool() ? "READ" : "->");
        break;
    case 3:
        (void)takes_number(rest, 10, ' ', &number);
        break;
    case 4:
        if (takes_pid(rest, &pid))
            __CPROVER_assert(pid >= -1, "a process, or none that is known");
        break;
    default:
        (void)takes_file(rest, &line);
        break;
    }
}

int
main(void)
{
    char text[LONGEST + 1];
    struct rest rest = {text};
    ino_t inode;

    any_string(text, sizeof(text));
    any_part(&rest);
    __CPROVER_assert(
        rest.text >= text && rest.text <= text + strlen(text), "within the line");
    (void)lock_line_inode(text, &inode);
    return 0;
}
