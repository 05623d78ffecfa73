/*
 * operands - which FILEs: one name after the other, from the command line or from
 * --files0-from.
 *
 * A FILE that turns out to be a directory stands for the regular files in it (see
 * directory.h): whoever finds that out says so with operands_enter. So a FILE that is
 * none costs no system call here.
 */
#ifndef WHOLEFILE_READ_OPERANDS_H
#define WHOLEFILE_READ_OPERANDS_H

#include <limits.h>
#include <stdbool.h>

#include "cli/status.h"
#include "read/directory.h"
#include "read/lockread_options.h"
#include "read/name_list.h"
#include "read/refusal.h"

enum operands_list { OPERANDS_LIST_UNREAD, OPERANDS_LIST_OPEN, OPERANDS_LIST_DONE };

struct operands {
    const struct lockread_options *options;
    const struct voice *voice;
    unsigned next; /* on the command line */
    enum operands_list list_state;
    struct name_list list;
    unsigned long long list_count; /* how many names came from it */
    struct directory directory;
    char path[PATH_MAX + NAME_MAX + 2]; /* of a file in DIRECTORY */
    size_t prefix_length;               /* of DIRECTORY in it, with its "/" */
    bool has_entered;                   /* a directory, in which new files may come */
    enum status worst; /* of what is wrong with lists and directories themselves */
};

/* Both others MUST outlive OPERANDS. */
void operands_start(struct operands *operands, const struct lockread_options *options,
    const struct voice *voice);

/* The next name, valid until the next call; NULL after the last. What cannot be read is
   said, and passed over. */
const char *operands_next(struct operands *operands);

/*
 * The name that came last is a directory: those of its files are next. False where it
 * stood in a directory itself, which has regular files only, as far as this goes.
 */
bool operands_enter(struct operands *operands, const char *name);

/* Whether the name that came last stands in a directory that was entered. */
bool operands_is_inside(const struct operands *operands);

/* Another process is at the file that came last, or was: see directory.h. */
void operands_pass_over(struct operands *operands);

/* Returns operands->worst. */
enum status operands_finish(struct operands *operands);

#endif
