/*
 * options - what the three programs' command lines have in common.
 */
#ifndef WHOLEFILE_CLI_OPTIONS_H
#define WHOLEFILE_CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/status.h"
#include "data/accept.h"
#include "file/meta.h"

/* The options that mean the same wherever they exist. */
struct options {
    struct accept accept;
    struct meta_wish wish;
    bool no_sync;
    bool makes_parents;
    bool is_verbose;
    bool shows_progress;
    int64_t wait_ns;       /* WAIT_FOR_EVER: no limit */
    const char *lock_file; /* or NULL */
};

/* What getopt_long(3) returns for long options without a letter. */
enum {
    OPTION_MIN_SIZE = 256,
    OPTION_END_MARKER,
    OPTION_CHECK,
    OPTION_OWNER,
    OPTION_NO_SYNC,
    OPTION_PROGRESS,
    OPTION_LOCK_FILE,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_FIRST_OWN, /* the first of a program's own */
};

/* Rows for the tables of getopt_long(3). */
#define OPTIONS_READING                                                                \
    {"min-size", required_argument, NULL, OPTION_MIN_SIZE},                            \
        {"non-empty", no_argument, NULL, 'e'},                                         \
        {"check", required_argument, NULL, OPTION_CHECK},                              \
        {"progress", no_argument, NULL, OPTION_PROGRESS},                              \
        {"verbose", no_argument, NULL, 'v'}, {"help", no_argument, NULL, OPTION_HELP}, \
    {                                                                                  \
        "version", no_argument, NULL, OPTION_VERSION                                   \
    }
#define OPTIONS_WRITING                                                                \
    {"end-marker", required_argument, NULL, OPTION_END_MARKER},                        \
        {"mode", required_argument, NULL, 'm'},                                        \
        {"owner", required_argument, NULL, OPTION_OWNER},                              \
        {"parents", no_argument, NULL, 'p'},                                           \
    {                                                                                  \
        "no-sync", no_argument, NULL, OPTION_NO_SYNC                                   \
    }
#define OPTIONS_WAITING                                                                \
    {"wait", required_argument, NULL, 'w'},                                            \
    {                                                                                  \
        "lock-file", required_argument, NULL, OPTION_LOCK_FILE                         \
    }

/*
 * Takes OPTION, one of those above, with its ARGUMENT. Returns STATUS_DONE, or
 * STATUS_USAGE when it has said what is wrong.
 */
enum status options_take(struct options *options, int option, const char *argument);

/*
 * Takes the ARGUMENT of OPTION, as "--keep": a decimal number from MIN to MAX.
 * Returns STATUS_DONE, or STATUS_USAGE when it has said that it is none.
 */
enum status options_take_number(
    const char *option, const char *argument, int64_t min, int64_t max, int64_t *value);

/* What --version prints. */
#define OPTIONS_VERSION(program) program " (" PACKAGE_NAME ") " PACKAGE_VERSION "\n"

/* What a program's command line is made of. */
struct options_syntax {
    const char *letters; /* of getopt_long(3), begins with "+:" */
    const struct option *table;
    const char *help;
    const char *version;
    const char *operand; /* the name of the one that must be there */

    /* Whether the options say what it would; or NULL. */
    bool (*is_complete)(const void *own);

    /* Takes OPTION, whose argument is optarg: one of its own, else by options_take. */
    enum status (*take)(void *own, int option);

    /* Takes the operands, from argv[optind] on, and checks that all goes together. */
    enum status (*take_operands)(void *own, int argc, char *argv[]);
};

/*
 * Takes the options one after the other, with OWN for syntax->take, and answers --help
 * and --version; then the operands. Returns the status. *HAS_WORK: it is STATUS_DONE,
 * and nothing was asked that is answered already.
 */
enum status options_parse(const struct options_syntax *syntax, void *own, int argc,
    char *argv[], bool *has_work);

/* COMMAND and its arguments, from argv[optind] on, less a "--" before it; or NULL. */
char *const *options_command(int argc, char *argv[]);

#endif
