/*
 * after - the first programs that run after a power cut.
 *
 * Dear beside the other checks, because programs are started, so it is done on
 * a sample.
 */
#ifndef CRASH_AFTER_H
#define CRASH_AFTER_H

#include <stdbool.h>
#include <stddef.h>

#include "check.h"
#include "workload.h"

struct after {
    const struct workload *workload;
    const char *programs; /* the directory of the programs */
    const char *preload;  /* a library for the programs, or NULL */
    int marks_fd;         /* where the next run says what it did */
    size_t runs;          /* of the workload's program */
    size_t reads;         /* of lockread */
};

/*
 * lockread on each file of a state: 0 and the content for a finished one, 65
 * and no byte for a claim that was left. False, with finding, else.
 */
bool after_read(struct after *after, const struct seen *seen, int work_fd,
    char finding[FINDING_BYTES]);

/*
 * The next run for each FILE: it must exit with the workload's status, or 0, and
 * put its content there, and nothing hidden may be left. It makes its marks, for
 * the power may go again. Changes the state. False, with finding, else.
 */
bool after_run(struct after *after, int work_fd, char finding[FINDING_BYTES]);

#endif
