/*
 * paths - the ways through the programs that are swept, and the fallbacks that each
 * is swept on.
 */
#ifndef FAULTS_PATHS_H
#define FAULTS_PATHS_H

#include <stddef.h>

#include "trace.h"

enum program { ATOMWRITE, UNIQCREATE, LOCKREAD, WRITES_IN_PLACE };

/* What is there before. */
enum {
    SCENE_KEPT = 1 << 0,       /* f.1 and f.2 */
    SCENE_ATTRIBUTES = 1 << 1, /* f has an owner, an ACL and an attribute */
    SCENE_LINK = 1 << 2,       /* link leads to f */
    SCENE_DEAD = 1 << 3, /* the turn of a dead writer, and a kept version half made */
    SCENE_TURN_HELD = 1 << 4,  /* somebody alive has the turn of f .. */
    SCENE_LOCKED = 1 << 5,     /* somebody has f locked exclusively */
    SCENE_LOCK_FILE = 1 << 6,  /* lock */
    SCENE_TAKEN = 1 << 7,      /* u-19700101T000000Z-1 to -5 */
    SCENE_UNFINISHED = 1 << 8, /* f is what a dead live writer left */
    SCENE_SIBLINGS = 1 << 9,   /* g and h, younger than f */
    SCENE_DEFAULT_ACL = 1 << 10,
    INPUT_IS_PIPE = 1 << 11,
    IS_LIVE = 1 << 12,
    NEEDS_ROOT = 1 << 13,
    REPLACES_LINK = 1 << 14,
    HELD_BY_ANCESTOR = 1 << 16,   /* .. and would have to wait for us */
    TAKES = 1 << 17,              /* f goes, or where COMMAND fails stays or is moved */
    SCENE_DEAD_STAGE = 1 << 15,   /* its stage, so it is swept only without O_TMPFILE */
    SCENE_FAILED = 1 << 18,       /* bad/, where those go whose COMMAND fails .. */
    SCENE_FAILED_TAKEN = 1 << 19, /* .. and bad/f */
    MAKES_PARENTS = 1 << 20,      /* FILE or PREFIX is in a/b/, which is missing .. */
    SCENE_PARENT = 1 << 21,       /* .. but for a/, or .. */
    SCENE_PARENTS = 1 << 22,      /* .. not at all */
    MAKES_THEM_FIRST = 1 << 23,   /* before the input is read */
    TAKEN_IN_USE = 1 << 24,       /* -1 is locked by somebody, and -2 unfinished */
};

enum { PATH_MOST_ARGUMENTS = 12 };

struct path {
    const char *name;
    enum program program;
    unsigned flags;
    int status;         /* of a run without faults */
    const char *before; /* f, NULL: is not there */
    const char *after;  /* f, or the new file, or what is printed; NULL: refused */
    const char *input;  /* standard input */
    const char *arguments[PATH_MOST_ARGUMENTS];
};

/* The name that atomwrite is to replace or make. */
const char *path_file(const struct path *path);

extern const struct path paths[];
extern const size_t path_count;

/* A program that promises nothing, to prove that the judge sees. */
extern const struct path path_proof;

struct fallback {
    const char *name; /* "" is none at all */
    struct fixed_fault fixed[TRACE_MOST_FIXED];
    bool commits; /* a plain run succeeds on it */
};

extern const struct fallback fallbacks[];
extern const size_t fallback_count;

/* Whether stages have names on FALLBACK: such is a network file system. */
bool fallback_is_named(const struct fallback *fallback);

/* As much as a pipe holds, made by paths_prepare(). */
extern char path_full_pipe[];
void paths_prepare(void);

/* The content of files that stay as they are. */
#define CONTENT_KEPT_1 "older\n"
#define CONTENT_KEPT_2 "oldest\n"
#define CONTENT_G      "g, younger\n"
#define CONTENT_H      "h, the youngest\n"
#define CONTENT_TAKEN  "taken\n"
#define CONTENT_NEXT   "the next run's\n"

#endif
