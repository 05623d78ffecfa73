/*
 * lockread - prints files that no writer has locked, or takes them out of a spool.
 *
 * The FILEs come one after the other, from operands.h. Each is locked (shared, like any
 * reader), judged, read into memory and let go of before a byte of it is written: see
 * reader.h. With --newest the first that can be had is printed, newest.h; with --take
 * each is handed to COMMAND, take.h. What can be awaited is looked at again, await.h.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "cli/say.h"
#include "lock/wait.h"
#include "read/await.h"
#include "read/listing.h"
#include "read/lockread_options.h"
#include "read/newest.h"
#include "read/operands.h"
#include "read/reader.h"
#include "read/take.h"

/* Whether STATUS can become STATUS_DONE without anybody's help. */
static bool
is_not_yet(enum status status)
{
    return status == STATUS_NO_INPUT || status == STATUS_REFUSED ||
           status == STATUS_STALE || status == STATUS_LOCKED;
}

/* Whether it would end only after we have. */
static bool
never_ends(enum reading_result result)
{
    return result == READING_DEADLOCK || result == READING_LOCK_FILE_DEADLOCK;
}

/* Whether no change of FILE is to be waited for. */
static bool
is_final(enum reading_result result)
{
    return result == READING_DIRECTORY || never_ends(result);
}

/* What is in the way of what came to STATUS. */
static enum await_reason
reason_of(enum status status)
{
    return status == STATUS_LOCKED ? AWAIT_LOCK : AWAIT_NOTHING;
}

/* reader_take, again and again until FILE is there or -w ends; then it is said. */
static struct reading
await_file(struct reader *reader, struct await *await, const char *file)
{
    struct reading reading;

    reader->voice.is_silent = true;
    reading = reader_take(reader, file);
    while (is_not_yet(reading.status) && !is_final(reading.result)) {
        await_watch(await, file);
        reading = reader_take(reader, file);
        if (!is_not_yet(reading.status) || is_final(reading.result) ||
            await_change(await, reason_of(reading.status)) != AWAIT_CHANGE)
            break;
    }
    await_forget(await);
    reader->voice.is_silent = false;
    return reading.status == STATUS_DONE || reading.result == READING_DIRECTORY
               ? reading
               : reader_take(reader, file);
}

static enum status
print_each(struct reader *reader, struct await *await)
{
    struct reading reading = {READING_DONE, STATUS_DONE};
    enum status worst = STATUS_DONE;
    struct operands operands;
    const char *file;

    operands_start(&operands, reader->options, &reader->voice);
    while (reading.result != READING_NO_OUTPUT &&
           (file = operands_next(&operands)) != NULL) {
        reading = reader->options->await ? await_file(reader, await, file)
                                         : reader_take(reader, file);
        if (reading.result == READING_DIRECTORY && !operands_enter(&operands, file))
            reading = refusal_say(
                &reader->voice, file, STATUS_NO_INPUT, NULL, "not a regular file");
        if (reading.result != READING_DIRECTORY)
            worst = status_worse(worst, reader_status(reading, reader->options->skip));
    }
    return status_worse(worst, operands_finish(&operands));
}

/*
 * The first round says nothing, unless -v, for one answer is all that is wanted; if
 * there is none, the last one says why.
 */
static enum status
print_newest(struct reader *reader, struct await *await)
{
    const struct lockread_options *options = reader->options;
    struct await *watch = options->await ? await : NULL;
    struct reading reading;

    reader->voice.is_silent = options->await || !options->shared.is_verbose;
    do
        reading = newest_take(reader, watch);
    while (reading.result != READING_DONE && options->await &&
           is_not_yet(reading.status) && !never_ends(reading.result) &&
           await_change(await, reason_of(reading.status)) == AWAIT_CHANGE);
    if (reader->voice.is_silent && reading.result != READING_DONE &&
        reading.result != READING_NO_OUTPUT) {
        reader->voice.is_silent = false;
        reading = newest_take(reader, NULL);
    }
    await_forget(await);
    return reading.status;
}

/* Only --await starts the clock, which costs some pages at the first question. */
static void
start_await(struct await *await, const struct lockread_options *options)
{
    await_start(await, options->await ? options->shared.wait_ns : WAIT_FOR_EVER);
}

static enum status
print(const struct lockread_options *options)
{
    struct reader reader;
    struct await await;
    enum status status;

    reader_start(&reader, options);
    start_await(&await, options);
    status =
        options->newest ? print_newest(&reader, &await) : print_each(&reader, &await);
    return status_worse(status, reader_finish(&reader));
}

/* What one round through the spool has met. */
struct round {
    /* Each FILE is locked by a process that waits for us, and no other can come, for
       none of them is a directory; or so is the lock file, which all that come need. */
    bool is_deadlock;
    bool has_locked; /* others are at a FILE */
};

/* One round. The worst status; STATUS_INTERRUPTED is worse. */
static enum status
take_round(struct taker *taker, struct await *await, struct round *round)
{
    enum status worst = STATUS_DONE;
    bool has_deadlock = false;
    bool has_other = false;
    struct taking taking = {TAKING_OTHERS, STATUS_DONE};
    struct operands operands;
    const char *file;

    *round = (struct round){.is_deadlock = false};
    operands_start(&operands, taker->reader->options, &taker->reader->voice);
    while (taking.result != TAKING_STOP && taking.result != TAKING_LOCK_FILE_DEADLOCK &&
           (file = operands_next(&operands)) != NULL) {
        if (await != NULL && !operands_is_inside(&operands))
            await_watch(await, file);
        taking = take_file(taker, file);
        if (taking.result == TAKING_DIRECTORY)
            (void)operands_enter(&operands, file);
        if (taking.result == TAKING_OTHERS || taking.result == TAKING_LOCKED ||
            taking.result == TAKING_DEADLOCK)
            operands_pass_over(&operands);
        round->has_locked = round->has_locked || taking.result == TAKING_LOCKED;
        if (taking.result == TAKING_DEADLOCK)
            has_deadlock = true;
        else
            has_other = true;
        worst = status_worse(worst, taking.status);
    }
    round->is_deadlock =
        taking.result == TAKING_LOCK_FILE_DEADLOCK || (has_deadlock && !has_other);
    return status_worse(worst, operands_finish(&operands));
}

static enum status
take(const struct lockread_options *options)
{
    struct reader reader;
    struct taker taker;
    struct await await;
    struct await *watch;
    enum status status;
    enum status last;
    struct round round;

    reader_start(&reader, options);
    start_await(&await, options);
    watch = options->await ? &await : NULL;
    status = take_start(&taker, &reader);
    if (status == STATUS_DONE) {
        reader.voice.is_silent = options->await;
        do
            status = take_round(&taker, watch, &round);
        while (options->await && taker.handled == 0 && !round.is_deadlock &&
               (status == STATUS_DONE || is_not_yet(status)) &&
               await_change(&await, round.has_locked ? AWAIT_OTHERS : AWAIT_NOTHING) ==
                   AWAIT_CHANGE);
        if (taker.handled > 0 && options->await && is_not_yet(status))
            status = STATUS_DONE;
        if (reader.voice.is_silent && taker.handled == 0 &&
            (status != STATUS_DONE || round.is_deadlock)) {
            reader.voice.is_silent = false;
            /* A lock is no error of --take, but it is what ends us. */
            reader.voice.skips_locked = reader.voice.skips_locked && !round.is_deadlock;
            status = take_round(&taker, NULL, &round);
            if (round.is_deadlock)
                status = status_worse(status, STATUS_LOCKED);
        }
    }
    await_forget(&await);
    last = take_finish(&taker);
    (void)reader_finish(&reader);
    return taker.failed != STATUS_DONE ? taker.failed : status_worse(status, last);
}

static enum status
run(const struct lockread_options *options)
{
    if (options->output != LOCKREAD_CONTENT)
        return listing_print(options);
    return options->take != NULL ? take(options) : print(options);
}

int
main(int argc, char *argv[])
{
    struct lockread_options options;
    struct descriptors descriptors;
    enum status status;
    bool has_work;

    say_program("lockread");
    status = lockread_parse(&options, argc, argv, &has_work);
    if (!has_work)
        return (int)status;
    if (descriptors_secure(&descriptors) == -1) {
        say_errno(errno, "descriptors 0 to 2", "cannot open them");
        return STATUS_NO_PROCESS;
    }
    if (descriptors.was_closed[STDOUT_FILENO]) {
        if (!options.quiet)
            say("standard output", "open it", "it is closed");
        return STATUS_IO_ERROR;
    }
    if (descriptors.was_closed[STDIN_FILENO] && options.files0_from != NULL &&
        strcmp(options.files0_from, "-") == 0) {
        if (!options.quiet)
            say("standard input", "open it", "it is closed");
        return STATUS_IO_ERROR;
    }
    return (int)run(&options);
}
