/*
 * engine - plays one scene once, one system call at a time.
 *
 * Every process is stopped before its next call, a strategy says who makes it, and
 * then the directory is looked at. Time passes by steps, and when all wait it jumps to
 * whoever waits the least: so nothing here takes as long as it says, and a run depends
 * on its schedule alone.
 */
#ifndef SCHEDULES_ENGINE_H
#define SCHEDULES_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "call.h"
#include "oracle.h"
#include "scene.h"
#include "tape.h"
#include "tracee.h"

enum { ENGINE_MOST_ACTORS = 12, ENGINE_MOST_STEPS = 2000 };

/* UNNAMED where the system has files without a name, NAMED where it has not. MIXED:
   where it depends on who asks, as for a server and the clients of its file system; the
   odd ones have not. */
enum engine_form { ENGINE_UNNAMED, ENGINE_NAMED, ENGINE_MIXED };
enum { ENGINE_FORM_COUNT = 3 };
extern const char *const engine_form_words[ENGINE_FORM_COUNT];

enum actor_state {
    ACTOR_READY,    /* before a call that it can make */
    ACTOR_SLEEPING, /* until the time is WAKES_NS */
    ACTOR_WAITING,  /* for a descriptor, a child or a lock, and until WAKES_NS */
    ACTOR_ENDED,
};

struct actor {
    pid_t pid;
    enum actor_state state;
    struct call call; /* the one that it has stopped at */
    struct call_private private;
    int64_t wakes_ns; /* -1: never */
    int parent;       /* -1: none, it is a process of the scene */
    unsigned dead_children;
    unsigned sleeps;      /* how many there were */
    bool is_new;          /* its first stop is ptrace's own */
    bool is_before_exec;  /* a child that is not its COMMAND yet */
    bool has_only_looked; /* with its last call */
    bool is_refused;      /* its lock was not to be had, nothing has changed since */
    int status;
};

/* What could have been done at a step. */
struct engine_choice {
    unsigned step;
    int current;         /* who made the step before; -1: nobody */
    unsigned chosen;     /* by default */
    bool is_free;        /* CURRENT cannot go on: it is no preemption */
    unsigned alive;      /* bits: who has not ended */
    unsigned can_run;    /* bits: whose call can be made now */
    unsigned could_wake; /* bits: who would be, if time jumped */
    unsigned had_effect; /* bits: whose last call was more than a look, or who has made
                            none, at the first step */
    bool only_fails;     /* the call of CHOSEN is private */
};

struct engine;

/* Who says what is done; the default is in CHOICE. */
struct engine_strategy {
    void (*decide)(void *context, const struct engine *engine,
        const struct engine_choice *choice, struct tape_entry *entry);
    void *context;
};

struct engine {
    /* Of a scene, from engine_open on. */
    const struct scene *scene;
    enum engine_form form;
    int dir;
    unsigned process_count;
    struct scene_process processes[SCENE_MOST_PROCESSES + 1];
    struct template templates[SCENE_MOST_PROCESSES + 1];
    int inputs[SCENE_MOST_PROCESSES + 1];
    int outputs[SCENE_MOST_PROCESSES + 1];
    FILE *table; /* where each step is told, or NULL */

    /* Of a run. */
    struct oracle oracle;
    unsigned actor_count;
    struct actor actors[ENGINE_MOST_ACTORS];
    int64_t now_ns;
    unsigned step_count;
    struct engine_choice choices[ENGINE_MOST_STEPS];
    struct tape tape; /* what was done, as departures from the default */
    uint64_t hash;    /* of all that was done, in order */
    unsigned preemptions;
};

/* Starts the templates of SCENE with the programs in PROGRAMS, to be played in DIR. 0,
   or -1 with errno. */
int engine_open(struct engine *engine, const struct scene *scene, enum engine_form form,
    const char *programs, int dir);

void engine_close(struct engine *engine);

/* Whether process NUMBER has to do without files that have no name. */
bool engine_is_named(const struct engine *engine, unsigned number);

/* Plays the scene once; what was wrong is in oracle.violation. */
void engine_run(
    struct engine *engine, const struct engine_strategy *strategy, unsigned tick_us);

#endif
