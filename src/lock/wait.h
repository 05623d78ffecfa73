/*
 * wait - how long to wait for a lock, and the waiting itself.
 *
 * One struct wait serves one run: its clock starts at the first wait, whatever
 * lock that was for, and its limit is the -w of the user. Locks are asked for
 * again and again, in steps that grow from a fraction of a millisecond to a few, or
 * more where it takes long to ask, with jitter: to block in the kernel instead would
 * need a lock whose holder we trust, and a timer that may fire before the call that it
 * is to end. Whoever knows of something that will come first (see queue.h) waits for
 * that in longer steps, which end with it.
 */
#ifndef WHOLEFILE_LOCK_WAIT_H
#define WHOLEFILE_LOCK_WAIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { WAIT_FOR_EVER = -1, WAIT_NO_MORE = -1 };

/* What will end a step early, and so how long it may be. */
enum wait_pace {
    WAIT_UNTOLD, /* nothing will: in short steps */
    WAIT_NEAR,   /* mostly the end of a process: in steps that are not as short */
    WAIT_FAR,    /* the end of a process, after which others come first: long steps */
};

struct wait {
    int64_t limit_ns; /* 0: do not wait; WAIT_FOR_EVER: no limit */
    bool is_awaited;  /* the caller asks again and again: a deadlock is one although
                         LIMIT_NS is 0 */
    int64_t start_ns; /* monotonic; 0 before the first wait */
    int64_t step_ns;  /* the next step's length; 0 where it has to start again */
    uint64_t jitter;  /* state of the generator; 0 before the first wait */
    bool noticed;     /* the notice below was given */

    int64_t asking_since_ns; /* the end of the last step; 0 before it */
    int64_t question_ns;     /* the least time from there to the next one; 0: unknown */
    bool was_woken;          /* the last step ended early */
    int64_t far_ns;          /* the next step far off; 0 where it has to start again */
    enum wait_pace pace;     /* of the next step */

    /*
     * Called once, after a second of waiting, with the PID that is waited for, or
     * 0 where that is not known, and the name of what it holds. May be NULL.
     */
    void (*notice)(const void *context, pid_t holder, int dir, const char *what);
    const void *context;
};

enum wait_result {
    WAIT_AGAIN,       /* a step went by: ask again */
    WAIT_OVER,        /* the limit is reached */
    WAIT_INTERRUPTED, /* see interrupt_signal */
};

/*
 * How many nanoseconds to pause before the lock is asked for again, or WAIT_NO_MORE
 * where the limit is reached; WAIT is brought forward. NOW_NS, monotonic and not 0, is
 * all that it knows of the world, and the jitter, which MUST NOT be 0.
 */
int64_t wait_pause(struct wait *wait, int64_t now_ns);

/* Waits one step for HOLDER (0: unknown) that holds the name WHAT in DIR. */
enum wait_result wait_step(struct wait *wait, pid_t holder, int dir, const char *what);

/* The same, in a step at PACE, which ends when the descriptor FIRST is ready to be
   read; -1, with WAIT_UNTOLD: there is none. */
enum wait_result wait_step_behind(struct wait *wait, enum wait_pace pace, int first,
    pid_t holder, int dir, const char *what);

#endif
