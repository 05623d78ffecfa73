/*
 * lineage - whether a lock that is in our way is our own, or that of an ancestor.
 *
 * To wait for such a lock could never end. PID is not what to ask for: flock(2) belongs
 * to the open file, and after "( flock 9; ... ) 9>L" the process that took the lock is
 * dead, while we and the shell live with it. So the "lock:" lines of proc_pid_fdinfo(5)
 * are asked, of ourselves and of our ancestors.
 *
 *   - Inherited, exclusive: we are inside of the lock, which cannot end before we do.
 *     Go on, and neither take, convert nor release anything: a descriptor of our own
 *     would be refused, for it is another open file.
 *   - Inherited, shared, and we want it exclusively: it cannot end before we do, and to
 *     convert it would take it from others who have it.
 *   - An ancestor's that is waiting for us: a deadlock. To go on under it is not safe,
 *     for the ancestor can die, and the lock with it.
 *   - An ancestor's that is not waiting for us, whose background job we are: it is
 *     waited for, and looked at again.
 *
 * Nothing of this is looked at before a lock is refused.
 */
#ifndef WHOLEFILE_LOCK_LINEAGE_H
#define WHOLEFILE_LOCK_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum lineage_result {
    LINEAGE_OTHERS,           /* it is nobody's of ours, as far as /proc tells */
    LINEAGE_INHERITED,        /* exclusive, by a descriptor that we inherited */
    LINEAGE_INHERITED_SHARED, /* shared, by a descriptor that we inherited */
    LINEAGE_WAITS_FOR_US,     /* an ancestor's that is waiting for us */
    LINEAGE_BUSY,             /* an ancestor's that is not waiting for us */
};

/*
 * Asks who of us has the content lock of FILE, which lies on the file system of the
 * descriptor NEIGHBOUR. *HOLDER gets the PID of the ancestor that has it, or 0.
 */
enum lineage_result lineage_of_content_lock(
    const struct stat *file, int neighbour, pid_t *holder);

/*
 * Asks who of us has the turn NAME in DIR, whose inode is FILE. *HOLDER is what F_GETLK
 * says, 0 where that is another PID name space, and gets the PID in /proc where an
 * ancestor has it. Never LINEAGE_INHERITED: record locks are not.
 */
enum lineage_result lineage_of_turn(
    const struct stat *file, int dir, const char *name, pid_t *holder);

/*
 * Marks the environment, and so that of all that we start from now on, with the turn
 * that we have, FILE, open as FD: into a PID name space with a /proc of its own no
 * number leads.
 */
void lineage_mark_turn(const struct stat *file, int fd);

/* When to look again: what is nobody's of ours may come to be. Starts as all zero. */
struct lineage_pace {
    int64_t due_ns;
    int64_t step_ns;
    bool is_put_off; /* DUE_NS is not known yet */
};

/* Whether it is time for a look: at first, and then ever less often. */
bool lineage_is_due(struct lineage_pace *pace);

/* Puts the first look off, to some time after it is first asked whether one is due,
   when most locks have been let go. Asks no clock: most runs never wait. */
void lineage_put_off(struct lineage_pace *pace);

#endif
