/*
 * uniqcreate - stores its input as a new file with a unique name.
 *
 * The steps, in the order in which the data flows; each returns STATUS_DONE or has
 * said why not:
 *
 *     find_place     the directory is opened first, and synced last
 *     staged.c                        livefill.c (-l)
 *       fill     without a name         claim     marked, locked, then named
 *       dress    metadata, fsync        announce  the name is there already
 *       publish  the next free name     fill
 *       print    once it is durable     finish    metadata, fsync, unlock
 *     batch.c (--lines, --null)         the staged way, in groups
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cli/say.h"
#include "create/creation.h"

static enum status
find_place(struct run *run)
{
    if (place_open_prefix(&run->place, run->options.prefix) == -1)
        return writer_failed(&run->writer, "open its directory");
    run->stamp.width = run->options.width;
    if (strlen(run->options.suffix) > NAME_MAX) {
        errno = ENAMETOOLONG;
        return writer_failed(&run->writer, "make a name");
    }
    memcpy(run->stamp.suffix, run->options.suffix, strlen(run->options.suffix) + 1);
    return STATUS_DONE;
}

static enum status
create(struct run *run)
{
    enum status status;

    if (!run->options.quiet && run->descriptors.was_closed[STDOUT_FILENO]) {
        say(run->options.prefix, "open it, or use -q", "%s: standard output is closed",
            run->writer.outcome);
        return STATUS_IO_ERROR;
    }
    status = find_place(run);
    if (status != STATUS_DONE)
        return status;
    if (run->options.is_batch)
        return batch_create(run);
    return run->options.live ? live_create(run) : staged_create(run);
}

int
main(int argc, char *argv[])
{
    /* Not on the stack, which would have to be cleared, some pages of it. */
    static struct run run;
    enum status status;
    bool has_work;

    say_program("uniqcreate");
    status = uniqcreate_parse(&run.options, argc, argv, &has_work);
    if (!has_work)
        return (int)status;
    run.place.dir = -1;
    run.stage.fd = -1;
    run.writer = (struct writer){
        .object = run.options.prefix,
        .outcome = "nothing was created",
        .options = &run.options.shared,
        .descriptors = &run.descriptors,
        .command = run.options.command,
    };
    if (descriptors_secure(&run.descriptors) == -1 || interrupt_catch() == -1)
        return (int)writer_failed(&run.writer, "start");
    status = create(&run);
    /* Removes what has a hidden name; all that is only open is closed by the exit. */
    if (status != STATUS_DONE)
        stage_discard(&run.stage, &run.place);
    return (int)writer_end(&run.writer, status);
}
