/*
 * queue - an order among those who wait for one name, so that few of them ask at once.
 *
 * Everybody who waits holds a shared record lock on one byte of the directory, whose
 * offset is made of the name and of the time at which they began. So the kernel knows
 * who is older, with no name that could be left behind, and forgets them as they end.
 * These locks are in nobody's way: shared ones stand beside each other, no directory
 * can be opened for writing, which an exclusive one needs, and flock(2) does not see
 * them. They go when the process closes any descriptor of the directory, and are taken
 * again at the next look.
 *
 * It is a hint, and MUST never be more: it says when to ask again, and never who has
 * the turn. Whoever lies about it, or dies, costs the others the longest step of a wait
 * at most, for after that everybody looks whether the turn is free, and asks where it
 * is, or where nothing has moved. Where anything fails (a directory that cannot be
 * read, a system without pidfd_open(2), another PID name space), there is no queue, and
 * everybody asks in short steps.
 */
#ifndef WHOLEFILE_LOCK_QUEUE_H
#define WHOLEFILE_LOCK_QUEUE_H

#include <stdbool.h>
#include <sys/types.h>

enum queue_position {
    QUEUE_UP_TO_US, /* nobody is before us, or nobody knows: to ask is all there is */
    QUEUE_NEXT,     /* one process is, which has it by now, or is about to */
    QUEUE_FAR,      /* more are, and to ask is mostly in vain */
};

/* A place in the queue. It owns its descriptor; the lock goes with the process. */
struct queue {
    off_t place; /* the offset of our lock; 0 before the first look */
    enum queue_position position;
    int first;     /* a pidfd: who is to have ended before it is up to us, or -1 */
    pid_t watched; /* the holder whose pidfd FIRST is; 0: it is another's */
    unsigned vain; /* how often in a row we were found to be far */
};

#define QUEUE_EMPTY ((struct queue){.first = -1})

/*
 * Makes sure of our place among those who wait for NAME in DIR, which HOLDER has (0:
 * unknown). FIRST of QUEUE is then ready to be read when the process that we stand
 * behind has ended: the one before us (QUEUE_NEXT), the one before that (QUEUE_FAR), or
 * HOLDER.
 */
enum queue_position queue_look(
    struct queue *queue, int dir, const char *name, pid_t holder);

/* Whether the process that we stand behind has ended, so that our position is another.
 */
bool queue_has_moved(const struct queue *queue);

/* Looks no more. Our place stays ours until we end, for others wait for that. Keeps
   errno. */
void queue_leave(struct queue *queue);

#endif
