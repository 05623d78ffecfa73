/*
 * calls - the system calls that the programs make, and how each can fail.
 */
#ifndef FAULTS_CALLS_H
#define FAULTS_CALLS_H

#include <stdbool.h>

struct call {
    long number;
    const char *name;
    const int *errors; /* ends with 0; the likeliest first */
    /* How many arguments of bytes to move: the index of that argument, or -1. */
    int count_argument;
    /* Answered with EINTR whenever a signal that is handled comes in between. */
    bool is_interruptible;
    /* Takes effect even when it says that it failed; close(2). */
    bool happens_anyway;
};

/* The description of system call NUMBER, or NULL: then it belongs into the table. */
const struct call *call_find(long number);

/* "EIO" */
const char *call_error_name(int error);

#endif
