#include "config.h"

#include "create/new_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "cli/say.h"
#include "create/retain.h"
#include "file/mark.h"
#include "stage/publish.h"

enum status
new_file_find_mode(struct creation *creation)
{
    if (creation->stage.form == STAGE_UNNAMED && meta_is_newborn(&creation->stage.born))
        creation->newborn_mode = creation->stage.born.st_mode & 07777;
    else if (meta_newborn_mode(&creation->place, &creation->newborn_mode) == -1)
        return writer_failed(&creation->writer, "find its mode");
    return writer_check_mode(&creation->writer, creation->newborn_mode);
}

enum status
new_file_set_metadata(struct creation *creation)
{
    mode_t current =
        creation->options.live ? MARK_UNFINISHED : creation->stage.born.st_mode & 07777;
    struct meta_result result;

    if (meta_create(creation->stage.fd, &creation->stage.born, current,
            creation->newborn_mode, &creation->options.shared.wish, &result) == -1)
        return writer_failed(&creation->writer, "set its owner and mode");
    /* The mode is what says that a live claim is finished. */
    if (creation->options.live && result.lost_mode) {
        errno = EOPNOTSUPP;
        return writer_failed(&creation->writer, "set its mode");
    }
    writer_note_losses(&creation->writer, &result);
    return STATUS_DONE;
}

enum status
new_file_sync_content(const struct writer *writer, const struct stage *stage)
{
    /* Never retried: after a failure the data may be gone from memory, too. */
    if (writer_has_to_sync(writer, stage) && io_sync(stage->fd) == -1)
        return writer_failed(writer, "make the content durable");
    return STATUS_DONE;
}

enum status
new_file_set_time(struct creation *creation)
{
    struct timespec now = creation->options.time;

    if (!creation->options.has_time)
        clock_gettime(CLOCK_REALTIME, &now);
    if (stamp_set_time(&creation->stamp, creation->place.leaf, creation->options.format,
            creation->options.is_local, &now) == -1 ||
        stamp_spell(&creation->stamp, STAMP_FIRST, creation->name) == -1)
        return writer_failed(&creation->writer, "form a name");
    if (!hidden_is_one(creation->name))
        return STATUS_DONE;
    say(creation->options.prefix, "choose another prefix or suffix",
        "%s: its name would be one that is reserved for temporary files",
        creation->writer.outcome);
    return STATUS_NOT_CREATED;
}

enum status
new_file_no_live(const struct writer *writer)
{
    return writer_refuse(writer, STATUS_NOT_CREATED, "leave out -l",
        "this file system cannot hold a live claim");
}

static enum publish_result
give_name(struct creation *creation)
{
    return creation->options.live
               ? publish_unfinished(&creation->place, &creation->stage, creation->name)
               : publish_as(&creation->place, &creation->stage, creation->name);
}

/* The stage has no name and can be given none by a link: goes on by a hidden one,
   in a new file that needs all that the first one had. */
static enum status
move_stage(struct creation *creation)
{
    enum status status;

    if (creation->options.live)
        return new_file_no_live(&creation->writer);
    if (stage_move_to_named(&creation->stage, &creation->place, NULL) == -1)
        return writer_failed(&creation->writer, "create a file in its directory");
    status = new_file_set_metadata(creation);
    return status == STATUS_DONE
               ? new_file_sync_content(&creation->writer, &creation->stage)
               : status;
}

enum status
new_file_claim_from(struct creation *creation, uint64_t *counter)
{
    enum status status;

    for (;;) {
        if (interrupt_signal() != 0)
            return STATUS_INTERRUPTED;
        if (stamp_spell(&creation->stamp, *counter, creation->name) == -1)
            return writer_failed(&creation->writer, "form a name");
        switch (give_name(creation)) {
        case PUBLISH_DONE:
            retain_note(creation);
            return STATUS_DONE;
        case PUBLISH_FAILED:
            return writer_failed(&creation->writer, "give it a name");
        case PUBLISH_CANNOT_LINK:
            status = move_stage(creation);
            if (status != STATUS_DONE)
                return status;
            continue;
        case PUBLISH_EXISTS:
            break;
        }
        if (stamp_find_free(&creation->stamp, creation->place.dir, counter) == -1)
            return writer_failed(&creation->writer, "find a free name");
        (void)interrupt_look();
    }
}

enum status
new_file_claim(struct creation *creation)
{
    uint64_t counter = STAMP_FIRST;
    enum status status = new_file_set_time(creation);

    if (status == STATUS_DONE)
        status = retain_first_counter(creation, &counter);
    return status == STATUS_DONE ? new_file_claim_from(creation, &counter) : status;
}

void
new_file_spell_path(struct creation *creation)
{
    (void)stpcpy(stpcpy(creation->path, creation->place.prefix), creation->name);
}

enum status
new_file_unconfirmed(const char *path, const char *doing)
{
    say_errno(
        errno, path, "created, but it may not survive a power cut: cannot %s", doing);
    return STATUS_UNCONFIRMED;
}

/* Makes the name durable. On btrfs the fsync of a file without a name has kept
   nothing of this one. 0, or -1 with errno. */
int
new_file_sync_name(const struct creation *creation)
{
    if (creation->options.shared.no_sync)
        return 0;
    if (creation->stage.form == STAGE_UNNAMED &&
        file_system_is_btrfs(creation->stage.fd, creation->stage.born.st_dev) &&
        fsync(creation->stage.fd) == -1)
        return -1;
    return place_sync(&creation->place,
        creation->place.dir_is_readable ? creation->place.dir : creation->stage.fd);
}

bool
new_file_needs_stage(const struct creation *creation)
{
    const struct place *place = &creation->place;

    if (creation->options.shared.is_verbose)
        return true;
    return !creation->options.shared.no_sync &&
           (!place->dir_is_readable ||
               file_system_is_btrfs(place->dir, creation->stage.born.st_dev));
}

/* The path and its terminator in one write, so that no reader sees half of it.
   0, or -1 with errno. */
int
new_file_print_path(const struct uniqcreate_options *options, const char *path)
{
    char line[PATH_MAX + NAME_MAX + 2];
    char *end = stpcpy(line, path);

    *end++ = options->terminator;
    return options->quiet ? 0 : say_output(line, (size_t)(end - line));
}
