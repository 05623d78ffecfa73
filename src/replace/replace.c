#include "config.h"

#include "replace/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/sys.h"
#include "cli/say.h"
#include "data/compare.h"
#include "data/pour.h"
#include "file/mark.h"
#include "replace/versions.h"
#include "stage/publish.h"

/* -a and -u need the old content: whole, and readable. */
static enum status
demand_old(struct run *run)
{
    if (!run->has_old)
        return STATUS_DONE;
    if (run->old.is_locked && mark_is_unfinished(&run->old.file))
        return writer_refuse(&run->writer, STATUS_REFUSED,
            "without -a or -u it is replaced",
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

    /* What may take long can be interrupted. */
    interrupt_release();
    if (run->has_old)
        result = pour(run->old.fd, run->stage.fd, &options);
    if (result == POUR_DONE && lseek(run->input.fd, 0, SEEK_SET) == -1)
        result = POUR_READ_FAILED;
    if (result == POUR_DONE)
        result = pour(run->input.fd, run->stage.fd, &options);
    interrupt_hold();
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
    status =
        writer_feed(&run->writer, run->has_old ? run->old.fd : nothing, run->stage.fd);
    if (nothing != -1)
        close(nothing);
    if (status != STATUS_DONE)
        return status;
    return writer_accept_form(&run->writer, run->stage.fd);
}

enum status
replace_build(struct run *run)
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

enum status
replace_compare(struct run *run)
{
    enum compare_result result;

    if (!run->options.if_changed || !run->has_old || !run->old.is_readable ||
        !run->old.is_locked || mark_is_unfinished(&run->old.file) ||
        !has_wished_metadata(run))
        return STATUS_DONE;
    interrupt_release();
    result = compare_files(run->stage.fd, run->old.fd);
    interrupt_hold();
    switch (result) {
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

enum status
replace_finish(struct run *run)
{
    const struct meta_wish *wish = &run->options.shared.wish;
    bool inherits =
        run->has_old && !(run->old.is_locked && mark_is_unfinished(&run->old.file));
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
                  : meta_create(run->stage.fd, &run->stage.born, META_NO_MODE, base,
                        wish, &result)) == -1)
        return writer_failed(&run->writer, "set its owner, attributes and mode");
    writer_note_losses(&run->writer, &result);
    run->is_executable = (result.mode & 0111) != 0;
    /* Never retried: after a failure the data may be gone from memory, too. */
    if (writer_has_to_sync(&run->writer, &run->stage) && fsync(run->stage.fd) == -1)
        return writer_failed(&run->writer, "make the new content durable");
    return STATUS_DONE;
}

static enum status
keep_versions(struct run *run)
{
    unsigned failed_version;

    if (run->options.keep == 0 || !run->has_old)
        return STATUS_DONE;
    switch (
        versions_shift(&run->place, &run->old, run->options.keep, &failed_version)) {
    case VERSIONS_DONE:
        return STATUS_DONE;
    case VERSIONS_NOT_REGULAR:
        say(run->options.file, "move it away",
            "left as it was: its .%u is no regular file", failed_version);
        return STATUS_NOT_CREATED;
    case VERSIONS_REFUSED:
        if (failed_version == 0)
            return writer_failed(&run->writer, "put the new content in its place");
        break;
    case VERSIONS_FAILED:
        break;
    }
    if (errno == EINTR && interrupt_signal() != 0)
        return STATUS_INTERRUPTED;
    say_errno(errno, run->options.file,
        "left as it was: cannot keep the previous version as its .%u", failed_version);
    return status_of_errno(errno);
}

static enum status
give_name(struct run *run)
{
    const struct atomwrite_options *options = &run->options;
    /* What was not there must not have come: programs outside take no turn. */
    bool never_over = options->no_clobber ||
                      (!run->has_old && (options->append || options->update ||
                                            options->if_changed || options->keep > 0));

    if (!turn_confirm(&run->turn, &run->place, &run->stage))
        return writer_refuse(&run->writer, STATUS_LOCKED, "try again",
            "somebody removed the hidden name of its writer");
    /* An NFS client keeps what is open under another name, and FILE would be missing
       for a moment. */
    if (run->stage.rung == STAGE_NAMED && sys_is_nfs(run->stage.fd))
        content_lock_release(&run->old);
    switch (never_over ? publish_never_over(&run->turn, &run->place, &run->stage)
                       : publish_replace(&run->turn, &run->place, &run->stage)) {
    case PUBLISH_DONE:
        return STATUS_DONE;
    case PUBLISH_EXISTS:
        if (options->no_clobber)
            return writer_refuse(&run->writer, STATUS_NOT_CREATED,
                "leave out -n to replace it", "it exists already");
        return writer_refuse(
            &run->writer, STATUS_LOCKED, "try again", "it came into being meanwhile");
    case PUBLISH_NAMELESS: /* a turn has a name */
    case PUBLISH_FAILED:
        break;
    }
    return writer_failed(&run->writer, "put the new content in its place");
}

static enum status
closing_failed(const struct run *run)
{
    say_errno(errno, run->options.file, "replaced, but closing it failed");
    return STATUS_UNCONFIRMED;
}

enum status
replace_publish(struct run *run)
{
    enum status status = keep_versions(run);

    if (status != STATUS_DONE)
        return status;
    if (interrupt_signal() != 0)
        return STATUS_INTERRUPTED;
    status = give_name(run);
    if (status != STATUS_DONE)
        return status;
    writer_note_done(&run->writer, run->options.file,
        run->has_old ? "replaced" : "created", run->stage.fd);
    /* Nobody can execute what is open for writing (ETXTBSY), and the sync of the
       directory takes its time. */
    if (run->is_executable && run->place.dir_is_readable &&
        stage_close(&run->stage) == -1)
        return closing_failed(run);
    if (!run->options.shared.no_sync && place_sync(&run->place, run->stage.fd) == -1) {
        say_errno(errno, run->options.file,
            "replaced, but it may not survive a power cut: cannot sync its directory");
        return STATUS_UNCONFIRMED;
    }
    /* NFS may say only now what it could not write. The named rung is the only one
       there, and elsewhere the exit closes as well. */
    if (run->stage.rung == STAGE_NAMED && stage_close(&run->stage) == -1)
        return closing_failed(run);
    return STATUS_DONE;
}

/* -c found the content there already, maybe written by somebody who did not sync. */
enum status
replace_confirm_unchanged(struct run *run)
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
