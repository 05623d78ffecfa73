#include "config.h"

#include "lock/lock_line.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What is left to be parsed. */
struct rest {
    const char *text;
};

static void
skip_blanks(struct rest *rest)
{
    rest->text += strspn(rest->text, " \t");
}

/* Whether WORD is next, and a blank after it; then both are passed over. */
static bool
takes_word(struct rest *rest, const char *word)
{
    size_t length = strlen(word);

    skip_blanks(rest);
    if (strncmp(rest->text, word, length) != 0 ||
        strchr(" \t", rest->text[length]) == NULL || rest->text[length] == '\0')
        return false;
    rest->text += length;
    return true;
}

/* Passes over a word, whatever it is. */
static void
skip_word(struct rest *rest)
{
    skip_blanks(rest);
    rest->text += strcspn(rest->text, " \t\n");
}

/* A number of BASE that ends with END, which is passed over, too. */
static bool
takes_number(struct rest *rest, int base, char end, unsigned long long *number)
{
    char *after;

    if (strspn(rest->text, "0123456789abcdef") == 0)
        return false;
    errno = 0;
    *number = strtoull(rest->text, &after, base);
    if (errno != 0 || after == rest->text || *after != end)
        return false;
    rest->text = after + 1;
    return true;
}

/* major:minor:inode; where it is "<none>" the file is gone. */
static bool
takes_file(struct rest *rest, struct lock_line *line)
{
    unsigned long long major, minor, inode;

    skip_blanks(rest);
    if (!takes_number(rest, 16, ':', &major) || !takes_number(rest, 16, ':', &minor) ||
        !takes_number(rest, 10, ' ', &inode) || major > UINT_MAX || minor > UINT_MAX)
        return false;
    line->major = (unsigned)major;
    line->minor = (unsigned)minor;
    line->inode = inode;
    return true;
}

static bool
takes_pid(struct rest *rest, pid_t *pid)
{
    unsigned long long number;

    if (takes_word(rest, "-1")) {
        *pid = -1;
        return true;
    }
    skip_blanks(rest);
    if (!takes_number(rest, 10, ' ', &number) || number > INT_MAX)
        return false;
    *pid = (pid_t)number;
    return true;
}

bool
lock_line_inode(const char *text, ino_t *inode)
{
    struct rest rest = {strrchr(text, ':')};
    unsigned long long number;

    if (rest.text == NULL)
        return false;
    rest.text++;
    if (!takes_number(&rest, 10, ' ', &number))
        return false;
    *inode = number;
    return true;
}

bool
lock_line_parse(struct lock_line *line, const char *text)
{
    struct rest rest = {text};
    unsigned long long position;

    (void)takes_word(&rest, "lock:");
    skip_blanks(&rest);
    if (!takes_number(&rest, 10, ':', &position))
        return false;
    line->kind = LOCK_LINE_OTHER;
    if (takes_word(&rest, "->"))
        return false;
    if (takes_word(&rest, "FLOCK"))
        line->kind = LOCK_LINE_FLOCK;
    else if (takes_word(&rest, "POSIX"))
        line->kind = LOCK_LINE_RECORD;
    else
        skip_word(&rest);
    skip_word(&rest); /* ADVISORY, MANDATORY, ACTIVE, ... */
    line->exclusive = takes_word(&rest, "WRITE");
    if (!line->exclusive && !takes_word(&rest, "READ"))
        return false;
    return takes_pid(&rest, &line->pid) && takes_file(&rest, line);
}
