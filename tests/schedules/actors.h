/*
 * actors - moves one process from a call to its next one.
 */
#ifndef SCHEDULES_ACTORS_H
#define SCHEDULES_ACTORS_H

#include "engine.h"

/* Makes a new actor of PID. */
struct actor *actors_add(struct engine *engine, pid_t pid, int parent);

/* Resumes ACTOR until it stops before a call that matters, or ends. */
void actors_go(struct engine *engine, struct actor *actor);

/* Lets ACTOR make its call, wakes it, or refuses its lock; goes on as actors_go.
 *RESULT is the answer, where the table is told it. */
void actors_make_call(struct engine *engine, struct actor *actor, long *result);

void actors_kill(struct engine *engine, struct actor *actor);
void actors_fail(struct engine *engine, struct actor *actor, int error);

/* Whether ACTOR can make its call now; or could, if it were WAKES_NS. */
bool actors_can_run(const struct engine *engine, const struct actor *actor);
bool actors_could_wake(const struct actor *actor);

#endif
