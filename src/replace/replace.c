#include "config.h"

#include "replace/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "cli/say.h"
#include "data/compare.h"
#include "data/pour.h"
#include "file/hidden.h"
#include "file/mark.h"
#include "lock/lineage.h"
#include "replace/versions.h"
#include "stage/publish.h"

/* Whether FILE is a live claim whose writer died: nothing to be read, or handed down.
 */
static bool
is_left_unfinished(const struct replacement *replacement)
{
    return replacement->has_old && replacement->old.is_locked &&
           mark_is_unfinished(&replacement->old.file);
}

/* -a and -u need the old content: whole, and readable. */
static enum status
demand_old(struct replacement *replacement)
{
    if (!replacement->has_old)
        return STATUS_DONE;
    if (is_left_unfinished(replacement))
        return writer_refuse(&replacement->writer, STATUS_REFUSED,
            "without -a or -u it is replaced",
            "it was left unfinished by a process that died");
    if (replacement->old.is_readable && replacement->old.is_locked)
        return STATUS_DONE;
    errno = EACCES;
    return writer_failed(&replacement->writer, "read it");
}

static enum status
append_input(struct replacement *replacement)
{
    const struct pour_options options = {
        .write_behind = !replacement->options.shared.no_sync};
    enum pour_result result = POUR_DONE;

    if (replacement->has_old)
        result = pour(replacement->old.fd, replacement->stage.fd, &options);
    if (result == POUR_DONE && lseek(replacement->input.fd, 0, SEEK_SET) == -1)
        result = POUR_READ_FAILED;
    if (result == POUR_DONE)
        result = pour(replacement->input.fd, replacement->stage.fd, &options);
    stage_discard(&replacement->input, &replacement->place);
    if (result == POUR_DONE)
        return STATUS_DONE;
    if (result == POUR_INTERRUPTED)
        return STATUS_INTERRUPTED;
    return writer_failed(&replacement->writer, "copy its content");
}

static enum status
run_update(struct replacement *replacement)
{
    int nothing = replacement->has_old ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
    enum status status;

    if (!replacement->has_old && nothing == -1)
        return writer_failed(&replacement->writer, "open /dev/null");
    status = writer_feed(&replacement->writer,
        replacement->has_old ? replacement->old.fd : nothing, replacement->stage.fd);
    io_close(&nothing);
    if (status != STATUS_DONE)
        return status;
    return writer_accept_form(&replacement->writer, replacement->stage.fd);
}

enum status
replace_build(struct replacement *replacement)
{
    enum status status;

    if (!replacement->options.append && !replacement->options.update)
        return STATUS_DONE;
    status = demand_old(replacement);
    /* For a COMMAND, or the check, that comes to wait for this very turn. */
    lineage_mark_turn(&replacement->turn.id,
        replacement->turn.fd == -1 ? replacement->stage.fd : replacement->turn.fd);
    if (status == STATUS_DONE)
        status = replacement->options.append ? append_input(replacement)
                                             : run_update(replacement);
    if (status != STATUS_DONE)
        return status;
    return writer_check(&replacement->writer, &replacement->place, &replacement->stage);
}

/* Whether the metadata that was asked for is there already. */
static bool
has_wished_metadata(const struct replacement *replacement)
{
    const struct meta_wish *wish = &replacement->options.shared.wish;
    const struct stat *file = &replacement->old.file;

    return meta_wished_mode(wish, file->st_mode & 07777) == (file->st_mode & 07777) &&
           (!wish->has_owner || wish->owner == file->st_uid) &&
           (!wish->has_group || wish->group == file->st_gid);
}

enum status
replace_compare(struct replacement *replacement)
{
    enum compare_result result;

    if (!replacement->options.if_changed || !replacement->has_old ||
        is_left_unfinished(replacement) || !has_wished_metadata(replacement))
        return STATUS_DONE;
    if (!replacement->old.is_readable || !replacement->old.is_locked) {
        if (replacement->options.shared.is_verbose)
            say(replacement->options.file, NULL,
                "cannot be read, so it is replaced without being compared");
        return STATUS_DONE;
    }
    result = compare_files(replacement->stage.fd, replacement->old.fd);
    switch (result) {
    case COMPARE_FAILED:
        return writer_failed(&replacement->writer, "compare it with the new content");
    case COMPARE_DIFFERENT:
        return STATUS_DONE;
    case COMPARE_SAME:
        break;
    }
    replacement->is_unchanged = true;
    if (replacement->options.touch && futimens(replacement->old.fd, NULL) == -1)
        return writer_failed(&replacement->writer, "update its time");
    return STATUS_DONE;
}

enum status
replace_seal(struct replacement *replacement)
{
    const struct meta_wish *wish = &replacement->options.shared.wish;
    bool inherits = replacement->has_old && !is_left_unfinished(replacement);
    struct meta_result result;
    mode_t base = replacement->old.file.st_mode & 07777;
    enum status status;

    if (!inherits && meta_newborn_mode(&replacement->place, &base) == -1)
        return writer_failed(&replacement->writer, "find its mode");
    status = writer_check_mode(&replacement->writer, base);
    if (status != STATUS_DONE)
        return status;
    if ((inherits ? meta_replace(replacement->stage.fd, &replacement->stage.born,
                        replacement->old.fd, &replacement->old.file, wish, &result)
                  : meta_create(replacement->stage.fd, &replacement->stage.born,
                        META_NO_MODE, base, wish, &result)) == -1)
        return writer_failed(
            &replacement->writer, "set its owner, attributes and mode");
    writer_note_losses(&replacement->writer, &result);
    /* The sync looks for signals, too: from here on they come too late, unless there
       are versions to keep. */
    if (!writer_has_to_sync(&replacement->writer, &replacement->stage))
        return interrupt_look() != 0 ? STATUS_INTERRUPTED : STATUS_DONE;
    /* Never retried: after a failure the data may be gone from memory, too. */
    if (io_sync(replacement->stage.fd) == -1)
        return writer_failed(&replacement->writer, "make the new content durable");
    return STATUS_DONE;
}

/*
 * Whether all is still as the run found it. The turn: a cleaner may have removed its
 * name. And FILE, where the new content was made of the old one: an editor that
 * replaces it takes no turn, and what it wrote must not be lost.
 */
static enum status
confirm(const struct replacement *replacement)
{
    const struct place *place = &replacement->place;
    enum place_match match;

    if (!turn_confirm(&replacement->turn, place, &replacement->stage))
        return writer_refuse(&replacement->writer, STATUS_LOCKED, "try again",
            "another process removed its temporary file");
    if (!replacement->options.needs_old || !replacement->has_old)
        return STATUS_DONE;
    /* As in turn_confirm: what has unnamed files is no network file system. */
    match =
        replacement->stage.form == STAGE_UNNAMED
            ? place_compare(place->dir, place->leaf, &replacement->old.file)
            : place_compare_fresh(place->dir, place->leaf, -1, &replacement->old.file);
    switch (match) {
    case PLACE_SAME:
        return STATUS_DONE;
    case PLACE_UNKNOWN:
        return writer_failed(&replacement->writer, "examine it again");
    case PLACE_OTHER:
    case PLACE_GONE:
        break;
    }
    return writer_refuse(&replacement->writer, STATUS_LOCKED, "try again",
        match == PLACE_GONE ? "another process removed it"
                            : "another process replaced it");
}

/* The hidden name of a version on its way is somebody's who cannot be moved away. */
static enum status
version_in_the_way(const struct place *place)
{
    struct hidden_name hidden = hidden_version(place->leaf);
    char path[sizeof(place->prefix) + sizeof(hidden.text)];
    int reason = errno;

    (void)stpcpy(stpcpy(path, place->prefix), hidden.text);
    if (reason == EISDIR)
        say(path, "remove it", "in the way, and not a regular file");
    else
        say_errno(reason, path, "in the way, and cannot be removed");
    return status_of_errno(reason);
}

static enum status
keep_versions(struct replacement *replacement)
{
    unsigned failed_version;
    enum status status;

    if (replacement->options.keep == 0 || !replacement->has_old)
        return STATUS_DONE;
    if (is_left_unfinished(replacement)) {
        if (replacement->options.shared.is_verbose)
            say(replacement->options.file, NULL,
                "left unfinished by a process that died: not kept as its .1");
        return STATUS_DONE;
    }
    /* What ends in a refusal has moved nothing. */
    status = confirm(replacement);
    if (status != STATUS_DONE)
        return status;
    switch (versions_shift(&replacement->place, &replacement->old,
        replacement->options.keep, &failed_version)) {
    case VERSIONS_DONE:
        return interrupt_look() != 0 ? STATUS_INTERRUPTED : STATUS_DONE;
    case VERSIONS_NOT_REGULAR:
        say(replacement->options.file, "move it away",
            "left as it was: its .%u is not a regular file", failed_version);
        return STATUS_NOT_CREATED;
    case VERSIONS_IN_THE_WAY:
        return version_in_the_way(&replacement->place);
    case VERSIONS_REFUSED:
        if (failed_version == 0)
            return writer_failed(
                &replacement->writer, "put the new content in its place");
        break;
    case VERSIONS_FAILED:
        break;
    }
    if (errno == EINTR && interrupt_signal() != 0)
        return STATUS_INTERRUPTED;
    say_errno(errno, replacement->options.file,
        "left as it was: cannot keep the previous version as its .%u", failed_version);
    return status_of_errno(errno);
}

static enum status
give_name(struct replacement *replacement)
{
    const struct atomwrite_options *options = &replacement->options;
    /* What was not there must not have come: programs outside take no turn. */
    bool never_over =
        options->no_clobber || (!replacement->has_old && options->needs_old);
    enum status status = confirm(replacement);

    if (status != STATUS_DONE)
        return status;
    /* An NFS client keeps what is open under another name, and FILE would be missing
       for a moment. */
    if (replacement->stage.form == STAGE_NAMED &&
        file_system_is_nfs(replacement->stage.fd))
        content_lock_release(&replacement->old);
    switch (never_over ? publish_never_over(&replacement->turn, &replacement->place,
                             &replacement->stage)
                       : publish_replace(&replacement->turn, &replacement->place,
                             &replacement->stage)) {
    case PUBLISH_DONE:
        return STATUS_DONE;
    case PUBLISH_EXISTS:
        if (options->no_clobber)
            return writer_refuse(&replacement->writer, STATUS_NOT_CREATED,
                "leave out -n to replace it", "it already exists");
        return writer_refuse(&replacement->writer, STATUS_LOCKED, "try again",
            "another process created it");
    case PUBLISH_CANNOT_LINK: /* a turn has a name */
    case PUBLISH_FAILED:
        break;
    }
    return writer_failed(&replacement->writer, "put the new content in its place");
}

static enum status
closing_failed(const char *file)
{
    say_errno(errno, file, "replaced, but closing it failed");
    return STATUS_UNCONFIRMED;
}

/*
 * FILE is replaced: what fails now is 76. The stage is closed before anything else, for
 * the sync of the directory takes its time: a record lock of ours on FILE would be in
 * the way of other programs', nobody can execute what is open for writing (ETXTBSY),
 * and NFS may say only now what it could not write.
 */
static enum status
finish(struct replacement *replacement)
{
    const struct options *options = &replacement->options.shared;
    const struct place *place = &replacement->place;
    bool syncs_by_file = !options->no_sync && !place->dir_is_readable;
    int beside = syncs_by_file ? place_open_beside(place) : -1;
    struct stat file;
    bool has_size = options->is_verbose && fstat(replacement->stage.fd, &file) == 0;

    /* Where nothing else can stand for the file system, it has to stay open. */
    if ((!syncs_by_file || beside != -1) && stage_close(&replacement->stage) == -1)
        return closing_failed(replacement->options.file);
    if (has_size)
        say(replacement->options.file, NULL, "%s (%lld bytes)",
            replacement->has_old ? "replaced" : "created", (long long)file.st_size);
    if (!options->no_sync &&
        place_sync(place, beside != -1 ? beside : replacement->stage.fd) == -1) {
        say_errno(errno, replacement->options.file,
            "replaced, but it may not survive a power cut: cannot sync its directory");
        return STATUS_UNCONFIRMED;
    }
    return stage_close(&replacement->stage) == -1
               ? closing_failed(replacement->options.file)
               : STATUS_DONE;
}

enum status
replace_publish(struct replacement *replacement)
{
    enum status status = keep_versions(replacement);

    if (status == STATUS_DONE)
        status = give_name(replacement);
    return status == STATUS_DONE ? finish(replacement) : status;
}

/* -c found the content there already, maybe written by somebody who did not sync. */
enum status
replace_confirm_unchanged(struct replacement *replacement)
{
    if (!replacement->options.shared.no_sync &&
        (io_sync(replacement->old.fd) == -1 ||
            place_sync(&replacement->place, replacement->old.fd) == -1)) {
        if (errno == EINTR && interrupt_signal() != 0)
            return STATUS_INTERRUPTED;
        say_errno(errno, replacement->options.file,
            "unchanged, but it may not survive a power cut: cannot sync it");
        return STATUS_UNCONFIRMED;
    }
    if (replacement->options.shared.is_verbose)
        say(replacement->options.file, NULL, "unchanged");
    return (enum status)replacement->options.unchanged_status;
}
