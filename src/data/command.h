/*
 * command - runs somebody else's program: the COMMAND operand, and --check.
 *
 * It gets back the signals and the mask that we were started with, and none of our
 * descriptors but 0 to 2. A struct command owns its child until it is reaped or
 * abandoned.
 */
#ifndef WHOLEFILE_DATA_COMMAND_H
#define WHOLEFILE_DATA_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct command {
    pid_t pid; /* 0 when empty or reaped */
    int ended; /* as of waitpid(2), once reaped */
};

struct command_io {
    int in;             /* its standard input, or -1: ours */
    bool in_anew;       /* IN is opened anew, for reading, from its start: a child must
                           share neither the offset nor the lock of ours */
    int out;            /* its standard output, or -1: ours */
    const char *staged; /* the value of ATOMWRITE_STAGED, or NULL */
    const char *taken;  /* the value of LOCKREAD_FILE, or NULL: what it is */
};

/*
 * Starts ARGV, found by PATH. interrupt_catch MUST have been called: its end, and
 * signals, are noticed in interrupt_poll. 0, or -1 with errno:
 * ENOENT not found, EAGAIN or ENOMEM no process to be had, else cannot be run.
 * posix_spawnp(3)
 */
int command_start(
    struct command *command, char *const argv[], const struct command_io *io);

/* Looks, without waiting, whether it has ended. */
bool command_has_ended(struct command *command);

/* Waits for its end. 0, or -1 with EINTR: see interrupt_signal. */
int command_wait(struct command *command);

/* Passes SIGNAL on to it, and waits for its end, whatever it does. */
void command_finish(struct command *command, int signal);

/* Passes SIGNAL on to it, where SIGNAL is not 0, and waits no more. */
void command_abandon(struct command *command, int signal);

/*
 * The exit status that ENDED, of waitpid(2), stands for: its own, or 128 + N where
 * signal N killed it.
 */
int command_status(int ended);

#endif
