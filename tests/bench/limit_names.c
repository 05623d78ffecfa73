/* limit_names - the jobs that find free names. */
#define _GNU_SOURCE
#include "limit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct names {
    const char *prefix;
    const char *leaf; /* where the directory ends in PREFIX */
    int dir;
};

static struct names
open_names(const char *prefix)
{
    const char *slash = strrchr(prefix, '/');
    struct names names = {.prefix = prefix, .leaf = slash == NULL ? prefix : slash + 1};
    char dir[PATH_MAX] = ".";

    if (slash != NULL)
        *stpncpy(dir, prefix, (size_t)(slash - prefix)) = '\0';
    names.dir = limit_demand(open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return names;
}

/* Writes HEAD-NUMBER to TEXT, without the cost of printf; returns its end. */
static char *
spell(char *text, const char *head, unsigned long number)
{
    char digits[24];
    size_t count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    text = stpcpy(text, head);
    *text++ = '-';
    while (count > 0)
        *text++ = digits[--count];
    *text = '\0';
    return text;
}

static bool
is_taken(const struct names *names, unsigned long number)
{
    char name[NAME_MAX + 24];
    struct stat there;

    spell(name, names->leaf, number);
    return fstatat(names->dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A free number beyond TAKEN: strides that double, then halves. */
static unsigned long
gallop(const struct names *names, unsigned long taken)
{
    unsigned long stride = 1;
    unsigned long free_one;

    while (is_taken(names, taken + stride)) {
        taken += stride;
        stride *= 2;
    }
    free_one = taken + stride;
    while (free_one - taken > 1) {
        unsigned long middle = taken + (free_one - taken) / 2;

        if (is_taken(names, middle))
            taken = middle;
        else
            free_one = middle;
    }
    return free_one;
}

static int
open_nameless(const struct names *names)
{
    return limit_demand(
        openat(names->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644));
}

/* Names FD by NUMBER or a free one beyond it, and returns which. */
static unsigned long
give_name(const struct names *names, int fd, unsigned long number, bool gallops)
{
    char name[NAME_MAX + 24];

    for (;;) {
        spell(name, names->leaf, number);
        if (linkat(fd, "", names->dir, name, AT_EMPTY_PATH) == 0)
            return number;
        if (errno != EEXIST)
            limit_demand(-1);
        number = gallops ? gallop(names, number) : number + 1;
    }
}

void
limit_claim(const char *prefix, bool gallops)
{
    struct names names = open_names(prefix);
    int fd = open_nameless(&names);
    char path[PATH_MAX + NAME_MAX];
    char *end;

    limit_pour(fd, LIMIT_SMALL);
    end = spell(path, prefix, give_name(&names, fd, 1, gallops));
    *end++ = '\n';
    limit_put(STDOUT_FILENO, path, (size_t)(end - path));
}

/* A file of each of the lines between FROM and END; returns the rest. */
static char *
store(const struct names *names, char *from, const char *end, unsigned long *number)
{
    static char paths[LIMIT_COLLECT_SIZE + PATH_MAX + NAME_MAX];
    char *newline;
    char *to = paths;

    while ((newline = memchr(from, '\n', (size_t)(end - from))) != NULL) {
        int fd = open_nameless(names);

        limit_put(fd, from, (size_t)(newline + 1 - from));
        *number = give_name(names, fd, *number, true);
        limit_demand(close(fd));
        to = spell(to, names->prefix, (*number)++);
        *to++ = '\n';
        if (to - paths >= LIMIT_COLLECT_SIZE) {
            limit_put(STDOUT_FILENO, paths, (size_t)(to - paths));
            to = paths;
        }
        from = newline + 1;
    }
    limit_put(STDOUT_FILENO, paths, (size_t)(to - paths));
    return from;
}

void
limit_lines(const char *prefix)
{
    struct names names = open_names(prefix);
    unsigned long number = 1;
    size_t kept = 0;
    ssize_t got;

    while (
        (got = read(STDIN_FILENO, limit_buffer + kept, LIMIT_BUFFER_SIZE - kept)) > 0) {
        char *end = limit_buffer + kept + got;
        char *rest = store(&names, limit_buffer, end, &number);

        kept = (size_t)(end - rest);
        memmove(limit_buffer, rest, kept);
    }
    limit_demand((int)got);
}
