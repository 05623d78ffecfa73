/*
 * await - waits until something may have changed for a FILE (--await).
 *
 * Order: await_watch FILE, look at it, and where it is not as wanted await_change,
 * again and again. The watch is there before the look, so that no change is missed. It
 * is one of inotify(7) on the directory, or where that is missing on the nearest one
 * above, and on FILE itself, which may be a directory or a link to elsewhere.
 *
 * That a lock was let go of is no event, so a locked FILE is looked at again and again,
 * in steps that grow to a quarter of a second, or with --take to ten seconds, for there
 * it is mostly another consumer's; and so is everything where inotify does not work:
 * NFS, FUSE. Else nothing runs between two events, but for a look every ten
 * seconds, for what no watch tells: a directory above that was moved, say.
 */
#ifndef WHOLEFILE_READ_AWAIT_H
#define WHOLEFILE_READ_AWAIT_H

#include <stdbool.h>
#include <stdint.h>

struct await {
    int fd;              /* of inotify; -1: none */
    bool is_blind;       /* it does not tell all: look now and then, too */
    int64_t deadline_ns; /* monotonic; WAIT_FOR_EVER: none */
    int64_t step_ns;     /* until the next look without an event */
    int64_t pause_ns;    /* where events come without end */
    int64_t woken_ns;    /* when the last event came */
};

/* The clock of -w starts. LIMIT_NS as in struct wait. */
void await_start(struct await *await, int64_t limit_ns);

/* To be called before each look at FILE; several are watched together. */
void await_watch(struct await *await, const char *file);

enum await_result {
    AWAIT_CHANGE,      /* maybe: look again */
    AWAIT_OVER,        /* the limit is reached */
    AWAIT_INTERRUPTED, /* see interrupt_signal */
};

/* What is in the way. */
enum await_reason {
    AWAIT_NOTHING, /* what an event will tell the end of */
    AWAIT_LOCK,    /* a lock, whose end is no event */
    AWAIT_OTHERS,  /* locks of those who take files, too, which mostly end with one:
                      looked at soon, and then ever less often */
};

enum await_result await_change(struct await *await, enum await_reason reason);

/* Watches nothing any more. */
void await_forget(struct await *await);

#endif
