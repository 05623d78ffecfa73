/*
 * judge - whether a FILE that is locked is what was asked for: young enough, large
 * enough, accepted by --check.
 */
#ifndef WHOLEFILE_READ_JUDGE_H
#define WHOLEFILE_READ_JUDGE_H

#include "lock/content_lock.h"
#include "read/reader.h"

/* Reads no more of CONTENT than it has to, and leaves its offset. */
struct reading judge(
    const struct reader *reader, const char *file, const struct content_lock *content);

#endif
