/*
 * batch - uniqcreate --lines and --null: a file of each record, one process.
 *
 * Durability is bought in groups: the files of a group are written without a name,
 * synced all together, then named one after the other, and their paths printed once
 * the directory is synced. A group is what was read at once, GROUP_MOST records at
 * most, so that a slow input is not held back. A kill leaves files without a name, of
 * which nothing remains, and one group at most that has its names but was not printed.
 *
 * Without files that have no name, each record goes the staged way by itself.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/sys.h"
#include "cli/say.h"
#include "create/creation.h"
#include "create/new_file.h"
#include "create/records.h"
#include "create/retain.h"
#include "data/outbox.h"

/* Few enough to be open at once under the usual limit of 1024. */
enum { GROUP_MOST = 256 };

struct batch {
    struct creation *creation;
    struct records records;
    struct outbox paths;
    int group[GROUP_MOST]; /* owned: written, and without a name */
    unsigned count;
    uint64_t created;
    uint64_t counter; /* of the name to be tried next */
    bool has_time;    /* the names have a time, of this second */
    time_t second;
    dev_t device;
    int synced_by;      /* what syncfs(2) is given, see find_synced_by */
    bool is_mode_right; /* files come into being with the mode they are to have */
    bool is_unnamed;    /* this directory has files without a name */
};

/* Sets the time of the names to come: the counter starts anew only with a new one. */
static enum status
set_time(struct batch *batch)
{
    const struct uniqcreate_options *options = &batch->creation->options;
    char head[sizeof(batch->creation->stamp.head)];
    struct timespec now = options->time;
    enum status status;

    if (!options->has_time)
        clock_gettime(CLOCK_REALTIME, &now);
    /* Most records are of one second, and to spell it costs more than the file. */
    if (batch->has_time && now.tv_sec == batch->second &&
        strstr(options->format, "%N") == NULL)
        return STATUS_DONE;
    batch->has_time = true;
    batch->second = now.tv_sec;
    memcpy(head, batch->creation->stamp.head, sizeof(head));
    status = new_file_set_time(batch->creation);
    return status == STATUS_DONE && strcmp(head, batch->creation->stamp.head) != 0
               ? retain_first_counter(batch->creation, &batch->counter)
               : status;
}

static int
add_path(struct batch *batch)
{
    const struct creation *creation = batch->creation;
    const struct uniqcreate_options *options = &creation->options;

    if (options->quiet)
        return 0;
    if (outbox_add(&batch->paths, creation->place.prefix,
            strlen(creation->place.prefix)) == -1 ||
        outbox_add(&batch->paths, creation->name, strlen(creation->name)) == -1)
        return -1;
    return outbox_add(&batch->paths, &options->terminator, 1);
}

/* Names the file that is open as the run's stage. */
static enum status
claim(struct batch *batch)
{
    enum status status = new_file_claim_from(batch->creation, &batch->counter);

    if (status != STATUS_DONE)
        return status;
    batch->counter++;
    batch->created++;
    if (add_path(batch) == -1)
        return writer_failed(&batch->creation->writer, "keep its path to be printed");
    return STATUS_DONE;
}

/* Writes RECORD to the run's stage, which is new. */
static enum status
fill(struct batch *batch, const struct record *record)
{
    struct creation *creation = batch->creation;

    if (io_write(creation->stage.fd, record->data, record->size) == -1)
        return writer_failed(&creation->writer, "write a record");
    return batch->is_mode_right ? STATUS_DONE : new_file_set_metadata(creation);
}

/* One record by itself, the staged way. */
static enum status
create_one(struct batch *batch, const struct record *record)
{
    struct creation *creation = batch->creation;
    size_t printed = batch->paths.used;
    enum status status;

    if (stage_open(&creation->stage, &creation->place, HIDDEN_UNIQCREATE,
            STAGE_MODE_NEW, NULL) == -1)
        return writer_failed(&creation->writer, "create a file in its directory");
    batch->is_mode_right = false;
    status = new_file_find_mode(creation);
    if (status == STATUS_DONE)
        status = fill(batch, record);
    if (status == STATUS_DONE)
        status = new_file_sync_content(&creation->writer, &creation->stage);
    if (status == STATUS_DONE)
        status = set_time(batch);
    if (status == STATUS_DONE && interrupt_look() != 0)
        status = STATUS_INTERRUPTED;
    if (status == STATUS_DONE)
        status = claim(batch);
    if (status == STATUS_DONE && new_file_sync_name(creation) == -1) {
        new_file_spell_path(creation);
        status = new_file_unconfirmed(creation->path, "sync its name");
        batch->paths.used = printed;
    }
    stage_discard(&creation->stage, &creation->place);
    return status;
}

static void
close_group(struct batch *batch)
{
    while (batch->count > 0)
        io_close(&batch->group[--batch->count]);
}

/* Names the files of the group, whose content is durable; *NAMED gets how many. */
static enum status
name_group(struct batch *batch, unsigned *named)
{
    struct creation *creation = batch->creation;
    enum status status = set_time(batch);

    if (status == STATUS_DONE && interrupt_look() != 0)
        status = STATUS_INTERRUPTED;
    for (*named = 0; status == STATUS_DONE && *named < batch->count;) {
        creation->stage = STAGE_EMPTY;
        creation->stage.family = HIDDEN_UNIQCREATE;
        creation->stage.fd = batch->group[*named];
        batch->group[*named] = -1;
        status = claim(batch);
        /* It may have moved to a named stage, and so have a name to be removed. */
        stage_discard(&creation->stage, &creation->place);
        if (status == STATUS_DONE)
            (*named)++;
    }
    return status;
}

static enum status
sync_group(const struct batch *batch)
{
    if (batch->creation->options.shared.no_sync ||
        io_sync_group(batch->synced_by, batch->group, batch->count) == 0)
        return STATUS_DONE;
    return writer_failed(&batch->creation->writer, "make a group of records durable");
}

/* On btrfs a file that was synced without a name is not kept with its name. */
static int
sync_names(const struct batch *batch)
{
    const struct place *place = &batch->creation->place;

    if (batch->creation->options.shared.no_sync)
        return 0;
    return file_system_is_btrfs(place->dir, batch->device)
               ? sys_sync_file_system(batch->synced_by)
               : place_sync(place, batch->synced_by);
}

/* Says which NAMED files of the group may not last: their paths come after PRINTED. */
static enum status
names_unconfirmed(struct batch *batch, size_t printed, unsigned named)
{
    const struct uniqcreate_options *options = &batch->creation->options;
    int reason = errno;

    if (options->quiet)
        say_errno(reason, batch->creation->writer.object,
            "a group of %u files was created, but may not survive a power cut", named);
    for (size_t at = printed; at < batch->paths.used;) {
        char *path = batch->paths.data + at;
        char *end = memchr(path, options->terminator, batch->paths.used - at);
        *end = '\0';
        at += (size_t)(end - path) + 1;
        errno = reason;
        (void)new_file_unconfirmed(path, "sync its name");
    }
    batch->paths.used = printed;
    return STATUS_UNCONFIRMED;
}

static enum status
print_failed(const struct batch *batch)
{
    return writer_failed(&batch->creation->writer, "print the paths of its files");
}

/* Publishes what has been written. Its paths may be printed from then on. */
static enum status
commit(struct batch *batch)
{
    enum status status = STATUS_DONE;
    size_t printed = batch->paths.used;
    unsigned named = 0;

    if (batch->count > 0) {
        status = sync_group(batch);
        if (status == STATUS_DONE)
            status = name_group(batch, &named);
        if (named > 0 && sync_names(batch) == -1)
            status = names_unconfirmed(batch, printed, named);
        close_group(batch);
    }
    if (outbox_flush_if_full(&batch->paths) == -1)
        status = print_failed(batch);
    return status;
}

static enum status
print_paths(struct batch *batch)
{
    return outbox_flush(&batch->paths) == 0 ? STATUS_DONE : print_failed(batch);
}

/* The first file shows whether new ones have the mode they are to have: what the
   kernel makes of 0666, where nothing else was asked for. */
static enum status
look_at_first(struct batch *batch)
{
    struct creation *creation = batch->creation;
    const struct meta_wish *wish = &creation->options.shared.wish;
    enum status status;

    if (fstat(creation->stage.fd, &creation->stage.born) == -1)
        return writer_failed(&creation->writer, "examine a new file");
    batch->device = creation->stage.born.st_dev;
    status = new_file_find_mode(creation);
    batch->is_mode_right =
        wish->mode == NULL && !wish->has_owner && !wish->has_group &&
        (creation->stage.born.st_mode & 07777) == creation->newborn_mode;
    return status;
}

/* A new file. Where there are no more descriptors to be had the group is complete:
   committed, it gives back its own. */
static int
open_one(struct batch *batch, enum status *status)
{
    int dir = batch->creation->place.dir;
    int fd = sys_open_unnamed(dir, STAGE_MODE_NEW);

    *status = STATUS_DONE;
    if (fd != -1 || (errno != EMFILE && errno != ENFILE) || batch->count == 0)
        return fd;
    *status = commit(batch);
    return *status == STATUS_DONE ? sys_open_unnamed(dir, STAGE_MODE_NEW) : -1;
}

static enum status
add_to_group(struct batch *batch, const struct record *record)
{
    struct creation *creation = batch->creation;
    enum status status;
    int fd = open_one(batch, &status);

    if (status != STATUS_DONE)
        return status;
    if (fd == -1) {
        if (errno != EOPNOTSUPP)
            return writer_failed(&creation->writer, "create a file in its directory");
        batch->is_unnamed = false;
        status = commit(batch);
        return status == STATUS_DONE ? create_one(batch, record) : status;
    }
    batch->group[batch->count++] = fd;
    creation->stage.fd = fd;
    if (!batch->is_mode_right)
        status = look_at_first(batch);
    if (status == STATUS_DONE)
        status = fill(batch, record);
    creation->stage = STAGE_EMPTY;
    return status;
}

/* Makes files of the records that are in memory. */
static enum status
store_records(struct batch *batch)
{
    /* Without a sync to be shared, what is in the caches is best finished first. */
    const unsigned group_size =
        batch->creation->options.shared.no_sync ? 1 : GROUP_MOST;
    enum status status = STATUS_DONE;
    struct record record;

    while (status == STATUS_DONE && records_next(&batch->records, &record)) {
        status = batch->is_unnamed ? add_to_group(batch, &record)
                                   : create_one(batch, &record);
        if (status == STATUS_DONE && batch->count == group_size)
            status = commit(batch);
    }
    if (status == STATUS_DONE)
        status = commit(batch);
    if (status == STATUS_DONE)
        status = print_paths(batch);
    return status;
}

static enum status
store_input(struct batch *batch)
{
    for (;;) {
        int got = records_read(&batch->records);
        enum status status;

        if (got == -1 && errno == EINTR && interrupt_signal() != 0)
            return STATUS_INTERRUPTED;
        if (got == -1) {
            say_errno(
                errno, batch->creation->writer.object, "cannot read standard input");
            return errno == ENOMEM ? STATUS_NO_PROCESS : STATUS_IO_ERROR;
        }
        if (got == 0)
            return STATUS_DONE;
        status = store_records(batch);
        if (status != STATUS_DONE)
            return status;
    }
}

/* What syncfs(2) is to be given: it takes no O_PATH descriptor, which the directory is
   where it cannot be read. Then it is a file of its own, for the others are closed as
   soon as they have their names. The exit closes it. */
static int
find_synced_by(const struct place *place)
{
    return place->dir_is_readable ? place->dir
                                  : sys_open_unnamed(place->dir, STAGE_MODE_PRIVATE);
}

enum status
batch_create(struct creation *creation)
{
    struct batch batch = {
        .creation = creation,
        .records = {.delimiter = creation->options.delimiter},
        .counter = STAMP_FIRST,
        .is_unnamed = true,
    };
    enum status status;

    if (creation->descriptors.was_closed[STDIN_FILENO])
        return writer_refuse(&creation->writer, STATUS_IO_ERROR,
            "give it input, or </dev/null", "standard input is closed");
    /* What was stored before the input or the disk failed, stays. */
    creation->writer.outcome = "stopped";
    batch.synced_by = find_synced_by(&creation->place);
    status = store_input(&batch);
    /* What was published before something failed is printed all the same. */
    if (status != STATUS_DONE)
        (void)print_paths(&batch);
    if (creation->options.shared.is_verbose)
        say(creation->writer.object, NULL, "created %" PRIu64 " files", batch.created);
    close_group(&batch);
    records_release(&batch.records);
    outbox_release(&batch.paths);
    return status;
}
