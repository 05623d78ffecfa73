/*
 * interrupt - signals that end a run, noticed at points of our own choosing.
 *
 * HUP, INT, TERM, XCPU, XFSZ and PIPE only set a flag; one that was ignored when
 * the program started stays ignored. Who gives or removes a hidden name holds the
 * signals back around the call *and* its bookkeeping (interrupt_hold,
 * interrupt_release): a name must never be in the directory and not in the books.
 * In the end the program cleans up and dies by the signal (interrupt_die), so that
 * its parent sees what happened.
 *
 * The flag is the only mutable global state of the suite: a handler has nothing
 * else to write to.
 *
 * A signal that arrives between the look at the flag and a blocking read would be
 * noticed only after that read. Instead of a further call before every read, the
 * handler sets an alarm, whose own handler sets the next: a read is interrupted
 * within a second, as often as it takes.
 */
#ifndef WHOLEFILE_BASE_INTERRUPT_H
#define WHOLEFILE_BASE_INTERRUPT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Installs the handlers; called once, first. 0, or -1 with errno. sigaction(2) */
int interrupt_catch(void);

/* The signal that arrived, or 0. */
int interrupt_signal(void);

/* Holds the signals back until as many calls of interrupt_release. */
void interrupt_hold(void);
void interrupt_release(void);

/*
 * poll(2) for at most TIMEOUT_NS nanoseconds (negative: no limit) during which
 * the signals and SIGCHLD are let through, held back or not. Returns as poll;
 * EINTR where one arrived, before or during the wait, so that none is missed.
 */
int interrupt_poll(struct pollfd *descriptors, nfds_t count, long long timeout_ns);

/*
 * Notices children from now on: SIGCHLD is let through in interrupt_poll alone.
 * The signals are held back as by interrupt_hold until interrupt_release.
 */
void interrupt_hold_for_child(void);

/* The dispositions and the mask that a COMMAND is to get back. */
void interrupt_defaults(sigset_t *handled, sigset_t *mask);

/* Dies by the signal that arrived, as if it had never been caught. */
_Noreturn void interrupt_die(void);

#endif
