/*
 * judge - whether a FILE that is locked is what was asked for: young enough, large
 * enough, accepted by --check.
 */
#ifndef WHOLEFILE_READ_JUDGE_H
#define WHOLEFILE_READ_JUDGE_H

#include <stdint.h>

#include "lock/content_lock.h"
#include "read/lockread_options.h"
#include "read/refusal.h"

/* Reads no more of CONTENT than it has to, and leaves its offset. */
struct reading judge(const struct lockread_options *options, const struct voice *voice,
    const char *file, const struct content_lock *content);

/* The seconds from the mtime of THERE to NOW, less than 0 where that is still to come.
   An mtime may be whatever 64 bits can say: INT64_MAX stands for all that is more. */
int64_t judge_age_s(const struct stat *there, time_t now);

#endif
