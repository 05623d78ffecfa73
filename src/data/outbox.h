/*
 * outbox - collects what is to be printed, so that it is written while no lock is
 * held: a slow pipe must not keep a writer waiting.
 *
 * Small files are gathered into one write; one that does not fit in memory
 * (OUTBOX_LIMIT) is for the caller to pass on under its lock.
 */
#ifndef WHOLEFILE_DATA_OUTBOX_H
#define WHOLEFILE_DATA_OUTBOX_H

#include <stddef.h>
#include <sys/types.h>

/* 64 MiB: what is read before a byte of it is written. */
enum { OUTBOX_LIMIT = 64 * 1024 * 1024 };

struct outbox {
    char *data; /* owned; NULL when empty */
    size_t used;
    size_t size;
};

enum outbox_result {
    OUTBOX_DONE,
    OUTBOX_TOO_LARGE,   /* the file has more than OUTBOX_LIMIT; nothing was added */
    OUTBOX_READ_FAILED, /* errno; nothing was added */
};

/* Adds all of FD, of about EXPECTED bytes, from its offset; *ADDED gets how many. */
enum outbox_result outbox_read(
    struct outbox *outbox, int fd, off_t expected, size_t *added);

/* Adds SIZE bytes of TEXT. 0, or -1 with errno. */
int outbox_add(struct outbox *outbox, const char *text, size_t size);

/* Writes it all to standard output if there is enough for one write. To be called
   with no lock held. 0, or -1 with errno. */
int outbox_flush_if_full(struct outbox *outbox);

/* The same, whatever there is. */
int outbox_flush(struct outbox *outbox);

void outbox_release(struct outbox *outbox);

#endif
