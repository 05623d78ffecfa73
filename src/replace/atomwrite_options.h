/*
 * atomwrite_options - the command line of atomwrite(1).
 */
#ifndef WHOLEFILE_REPLACE_ATOMWRITE_OPTIONS_H
#define WHOLEFILE_REPLACE_ATOMWRITE_OPTIONS_H

#include <stdbool.h>

#include "cli/options.h"

struct atomwrite_options {
    struct options shared;
    bool append;
    bool update;
    bool no_clobber;
    bool if_changed;
    bool touch;
    bool no_dereference;
    unsigned keep;             /* how many previous versions; 0: none */
    bool needs_old;            /* what is made, or kept, depends on the old content */
    unsigned unchanged_status; /* of a run that had nothing to change */
    const char *file;
    char *const *command; /* or NULL */
};

/*
 * Parses the command line. *HAS_WORK says whether there is something to do; else the
 * status that is returned is the program's: help was given, or an error said.
 */
enum status atomwrite_parse(
    struct atomwrite_options *options, int argc, char *argv[], bool *has_work);

#endif
