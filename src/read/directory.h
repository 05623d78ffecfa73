/*
 * directory - the regular files of a directory, in the order of their names.
 *
 * Names with a leading dot are left out: they are hidden from "*", too, and among them
 * are the stages of writers. Symbolic links are not regular files.
 *
 * The order is that of strcmp(3). No more than DIRECTORY_MOST_NAMES are kept in memory:
 * the first of them, and when these were handed out the directory is read again for
 * those that follow.
 *
 * Several processes can share the names without each trying each: one that finds that
 * another is at a name, or was, passes over the next ones, too (directory_pass_over),
 * for the other is going to try them. What was passed over comes in the end, if a
 * second look at the directory still finds it: that looks at no single name.
 */
#ifndef WHOLEFILE_READ_DIRECTORY_H
#define WHOLEFILE_READ_DIRECTORY_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

/* 5 megabytes of names as long as uniqcreate(1) makes them. */
enum { DIRECTORY_MOST_NAMES = 65536 };

/*
 * How many names are passed over: so many tries for each that was in vain. What one
 * process passes over at the end of a directory another has still to do, so they
 * are not many.
 */
enum { DIRECTORY_PASSED_OVER = 32 };

enum directory_state {
    DIRECTORY_LISTED,
    DIRECTORY_PASSED, /* passed over */
    DIRECTORY_LEFT,   /* and still there at the second look */
};

struct directory_name {
    char *text; /* owned */
    enum directory_state state;
};

struct directory {
    DIR *stream; /* NULL: closed */
    struct directory_name *names;
    size_t count;
    size_t size;
    size_t next;               /* to be handed out */
    bool has_more;             /* names that follow the last of these */
    bool has_passed;           /* one of these was passed over */
    enum directory_state walk; /* DIRECTORY_LISTED, or DIRECTORY_LEFT in the end */
    char *after; /* owned; all up to this one was handed out; NULL: nothing yet */
};

/* 0, or -1 with errno. opendir(3) */
int directory_open(struct directory *directory, const char *path);

enum directory_result { DIRECTORY_NAME, DIRECTORY_END, DIRECTORY_FAILED /* errno */ };

/* *NAME is valid until the next call. */
enum directory_result directory_next(struct directory *directory, const char **name);

/* Passes over the names that follow the one that was handed out last. */
void directory_pass_over(struct directory *directory);

void directory_close(struct directory *directory);

#endif
