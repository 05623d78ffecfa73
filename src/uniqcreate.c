/*
 * uniqcreate - stores its input as a new file with a unique name.
 *
 * The steps, in the order in which the data flows; each returns STATUS_DONE or has
 * said why not:
 *
 *     find_place     the directory is opened first, and synced last
 *     staged.c                        live.c (-l)
 *       fill     without a name         claim     marked, locked, then named
 *       dress    metadata, fsync        announce  the name is there already
 *       publish  the next free name     fill
 *       print    once it is durable     finish    metadata, fsync, unlock
 *     batch.c (--lines, --null)         the staged way, in groups
 *
 *     retain_newest  the oldest go, with --retain, once the new one is durable
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cli/parents_option.h"
#include "cli/say.h"
#include "create/creation.h"
#include "create/retain.h"

/* Where one file is made of the whole input, -p takes that first. */
static enum status
open_place(struct creation *creation)
{
    const struct uniqcreate_options *options = &creation->options;
    bool ahead = !options->live && !options->empty && !options->is_batch;
    enum status status;

    if (place_open_prefix(&creation->place, options->prefix) == 0)
        return options->shared.makes_parents ? parents_option_sync(&creation->writer,
                                                   options->prefix, &creation->place)
                                             : STATUS_DONE;
    if (errno == ENOENT && options->shared.makes_parents) {
        status = parents_option_make(&creation->writer, options->prefix, ahead);
        if (status != STATUS_DONE)
            return status;
        if (place_open_prefix(&creation->place, options->prefix) == 0)
            return STATUS_DONE;
    }
    return writer_failed(&creation->writer, "open its directory");
}

static enum status
find_place(struct creation *creation)
{
    enum status status = open_place(creation);

    if (status != STATUS_DONE)
        return status;
    if (creation->options.retain > 0 && !creation->place.dir_is_readable) {
        errno = EACCES;
        return writer_failed(&creation->writer, "read its directory");
    }
    creation->stamp.width = creation->options.width;
    if (strlen(creation->options.suffix) > NAME_MAX) {
        errno = ENAMETOOLONG;
        return writer_failed(&creation->writer, "form a name");
    }
    memcpy(creation->stamp.suffix, creation->options.suffix,
        strlen(creation->options.suffix) + 1);
    return STATUS_DONE;
}

static enum status
create(struct creation *creation)
{
    enum status status;

    if (!creation->options.quiet && creation->descriptors.was_closed[STDOUT_FILENO]) {
        say(creation->options.prefix, "open it, or use -q",
            "%s: standard output is closed", creation->writer.outcome);
        return STATUS_IO_ERROR;
    }
    status = find_place(creation);
    if (status != STATUS_DONE)
        return status;
    if (creation->options.is_batch)
        return batch_create(creation);
    return creation->options.live ? live_create(creation) : staged_create(creation);
}

/* A writer that died while others had the lower numbers left its hidden name behind
   them, where no run that finds the first one free would ever look. */
static void
clear_dead(const struct place *place)
{
    const struct owner_files own = {{NULL}};

    stage_clear_dead(place, HIDDEN_UNIQCREATE, 0, &own);
}

int
main(int argc, char *argv[])
{
    /* Not on the stack, which would have to be cleared, some pages of it. */
    static struct creation creation;
    enum status status;
    bool has_work;

    say_program("uniqcreate");
    status = uniqcreate_parse(&creation.options, argc, argv, &has_work);
    if (!has_work)
        return (int)status;
    creation.place.dir = -1;
    creation.stage.fd = -1;
    creation.writer = (struct writer){
        .object = creation.options.prefix,
        .outcome = "nothing was created",
        .options = &creation.options.shared,
        .descriptors = &creation.descriptors,
        .command = creation.options.command,
        .ahead = -1,
    };
    if (descriptors_secure(&creation.descriptors) == -1 || interrupt_catch() == -1)
        return (int)writer_failed(&creation.writer, "start");
    status = create(&creation);
    if (status == STATUS_DONE)
        status = retain_newest(&creation);
    if (status == STATUS_DONE)
        clear_dead(&creation.place);
    /* Removes what has a hidden name; all that is only open is closed by the exit. */
    if (status != STATUS_DONE)
        stage_discard(&creation.stage, &creation.place);
    return (int)writer_end(&creation.writer, status);
}
