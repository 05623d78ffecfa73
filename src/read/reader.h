/*
 * reader - takes one FILE for lockread: locks it, judges it, reads it, lets go.
 *
 * One reader serves one run: the limit of -w is for all its FILEs together.
 */
#ifndef WHOLEFILE_READ_READER_H
#define WHOLEFILE_READ_READER_H

#include <sys/stat.h>

#include "data/outbox.h"
#include "lock/wait.h"
#include "read/lockread_options.h"
#include "read/locks.h"
#include "read/reading.h"
#include "read/refusal.h"

struct reader {
    const struct lockread_options *options;
    struct outbox outbox;
    struct wait wait;
    struct voice voice;
    struct stat output; /* the standard output; all 0 where it is not known */
    bool is_first;      /* no FILE was printed yet */
};

/* OPTIONS MUST outlive READER. */
void reader_start(struct reader *reader, const struct lockread_options *options);

/*
 * Takes the locks of FILE, the content lock as KIND, and judges it. What is not
 * READING_DONE was said. LOCKS is to be released whatever came of it.
 */
struct reading reader_lock(struct reader *reader, const char *file,
    enum content_lock_kind kind, struct locks *locks);

/*
 * Reads FILE into the outbox, which is written where it is full. Where it cannot be had
 * that is said, as far as its voice says anything.
 */
struct reading reader_take(struct reader *reader, const char *file);

/* What READING makes of the status. SKIPS: -s, which passes over what is not there
   yet. */
enum status reader_status(struct reading reading, bool skips);

/* Writes what is left, and ends the reader. */
enum status reader_finish(struct reader *reader);

#endif
