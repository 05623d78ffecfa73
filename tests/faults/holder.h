/*
 * holder - somebody who has the turn of a file.
 *
 * Record locks are a process's own, and the process that runs a program is its
 * ancestor: the programs tell that case from the one of a stranger.
 */
#ifndef FAULTS_HOLDER_H
#define FAULTS_HOLDER_H

#include <sys/types.h>

/* Makes NAME in DIR and locks it. Its descriptor, or -1 with errno; until it is closed
   this process has the turn. */
int holder_take_turn(int dir, const char *name);

/* Starts a process that does so, and returns once it has. Its PID, or -1. */
pid_t holder_start(int dir, const char *name);

void holder_stop(pid_t holder);

#endif
