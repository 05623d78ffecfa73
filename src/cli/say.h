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
 * NAME with control characters and backslashes escaped; to be freed. Never NULL:
 * without memory it says so and exits with STATUS_NO_PROCESS.
 */
char *say_escaped(const char *name);

/*
 * Writes SIZE bytes of TEXT to standard output, at once. 0, or -1 with errno.
 */
int say_output(const char *text, size_t size);

#endif
