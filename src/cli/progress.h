/*
 * progress - shows how far the copying has come, on standard error: redrawn twice a
 * second on a terminal, a plain line every ten seconds elsewhere, and one at the
 * end.
 */
#ifndef WHOLEFILE_CLI_PROGRESS_H
#define WHOLEFILE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct progress {
    const char *name; /* of what is written or read */
    off_t moved_bytes;
    off_t expected_bytes; /* 0 where it is not known */
    int64_t start_ns;
    int64_t shown_ns; /* when it was last shown */
    bool is_terminal;
    bool is_on_screen; /* a line without its end stands on the terminal */
};

/* EXPECTED is the size of what INPUT refers to, where that is a regular file. */
void progress_start(struct progress *progress, const char *name, int input);

/* For the moved of struct pour_options; CONTEXT is a struct progress. */
void progress_moved(void *context, off_t bytes);

/* Shows the last state, and ends the line. */
void progress_end(struct progress *progress);

#endif
