/*
 * interrupt - signals that end a run, let through only inside what may take long.
 *
 * HUP, INT, TERM, XCPU, XFSZ, PIPE, ALRM, VTALRM, USR1 and USR2 are blocked from
 * interrupt_catch on, so that a line that gives or removes a name needs no thought.
 * They are let through between interrupt_open and interrupt_close, around a call that
 * may take long (see io.h for those of one descriptor), and in interrupt_poll. Their
 * handler only sets a flag; the caller looks at it, cleans up, and in the end the
 * program dies by the signal (interrupt_die), so that its parent sees what happened. It
 * is installed when they are let through for the first time, for a run that never waits
 * needs none.
 * One that was ignored or blocked when the program started stays so. Before
 * interrupt_catch, or without it, all of this does nothing, and signals do what they do
 * by default.
 *
 * A signal that arrives between the look at the flag and a blocking call would be
 * noticed only after that call. Instead of a further call before each, the handler sets
 * an alarm, whose SIGALRM sets the next: the call is interrupted within a second. No
 * alarm is set before a signal has arrived, so none of ours is taken for the user's.
 *
 * PIPE and XFSZ that a write of our own has caused are no news: the write fails with
 * EPIPE or EFBIG, and its caller knows what that means. interrupt_file_limit.
 */
#ifndef WHOLEFILE_BASE_INTERRUPT_H
#define WHOLEFILE_BASE_INTERRUPT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Blocks the signals. 0, or -1 with errno. sigprocmask(2) */
int interrupt_catch(void);

/* Undoes interrupt_catch: what was not obeyed meanwhile is obeyed now. */
void interrupt_uncatch(void);

/* The signal that has been let through, or 0. */
int interrupt_signal(void);

/*
 * The same, after letting through what waits: the last look before a name is given, and
 * the one after a sync, which no signal would have ended.
 */
int interrupt_look(void);

/*
 * Lets the signals through until interrupt_close, which gets what this returned: false
 * where they were let through already, so that pairs may be nested. Keeps errno.
 */
bool interrupt_open(void);
void interrupt_close(bool opened);

/*
 * poll(2) for at most TIMEOUT_NS nanoseconds (negative: no limit) during which
 * the signals and SIGCHLD are let through. Returns as poll; EINTR where one arrived,
 * before or during the wait, so that none is missed.
 */
int interrupt_poll(struct pollfd *descriptors, nfds_t count, long long timeout_ns);

/* From now on SIGCHLD is noticed: it is let through in interrupt_poll alone. */
void interrupt_watch_children(void);

/*
 * To be called after EFBIG: where that was the limit of ulimit -f, and XFSZ is not
 * ignored, XFSZ counts as arrived.
 */
void interrupt_file_limit(void);

/* The signals that a COMMAND is to get at their defaults, and the mask it gets back. */
void interrupt_defaults(sigset_t *handled, sigset_t *mask);

/* Dies by the signal that arrived, as if it had never been caught. */
_Noreturn void interrupt_die(void);

#endif
