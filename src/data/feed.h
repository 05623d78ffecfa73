/*
 * feed - from where the bytes come: standard input, or a COMMAND's output.
 */
#ifndef WHOLEFILE_DATA_FEED_H
#define WHOLEFILE_DATA_FEED_H

#include "data/command.h"
#include "data/pour.h"

enum feed_result {
    FEED_DONE,
    FEED_READ_FAILED,    /* errno */
    FEED_WRITE_FAILED,   /* errno */
    FEED_CANNOT_RUN,     /* errno of command_start */
    FEED_COMMAND_FAILED, /* *ENDED, of waitpid(2), says how */
    FEED_INTERRUPTED,    /* see interrupt_signal; COMMAND got the signal, too */
};

/* Reads standard input to its end into OUT, at its offset. */
enum feed_result feed_standard_input(int out, const struct pour_options *options);

/*
 * Runs ARGV with the standard input IN, opened anew (-1: ours), and its output into
 * OUT. When it has exited with 0, what is in the pipe by then is taken, and no
 * child that it left behind with the pipe is waited for.
 */
enum feed_result feed_command(char *const argv[], int in, int out,
    const struct pour_options *options, int *ended);

#endif
