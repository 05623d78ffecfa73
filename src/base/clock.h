/*
 * clock - the time that only ever goes on: what is waited for is measured by it.
 */
#ifndef WHOLEFILE_BASE_CLOCK_H
#define WHOLEFILE_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment before the program started. clock_gettime(2) */
int64_t clock_ns(void);

#endif
