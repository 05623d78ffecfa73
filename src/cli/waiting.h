/*
 * waiting - what is said of waiting for locks, and of waiting in vain.
 */
#ifndef WHOLEFILE_CLI_WAITING_H
#define WHOLEFILE_CLI_WAITING_H

#include "cli/writer.h"
#include "lock/content_lock.h"
#include "lock/wait.h"
#include "stage/turn.h"

/* Sets up WAIT by the options of WRITER, with a notice on a terminal or with -v.
   Both MUST outlive it. */
void waiting_start(struct wait *wait, const struct writer *writer);

/* Says that LOCK ("it is", "its lock file is"), NAME in DIR, is locked, and by whom;
   returns STATUS_LOCKED. */
enum status waiting_said_busy(
    const struct writer *writer, int dir, const char *name, const char *lock);

/* Says that HOLDER, 0 where it is not known, has a lock that we need and is waiting for
   us; returns STATUS_LOCKED. */
enum status waiting_said_deadlock(const struct writer *writer, pid_t holder);

/* Notes, with -v, that LOCK, of NAME, is one that we inherited. */
void waiting_note_inherited(
    const struct writer *writer, const struct content_lock *lock, const char *name);

/* Says why RESULT is not a turn, and returns the status. */
enum status waiting_said_no_turn(const struct writer *writer, const struct place *place,
    enum turn_result result, const char *turn_name, pid_t holder);

#endif
