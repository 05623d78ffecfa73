/*
 * say - the one way in which the programs speak: a line on standard error,
 *
 *     PROGRAM: OBJECT: what happened (what to do)
 *
 * written at once, so that lines of several processes do not mix. Control
 * characters in names are escaped as by vis(3). Keeps errno.
 */
#ifndef WHOLEFILE_CLI_SAY_H
#define WHOLEFILE_CLI_SAY_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/status.h"

/* Sets the name of the program, for all lines; called once, first. */
void say_program(const char *name);

/* Says what FORMAT gives, of OBJECT; HINT is what to do, or NULL. */
void say(const char *object, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the text and the hint of ERRNUM after ": ". */
void say_errno(int errnum, const char *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says a usage error of OBJECT, and returns STATUS_USAGE. */
enum status say_usage(const char *object, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * From now on, until say_release, lines that standard error does not take at once are
 * kept in memory: when nobody reads it, others must not wait for a lock of ours.
 */
void say_hold(void);

/* Whether there are such lines. */
bool say_is_holding(void);

/* Writes them, and keeps no more. */
void say_release(void);

/*
 * NAME with control characters and backslashes escaped; to be freed. Never NULL:
 * without memory it says so and exits with STATUS_NO_PROCESS.
 */
char *say_escaped(const char *name);

/*
 * Writes SIZE bytes of TEXT to standard output, at once. 0, or -1 with errno.
 */
int say_output(const char *text, size_t size);

#endif
