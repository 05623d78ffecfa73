/*
 * oracle - whether what happened is what the suite promises.
 *
 * The specification, of which everything that a scene may show is a consequence:
 *
 *   whole      FILE, opened by name after any step, holds one complete version. It is
 *              never missing, empty or torn once it was there, and no inode that has
 *              its name changes.
 *   one        A version is made of the one right before it by exactly one process, as
 *   at a time  its command line says: the input, the old content and the input, one
 *              more. So the versions are a linear history, each made between the start
 *              and the end of its process, and no update is lost.
 *   the turn   Of two living processes that have been given the turn, at most one has
 *              not yet given it back, from its first look at FILE on.
 *   kept       0 means that the version was made; any other status but 76 that it was
 *              not. FILE.1 is the version before, and no FILE.i disappears.
 *   never over A name that uniqcreate or -n has made leads to that inode for ever.
 *   not yet    lockread prints a version that was there, finished, while it ran.
 *   taken      lockread --take removes what its COMMAND has had whole, and nothing
 *              else; where nobody dies each file is handled once.
 *   retained   uniqcreate --retain removes a finished file that N finished ones are
 *              newer than, while it has the exclusive lock of just that file; where all
 *              do, and nobody dies, N are left.
 *   an answer  lockread of a FILE that is replaced answers 0, however often it is.
 *   no litter  Nothing hidden is left; after a death, not after one more run.
 *   an end     When all others have ended or died, whoever waits goes on.
 *
 * Somebody outside of the suite who removes the turn's name may make its owner say 75,
 * and no more than that; but between the owner's last comparison and its rename nothing
 * can be promised, and such a run is not judged.
 */
#ifndef SCHEDULES_ORACLE_H
#define SCHEDULES_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#include "call.h"
#include "scene.h"
#include "world.h"

enum { ORACLE_MOST_VERSIONS = 32, ORACLE_MOST_CREATED = 16, ORACLE_TEXT_SIZE = 320 };

/* What is known of a process when it is over, and what it did. */
struct oracle_process {
    struct scene_process *process;
    bool has_started;
    bool has_ended;
    bool met_lock; /* one that locks content ran beside it */
    bool was_killed;
    bool was_failed;   /* a call of its was made to fail */
    int status;        /* as of wait(2) */
    unsigned first;    /* the version that was there when it started */
    unsigned last;     /* and when it ended */
    unsigned versions; /* how many it made */
    char output[SCENE_TEXT_SIZE];
    bool has_made_turn; /* the name of the turn is its */
    bool is_in_turn;    /* and it has gone on from there */
    bool has_confirmed; /* and made sure for the last time that it is */
};

struct oracle_created {
    char name[WORLD_NAME_SIZE];
    unsigned maker;
    struct world_file file;
    bool is_gone;
    bool was_taken; /* by lockread --take, or uniqcreate --retain */
};

struct oracle {
    const struct scene *scene;
    int dir;
    const char *watched; /* the name whose versions are followed */
    bool is_named;       /* some have to do without files that have no name */
    bool is_mixed;       /* and some have not */
    unsigned process_count;
    const int *outputs; /* their standard outputs */
    struct oracle_process processes[SCENE_MOST_PROCESSES + 1];
    unsigned version_count;
    struct world_file versions[ORACLE_MOST_VERSIONS];
    unsigned created_count;
    struct oracle_created created[ORACLE_MOST_CREATED];
    ino_t turn;
    bool has_kept[3];  /* FILE.i was there */
    unsigned injuries; /* kills and failures */
    bool was_cleaned; /* the turn's name was removed by somebody outside of the suite */
    bool is_void;     /* when it was too late to notice: nothing is promised */
    char violation[ORACLE_TEXT_SIZE]; /* "" as long as all is well */
};

/* Starts the history of SCENE in DIR, which was reset. */
void oracle_start(struct oracle *oracle, const struct scene *scene, int dir);

/* Before process ACTOR makes CALL. ACTOR is process_count or more for a COMMAND. */
void oracle_before(struct oracle *oracle, unsigned actor, const struct call *call);

/* After it has made it. */
void oracle_after(struct oracle *oracle, unsigned actor, const struct call *call);

/* Process ACTOR has ended. */
void oracle_ended(struct oracle *oracle, unsigned actor);

/* All have ended: their statuses and their output. */
void oracle_judge(struct oracle *oracle);

/* Nothing hidden may be left. */
void oracle_judge_litter(struct oracle *oracle);

/* Notes a violation, unless there is one already. */
void oracle_violated(struct oracle *oracle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
