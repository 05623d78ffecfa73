/*
 * call - what a system call is to the scheduler.
 *
 * Only calls that others can see the effect of, or whose answer others can change,
 * are points at which the order matters; all other calls run on between two of them.
 */
#ifndef SCHEDULES_CALL_H
#define SCHEDULES_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum call_kind {
    CALL_PRIVATE, /* nobody else can tell when it happens */
    CALL_SHARED,  /* a point at which another process may be let on */
    CALL_SYNC,    /* fsync(2): it can only fail */
    CALL_CLOCK,   /* answered with the virtual time */
    CALL_SLEEP,   /* waits for the virtual time alone */
    CALL_POLL,    /* waits for descriptors, a child, or the virtual time */
    CALL_CHILD,   /* waits for a child */
    CALL_LOCK,    /* flock(2) that would block */
};

enum { CALL_NAME_SIZE = 48, CALL_MOST_DESCRIPTORS = 64 };

struct call {
    long number;
    uint64_t arguments[6];
    char name[2][CALL_NAME_SIZE]; /* "" where it has none */
    enum call_kind kind;
    bool changes; /* what others see may be another after it */
};

/* Of a process: the descriptors of files that nobody else can reach. */
struct call_private {
    bool is[CALL_MOST_DESCRIPTORS];
    bool is_elsewhere[CALL_MOST_DESCRIPTORS]; /* of a directory that is not the scene's
                                               */
};

/* The numbers of the calls that the scheduler has to see, for the filter. */
extern const long call_numbers[];
extern const size_t call_number_count;

/* Reads the call at which PID has stopped. 0, or -1 with errno. */
int call_read(struct call *call, pid_t pid, const struct call_private *private);

/* Whether CALL only looks: nobody can tell whether it was made. */
bool call_only_looks(const struct call *call);

/* Whether CALL is about a name in a directory that is not the scene's. */
bool call_is_elsewhere(const struct call *call, const struct call_private *private);

/* Whether CALL makes a file without a name. */
bool call_is_unnamed(const struct call *call);

/* Whether CALL is an openat(2) that may create. */
bool call_creates(const struct call *call);

/* A descriptor that CALL gives a name to, or -1. */
int call_names_descriptor(const struct call *call);

/* How long a CALL_SLEEP or CALL_POLL waits, in nanoseconds; -1: for ever. */
int64_t call_patience_ns(const struct call *call, pid_t pid);

/* One of the errors that CALL may give, chosen by RANDOM; 0: it cannot fail. */
int call_error(const struct call *call, unsigned random);

/* Spells CALL for a person into TEXT. */
void call_spell(const struct call *call, char *text, size_t size);

#endif
