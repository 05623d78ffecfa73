/*
 * refusal - why a FILE is not printed: says it, as far as VOICE says anything, and
 * returns what came of FILE.
 */
#ifndef WHOLEFILE_READ_REFUSAL_H
#define WHOLEFILE_READ_REFUSAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "read/reading.h"

/* What is said of FILEs. */
struct voice {
    bool is_quiet;     /* -q: nothing */
    bool is_silent;    /* nothing for now, but of standard output (--newest, --await) */
    bool skips_locked; /* -s: not of those that are locked or unfinished */
    bool takes;        /* --take: not of those that others have taken */
};

/* Whether it says nothing of a FILE. */
bool voice_is_off(const struct voice *voice);

/* It is not what was asked for; HINT is what to do, or NULL. */
struct reading refusal_say(const struct voice *voice, const char *file,
    enum status status, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* There is no such file: no news where others take files, too. */
struct reading refusal_missing(const struct voice *voice, const char *file);

/* A call failed, with errno, while DOING ("read"). */
struct reading refusal_failed(
    const struct voice *voice, const char *file, const char *doing);

/* LOCKED, which is FILE itself or its lock file, is locked. */
struct reading refusal_locked(
    const struct voice *voice, const char *file, const char *locked);

/* HOLDER has the lock, and waits for us. */
struct reading refusal_deadlock(
    const struct voice *voice, const char *file, pid_t holder);

/* HOLDER has the lock of --lock-file, and waits for us. Where it is not skipped, or
   --take skips what others are at: nobody else is at all FILEs. */
struct reading refusal_lock_file_deadlock(
    const struct voice *voice, const char *file, pid_t holder);

/* Its writer died. */
struct reading refusal_unfinished(const struct voice *voice, const char *file);

/* Standard output takes no more; errno says why. */
struct reading refusal_no_output(const struct voice *voice);

#endif
