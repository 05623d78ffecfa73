/*
 * uniqcreate_options - the command line of uniqcreate(1).
 */
#ifndef WHOLEFILE_CREATE_UNIQCREATE_OPTIONS_H
#define WHOLEFILE_CREATE_UNIQCREATE_OPTIONS_H

#include <stdbool.h>
#include <time.h>

#include "cli/options.h"
#include "create/dated_name.h"

struct uniqcreate_options {
    struct options shared;
    const char *format; /* of strftime(3), and %N */
    bool is_local;
    bool has_time;
    struct timespec time; /* if has_time */
    const char *suffix;
    int width;                  /* digits of the counter, at least */
    int64_t retain;             /* how many files are to be left; 0: all */
    struct dated_form retained; /* of their names, if retain > 0 */
    bool live;
    bool empty;
    bool is_batch;  /* --lines or --null: a file of each record */
    char delimiter; /* of the records */
    bool quiet;
    char terminator; /* of the printed path */
    const char *prefix;
    char *const *command; /* or NULL */
};

/*
 * Parses the command line. *HAS_WORK says whether there is something to do; else the
 * status that is returned is the program's: help was given, or an error said.
 */
enum status uniqcreate_parse(
    struct uniqcreate_options *options, int argc, char *argv[], bool *has_work);

#endif
