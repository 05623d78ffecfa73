/*
 * trace - runs a program and lets one of its system calls fail, or be its last.
 *
 * The program is followed from its entry point, after the dynamic loader's part, to
 * its end; one that is linked statically from the first rt_sigprocmask(2), which is
 * what the programs of the suite begin with, after their libc's part. A child that it
 * starts is followed as far as its own program. Each call is known by its number and
 * by which of its kind it is, counted from 1.
 */
#ifndef FAULTS_TRACE_H
#define FAULTS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_ERROR,      /* the call is not made, and fails */
    FAULT_DONE_ERROR, /* it is made, and says that it failed: a resent request */
    FAULT_KILL,       /* SIGKILL instead of the call */
    FAULT_TERM,       /* SIGTERM during the call */
    FAULT_SHORT,      /* every transfer moves at most ERROR bytes */
    FAULT_EINTR,      /* every call that can be interrupted is, before it works */
};

struct fault {
    enum fault_kind kind;
    long number;
    unsigned occurrence;
    int error;
};

/* A call that always fails: where (argument & mask) == value. */
struct fixed_fault {
    long number;
    unsigned argument;
    unsigned long mask;
    unsigned long value;
    int error; /* 0 ends a list */
};

enum { TRACE_MOST_CALLS = 4096, TRACE_MOST_FIXED = 4, TRACE_NAME_SIZE = 64 };

struct trace_call {
    long number;
    unsigned occurrence;
    long first_argument;
    bool is_of_descriptor; /* fstatat(2) without a name */
    bool is_childs;        /* between fork and exec */
};

struct trace {
    int status;         /* as of wait(2) */
    bool has_timed_out; /* and was killed */
    bool is_injected;   /* the fault has happened */
    struct trace_call hit;
    char hit_name[TRACE_NAME_SIZE]; /* what fstatat and unlinkat were asked about */
    bool handles_signals;           /* had set a handler when the fault happened */
    unsigned fixed_hits;
    size_t first_fixed; /* which of CALLS was the first of them */
    size_t call_count;
    struct trace_call calls[TRACE_MOST_CALLS];
};

/*
 * Runs ARGV, started by process_fork() with DIR and FDS, with FAULT and the FIXED
 * faults (MOST_FIXED at most, or NULL). Returns 0, or -1 with errno where it could
 * not be traced at all.
 */
int trace_run(struct trace *trace, const char *const argv[], const char *dir,
    const int fds[3], const struct fault *fault, const struct fixed_fault *fixed);

#endif
