/*
 * verdict - what the judges of the three programs share.
 */
#ifndef FAULTS_VERDICT_H
#define FAULTS_VERDICT_H

#include "judge.h"

struct verdict {
    const struct run *run;
    struct judgement *judgement;
    int status;      /* of exit, or 128 + the signal */
    bool was_killed; /* by the fault */
    char out[SCENE_TEXT_SIZE];
    char err[SCENE_TEXT_SIZE];
    ssize_t input_left; /* bytes of the standard input that were not read */
    struct names names;
};

void verdict_on_atomwrite(struct verdict *verdict);
void verdict_on_uniqcreate(struct verdict *verdict);
void verdict_on_lockread(struct verdict *verdict);
void verdict_on_take(struct verdict *verdict);

/* Judges where the next --take has put what failed. */
void verdict_on_next_take(struct judgement *judgement, const struct run *run);

/* Whether the call that was hit was NUMBER on descriptor FD; -1: on any. */
bool verdict_hit(const struct verdict *verdict, long number, long fd);

/* Whether the call that was hit belongs to the clean-up: the unlink, or the look before
   it whether NAME is the program's own still. */
bool verdict_hit_clean_up(const struct verdict *verdict, const char *name);

/* Whether the program was told that something is not there that is: a file, or an
   attribute. What follows from that lie is not its fault. */
bool verdict_is_lied_to(const struct verdict *verdict);

/* Whether the run ended as it liked, and its calls said the truth. */
bool verdict_is_responsible(const struct verdict *verdict);

/* Whether the run may have left an empty file: a placeholder, as documented. */
bool verdict_may_be_placeholder(const struct verdict *verdict);

/* Demands that lockread answers for NAME: with CONTENT, or NULL: with STATUS. */
void verdict_lockread(
    struct verdict *verdict, const char *name, const char *content, int status);

/* Demands that the file NAME has CONTENT. */
void verdict_same(struct verdict *verdict, const char *name, const char *content);

#endif
