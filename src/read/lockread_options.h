/*
 * lockread_options - the command line of lockread(1).
 */
#ifndef WHOLEFILE_READ_LOCKREAD_OPTIONS_H
#define WHOLEFILE_READ_LOCKREAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"

enum lockread_output { LOCKREAD_CONTENT, LOCKREAD_LIST, LOCKREAD_JSON };

struct lockread_options {
    struct options shared;
    bool newest;
    bool has_max_age;
    int64_t max_age_ns;
    bool skip;
    enum lockread_output output;
    bool headers;
    bool quiet;
    bool zero;
    const char *take;   /* for sh -c, or NULL */
    const char *failed; /* the directory of --failed, or NULL */
    bool await;
    const char *files0_from; /* or NULL */
    char *const *files;      /* ends with NULL */
    unsigned file_count;
};

/*
 * Parses the command line. *HAS_WORK says whether there is something to do; else the
 * status that is returned is the program's: help was given, or an error said.
 */
enum status lockread_parse(
    struct lockread_options *options, int argc, char *argv[], bool *has_work);

#endif
