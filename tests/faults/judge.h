/*
 * judge - whether a run kept the promises, by what it left and what it said.
 */
#ifndef FAULTS_JUDGE_H
#define FAULTS_JUDGE_H

#include "scene.h"
#include "trace.h"

/* All there is to know about one run. */
struct run {
    struct scene *scene;
    const struct path *path;
    const struct fallback *fallback;
    const struct fault *fault;
    const struct trace *trace;
    const char *lockread; /* the program */
};

enum apart {
    APART_NOT,
    APART_UNLINK,      /* the very call that cleans up was made to fail */
    APART_PLACEHOLDER, /* neither links nor RENAME_NOREPLACE: as documented */
};

struct judgement {
    unsigned violations;
    char first[512]; /* the first one, in words */
    enum apart apart;
    bool left_some; /* what the next run has to take over, or to do */
};

/* Judges RUN; what is read anew is the scene. */
void judge_run(struct judgement *judgement, const struct run *run);

/* Judges whether the scene, after a run of the program that was not disturbed and
   ended with STATUS (as of wait(2)), is as if nothing had happened before. */
void judge_next(struct judgement *judgement, const struct run *run, int status);

void judge_blame(struct judgement *judgement, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
