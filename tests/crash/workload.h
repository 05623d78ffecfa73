/*
 * workload - what is run while the disk records, and what must hold after.
 */
#ifndef CRASH_WORKLOAD_H
#define CRASH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "content.h"

/* Which rule a state is held against (check.c). */
enum rule {
    RULE_REPLACED,  /* FILE is a whole version, none acknowledged is lost */
    RULE_KEPT,      /* the same, and FILE.1 to FILE.N */
    RULE_GROWN,     /* FILE holds every acknowledged line once */
    RULE_UNIQUE,    /* every acknowledged name is there, whole, once */
    RULE_CLAIMED,   /* the same; a live claim may be there unfinished */
    RULE_LINES,     /* each file is one line; none acknowledged is lost */
    RULE_CONFIRMED, /* an acknowledged FILE is there, whole; others may be anything */
    RULE_TAKEN,  /* each event is there, or what came of it; acknowledged: that alone */
    RULE_FAILED, /* the same, and what comes of it is its move to another directory */
    RULE_RETAINED /* the newest N are there; acknowledged: and no others */
};

/* How the input comes. */
enum feeding {
    FEED_VERSION, /* a version on standard input */
    FEED_LINE,    /* a line on standard input */
    FEED_LINES,   /* some of them */
    FEED_COMMAND, /* a COMMAND adds the line; nothing on standard input */
    FEED_NOTHING
};

struct workload {
    const char *name;
    const char *program; /* a file in src/ of the build directory */
    const char *option;  /* or NULL */
    const char *more;    /* another one, or NULL */
    const char *before;  /* of a run that comes first and promises nothing, or NULL */
    int status;          /* with which a run ends that did what it should */
    enum rule rule;
    enum feeding feeding;
    unsigned writers;  /* that run at the same time */
    unsigned rounds;   /* runs of each writer, one after the other */
    size_t size_bytes; /* of each version */
    unsigned kept;     /* versions, under RULE_KEPT; files, under RULE_RETAINED */
    unsigned files;    /* 1, or one for each writer; 0: uniqcreate names them */
    bool makes_way;    /* each FILE in directories of its own, which are not there */
};

/* A claim can be told from a finished file by exactly this mode. */
enum { CLAIM_MODE = 0200 };
/* Longest name of a file in a workload, with its NUL. */
enum { NAME_BYTES = 64 };
/* The writer that comes after the power cut. */
enum { AFTER_WRITER = 99 };
/* Files of the spool that one run takes, and lines of one input. */
enum { EVENTS = 4 };
/* Where those go that fail, seen from the directory of the workload. */
#define FAILED_DIRECTORY "bad"
/* PREFIX of the names that uniqcreate makes here. */
#define UNIQUE_PREFIX "event-"
/* Where the workload runs, in the root of the file system under test. */
#define WORK_DIRECTORY "work"

/* The workload of that name, or NULL. */
const struct workload *workload_find(const char *name);

/* Whose files a run is about: the one after the power cut goes round. */
unsigned workload_owner(struct version version);

/* Whether files are there before it starts, which it takes. */
bool workload_takes(const struct workload *workload);

/* The file that this writer replaces: "file", "file-W" for one each, or
   "way-W/deep/file". */
void workload_file(
    const struct workload *workload, unsigned writer, char name[NAME_BYTES]);

/* Argument vectors are short: program, options, time, FILEs, COMMAND and end. */
enum { ARGUMENTS = 12, TAKE_BYTES = 512 };

struct command {
    const char *arguments[ARGUMENTS];
    char file[NAME_BYTES];
    char line[LINE_BYTES];
    char take[TAKE_BYTES];
    char events[EVENTS][NAME_BYTES];
};

/* Fills in the command line of one run; it points into *command itself. */
void workload_command(const struct workload *workload, const char *program,
    struct version version, struct command *command);

#endif
