/*
 * sweep - tries every fault on one path on one fallback.
 */
#ifndef FAULTS_SWEEP_H
#define FAULTS_SWEEP_H

#include <stdbool.h>

#include "paths.h"

struct sweep_options {
    const char *programs;  /* the directory they are in */
    const char *directory; /* to work in; made if needed */
    /* How many errors of each call are tried where there is a fallback; 0: all. */
    unsigned most_errors;
};

struct tally {
    unsigned injected;
    unsigned violations; /* runs with at least one */
    unsigned unlinks;    /* left something, for the call that cleans up failed */
    unsigned placeholders;
    unsigned missed; /* the call did not come this time */
    bool is_same;    /* the fallback is never met on this path */
    bool is_broken;  /* it could not be tried */
};

/* Sweeps PATH on FALLBACK; says each violation on standard output. */
void sweep(struct tally *tally, const struct sweep_options *options,
    const struct path *path, const struct fallback *fallback);

#endif
