/*
 * stamp - names by time and counter, and which counter is free.
 */
#ifndef WHOLEFILE_CREATE_STAMP_H
#define WHOLEFILE_CREATE_STAMP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The counter of the first name of a second. */
enum { STAMP_FIRST = 1 };

struct stamp {
    char head[NAME_MAX + 1]; /* the leaf of PREFIX, TIMESTAMP and "-" */
    char suffix[NAME_MAX + 1];
    int width; /* digits of the counter, at least */
};

/*
 * gmtime_r(3), which reads the local time zone from its files first, although UTC has
 * none. False where the year does not fit. The zone is "GMT", as in glibc.
 */
bool stamp_utc(time_t seconds, struct tm *calendar);

/*
 * Sets the head of STAMP to LEAF, the time NOW in FORMAT, and "-". FORMAT is that
 * of strftime(3), with %N for nine digits of nanoseconds and %s for NOW's seconds. 0,
 * or -1 with errno: EINVAL where FORMAT yields nothing or a "/", EOVERFLOW where the
 * calendar does not reach that far, ENAMETOOLONG.
 */
int stamp_set_time(struct stamp *stamp, const char *leaf, const char *format,
    bool is_local, const struct timespec *now);

/* Spells the name with COUNTER. 0, or -1 with ENAMETOOLONG. */
int stamp_spell(const struct stamp *stamp, uint64_t counter, char name[NAME_MAX + 1]);

/*
 * The reverse: whether TEXT is a counter, spelled like those of STAMP, and its suffix;
 * zeros are before it only up to its width. *COUNTER gets it.
 */
bool stamp_read_counter(const struct stamp *stamp, const char *text, uint64_t *counter);

/*
 * Finds a counter that is free in DIR, given one that is taken: *COUNTER, which it
 * changes. It doubles its steps until a name is free and then halves the interval,
 * so that N taken names cost 2 log2 N looks at most. Where strangers planted names so
 * that this leads nowhere, it looks at one after the other. Only the claim itself
 * decides. 0, or -1 with errno.
 */
int stamp_find_free(const struct stamp *stamp, int dir, uint64_t *counter);

#endif
