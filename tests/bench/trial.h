/*
 * trial - runs a program once, and measures what it costs.
 *
 * What it reads and where its output goes is made ready before the clock starts, and
 * cleared away after it has stopped.
 */
#ifndef BENCH_TRIAL_H
#define BENCH_TRIAL_H

#include <stdbool.h>
#include <sys/types.h>

enum trial_input {
    TRIAL_NO_INPUT,
    TRIAL_BYTES,   /* a pipe that holds all of it already, 64 KiB at most */
    TRIAL_PRODUCE, /* a pipe that another process fills meanwhile */
    TRIAL_FILE,
};

enum trial_output {
    TRIAL_NO_OUTPUT,
    TRIAL_DRAIN,  /* a pipe that another process empties meanwhile */
    TRIAL_UNLINK, /* what it prints are the paths of files to be removed */
};

struct trial {
    enum trial_input input;
    enum trial_output output;
    off_t size_bytes;      /* of TRIAL_BYTES and TRIAL_PRODUCE */
    const char *path;      /* of TRIAL_FILE */
    const char *sync_dir;  /* its file system is synced before; or NULL */
    const char *empty_dir; /* emptied afterwards; or NULL */
    bool is_apart;         /* the others run on another CPU */
};

struct trial_cost {
    double us;
    double cpu_us; /* of it, on a CPU, in this process or the kernel for it */
    long faults;
    /* Of the largest process there was; not below what this process has. */
    long peak_kib;
};

/* A program that does not end with status 0 ends this one, too. */
void trial_run(const struct trial *trial, char *const argv[], struct trial_cost *cost);

#endif
