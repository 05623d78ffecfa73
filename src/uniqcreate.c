/*
 * uniqcreate - stores its input as a new file with a unique name.
 *
 * The steps, in the order in which the data flows; each returns STATUS_DONE or has
 * said why not:
 *
 *     find_place     the directory is opened first, and synced last
 *     staged                            live
 *       fill_stage   without a name       claim_live   marked, locked, then named
 *       finish       metadata, fsync      print        the name is there already
 *       publish      the next free name   fill_stage
 *       print        once it is durable   finish_live  metadata, fsync, unlock
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "interrupt.h"
#include "live.h"
#include "place.h"
#include "publish.h"
#include "say.h"
#include "stage.h"
#include "stamp.h"
#include "sys.h"
#include "uniqcreate_options.h"
#include "writer.h"

struct run {
    struct uniqcreate_options options;
    struct descriptors descriptors;
    struct writer writer;
    struct place place;
    struct stage stage;
    struct stamp stamp;
    char name[NAME_MAX + 1]; /* the leaf, once it is published */
    char *path;              /* the whole of it, as it is printed */
    off_t size_bytes;
    mode_t newborn_mode;     /* before what was asked for */
};

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
    if (meta_newborn_mode(&run->place, &run->newborn_mode) == -1)
        return writer_failed(&run->writer, "find its mode");
    return writer_check_mode(&run->writer, run->newborn_mode);
}

static enum status
fill_stage(struct run *run)
{
    enum status status;

    if (run->options.empty)
        return STATUS_DONE;
    status = writer_feed(&run->writer, -1, run->stage.fd);
    if (status == STATUS_DONE)
        status = writer_accept_form(&run->writer, run->stage.fd, &run->size_bytes);
    if (status == STATUS_DONE)
        status = writer_check(&run->writer, &run->place, &run->stage);
    return status;
}

/* Gives the stage the metadata of a new file. */
static enum status
dress(struct run *run)
{
    struct meta_result result;

    if (meta_create(run->stage.fd, &run->stage.born, run->newborn_mode,
            &run->options.shared.wish,
            &result) == -1)
        return writer_failed(&run->writer, "set its owner and mode");
    writer_note_losses(&run->writer, &result);
    return STATUS_DONE;
}

static enum status
sync_stage(struct run *run)
{
    /* Never retried: after a failure the data may be gone from memory, too. */
    if (!run->options.shared.no_sync && fsync(run->stage.fd) == -1)
        return writer_failed(&run->writer, "make the content durable");
    return STATUS_DONE;
}

static enum publish_result
give_name(struct run *run)
{
    if (!run->options.live)
        return publish_as(&run->place, &run->stage, run->name);
    /* A locked file is named in no other way. */
    if (sys_link_descriptor(run->stage.fd, run->place.dir, run->name) == 0)
        return PUBLISH_DONE;
    return errno == EEXIST ? PUBLISH_EXISTS : PUBLISH_FAILED;
}

static enum status
set_time(struct run *run)
{
    struct timespec now = run->options.time;

    if (!run->options.has_time)
        clock_gettime(CLOCK_REALTIME, &now);
    if (stamp_set_time(&run->stamp, run->place.leaf, run->options.format,
            run->options.is_local, &now) == -1 ||
        stamp_spell(&run->stamp, 1, run->name) == -1)
        return writer_failed(&run->writer, "make a name");
    if (!hidden_is_one(run->name))
        return STATUS_DONE;
    say(run->options.prefix, "choose another prefix or suffix",
        "%s: its name would be one of those that writers hide behind",
        run->writer.outcome);
    return STATUS_NOT_CREATED;
}

static enum status
live_unsupported(const struct run *run)
{
    say(run->options.prefix, "leave out -l",
        "%s: this file system cannot hold a live claim", run->writer.outcome);
    return STATUS_NOT_CREATED;
}

/* Claims the smallest free counter that it finds; the claim alone decides. */
static enum status
claim_name(struct run *run)
{
    uint64_t counter = 1;
    enum status status = set_time(run);

    while (status == STATUS_DONE) {
        if (interrupt_signal() != 0)
            return STATUS_INTERRUPTED;
        if (stamp_spell(&run->stamp, counter, run->name) == -1)
            return writer_failed(&run->writer, "make a name");
        switch (give_name(run)) {
        case PUBLISH_DONE:
            return STATUS_DONE;
        case PUBLISH_FAILED:
            if (run->options.live && errno == EOPNOTSUPP)
                return live_unsupported(run);
            return writer_failed(&run->writer, "give it a name");
        case PUBLISH_EXISTS:
            break;
        }
        if (stamp_find_free(&run->stamp, run->place.dir, &counter) == -1)
            return writer_failed(&run->writer, "find a free name");
    }
    return status;
}

static enum status
spell_path(struct run *run)
{
    if (asprintf(&run->path, "%s%s", run->place.prefix, run->name) != -1)
        return STATUS_DONE;
    run->path = NULL;
    errno = ENOMEM;
    return writer_failed(&run->writer, "show its path");
}

static enum status
unconfirmed(const struct run *run, const char *what)
{
    say_errno(errno, run->path, "created, but it may not survive a power cut: cannot %s",
        what);
    return STATUS_UNCONFIRMED;
}

/* Makes the name durable. On btrfs the fsync of a file without a name has kept
   nothing of this one. 0, or -1 with errno. */
static int
sync_name(struct run *run)
{
    if (run->options.shared.no_sync)
        return 0;
    if (run->stage.rung == STAGE_NAMELESS && sys_is_btrfs(run->stage.fd) &&
        fsync(run->stage.fd) == -1)
        return -1;
    return place_sync(&run->place, run->stage.fd);
}

/* The path and its terminator in one write, so that no reader sees half of it.
   0, or -1 with errno. */
static int
print(const struct run *run)
{
    size_t length = strlen(run->path);
    char *line;
    int result;

    if (run->options.quiet)
        return 0;
    line = strdup(run->path);
    if (line == NULL)
        return -1;
    line[length] = run->options.terminator;
    result = say_output(line, length + 1);
    free(line);
    return result;
}

static void
note_created(const struct run *run)
{
    if (run->options.shared.is_verbose)
        say(run->path, NULL, "created (%lld bytes)", (long long)run->size_bytes);
}

static enum status
publish_staged(struct run *run)
{
    enum status status = claim_name(run);

    if (status == STATUS_DONE)
        status = spell_path(run);
    if (status != STATUS_DONE)
        return status;
    if (sync_name(run) == -1)
        return unconfirmed(run, "sync its name");
    if (stage_close(&run->stage) == -1)
        return unconfirmed(run, "close it");
    note_created(run);
    if (print(run) == 0)
        return STATUS_DONE;
    say_errno(errno, run->path, "created, but its path could not be printed");
    return STATUS_IO_ERROR;
}

static enum status
create_staged(struct run *run)
{
    enum status status;

    if (stage_open(&run->stage, &run->place, HIDDEN_UNIQCREATE, NULL) == -1)
        return writer_failed(&run->writer, "make a file in its directory");
    status = fill_stage(run);
    if (status == STATUS_DONE)
        status = dress(run);
    if (status == STATUS_DONE)
        status = sync_stage(run);
    if (status != STATUS_DONE)
        return status;
    /* From here on signals are held back: once it has its name they come too late. */
    interrupt_hold();
    return publish_staged(run);
}

static enum status
claim_live(struct run *run)
{
    enum status status;

    switch (live_prepare(&run->stage, &run->place)) {
    case LIVE_READY:
        break;
    case LIVE_UNSUPPORTED:
        return live_unsupported(run);
    case LIVE_FAILED:
        return writer_failed(&run->writer, "make a file in its directory");
    }
    status = sync_stage(run);
    if (status == STATUS_DONE)
        status = claim_name(run);
    return status;
}

static enum status
finish_live(struct run *run)
{
    enum status status = sync_stage(run);

    if (status == STATUS_DONE && !live_is_there(&run->stage, &run->place, run->name)) {
        say(run->path, NULL, "somebody removed it while it was written");
        return STATUS_IO_ERROR;
    }
    if (status == STATUS_DONE)
        status = dress(run);
    if (status == STATUS_DONE)
        status = sync_stage(run);
    return status;
}

/* A failed claim is taken back: nobody has read it, for it was locked. */
static enum status
take_back(struct run *run, enum status status)
{
    interrupt_hold();
    if (live_is_there(&run->stage, &run->place, run->name) &&
        unlinkat(run->place.dir, run->name, 0) == -1)
        say_errno(errno, run->writer.object, "the claim cannot be removed");
    interrupt_release();
    return status;
}

/* From the claim to the start of the input: who waits for the name gets it. */
static enum status
announce(struct run *run)
{
    enum status status = spell_path(run);

    if (status != STATUS_DONE)
        return status;
    run->writer.object = run->path;
    run->writer.outcome = "the claim is removed";
    if (sync_name(run) == -1)
        return writer_failed(&run->writer, "make its name durable");
    if (print(run) == -1)
        return writer_failed(&run->writer, "print its path");
    return STATUS_DONE;
}

static enum status
fill_live(struct run *run)
{
    enum status status = announce(run);

    interrupt_release();
    if (status == STATUS_DONE && interrupt_signal() != 0)
        status = STATUS_INTERRUPTED;
    if (status == STATUS_DONE)
        status = fill_stage(run);
    /* Signals are held back: what is finished cannot be taken back. */
    interrupt_hold();
    if (status == STATUS_DONE && interrupt_signal() != 0)
        status = STATUS_INTERRUPTED;
    return status == STATUS_DONE ? finish_live(run) : status;
}

static enum status
create_live(struct run *run)
{
    enum status status;

    interrupt_hold();
    status = claim_live(run);
    if (status != STATUS_DONE) {
        interrupt_release();
        return status;
    }
    status = fill_live(run);
    if (status != STATUS_DONE)
        return take_back(run, status);
    if (stage_close(&run->stage) == -1)
        return unconfirmed(run, "close it");
    note_created(run);
    return STATUS_DONE;
}

static enum status
create(struct run *run)
{
    enum status status;

    if (!run->options.quiet && run->descriptors.was_closed[STDOUT_FILENO]) {
        say(run->options.prefix, "open it, or use -q",
            "%s: standard output is closed", run->writer.outcome);
        return STATUS_IO_ERROR;
    }
    status = find_place(run);
    if (status != STATUS_DONE)
        return status;
    return run->options.live ? create_live(run) : create_staged(run);
}

int
main(int argc, char *argv[])
{
    struct run run = {.place = PLACE_EMPTY, .stage = STAGE_EMPTY};
    enum status status;
    bool has_work;

    say_program("uniqcreate");
    status = uniqcreate_parse(&run.options, argc, argv, &has_work);
    if (!has_work)
        return (int)status;
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
    stage_discard(&run.stage, &run.place);
    place_close(&run.place);
    free(run.path);
    return (int)writer_end(&run.writer, status);
}
