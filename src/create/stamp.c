#include "config.h"

#include "create/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Digits of UINT64_MAX, and the widest padding. */
enum { LONGEST_COUNTER = 20 };

/* A format longer than this cannot form a name. */
enum { LONGEST_FORMAT = 4 * NAME_MAX };

/* Enough for any number of seconds, and its sign. */
enum { NUMBER_SIZE = 24 };

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

/* Days are counted from the first of March of the year 0, so that the leap day is the
   last of its year; eras have 400 years, 146,097 days. */
bool
stamp_utc(time_t seconds, struct tm *calendar)
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

/*
 * What stands for CONVERSION in TEXT; false where strftime(3) is to say. It does not
 * know %N. It knows %s, but reads the broken-down time as local, whatever it was made
 * of, which is another second wherever TZ is not UTC.
 */
static bool
spell_conversion(char conversion, const struct timespec *now, char text[NUMBER_SIZE])
{
    switch (conversion) {
    case 'N':
        snprintf(text, NUMBER_SIZE, "%09ld", now->tv_nsec);
        return true;
    case 's':
        snprintf(text, NUMBER_SIZE, "%jd", (intmax_t)now->tv_sec);
        return true;
    default:
        return false;
    }
}

/* Replaces in FORMAT what strftime(3) must not see; "%%N" is a percent sign and an N,
   so conversions are passed on in one piece. 0, or -1 with ENAMETOOLONG. */
static int
expand(const char *format, const struct timespec *now, char *expanded, size_t size)
{
    size_t used = 0;

    expanded[0] = '\0';
    while (*format != '\0') {
        size_t length = format[0] == '%' && format[1] != '\0' ? 2 : 1;
        char number[NUMBER_SIZE];
        const char *text = format;
        size_t text_length = length;

        if (length == 2 && spell_conversion(format[1], now, number)) {
            text = number;
            text_length = strlen(number);
        }
        if (!append(expanded, size, &used, text, text_length))
            return -1;
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

    if (is_local ? localtime_r(&now->tv_sec, &calendar) == NULL
                 : !stamp_utc(now->tv_sec, &calendar)) {
        errno = EOVERFLOW;
        return -1;
    }
    /* One byte more than FORMAT: strftime says 0 for an empty result, too. */
    expanded[0] = '.';
    if (expand(format, now, expanded + 1, sizeof(expanded) - 1) == -1)
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

bool
stamp_read_counter(const struct stamp *stamp, const char *text, uint64_t *counter)
{
    const size_t length = strlen(text);
    const size_t suffix = strlen(stamp->suffix);
    const size_t width = (size_t)stamp->width;
    size_t size;

    if (length < width + suffix)
        return false;
    size = length - suffix; /* which may begin with digits itself */
    if ((size > width && text[0] == '0') || strcmp(text + size, stamp->suffix) != 0)
        return false;
    *counter = 0;
    for (size_t i = 0; i < size; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');

        if (text[i] < '0' || text[i] > '9' || *counter > (UINT64_MAX - digit) / 10)
            return false;
        *counter = *counter * 10 + digit;
    }
    return *counter >= STAMP_FIRST;
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

/* Halves from TAKEN, which is taken, to FREE_ONE, which is free or the end; 0, or -1
   with errno. */
static int
halve(const struct stamp *stamp, int dir, uint64_t taken, uint64_t *free_one)
{
    while (*free_one - taken > 1) {
        uint64_t middle = taken + (*free_one - taken) / 2;

        switch (look(stamp, dir, middle)) {
        case LOOK_FAILED:
            return -1;
        case LOOK_FREE:
            *free_one = middle;
            break;
        case LOOK_TAKEN:
            taken = middle;
            break;
        }
    }
    return 0;
}

/* One after the other: somebody took the trouble to plant the names at which strides
   arrive, the last one among them. To hold this up costs them a name for each look. */
static int
walk(const struct stamp *stamp, int dir, uint64_t *counter)
{
    for (uint64_t number = STAMP_FIRST; number < UINT64_MAX; number++) {
        switch (look(stamp, dir, number)) {
        case LOOK_FAILED:
            return -1;
        case LOOK_FREE:
            *counter = number;
            return 0;
        case LOOK_TAKEN:
            break;
        }
    }
    errno = EOVERFLOW;
    return -1;
}

int
stamp_find_free(const struct stamp *stamp, int dir, uint64_t *counter)
{
    uint64_t taken = *counter;
    uint64_t stride = 1;

    for (;;) {
        uint64_t next = stride < UINT64_MAX - taken ? taken + stride : UINT64_MAX;

        switch (look(stamp, dir, next)) {
        case LOOK_FAILED:
            return -1;
        case LOOK_FREE:
            *counter = next;
            return halve(stamp, dir, taken, counter);
        case LOOK_TAKEN:
            break;
        }
        if (next == UINT64_MAX)
            return walk(stamp, dir, counter);
        taken = next;
        /* 1, 7, 15, 31, ... beyond the first: the next one is often free, and to leave
           out the third keeps it within 2 log2 N looks. */
        stride = stride == 1 ? 6 : (stride == 6 ? 8 : 2 * stride);
    }
}
