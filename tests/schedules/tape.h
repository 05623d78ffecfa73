/*
 * tape - a schedule: where it departs from what happens by default.
 *
 * By default the process that runs goes on until it waits or ends, and then the next
 * one that can. A schedule is the list of steps at which something else is done, and
 * the time that a step takes; so it can be replayed, shortened and written down.
 */
#ifndef SCHEDULES_TAPE_H
#define SCHEDULES_TAPE_H

#include <stdbool.h>
#include <stddef.h>

enum tape_action {
    TAPE_RUN,  /* ACTOR makes the call that it has stopped at */
    TAPE_KILL, /* ACTOR is killed before it */
    TAPE_FAIL, /* the call of ACTOR fails with ERROR */
};

struct tape_entry {
    unsigned step;
    enum tape_action action;
    unsigned actor;
    int error;
};

enum { TAPE_MOST = 192, TAPE_TEXT_SIZE = 3072 };

struct tape {
    unsigned tick_us; /* what a step takes */
    size_t count;
    struct tape_entry list[TAPE_MOST];
};

/* The form that tape_parse reads: "20us 3:1 7:kill0 9:fail1/5". */
void tape_spell(const struct tape *tape, char text[TAPE_TEXT_SIZE]);

/* 0, or -1 where TEXT is no schedule. */
int tape_parse(struct tape *tape, const char *text);

/* Adds an entry, if there is room. */
void tape_add(struct tape *tape, const struct tape_entry *entry);

#endif
