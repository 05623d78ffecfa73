/*
 * refusal - why a FILE is not printed: says it, where READER is not silent, and returns
 * what came of FILE.
 */
#ifndef WHOLEFILE_READ_REFUSAL_H
#define WHOLEFILE_READ_REFUSAL_H

#include "read/reader.h"

/* It is not what was asked for; HINT is what to do, or NULL. */
struct reading refusal_say(const struct reader *reader, const char *file,
    enum status status, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* There is no such file: no news where others take files, too. */
struct reading refusal_missing(const struct reader *reader, const char *file);

/* A call failed, with errno, while DOING ("read"). */
struct reading refusal_failed(
    const struct reader *reader, const char *file, const char *doing);

/* LOCKED, which is FILE itself or its lock file, is locked. */
struct reading refusal_locked(
    const struct reader *reader, const char *file, const char *locked);

/* HOLDER has the lock, and waits for us. */
struct reading refusal_deadlock(
    const struct reader *reader, const char *file, pid_t holder);

/* Its writer died. */
struct reading refusal_unfinished(const struct reader *reader, const char *file);

/* Standard output takes no more; errno says why. */
struct reading refusal_no_output(const struct reader *reader);

#endif
