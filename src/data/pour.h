/*
 * pour - copies all that one descriptor gives into another.
 *
 * From a regular file the kernel copies by itself, as a reflink where it can, and on
 * ext4 into blocks that are asked for first;
 * else 256 KiB at a time go through memory: more is no faster, and a pipe holds
 * no more where it may be widened at all.
 */
#ifndef WHOLEFILE_DATA_POUR_H
#define WHOLEFILE_DATA_POUR_H

#include <stdbool.h>
#include <sys/types.h>

struct pour_options {
    /* Starts write-back while copying, for an fsync is going to follow. */
    bool write_behind;
    /* Called after each part with its length in bytes; may be NULL. */
    void (*moved)(void *context, off_t bytes);
    void *context;
};

extern const struct pour_options POUR_PLAIN;

enum pour_result {
    POUR_DONE,
    POUR_EMPTY_PIPE,   /* IN does not block, and has nothing now: call again */
    POUR_LIMIT,        /* the limit is reached */
    POUR_READ_FAILED,  /* errno */
    POUR_WRITE_FAILED, /* errno */
    POUR_INTERRUPTED,  /* errno: EINTR; see interrupt_signal */
};

/*
 * Copies from IN, at its offset, to OUT, at its offset, until IN ends. Signals are let
 * through meanwhile.
 */
enum pour_result pour(int in, int out, const struct pour_options *options);

/* The same for at most LIMIT bytes, and without letting signals through: for an IN that
   does not block. */
enum pour_result pour_limited(
    int in, int out, off_t limit, const struct pour_options *options);

/*
 * The same as pour, never within the kernel: what splice(2) and its like put into a
 * pipe still changes when the file does, after its lock is gone.
 */
enum pour_result pour_through_memory(
    int in, int out, const struct pour_options *options);

#endif
