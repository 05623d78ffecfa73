/*
 * created - the names that uniqcreate makes, from their first moment on.
 */
#ifndef SCHEDULES_CREATED_H
#define SCHEDULES_CREATED_H

#include "oracle.h"

/* Looks at all names of SCENE_PREFIX after a call of process ACTOR; those that are
   there before the first are nobody's. */
void created_look(struct oracle *oracle, unsigned actor);

/* Process ACTOR, of --retain, is going to remove NAME. */
void created_about_to_go(struct oracle *oracle, unsigned actor, const char *name);

/* How many files are there, finished, that --retain counts. */
unsigned created_left(const struct oracle *oracle);

/* How many complete files process ACTOR has made; *NAME is the last one's. */
unsigned created_count(const struct oracle *oracle, unsigned actor, const char **name);

#endif
