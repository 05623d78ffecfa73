/* Names by time and counter: the calendar, what is put into the format, and the search
   for a free counter, with strangers' names wherever it looks. */
#include "config.h"

#include "create/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

enum { DAY_S = 24 * 60 * 60, ERA_DAYS = 146097 };

/* musl names the zone otherwise, and only where gmtime_r(3) itself has set it. */
static bool
is_same_zone(const struct tm *one, const struct tm *other)
{
#ifdef __GLIBC__
    return strcmp(one->tm_zone, other->tm_zone) == 0;
#else
    return one->tm_zone != NULL && other->tm_zone != NULL;
#endif
}

static bool
is_same_time(const struct tm *one, const struct tm *other)
{
    return one->tm_sec == other->tm_sec && one->tm_min == other->tm_min &&
           one->tm_hour == other->tm_hour && one->tm_mday == other->tm_mday &&
           one->tm_mon == other->tm_mon && one->tm_year == other->tm_year &&
           one->tm_wday == other->tm_wday && one->tm_yday == other->tm_yday &&
           one->tm_isdst == other->tm_isdst && one->tm_gmtoff == other->tm_gmtoff &&
           is_same_zone(one, other);
}

/* Another second of each day, so that hours and minutes are tried along the way. */
static void
expect_days(int64_t first_day)
{
    for (int64_t day = first_day; day < first_day + ERA_DAYS; day++) {
        time_t seconds = (time_t)(day * DAY_S + (day % DAY_S + DAY_S) % DAY_S);
        struct tm ours;
        struct tm theirs;

        if (stamp_utc(seconds, &ours) && gmtime_r(&seconds, &theirs) != NULL &&
            is_same_time(&ours, &theirs))
            continue;
        EXPECT_NUMBER(seconds, 0);
        return;
    }
}

static void
all_days(void)
{
    expect_days(0);
    expect_days(-ERA_DAYS);
    expect_days(-25 * (int64_t)ERA_DAYS);
    expect_days(5000 * (int64_t)ERA_DAYS);
}

static void
ends_of_time(void)
{
    static const time_t ends[] = {INT64_MIN, INT64_MAX, -67768040609740801,
        -67768040609740800, 67768036191676799, 67768036191676800};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct tm ours;
        struct tm theirs;
        bool is_known = gmtime_r(&ends[i], &theirs) != NULL;

        EXPECT_NUMBER(stamp_utc(ends[i], &ours), is_known);
        EXPECT(!is_known || is_same_time(&ours, &theirs));
    }
}

static void
expect_head(const char *format, bool is_local, time_t seconds, const char *wanted)
{
    struct stamp stamp = {.suffix = ""};
    const struct timespec now = {seconds, 6789};

    EXPECT_NUMBER(stamp_set_time(&stamp, "x", format, is_local, &now), 0);
    EXPECT_TEXT(stamp.head, wanted);
}

static void
numbers(void)
{
    expect_head("%s.%N", false, 1700000000, "x1700000000.000006789-");
    expect_head("%s", true, 1700000000, "x1700000000-");
    expect_head("%s", false, -1, "x-1-");
    expect_head("%H%s%H", true, 0, "x19019-");
    expect_head("%H", false, 0, "x00-");
    expect_head("%%s%%N%%%s", false, 7, "x%s%N%7-");
    expect_head("%F %T", false, 951782399, "x2000-02-28 23:59:59-");
#ifdef __GLIBC__
    expect_head("%", false, 7, "x%-");
    expect_head("%Z", false, 951782399, "xGMT-");
#endif
}

static void
refused_formats(void)
{
    static const struct timespec now = {0, 0};
    struct stamp stamp = {.suffix = ""};
    char format[4 * NAME_MAX + 2];

    EXPECT_NUMBER(stamp_set_time(&stamp, "", "", false, &now), -1);
    EXPECT_NUMBER(errno, EINVAL);
    EXPECT_NUMBER(stamp_set_time(&stamp, "", "%D", false, &now), -1);
    EXPECT_NUMBER(errno, EINVAL);
    memset(format, 'y', sizeof(format) - 1);
    format[sizeof(format) - 1] = '\0';
    EXPECT_NUMBER(stamp_set_time(&stamp, "", format, false, &now), -1);
    EXPECT_NUMBER(errno, ENAMETOOLONG);
    format[NAME_MAX] = '\0';
    EXPECT_NUMBER(stamp_set_time(&stamp, "", format, false, &now), -1);
    EXPECT_NUMBER(errno, ENAMETOOLONG);
    format[NAME_MAX - 1] = '\0';
    EXPECT_NUMBER(stamp_set_time(&stamp, "", format, false, &now), 0);
}

/* A directory with the names that a test gives it. */
static char directory[] = "/tmp/stamp.XXXXXX";
static int dir;
static const struct stamp plain = {.head = "n-", .suffix = ".s", .width = 1};

static void
take(uint64_t counter)
{
    char name[NAME_MAX + 1];
    int fd;

    EXPECT_NUMBER(stamp_spell(&plain, counter, name), 0);
    fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    EXPECT(fd != -1);
    close(fd);
}

static bool
is_taken(uint64_t counter)
{
    char name[NAME_MAX + 1];

    return stamp_spell(&plain, counter, name) == 0 &&
           faccessat(dir, name, F_OK, 0) == 0;
}

static void
open_directory(void)
{
    strcpy(strrchr(directory, '.'), ".XXXXXX");
    EXPECT(mkdtemp(directory) != NULL);
    dir = open(directory, O_RDONLY | O_DIRECTORY);
    EXPECT(dir != -1);
}

static void
remove_directory(void)
{
    char command[64];

    close(dir);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    EXPECT_NUMBER(system(command), 0);
}

/* From the first counter on a free one is found, and it is free. */
static uint64_t
find(void)
{
    uint64_t counter = STAMP_FIRST;

    EXPECT_NUMBER(stamp_find_free(&plain, dir, &counter), 0);
    EXPECT(counter > 0 && !is_taken(counter));
    return counter;
}

static void
no_holes(void)
{
    open_directory();
    for (uint64_t taken = 1; taken <= 300; taken++) {
        take(taken);
        EXPECT_NUMBER((long long)find(), (long long)taken + 1);
    }
    remove_directory();
}

static void
holes(void)
{
    open_directory();
    for (uint64_t taken = 1; taken <= 100; taken++) {
        if (taken % 10 != 0)
            take(taken);
    }
    for (int left = 10; left > 0; left--)
        take(find());
    for (uint64_t taken = 1; taken <= 100; taken++) {
        if (!is_taken(taken))
            take(taken);
    }
    EXPECT(find() > 100);
    remove_directory();
}

/* What somebody plants where the doubled steps arrive. */
static void
planted_strides(void)
{
    open_directory();
    take(1);
    take(2);
    for (uint64_t next = 8; next < UINT64_MAX / 2; next *= 2)
        take(next);
    take(UINT64_MAX / 2 + 1);
    EXPECT(find() != UINT64_MAX);
    /* And the end, so that there is nothing to halve. */
    take(UINT64_MAX);
    EXPECT_NUMBER((long long)find(), 3);
    take(3);
    EXPECT_NUMBER((long long)find(), 4);
    remove_directory();
}

static void
from_the_end(void)
{
    uint64_t counter = UINT64_MAX - 1;

    open_directory();
    take(UINT64_MAX - 1);
    EXPECT_NUMBER(stamp_find_free(&plain, dir, &counter), 0);
    EXPECT(counter == UINT64_MAX);
    take(UINT64_MAX);
    EXPECT_NUMBER(stamp_find_free(&plain, dir, &counter), 0);
    EXPECT_NUMBER((long long)counter, 1);
    remove_directory();
}

static void
no_directory(void)
{
    uint64_t counter = 1;

    open_directory();
    remove_directory();
    dir = -1;
    EXPECT_NUMBER(stamp_find_free(&plain, dir, &counter), -1);
    EXPECT_NUMBER(errno, EBADF);
    EXPECT_NUMBER((long long)counter, 1);
}

static void
spelling(void)
{
    struct stamp stamp = {.head = "h-", .suffix = ".s", .width = 4};
    char name[NAME_MAX + 1];

    EXPECT_NUMBER(stamp_spell(&stamp, 7, name), 0);
    EXPECT_TEXT(name, "h-0007.s");
    EXPECT_NUMBER(stamp_spell(&stamp, 12345, name), 0);
    EXPECT_TEXT(name, "h-12345.s");
    EXPECT_NUMBER(stamp_spell(&stamp, UINT64_MAX, name), 0);
    EXPECT_TEXT(name, "h-18446744073709551615.s");
    memset(stamp.suffix, 's', NAME_MAX - 6);
    stamp.suffix[NAME_MAX - 6] = '\0';
    EXPECT_NUMBER(stamp_spell(&stamp, 9999, name), 0);
    EXPECT_NUMBER(stamp_spell(&stamp, 10000, name), -1);
    EXPECT_NUMBER(errno, ENAMETOOLONG);
}

int
main(void)
{
    setenv("TZ", "EST5", 1);
    unit_test(
        "the calendar is gmtime's on every day of four times 400 years", all_days);
    unit_test("the calendar ends where gmtime's does", ends_of_time);
    unit_test("%N and %s are numbers, whatever TZ is", numbers);
    unit_test("a format that makes no name is refused", refused_formats);
    unit_test("a counter is padded, and fits or is refused", spelling);
    unit_test("without holes the next counter is found", no_holes);
    unit_test("with holes a free counter is found, until all are taken", holes);
    unit_test("names planted at each step are passed over", planted_strides);
    unit_test("at 2^64 the search goes on from the first counter", from_the_end);
    unit_test("what cannot be looked at is an error", no_directory);
    return unit_end();
}
