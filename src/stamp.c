#include "config.h"

#include "stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A format longer than this cannot make a name. */
enum { LONGEST_FORMAT = 4 * NAME_MAX };

/* Replaces %N by NANOSECONDS; "%%N" is a percent sign and an N. */
static int
expand_nanoseconds(const char *format, long nanoseconds, char *expanded, size_t size)
{
    size_t length = 0;

    while (*format != '\0') {
        int added;

        if (format[0] == '%' && format[1] == 'N')
            added = snprintf(expanded + length, size - length, "%09ld", nanoseconds);
        else if (format[0] == '%' && format[1] != '\0')
            added = snprintf(
                expanded + length, size - length, "%c%c", format[0], format[1]);
        else
            added = snprintf(expanded + length, size - length, "%c", format[0]);
        format += format[0] == '%' && format[1] != '\0' ? 2 : 1;
        length += (size_t)added;
        if (length >= size) {
            errno = ENAMETOOLONG;
            return -1;
        }
    }
    return 0;
}

static int
format_time(
    const char *format, bool is_local, const struct timespec *now, char *text, size_t size)
{
    char expanded[LONGEST_FORMAT + 1];
    struct tm calendar;
    size_t length;

    if ((is_local ? localtime_r(&now->tv_sec, &calendar)
                  : gmtime_r(&now->tv_sec, &calendar)) == NULL) {
        errno = EOVERFLOW;
        return -1;
    }
    /* One byte more than FORMAT: strftime says 0 for an empty result, too. */
    expanded[0] = '.';
    if (expand_nanoseconds(format, now->tv_nsec, expanded + 1, sizeof(expanded) - 1) ==
        -1)
        return -1;
    length = strftime(text, size, expanded, &calendar);
    if (length == 0) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (length == 1 || strchr(text, '/') != NULL) {
        errno = EINVAL;
        return -1;
    }
    memmove(text, text + 1, length);
    return 0;
}

int
stamp_set_time(struct stamp *stamp, const char *leaf, const char *format, bool is_local,
    const struct timespec *now)
{
    char text[LONGEST_FORMAT + 2];

    if (format_time(format, is_local, now, text, sizeof(text)) == -1)
        return -1;
    if (strlen(leaf) + strlen(text) + 1 > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    stpcpy(stpcpy(stpcpy(stamp->head, leaf), text), "-");
    return 0;
}

int
stamp_spell(const struct stamp *stamp, uint64_t counter, char name[NAME_MAX + 1])
{
    int length = snprintf(name, NAME_MAX + 1, "%s%0*" PRIu64 "%s", stamp->head,
        stamp->width, counter, stamp->suffix);

    if (length > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return 0;
}

enum look { LOOK_FREE, LOOK_TAKEN, LOOK_FAILED };

static enum look
look(const struct stamp *stamp, int dir, uint64_t counter)
{
    char name[NAME_MAX + 1];
    struct stat there;

    /* What cannot be spelled is the upper end; the claim says so if it is needed. */
    if (stamp_spell(stamp, counter, name) == -1)
        return LOOK_FREE;
    if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
        return LOOK_TAKEN;
    return errno == ENOENT ? LOOK_FREE : LOOK_FAILED;
}

int
stamp_find_free(const struct stamp *stamp, int dir, uint64_t *counter)
{
    uint64_t taken = *counter;
    uint64_t free_one;
    uint64_t stride = 1;

    for (;;) {
        enum look there;

        if (taken > UINT64_MAX - stride) {
            errno = EOVERFLOW;
            return -1;
        }
        there = look(stamp, dir, taken + stride);
        if (there == LOOK_FAILED)
            return -1;
        if (there == LOOK_FREE)
            break;
        taken += stride;
        stride *= 2;
    }
    for (free_one = taken + stride; free_one - taken > 1;) {
        uint64_t middle = taken + (free_one - taken) / 2;

        switch (look(stamp, dir, middle)) {
        case LOOK_FAILED:
            return -1;
        case LOOK_FREE:
            free_one = middle;
            break;
        case LOOK_TAKEN:
            taken = middle;
            break;
        }
    }
    *counter = free_one;
    return 0;
}
