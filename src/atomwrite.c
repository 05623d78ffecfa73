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
#include <string.h>

#include "base/interrupt.h"
#include "base/sys.h"
#include "cli/parents_option.h"
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
open_place(struct replacement *replacement)
{
    enum place_links links =
        replacement->options.no_dereference ? PLACE_STAY : PLACE_FOLLOW;
    enum place_result result =
        place_open(&replacement->place, replacement->options.file, links);

    if (!descriptors_are_taken(replacement->place.dir))
        return result;
    place_close(&replacement->place);
    if (descriptors_secure(&replacement->descriptors) == -1)
        return PLACE_FAILED;
    return place_open(&replacement->place, replacement->options.file, links);
}

static enum status
refuse_symlink(const struct writer *writer)
{
    return writer_refuse(writer, STATUS_NOT_CREATED,
        "-P then cannot be used with -a, -u, -c or -k", "it is a symlink");
}

static enum status
refuse_hidden(const struct writer *writer)
{
    return writer_refuse(writer, STATUS_NOT_CREATED, "choose another name",
        "its name is reserved for temporary files");
}

/* open_place, where -p makes the directory for it. COMMAND of -u does not read ahead,
   but in the turn, which has its name there. */
static enum status
open_made_place(struct replacement *replacement, enum place_result *result)
{
    const struct atomwrite_options *options = &replacement->options;
    const char *slash = strrchr(options->file, '/');
    enum status status;

    *result = open_place(replacement);
    if (!options->shared.makes_parents || slash == NULL)
        return STATUS_DONE;
    if (*result == PLACE_OPEN)
        return parents_option_sync(
            &replacement->writer, options->file, &replacement->place);
    if (*result != PLACE_FAILED || errno != ENOENT)
        return STATUS_DONE;
    if (hidden_is_one(slash + 1))
        return refuse_hidden(&replacement->writer);
    if (descriptors_secure(&replacement->descriptors) == -1)
        return writer_failed(&replacement->writer, "start");
    status = parents_option_make(&replacement->writer, options->file, !options->update);
    if (status == STATUS_DONE)
        *result = open_place(replacement);
    return status;
}

static enum status
find_place(struct replacement *replacement)
{
    const struct atomwrite_options *options = &replacement->options;
    enum place_result result;
    enum status status = open_made_place(replacement, &result);

    if (status != STATUS_DONE)
        return status;
    switch (result) {
    case PLACE_FAILED:
        return writer_failed(&replacement->writer, "open its directory");
    case PLACE_DANGLING:
        return writer_refuse(&replacement->writer, STATUS_NOT_CREATED,
            "-P replaces the symlink itself", "it is a dangling symlink");
    case PLACE_UNTRUSTED:
        return writer_refuse(&replacement->writer, STATUS_DENIED,
            "name the file it points to",
            "it is another user's symlink in a sticky directory");
    case PLACE_OPEN:
        break;
    }
    if (replacement->place.exists && S_ISLNK(replacement->place.found.st_mode)) {
        if (options->needs_old)
            return refuse_symlink(&replacement->writer);
    } else if (replacement->place.exists &&
               !S_ISREG(replacement->place.found.st_mode)) {
        return writer_refuse(&replacement->writer, STATUS_NOT_CREATED,
            "choose a regular file", kind_of(replacement->place.found.st_mode));
    }
    if (hidden_is_one(replacement->place.leaf))
        return refuse_hidden(&replacement->writer);
    if (options->no_clobber && replacement->place.exists)
        return writer_refuse(&replacement->writer, STATUS_NOT_CREATED,
            "leave out -n to replace it", "it already exists");
    /* Where names can be made but not renamed or removed, a hidden one would stay. */
    if (sys_may_be_replaced(replacement->place.dir, "") == -1)
        return writer_failed(&replacement->writer, "replace anything in its directory");
    return STATUS_DONE;
}

static enum status
open_stage(
    struct replacement *replacement, struct stage *stage, const struct stage *sibling)
{
    if (stage_open(stage, &replacement->place, HIDDEN_ATOMWRITE, STAGE_MODE_PRIVATE,
            sibling) == 0)
        return STATUS_DONE;
    return writer_failed(&replacement->writer, "create a temporary file beside it");
}

static enum status
take_input(struct replacement *replacement)
{
    struct stage *stage =
        replacement->options.append ? &replacement->input : &replacement->stage;
    enum status status = open_stage(replacement, stage, NULL);

    if (status != STATUS_DONE || replacement->options.update)
        return status;
    status = writer_feed(&replacement->writer, -1, stage->fd);
    if (status == STATUS_DONE && replacement->writer.ahead == -1)
        status = writer_accept_form(&replacement->writer, stage->fd);
    if (status != STATUS_DONE)
        return status;
    if (replacement->options.append)
        return open_stage(replacement, &replacement->stage, &replacement->input);
    if (replacement->writer.ahead != -1)
        return STATUS_DONE;
    return writer_check(&replacement->writer, &replacement->place, &replacement->stage);
}

static enum status
take_lock_file(struct replacement *replacement)
{
    const char *path = replacement->options.shared.lock_file;

    if (path == NULL)
        return STATUS_DONE;
    switch (lockfile_lock(
        &replacement->lock, path, &replacement->place, &replacement->wait)) {
    case LOCKFILE_LOCKED:
        waiting_note_inherited(&replacement->writer, &replacement->lock, path);
        return STATUS_DONE;
    case LOCKFILE_DEADLOCK:
        return waiting_said_deadlock(&replacement->writer, replacement->lock.holder);
    case LOCKFILE_IS_FILE:
        return say_usage(path, "the lock file must not be FILE itself");
    case LOCKFILE_NOT_REGULAR:
        say(path, "choose a regular file", "%s",
            kind_of(replacement->lock.file.st_mode));
        return STATUS_NOT_CREATED;
    case LOCKFILE_BUSY:
        return waiting_said_busy(
            &replacement->writer, AT_FDCWD, path, "its lock file is");
    case LOCKFILE_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case LOCKFILE_FAILED:
        break;
    }
    say_errno(errno, path, "cannot lock it");
    return status_of_errno(errno);
}

static enum status
take_turn(struct replacement *replacement)
{
    const struct stage *sibling =
        replacement->options.append ? &replacement->input : NULL;
    enum status status = take_lock_file(replacement);
    enum turn_result result;
    pid_t holder;

    if (status != STATUS_DONE)
        return status;
    result = turn_take(&replacement->turn, &replacement->place, &replacement->stage,
        sibling, &replacement->wait, &holder);
    if (result == TURN_TAKEN)
        return STATUS_DONE;
    return waiting_said_no_turn(&replacement->writer, &replacement->place, result,
        replacement->turn.name.text, holder);
}

/* -n: the publishing decides, but it need not come to that. */
static enum status
look_at_name(const struct writer *writer, const struct place *place)
{
    struct stat there;

    if (fstatat(place->dir, place->leaf, &there, AT_SYMLINK_NOFOLLOW) == -1)
        return STATUS_DONE;
    return writer_refuse(
        writer, STATUS_NOT_CREATED, "leave out -n to replace it", "it already exists");
}

/* Whether FILE is a symlink as it is now: what was one when the run began may be a file
   by now, and private. */
static bool
is_symlink(const struct place *place)
{
    struct stat there;

    return fstatat(place->dir, place->leaf, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(there.st_mode);
}

static enum status
look_at_old(struct replacement *replacement)
{
    const struct place *place = &replacement->place;

    if (replacement->options.no_clobber)
        return look_at_name(&replacement->writer, place);
    /* A symlink that is to be replaced itself has no old content. */
    if (replacement->options.no_dereference && is_symlink(place))
        return replacement->options.needs_old ? refuse_symlink(&replacement->writer)
                                              : STATUS_DONE;
    switch (content_lock_take(&replacement->old, place->dir, place->leaf,
        CONTENT_LOCK_SHARED, CONTENT_LOCK_STAY, &replacement->wait)) {
    case CONTENT_LOCK_UNLOCKABLE:
        if (replacement->options.shared.is_verbose)
            say(replacement->options.file, NULL,
                "it can be neither read nor written, so it is replaced without its "
                "lock");
        break;
    case CONTENT_LOCK_TAKEN:
        waiting_note_inherited(
            &replacement->writer, &replacement->old, replacement->options.file);
        break;
    case CONTENT_LOCK_DEADLOCK:
        return waiting_said_deadlock(&replacement->writer, replacement->old.holder);
    case CONTENT_LOCK_GONE:
        return STATUS_DONE;
    case CONTENT_LOCK_BUSY:
        return waiting_said_busy(
            &replacement->writer, place->dir, place->leaf, "it is");
    case CONTENT_LOCK_NOT_REGULAR:
        return writer_refuse(&replacement->writer, STATUS_NOT_CREATED,
            "choose a regular file", kind_of(replacement->old.file.st_mode));
    case CONTENT_LOCK_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case CONTENT_LOCK_FAILED:
        return writer_failed(&replacement->writer, "open it");
    }
    replacement->has_old = true;
    if (replacement->options.shared.is_verbose && replacement->old.file.st_nlink > 1)
        say(replacement->options.file, NULL,
            "it has %lu hard links; the others keep the old content",
            (unsigned long)replacement->old.file.st_nlink);
    return STATUS_DONE;
}

static enum status
run_steps(struct replacement *replacement)
{
    enum status status = find_place(replacement);

    if (status == STATUS_DONE)
        status = take_input(replacement);
    if (status == STATUS_DONE)
        status = take_turn(replacement);
    /* Others wait for us from now on: they must not wait for who reads our messages. */
    if (status == STATUS_DONE)
        say_hold();
    if (status == STATUS_DONE)
        status = look_at_old(replacement);
    if (status == STATUS_DONE)
        status = replace_build(replacement);
    if (status == STATUS_DONE)
        status = replace_compare(replacement);
    if (status != STATUS_DONE)
        return status;
    if (replacement->is_unchanged)
        return replace_confirm_unchanged(replacement);
    status = replace_seal(replacement);
    return status == STATUS_DONE ? replace_publish(replacement) : status;
}

/* Removes what has a name; all that is only open is closed by the exit. */
static void
clean_up(struct replacement *replacement, enum status status)
{
    if (status == STATUS_DONE && !replacement->turn.held)
        return;
    turn_give_up(&replacement->turn, &replacement->place, &replacement->stage);
    stage_discard(&replacement->stage, &replacement->place);
    stage_discard(&replacement->input, &replacement->place);
}

int
main(int argc, char *argv[])
{
    /* Not on the stack, which would have to be cleared, some pages of it. */
    static struct replacement replacement;
    enum status status;
    bool has_work;

    say_program("atomwrite");
    status = atomwrite_parse(&replacement.options, argc, argv, &has_work);
    if (!has_work)
        return (int)status;
    replacement.place.dir = -1;
    replacement.stage.fd = -1;
    replacement.input.fd = -1;
    replacement.lock.fd = -1;
    replacement.turn.fd = -1;
    replacement.old.fd = -1;
    replacement.writer = (struct writer){
        .object = replacement.options.file,
        .outcome = "left as it was",
        .options = &replacement.options.shared,
        .descriptors = &replacement.descriptors,
        .command = replacement.options.command,
        .ahead = -1,
    };
    waiting_start(&replacement.wait, &replacement.writer);
    if (interrupt_catch() == -1)
        return (int)writer_failed(&replacement.writer, "start");
    status = run_steps(&replacement);
    clean_up(&replacement, status);
    if (say_is_holding()) {
        content_lock_release(&replacement.old);
        content_lock_release(&replacement.lock);
    }
    say_release();
    return (int)writer_end(&replacement.writer, status);
}
