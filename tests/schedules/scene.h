/*
 * scene - what is run: two to four processes on one FILE, and what they may do to it.
 *
 * One row of the table in scene.c is one scene. Of each process only its command line
 * is told; what it promises follows from that.
 */
#ifndef SCHEDULES_SCENE_H
#define SCHEDULES_SCENE_H

#include <stdbool.h>
#include <stddef.h>

enum { SCENE_MOST_PROCESSES = 4, SCENE_TEXT_SIZE = 128, SCENE_MOST_ARGUMENTS = 12 };

enum scene_operation {
    SCENE_PUT,           /* atomwrite, plain or -P or -k: FILE becomes the input */
    SCENE_PUT_NEW,       /* -n */
    SCENE_PUT_DIFFERENT, /* -c */
    SCENE_APPEND,        /* -a */
    SCENE_ADD,  /* adds one to the number in FILE: -u, or a script under flock(1) */
    SCENE_READ, /* lockread */
    SCENE_READ_NEWEST,  /* lockread --newest */
    SCENE_CREATE,       /* uniqcreate */
    SCENE_CLAIM,        /* uniqcreate -l */
    SCENE_CREATE_LINES, /* uniqcreate --lines */
    SCENE_RETAIN,       /* uniqcreate --retain=2 */
    SCENE_TAKE,         /* lockread --take, of which COMMAND prints the content */
    SCENE_CLEAN,        /* rm of the turn's name: a person who tidies up */
};

/* What is in the directory before. */
enum scene_start {
    SCENE_MISSING, /* nothing */
    SCENE_NUMBER,  /* FILE, which holds "0\n" */
    SCENE_LINK,    /* FILE, a symlink to a file that holds "0\n" */
    SCENE_DEAD,    /* FILE, and the turn of a writer that was killed */
    SCENE_CLAIMED, /* the first name of uniqcreate, finished */
    SCENE_LITTER,  /* the same, and its stage beside it */
    SCENE_OLD,     /* three files of uniqcreate, for --retain */
};

struct scene {
    const char *name;
    enum scene_start start;
    const char *commands[SCENE_MOST_PROCESSES]; /* NULL where there are fewer */
    const char *after;                          /* the "one more run" */
};

struct scene_process {
    char words[SCENE_TEXT_SIZE];
    const char *arguments[SCENE_MOST_ARGUMENTS];
    enum scene_operation operation;
    bool keeps; /* -k */
    const char *input;
};

extern const struct scene scenes[];
extern const size_t scene_count;

/* The names that all scenes use. */
#define SCENE_FILE       "f"
#define SCENE_TURN       ".f.atomwrite"
#define SCENE_PREFIX     "p-"
#define SCENE_CLAIM_NAME "p-T-1"
#define SCENE_OLD_HEAD   "p-1970-"
#define SCENE_OLDEST     SCENE_OLD_HEAD "1"

/* How many files SCENE_RETAIN leaves. */
enum { SCENE_RETAINED = 2 };

/* How many processes SCENE has; and how many besides those that only read. */
unsigned scene_process_count(const struct scene *scene);

/* Fills PROCESS of the command line COMMAND, the INDEX-th of its scene. */
void scene_prepare(struct scene_process *process, const char *command, unsigned index);

/*
 * What OPERATION makes of OLD, NULL for a FILE that is missing, with INPUT; written to
 * RESULT. Whether it may change such a FILE at all.
 */
bool scene_apply(enum scene_operation operation, const char *input, const char *old,
    char result[SCENE_TEXT_SIZE]);

/* The scene called NAME, or NULL. */
const struct scene *scene_find(const char *name);

#endif
