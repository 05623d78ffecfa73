#include "config.h"

#include "data/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/io.h"

/* How much is taken from a COMMAND that always has more, before its end and the
   signals get a look in. */
enum { ROUND_SIZE = 4 * 1024 * 1024 };

static enum feed_result
result_of_pour(enum pour_result result)
{
    switch (result) {
    case POUR_READ_FAILED:
        return FEED_READ_FAILED;
    case POUR_WRITE_FAILED:
        return FEED_WRITE_FAILED;
    case POUR_INTERRUPTED:
        return FEED_INTERRUPTED;
    case POUR_DONE:
    case POUR_EMPTY_PIPE:
    case POUR_LIMIT:
        break;
    }
    return FEED_DONE;
}

enum feed_result
feed_standard_input(int out, const struct pour_options *options)
{
    enum pour_result result;

    /* Somebody else may have made our standard input non-blocking. */
    while ((result = pour(STDIN_FILENO, out, options)) == POUR_EMPTY_PIPE) {
        struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};

        (void)interrupt_poll(&ready, 1, -1);
    }
    return result_of_pour(result);
}

/* What the pipe PIPE_END holds now, and no more. */
static enum feed_result
drain(int pipe_end, int out, const struct pour_options *options)
{
    int size = 0;
    enum pour_result poured;

    if (ioctl(pipe_end, FIONREAD, &size) == -1)
        return FEED_READ_FAILED;
    poured = pour_limited(pipe_end, out, size, options);
    if (poured == POUR_DONE || poured == POUR_EMPTY_PIPE) {
        errno = EIO; /* somebody else has taken from our pipe */
        return FEED_READ_FAILED;
    }
    return result_of_pour(poured);
}

/* Takes COMMAND's output until it has ended. */
static enum feed_result
take_output(
    struct command *command, int pipe_end, int out, const struct pour_options *options)
{
    for (;;) {
        struct pollfd ready = {.fd = pipe_end, .events = POLLIN};
        enum pour_result poured = pour_limited(pipe_end, out, ROUND_SIZE, options);
        enum feed_result result = result_of_pour(poured);

        if (result != FEED_DONE)
            return result;
        if (poured == POUR_DONE)
            return command_wait(command) == -1 ? FEED_INTERRUPTED : FEED_DONE;
        if (command_has_ended(command))
            return command_status(command->ended) != 0 ? FEED_DONE
                                                       : drain(pipe_end, out, options);
        /* SIGCHLD gets through here and nowhere else, so that no end is missed. */
        (void)interrupt_poll(&ready, 1, poured == POUR_LIMIT ? 0 : -1);
        if (interrupt_signal() != 0)
            return FEED_INTERRUPTED;
    }
}

static enum feed_result
run(char *const argv[], int in, int pipe_ends[2], int out,
    const struct pour_options *options, int *ended)
{
    struct command_io io = {.in = in, .in_anew = in != -1, .out = pipe_ends[1]};
    struct command command;
    enum feed_result result;
    int started = command_start(&command, argv, &io);

    io_close(&pipe_ends[1]);
    if (started == -1)
        return FEED_CANNOT_RUN;
    result = take_output(&command, pipe_ends[0], out, options);
    /* After a full disk it is told like the rest of a broken pipeline: by SIGPIPE. */
    command_abandon(&command, interrupt_signal());
    if (result != FEED_DONE)
        return result;
    *ended = command.ended;
    return command_status(*ended) == 0 ? FEED_DONE : FEED_COMMAND_FAILED;
}

enum feed_result
feed_command(
    char *const argv[], int in, int out, const struct pour_options *options, int *ended)
{
    int pipe_ends[2];
    enum feed_result result;

    *ended = 0;
    if (pipe2(pipe_ends, O_CLOEXEC) == -1)
        return FEED_CANNOT_RUN;
    /* Our end alone: the other is another open file. */
    (void)fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
    result = run(argv, in, pipe_ends, out, options, ended);
    io_close(&pipe_ends[0]);
    return result;
}
