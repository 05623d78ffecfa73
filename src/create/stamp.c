#include "config.h"

#include "create/stamp.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Digits of UINT64_MAX, and the widest padding. */
enum { LONGEST_COUNTER = 20 };

/* A format longer than this cannot form a name. */
enum { LONGEST_FORMAT = 4 * NAME_MAX };

/* Appends LENGTH bytes of TEXT; false where there is no room for them. */
static bool
append(char *expanded, size_t size, size_t *used, const char *text, size_t length)
{
    if (length >= size - *used) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(expanded + *used, text, length);
    *used += length;
    expanded[*used] = '\0';
    return true;
}

/*
 * The calendar of UTC. gmtime_r(3) is right but dear: it reads the local time zone
 * from its files first. Days are counted from the first of March of the year 0, so
 * that the leap day is the last of its year; eras have 400 years, 146,097 days.
 */
static bool
utc_calendar(time_t seconds, struct tm *calendar)
{
    static const int days_before_month[] = {
        306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int in_day = (int)(seconds % 86400) + (seconds % 86400 < 0 ? 86400 : 0);
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097 - (shifted % 146097 < 0);
    int in_era = (int)(shifted - era * 146097);
    int year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (in_year * 5 + 2) / 153; /* from March */
    int64_t year = era * 400 + year_of_era + (month >= 10);
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    if (year - 1900 > INT_MAX || year - 1900 < INT_MIN)
        return false;
    *calendar = (struct tm){
        .tm_sec = in_day % 60,
        .tm_min = in_day / 60 % 60,
        .tm_hour = in_day / 3600,
        .tm_mon = (month + 2) % 12,
        .tm_year = (int)(year - 1900),
        .tm_wday = (int)(((days + 4) % 7 + 7) % 7),
        .tm_yday = month >= 10 ? in_year - 306 : in_year + 59 + is_leap,
        .tm_zone = "GMT",
    };
    calendar->tm_mday = in_year - days_before_month[calendar->tm_mon] + 1;
    return true;
}

/* The number that CONVERSION of strftime(3) stands for and its DIGITS; -1 where it is
   no plain number. Years of four digits only, for others are not padded. */
static long
number_of(
    char conversion, const struct tm *calendar, long nanoseconds, unsigned *digits)
{
    long year = calendar->tm_year + 1900L;

    *digits = 2;
    switch (conversion) {
    case 'N':
        *digits = 9;
        return nanoseconds;
    case 'Y':
        *digits = 4;
        return year >= 1000 && year <= 9999 ? year : -1;
    case 'm':
        return calendar->tm_mon + 1;
    case 'd':
        return calendar->tm_mday;
    case 'H':
        return calendar->tm_hour;
    case 'M':
        return calendar->tm_min;
    case 'S':
        return calendar->tm_sec;
    default:
        return -1;
    }
}

static void
spell(long number, char *text, unsigned digits)
{
    while (digits > 0) {
        text[--digits] = (char)('0' + number % 10);
        number /= 10;
    }
}

/*
 * Replaces in FORMAT what is a plain number, %N among it, which strftime does not know;
 * "%%N" is a percent sign and an N. By hand, for a name needs hardly ever more, and
 * strftime(3) is a large thing. *REST: something is left for it.
 */
static int
expand_numbers(const char *format, const struct tm *calendar, long nanoseconds,
    char *expanded, size_t size, bool *rest)
{
    size_t used = 0;

    *rest = false;
    expanded[0] = '\0';
    while (*format != '\0') {
        bool is_conversion = format[0] == '%' && format[1] != '\0';
        unsigned digits = 0;
        long number =
            is_conversion ? number_of(format[1], calendar, nanoseconds, &digits) : -1;
        size_t length = is_conversion ? 2 : 1;
        char text[16];

        if (number >= 0) {
            spell(number, text, digits);
            if (!append(expanded, size, &used, text, digits))
                return -1;
        } else {
            *rest = *rest || format[0] == '%';
            if (!append(expanded, size, &used, format, length))
                return -1;
        }
        format += length;
    }
    return 0;
}

static int
format_time(const char *format, bool is_local, const struct timespec *now, char *text,
    size_t size)
{
    char expanded[LONGEST_FORMAT + 1];
    struct tm calendar;
    size_t length;
    bool rest;

    if (is_local ? localtime_r(&now->tv_sec, &calendar) == NULL
                 : !utc_calendar(now->tv_sec, &calendar)) {
        errno = EOVERFLOW;
        return -1;
    }
    /* One byte more than FORMAT: strftime says 0 for an empty result, too. */
    expanded[0] = '.';
    if (expand_numbers(format, &calendar, now->tv_nsec, expanded + 1,
            sizeof(expanded) - 1, &rest) == -1)
        return -1;
    if (rest)
        length = strftime(text, size, expanded, &calendar);
    else
        length = strlcpy(text, expanded, size);
    if (length >= size)
        length = 0;
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

/* By hand, for a batch spells as many names as it makes files. */
int
stamp_spell(const struct stamp *stamp, uint64_t counter, char name[NAME_MAX + 1])
{
    char digits[LONGEST_COUNTER];
    size_t head = strlen(stamp->head);
    size_t suffix = strlen(stamp->suffix);
    size_t count = 0;

    do {
        digits[LONGEST_COUNTER - ++count] = (char)('0' + counter % 10);
        counter /= 10;
    } while (counter > 0);
    while (count < (size_t)stamp->width && count < LONGEST_COUNTER)
        digits[LONGEST_COUNTER - ++count] = '0';
    if (head + count + suffix > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, stamp->head, head);
    memcpy(name + head, digits + LONGEST_COUNTER - count, count);
    memcpy(name + head + count, stamp->suffix, suffix + 1);
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
        /* 1, 7, 15, 31, ... beyond the first: the next one is often free, and to leave
           out the third keeps it within 2 log2 N looks. */
        stride = stride == 1 ? 6 : (stride == 6 ? 8 : 2 * stride);
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
