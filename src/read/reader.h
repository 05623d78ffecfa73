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

struct reader {
    const struct lockread_options *options;
    struct outbox outbox;
    struct wait wait;
    struct stat
        output;     /* the standard output; all 0 where it is not known or not used */
    bool is_first;  /* no FILE was printed yet */
    bool is_silent; /* says nothing for now (--newest, at its first try) */
};

/* What came of a FILE. */
enum reading_result {
    READING_DONE,
    READING_LOCKED,     /* not there yet: somebody writes, and -w ended */
    READING_DEADLOCK,   /* its holder waits for us: it would never be there */
    READING_UNFINISHED, /* never: its writer died */
    READING_MISSING,    /* there is no such name */
    READING_DIRECTORY,  /* it stands for the files in it; nothing was said */
    READING_REFUSED,    /* it is not what was asked for */
    READING_FAILED,     /* it may not or cannot be read */
    READING_NO_OUTPUT,  /* standard output takes no more, of whatever FILE */
};

struct reading {
    enum reading_result result;
    enum status status; /* STATUS_DONE where the result is READING_DONE */
};

/* Both MUST outlive READER. */
void reader_start(struct reader *reader, const struct lockread_options *options);

/*
 * Reads FILE into the outbox, which is written where it is full. Where it cannot be had
 * that is said, unless is_silent, --quiet or --skip ask for silence.
 */
struct reading reader_take(struct reader *reader, const char *file);

/* What READING makes of the status: -s passes over what is not there yet. */
enum status reader_status(const struct reader *reader, struct reading reading);

/* Writes what is left, and ends the reader. */
enum status reader_finish(struct reader *reader);

#endif
