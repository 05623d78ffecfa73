/*
 * marks - what the workload said, and when, among the block writes.
 *
 * "ready"            the directory is there; power cuts count from here on
 * "start W V"        run V of writer W begins
 * "claim W V NAME"   it has printed NAME, and is still being fed
 * "done W V NAME"    it has exited 0; NAME is what it wrote
 *
 * Each is one write to the disk's file "marks".
 */
#ifndef CRASH_MARKS_H
#define CRASH_MARKS_H

#include <stddef.h>

#include "content.h"
#include "log.h"
#include "workload.h"

/* Enough for every workload, and for AFTER_WRITER. */
enum { MARKS_WRITERS = 100, MARKS_ROUNDS = 16 };

/* Times are counted in marks from 1; NEVER is later than any of them. */
#define NEVER ((size_t)-1)

struct run_marks {
    size_t started;
    size_t claimed;
    size_t done;
    char name[NAME_BYTES];
};

struct marks {
    struct run_marks runs[MARKS_WRITERS][MARKS_ROUNDS];
    size_t now; /* what is later than this has not happened */
};

/* Writes one line. NAME may be NULL. Ends the program on failure. */
void marks_say(
    int marks_fd, const char *word, struct version version, const char *name);

/* No marks at all: everything is NEVER. */
void marks_clear(struct marks *marks);
/* Takes one mark over; true where it is "ready". */
bool marks_take(struct marks *marks, const struct log_entry *entry);

/* The run of that version, or NULL where no workload has one. */
const struct run_marks *marks_of(const struct marks *marks, struct version version);
bool marks_has_started(const struct marks *marks, struct version version);

#endif
