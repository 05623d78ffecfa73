/*
 * quantity - the numbers, sizes, durations and owners of the command line.
 *
 * Each returns 0, or -1 and in *PROBLEM what is wrong, as the end of the sentence
 * "this is ...".
 */
#ifndef WHOLEFILE_CLI_QUANTITY_H
#define WHOLEFILE_CLI_QUANTITY_H

#include <stdint.h>
#include <sys/types.h>

/* A decimal number from MIN to MAX. strtonum(3) */
int quantity_number(
    const char *text, int64_t min, int64_t max, int64_t *value, const char **problem);

/* Bytes, with K, M or G (powers of 1024) as may be. expand_number(3) */
int quantity_size(const char *text, int64_t *bytes, const char **problem);

/* Nanoseconds, of a decimal fraction of seconds or, with a suffix, s, m, h or d. */
int quantity_duration(const char *text, int64_t *nanoseconds, const char **problem);

/* The same, or "inf": WAIT_FOR_EVER (wait.h). */
int quantity_wait(const char *text, int64_t *nanoseconds, const char **problem);

/*
 * USER, USER:GROUP, USER: (the user's own group) or :GROUP, names or numbers, as
 * chown(1). What is not named becomes (uid_t)-1 or (gid_t)-1.
 */
int quantity_owner(const char *text, uid_t *owner, gid_t *group, const char **problem);

#endif
