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
 *     build_content  -a: old + input; -u: COMMAND makes it of the old
 *     compare_old    -c: maybe there is nothing to do
 *     finish_stage   metadata, then fsync
 *     publish        kept versions, the rename, fsync of the directory
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "atomwrite_options.h"
#include "compare.h"
#include "content.h"
#include "holders.h"
#include "interrupt.h"
#include "kept.h"
#include "lockfile.h"
#include "place.h"
#include "pour.h"
#include "publish.h"
#include "say.h"
#include "stage.h"
#include "turn.h"
#include "waiting.h"
#include "writer.h"

struct run {
    struct atomwrite_options options;
    struct descriptors descriptors;
    struct writer writer;
    struct place place;
    struct stage stage;    /* the new content */
    struct stage input;    /* -a: what is to be appended */
    struct content lock;   /* --lock-file */
    struct turn turn;
    struct content old;    /* FILE as it is, if has_old */
    struct wait wait;
    bool has_old;
    bool is_unchanged;     /* -c */
    off_t size_bytes;
};

static enum status
refuse(const struct run *run, enum status status, const char *hint, const char *what)
{
    say(run->options.file, hint, "left as it was: %s", what);
    return status;
}

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

static enum status
find_place(struct run *run)
{
    const struct atomwrite_options *options = &run->options;

    switch (place_open(&run->place, options->file,
        options->no_dereference ? PLACE_STAY : PLACE_FOLLOW)) {
    case PLACE_FAILED:
        return writer_failed(&run->writer, "open its directory");
    case PLACE_DANGLING:
        return refuse(run, STATUS_NOT_CREATED, "-P replaces the symlink itself",
            "it is a symlink that leads to nothing");
    case PLACE_OPEN:
        break;
    }
    if (run->place.exists && S_ISLNK(run->place.found.st_mode)) {
        if (options->append || options->update || options->if_changed ||
            options->keep > 0)
            return refuse(run, STATUS_NOT_CREATED, "-P excludes -a, -u, -c and -k then",
                "it is a symlink");
    } else if (run->place.exists && !S_ISREG(run->place.found.st_mode)) {
        return refuse(run, STATUS_NOT_CREATED, "choose a regular file",
            kind_of(run->place.found.st_mode));
    }
    if (hidden_is_one(run->place.leaf))
        return refuse(run, STATUS_NOT_CREATED, "choose another name",
            "its name is one of those that writers hide behind");
    if (options->no_clobber && run->place.exists)
        return refuse(run, STATUS_NOT_CREATED, "leave out -n to replace it",
            "it exists already");
    return STATUS_DONE;
}

static enum status
open_stage(struct run *run, struct stage *stage, const struct stage *sibling)
{
    if (stage_open(stage, &run->place, HIDDEN_ATOMWRITE, sibling) == 0)
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
        status = writer_accept_form(&run->writer, stage->fd, &run->size_bytes);
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
        return waiting_said_busy(&run->writer, AT_FDCWD, path, path);
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
    result = turn_take(
        &run->turn, &run->place, &run->stage, sibling, &run->wait, &holder);
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
    return refuse(run, STATUS_NOT_CREATED, "leave out -n to replace it",
        "it exists already");
}

static enum status
look_at_old(struct run *run)
{
    const struct place *place = &run->place;

    if (run->options.no_clobber || S_ISLNK(place->found.st_mode))
        return look_at_name(run);
    switch (content_lock(
        &run->old, place->dir, place->leaf, CONTENT_SHARED, CONTENT_STAY, &run->wait)) {
    case CONTENT_UNLOCKABLE:
        if (run->options.shared.is_verbose)
            say(run->options.file, NULL,
                "it can be neither read nor written, so it is replaced without its "
                "lock");
        break;
    case CONTENT_LOCKED:
        break;
    case CONTENT_GONE:
        return STATUS_DONE;
    case CONTENT_BUSY:
        return waiting_said_busy(
            &run->writer, place->dir, place->leaf, run->options.file);
    case CONTENT_NOT_REGULAR:
        return refuse(run, STATUS_NOT_CREATED, "choose a regular file",
            kind_of(run->old.file.st_mode));
    case CONTENT_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case CONTENT_FAILED:
        return writer_failed(&run->writer, "open it");
    }
    run->has_old = true;
    if (run->options.shared.is_verbose && run->old.file.st_nlink > 1)
        say(run->options.file, NULL,
            "it has %lu names: the others keep the old content",
            (unsigned long)run->old.file.st_nlink);
    return STATUS_DONE;
}

/* -a and -u need the old content: whole, and readable. */
static enum status
demand_old(struct run *run)
{
    if (!run->has_old)
        return STATUS_DONE;
    if (run->old.is_locked && content_is_unfinished(&run->old.file))
        return refuse(run, STATUS_REFUSED, "without -a or -u it is replaced",
            "it was left unfinished by a writer that died");
    if (run->old.is_readable && run->old.is_locked)
        return STATUS_DONE;
    errno = EACCES;
    return writer_failed(&run->writer, "read it");
}

static enum status
append_input(struct run *run)
{
    const struct pour_options options = {.write_behind = !run->options.shared.no_sync};
    enum pour_result result = POUR_DONE;

    if (run->has_old)
        result = pour(run->old.fd, run->stage.fd, &options);
    if (result == POUR_DONE && lseek(run->input.fd, 0, SEEK_SET) == -1)
        result = POUR_READ_FAILED;
    if (result == POUR_DONE)
        result = pour(run->input.fd, run->stage.fd, &options);
    stage_discard(&run->input, &run->place);
    if (result == POUR_DONE)
        return STATUS_DONE;
    if (result == POUR_INTERRUPTED)
        return STATUS_INTERRUPTED;
    return writer_failed(&run->writer, "copy its content");
}

static enum status
run_update(struct run *run)
{
    int nothing = run->has_old ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
    enum status status;

    if (!run->has_old && nothing == -1)
        return writer_failed(&run->writer, "open /dev/null");
    status = writer_feed(
        &run->writer, run->has_old ? run->old.fd : nothing, run->stage.fd);
    if (nothing != -1)
        close(nothing);
    if (status != STATUS_DONE)
        return status;
    return writer_accept_form(&run->writer, run->stage.fd, &run->size_bytes);
}

static enum status
build_content(struct run *run)
{
    enum status status;

    if (!run->options.append && !run->options.update)
        return STATUS_DONE;
    status = demand_old(run);
    if (status == STATUS_DONE)
        status = run->options.append ? append_input(run) : run_update(run);
    if (status != STATUS_DONE)
        return status;
    return writer_check(&run->writer, &run->place, &run->stage);
}

/* Whether the metadata that was asked for is there already. */
static bool
has_wished_metadata(const struct run *run)
{
    const struct meta_wish *wish = &run->options.shared.wish;
    const struct stat *file = &run->old.file;

    return meta_wished_mode(wish, file->st_mode & 07777) == (file->st_mode & 07777) &&
           (!wish->has_owner || wish->owner == file->st_uid) &&
           (!wish->has_group || wish->group == file->st_gid);
}

static enum status
compare_old(struct run *run)
{
    if (!run->options.if_changed || !run->has_old || !run->old.is_readable ||
        !run->old.is_locked || content_is_unfinished(&run->old.file) ||
        !has_wished_metadata(run))
        return STATUS_DONE;
    switch (compare_files(run->stage.fd, run->old.fd)) {
    case COMPARE_FAILED:
        return writer_failed(&run->writer, "compare it with the new content");
    case COMPARE_DIFFERENT:
        return STATUS_DONE;
    case COMPARE_SAME:
        break;
    }
    run->is_unchanged = true;
    if (run->options.touch && futimens(run->old.fd, NULL) == -1)
        return writer_failed(&run->writer, "refresh its time");
    return STATUS_DONE;
}

static enum status
finish_stage(struct run *run)
{
    const struct meta_wish *wish = &run->options.shared.wish;
    bool inherits =
        run->has_old && !(run->old.is_locked && content_is_unfinished(&run->old.file));
    struct meta_result result;
    mode_t base = run->old.file.st_mode & 07777;
    enum status status;

    if (!inherits && meta_newborn_mode(&run->place, &base) == -1)
        return writer_failed(&run->writer, "find its mode");
    status = writer_check_mode(&run->writer, base);
    if (status != STATUS_DONE)
        return status;
    if ((inherits ? meta_replace(run->stage.fd, &run->stage.born, run->old.fd,
                        &run->old.file, wish, &result)
                  : meta_create(
                        run->stage.fd, &run->stage.born, base, wish, &result)) == -1)
        return writer_failed(&run->writer, "set its owner, attributes and mode");
    writer_note_losses(&run->writer, &result);
    /* Never retried: after a failure the data may be gone from memory, too. */
    if (!run->options.shared.no_sync && fsync(run->stage.fd) == -1)
        return writer_failed(&run->writer, "make the new content durable");
    return STATUS_DONE;
}

static enum status
keep_versions(struct run *run)
{
    unsigned culprit;

    if (run->options.keep == 0 || !run->has_old)
        return STATUS_DONE;
    switch (kept_shift(&run->place, &run->old, run->options.keep, &culprit)) {
    case KEPT_DONE:
        return STATUS_DONE;
    case KEPT_REFUSED:
    case KEPT_FAILED:
        break;
    }
    if (errno == EINTR && interrupt_signal() != 0)
        return STATUS_INTERRUPTED;
    say_errno(errno, run->options.file,
        "left as it was: cannot keep the previous version as its .%u", culprit);
    return status_of_errno(errno);
}

static enum status
give_name(struct run *run)
{
    const struct atomwrite_options *options = &run->options;
    /* What was not there must not have come: programs outside take no turn. */
    bool never_over =
        options->no_clobber || (!run->has_old && (options->append || options->update ||
                                                     options->if_changed ||
                                                     options->keep > 0));

    if (!turn_confirm(&run->turn, &run->place))
        return refuse(run, STATUS_LOCKED, "try again",
            "somebody removed the hidden name of its writer");
    switch (never_over ? publish_never_over(&run->turn, &run->place, &run->stage)
                       : publish_replace(&run->turn, &run->place, &run->stage)) {
    case PUBLISH_DONE:
        return STATUS_DONE;
    case PUBLISH_EXISTS:
        if (options->no_clobber)
            return refuse(run, STATUS_NOT_CREATED, "leave out -n to replace it",
                "it exists already");
        return refuse(run, STATUS_LOCKED, "try again", "it came into being meanwhile");
    case PUBLISH_FAILED:
        break;
    }
    return writer_failed(&run->writer, "put the new content in its place");
}

/* From here on signals are held back: after the rename they come too late. */
static enum status
publish(struct run *run)
{
    enum status status = keep_versions(run);

    if (status != STATUS_DONE)
        return status;
    interrupt_hold();
    if (interrupt_signal() != 0)
        return STATUS_INTERRUPTED;
    status = give_name(run);
    if (status != STATUS_DONE)
        return status;
    if (!run->options.shared.no_sync && place_sync(&run->place, run->stage.fd) == -1) {
        say_errno(errno, run->options.file,
            "replaced, but it may not survive a power cut: cannot sync its directory");
        return STATUS_UNCONFIRMED;
    }
    if (stage_close(&run->stage) == -1) {
        say_errno(errno, run->options.file, "replaced, but closing it failed");
        return STATUS_UNCONFIRMED;
    }
    if (run->options.shared.is_verbose)
        say(run->options.file, NULL, "%s (%lld bytes)",
            run->has_old ? "replaced" : "created", (long long)run->size_bytes);
    return STATUS_DONE;
}

/* -c found the content there already, maybe written by somebody who did not sync. */
static enum status
confirm_unchanged(struct run *run)
{
    if (!run->options.shared.no_sync &&
        (fsync(run->old.fd) == -1 || place_sync(&run->place, run->old.fd) == -1)) {
        say_errno(errno, run->options.file,
            "unchanged, but it may not survive a power cut: cannot sync it");
        return STATUS_UNCONFIRMED;
    }
    if (run->options.shared.is_verbose)
        say(run->options.file, NULL, "unchanged");
    return STATUS_DONE;
}

static enum status
replace(struct run *run)
{
    enum status status = find_place(run);

    if (status == STATUS_DONE)
        status = take_input(run);
    if (status == STATUS_DONE)
        status = take_turn(run);
    if (status == STATUS_DONE)
        status = look_at_old(run);
    if (status == STATUS_DONE)
        status = build_content(run);
    if (status == STATUS_DONE)
        status = compare_old(run);
    if (status != STATUS_DONE)
        return status;
    if (run->is_unchanged)
        return confirm_unchanged(run);
    status = finish_stage(run);
    return status == STATUS_DONE ? publish(run) : status;
}

static void
clean_up(struct run *run)
{
    turn_give_up(&run->turn, &run->place, &run->stage);
    stage_discard(&run->stage, &run->place);
    stage_discard(&run->input, &run->place);
    content_unlock(&run->old);
    content_unlock(&run->lock);
    place_close(&run->place);
}

int
main(int argc, char *argv[])
{
    struct run run = {
        .place = PLACE_EMPTY,
        .stage = STAGE_EMPTY,
        .input = STAGE_EMPTY,
        .lock = CONTENT_EMPTY,
        .turn = TURN_EMPTY,
        .old = CONTENT_EMPTY,
    };
    enum status status;
    bool has_work;

    say_program("atomwrite");
    status = atomwrite_parse(&run.options, argc, argv, &has_work);
    if (!has_work)
        return (int)status;
    run.writer = (struct writer){
        .object = run.options.file,
        .outcome = "left as it was",
        .options = &run.options.shared,
        .descriptors = &run.descriptors,
        .command = run.options.command,
    };
    waiting_start(&run.wait, &run.writer);
    if (descriptors_secure(&run.descriptors) == -1 || interrupt_catch() == -1)
        return (int)writer_failed(&run.writer, "start");
    status = replace(&run);
    clean_up(&run);
    return (int)writer_end(&run.writer, status);
}
