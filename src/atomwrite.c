/*
 * atomwrite - replaces the content of a file in one step.
 *
 * The steps, in the order in which the data flows; each returns STATUS_DONE or has
 * said why not:
 *
 *     find_place     the directory is opened first, and synced last
 *     take_input     into a stage, before anybody is held up (-u: later)
 *     take_turn      --lock-file, then the right to change FILE
 *     look_at_old    FILE's content lock, shared like a reader's
 *     replace_*      the new content, its metadata, its name: see replace.h
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>

#include "base/interrupt.h"
#include "cli/say.h"
#include "cli/waiting.h"
#include "lock/lockfile.h"
#include "replace/replace.h"
#include "replace/replacement.h"

static const char *
kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "it is a directory";
    if (S_ISFIFO(mode))
        return "it is a FIFO";
    if (S_ISSOCK(mode))
        return "it is a socket";
    if (S_ISLNK(mode))
        return "it is a symlink";
    return "it is a device";
}

/* Opens the place, which is the first that is opened at all. */
static enum place_result
open_place(struct run *run)
{
    enum place_links links = run->options.no_dereference ? PLACE_STAY : PLACE_FOLLOW;
    enum place_result result = place_open(&run->place, run->options.file, links);

    if (!descriptors_are_taken(run->place.dir))
        return result;
    place_close(&run->place);
    if (descriptors_secure(&run->descriptors) == -1)
        return PLACE_FAILED;
    return place_open(&run->place, run->options.file, links);
}

static enum status
find_place(struct run *run)
{
    const struct atomwrite_options *options = &run->options;

    switch (open_place(run)) {
    case PLACE_FAILED:
        return writer_failed(&run->writer, "open its directory");
    case PLACE_DANGLING:
        return writer_refuse(&run->writer, STATUS_NOT_CREATED,
            "-P replaces the symlink itself", "it is a symlink that leads to nothing");
    case PLACE_UNTRUSTED:
        return writer_refuse(&run->writer, STATUS_DENIED,
            "name the file that it leads to",
            "it is another user's symlink in a sticky directory");
    case PLACE_OPEN:
        break;
    }
    if (run->place.exists && S_ISLNK(run->place.found.st_mode)) {
        if (options->append || options->update || options->if_changed ||
            options->keep > 0)
            return writer_refuse(&run->writer, STATUS_NOT_CREATED,
                "-P excludes -a, -u, -c and -k then", "it is a symlink");
    } else if (run->place.exists && !S_ISREG(run->place.found.st_mode)) {
        return writer_refuse(&run->writer, STATUS_NOT_CREATED, "choose a regular file",
            kind_of(run->place.found.st_mode));
    }
    if (hidden_is_one(run->place.leaf))
        return writer_refuse(&run->writer, STATUS_NOT_CREATED, "choose another name",
            "its name is one of those that writers hide behind");
    if (options->no_clobber && run->place.exists)
        return writer_refuse(&run->writer, STATUS_NOT_CREATED,
            "leave out -n to replace it", "it exists already");
    return STATUS_DONE;
}

static enum status
open_stage(struct run *run, struct stage *stage, const struct stage *sibling)
{
    if (stage_open(stage, &run->place, HIDDEN_ATOMWRITE, STAGE_MODE_PRIVATE, sibling) ==
        0)
        return STATUS_DONE;
    return writer_failed(&run->writer, "make a file beside it");
}

static enum status
take_input(struct run *run)
{
    struct stage *stage = run->options.append ? &run->input : &run->stage;
    enum status status = open_stage(run, stage, NULL);

    if (status != STATUS_DONE || run->options.update)
        return status;
    status = writer_feed(&run->writer, -1, stage->fd);
    if (status == STATUS_DONE)
        status = writer_accept_form(&run->writer, stage->fd);
    if (status != STATUS_DONE)
        return status;
    if (run->options.append)
        return open_stage(run, &run->stage, &run->input);
    return writer_check(&run->writer, &run->place, &run->stage);
}

static enum status
take_lock_file(struct run *run)
{
    const char *path = run->options.shared.lock_file;

    if (path == NULL)
        return STATUS_DONE;
    switch (lockfile_lock(&run->lock, path, &run->place, &run->wait)) {
    case LOCKFILE_LOCKED:
        return STATUS_DONE;
    case LOCKFILE_IS_FILE:
        return say_usage(path, "the lock file cannot be FILE itself");
    case LOCKFILE_BUSY:
        return waiting_said_busy(&run->writer, AT_FDCWD, path, "its lock file is");
    case LOCKFILE_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case LOCKFILE_FAILED:
        break;
    }
    say_errno(errno, path, "cannot lock it");
    return status_of_errno(errno);
}

static enum status
take_turn(struct run *run)
{
    const struct stage *sibling = run->options.append ? &run->input : NULL;
    enum status status = take_lock_file(run);
    enum turn_result result;
    pid_t holder;

    if (status != STATUS_DONE)
        return status;
    result =
        turn_take(&run->turn, &run->place, &run->stage, sibling, &run->wait, &holder);
    if (result == TURN_TAKEN)
        return STATUS_DONE;
    return waiting_said_no_turn(
        &run->writer, &run->place, result, run->turn.name.text, holder);
}

/* -n, and a symlink that is to be replaced itself, have no old content. */
static enum status
look_at_name(struct run *run)
{
    struct stat there;

    if (!run->options.no_clobber ||
        fstatat(run->place.dir, run->place.leaf, &there, AT_SYMLINK_NOFOLLOW) == -1)
        return STATUS_DONE;
    return writer_refuse(&run->writer, STATUS_NOT_CREATED, "leave out -n to replace it",
        "it exists already");
}

static enum status
look_at_old(struct run *run)
{
    const struct place *place = &run->place;

    if (run->options.no_clobber || S_ISLNK(place->found.st_mode))
        return look_at_name(run);
    switch (content_lock_take(&run->old, place->dir, place->leaf, CONTENT_LOCK_SHARED,
        CONTENT_LOCK_STAY, &run->wait)) {
    case CONTENT_LOCK_UNLOCKABLE:
        if (run->options.shared.is_verbose)
            say(run->options.file, NULL,
                "it can be neither read nor written, so it is replaced without its "
                "lock");
        break;
    case CONTENT_LOCK_TAKEN:
        break;
    case CONTENT_LOCK_GONE:
        return STATUS_DONE;
    case CONTENT_LOCK_BUSY:
        return waiting_said_busy(&run->writer, place->dir, place->leaf, "it is");
    case CONTENT_LOCK_NOT_REGULAR:
        return writer_refuse(&run->writer, STATUS_NOT_CREATED, "choose a regular file",
            kind_of(run->old.file.st_mode));
    case CONTENT_LOCK_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case CONTENT_LOCK_FAILED:
        return writer_failed(&run->writer, "open it");
    }
    run->has_old = true;
    if (run->options.shared.is_verbose && run->old.file.st_nlink > 1)
        say(run->options.file, NULL,
            "it has %lu names: the others keep the old content",
            (unsigned long)run->old.file.st_nlink);
    return STATUS_DONE;
}

static enum status
run_steps(struct run *run)
{
    enum status status = find_place(run);

    if (status == STATUS_DONE)
        status = take_input(run);
    /* From here on the signals are let through while something takes long only. */
    interrupt_hold();
    if (status == STATUS_DONE)
        status = take_turn(run);
    if (status == STATUS_DONE)
        status = look_at_old(run);
    if (status == STATUS_DONE)
        status = replace_build(run);
    if (status == STATUS_DONE)
        status = replace_compare(run);
    if (status != STATUS_DONE)
        return status;
    if (run->is_unchanged)
        return replace_confirm_unchanged(run);
    status = replace_finish(run);
    return status == STATUS_DONE ? replace_publish(run) : status;
}

/* Removes what has a name; all that is only open is closed by the exit. */
static void
clean_up(struct run *run, enum status status)
{
    if (status == STATUS_DONE && !run->turn.held)
        return;
    turn_give_up(&run->turn, &run->place, &run->stage);
    stage_discard(&run->stage, &run->place);
    stage_discard(&run->input, &run->place);
}

int
main(int argc, char *argv[])
{
    /* Not on the stack, which would have to be cleared, some pages of it. */
    static struct run run;
    enum status status;
    bool has_work;

    say_program("atomwrite");
    status = atomwrite_parse(&run.options, argc, argv, &has_work);
    if (!has_work)
        return (int)status;
    run.place.dir = -1;
    run.stage.fd = -1;
    run.input.fd = -1;
    run.lock.fd = -1;
    run.turn.fd = -1;
    run.old.fd = -1;
    run.writer = (struct writer){
        .object = run.options.file,
        .outcome = "left as it was",
        .options = &run.options.shared,
        .descriptors = &run.descriptors,
        .command = run.options.command,
    };
    waiting_start(&run.wait, &run.writer);
    if (interrupt_catch() == -1)
        return (int)writer_failed(&run.writer, "start");
    status = run_steps(&run);
    clean_up(&run, status);
    return (int)writer_end(&run.writer, status);
}
