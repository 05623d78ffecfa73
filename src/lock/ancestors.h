/*
 * ancestors - the processes that started us, and whether they are waiting for us.
 *
 * All of it comes from proc(5), in the numbers of the PID name space that /proc was
 * mounted for, which need not be ours. The chain ends where /proc tells no more: at
 * the first process of the name space, or where there is no /proc at our parent.
 */
#ifndef WHOLEFILE_LOCK_ANCESTORS_H
#define WHOLEFILE_LOCK_ANCESTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* More than anybody nests. */
enum { ANCESTORS_MOST = 128 };

struct ancestors {
    pid_t pid[ANCESTORS_MOST]; /* [0] is ourselves, [1] our parent, ... */
    size_t count;
    bool numbers_are_ours; /* the numbers are those of getpid(2) and F_GETLK */
};

/* Finds them. */
void ancestors_find(struct ancestors *ancestors);

/*
 * Whether the ancestor with this INDEX, 1 or more, goes on only after we have ended, as
 * far as can be told: from it down to us each process
 *   - has no other child, but for one that reads our own output to its end, and
 *   - is blocked in a call that such a wait is made of: for a child, for a signal, in
 *     poll(2), select(2) or epoll(7), in reading a pipe. /proc/PID/wchan tells; where
 *     that does not, being blocked at all is taken for it. It is looked at twice, and
 *     has not run in between.
 *
 * A shell that has started us in the background and runs something else is not waiting;
 * once it is, at "wait", the answer changes.
 */
bool ancestors_wait(const struct ancestors *ancestors, size_t index);

#endif
