/*
 * reader - takes one FILE for lockread: locks it, judges it, reads it, lets go.
 */
#ifndef WHOLEFILE_READ_READER_H
#define WHOLEFILE_READ_READER_H

#include "data/outbox.h"
#include "lock/content_lock.h"
#include "read/lockread_options.h"

struct reader {
    const struct lockread_options *options;
    struct outbox outbox;
    bool is_first;   /* no FILE was printed yet */
    bool is_silent;  /* says nothing for now (--newest, at its first try) */
    bool has_failed; /* standard output takes no more */
    bool is_not_yet; /* the last FILE was locked or unfinished */
    bool is_stale;   /* it was replaced on another machine while it was read */
    unsigned tries;  /* for that reason */
};

/*
 * Reads FILE into the outbox, which is written where it is full, and returns
 * STATUS_DONE, or says why not and returns the status.
 */
enum status reader_take(struct reader *reader, const char *file);

/* Writes what is left. The status as above. */
enum status reader_finish(struct reader *reader);

#endif
