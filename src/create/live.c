/*
 * live - uniqcreate -l: the name first, locked, then the content.
 */
#include "config.h"

#include "create/creation.h"

#include <errno.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/io.h"
#include "cli/say.h"
#include "create/live_claim.h"
#include "create/new_file.h"
#include "data/pour.h"
#include "file/mark.h"
#include "stage/publish.h"

static enum status
claim_live(struct creation *creation)
{
    enum status status;

    switch (live_claim_prepare(&creation->stage, &creation->place)) {
    case LIVE_CLAIM_READY:
        break;
    case LIVE_CLAIM_UNSUPPORTED:
        return new_file_no_live(&creation->writer);
    case LIVE_CLAIM_FAILED:
        return writer_failed(&creation->writer, "create a file in its directory");
    }
    status = new_file_find_mode(creation);
    /* Before its name is there. */
    if (status == STATUS_DONE)
        status = new_file_sync_content(&creation->writer, &creation->stage);
    if (status == STATUS_DONE)
        status = new_file_claim(creation);
    return status;
}

/* The check reads a copy: the claim itself has no mode that lets it be opened, and
   gets none before the check has accepted it. */
static enum status
check_copy(struct creation *creation)
{
    struct stage copy = STAGE_EMPTY;
    enum status status;

    if (creation->options.shared.accept.check == NULL)
        return STATUS_DONE;
    if (stage_open(&copy, &creation->place, HIDDEN_UNIQCREATE, STAGE_MODE_PRIVATE,
            NULL) == -1 ||
        lseek(creation->stage.fd, 0, SEEK_SET) == -1 ||
        pour(creation->stage.fd, copy.fd, &POUR_PLAIN) != POUR_DONE)
        status = writer_failed(&creation->writer, "copy it for the check");
    else
        status = writer_check(&creation->writer, &creation->place, &copy);
    stage_discard(&copy, &creation->place);
    return status;
}

static enum status
fill_claim(struct creation *creation)
{
    enum status status = writer_feed(&creation->writer, -1, creation->stage.fd);

    if (status == STATUS_DONE)
        status = writer_accept_form(&creation->writer, creation->stage.fd);
    return status == STATUS_DONE ? check_copy(creation) : status;
}

static enum status
finish_live(struct creation *creation, int *announcer)
{
    enum status status = new_file_sync_content(&creation->writer, &creation->stage);
    enum place_match match;

    if (status != STATUS_DONE)
        return status;
    match = place_compare(creation->place.dir, creation->name, &creation->stage.born);
    if (match == PLACE_UNKNOWN)
        return writer_failed(&creation->writer, "check its name");
    if (match != PLACE_SAME) {
        say(creation->path, NULL, "another process removed it while it was written");
        return STATUS_IO_ERROR;
    }
    /* As long as the mode is that of the claim, whose owner may write to it. */
    *announcer = publish_announce(&creation->place, creation->name);
    if (*announcer == -1)
        return writer_failed(&creation->writer, "open it by its name");
    status = new_file_set_metadata(creation);
    return status == STATUS_DONE
               ? new_file_sync_content(&creation->writer, &creation->stage)
               : status;
}

/* A failed claim is taken back: nobody has read it, for it was locked. What cannot be
   removed gets its mark back, for it must not seem finished to lockread. */
static enum status
take_back(struct creation *creation, enum status status)
{
    if (place_remove_if_same(creation->place.dir, creation->name, creation->stage.fd,
            &creation->stage.born) == 0 ||
        errno == ESTALE)
        return status;
    say_errno(errno, creation->writer.object, "the claim cannot be removed");
    if (fchmod(creation->stage.fd, MARK_UNFINISHED) == 0)
        return status;
    return new_file_unconfirmed(creation->path, "mark it as unfinished");
}

/* From the claim to the start of the input: who waits for the name gets it. */
static enum status
announce(struct creation *creation)
{
    new_file_spell_path(creation);
    creation->writer.object = creation->path;
    creation->writer.outcome = "the claim is removed";
    if (new_file_sync_name(creation) == -1)
        return writer_failed(&creation->writer, "make its name durable");
    if (new_file_print_path(&creation->options, creation->path) == -1)
        return writer_failed(&creation->writer, "print its path");
    return STATUS_DONE;
}

static enum status
fill_live(struct creation *creation, int *announcer)
{
    enum status status = announce(creation);

    if (status == STATUS_DONE && interrupt_look() != 0)
        status = STATUS_INTERRUPTED;
    if (status == STATUS_DONE)
        status = fill_claim(creation);
    if (status == STATUS_DONE)
        status = finish_live(creation, announcer);
    /* Nobody has read it while it was locked: what comes later comes too late. */
    if (status == STATUS_DONE && interrupt_look() != 0)
        status = STATUS_INTERRUPTED;
    return status;
}

enum status
live_create(struct creation *creation)
{
    int announcer = -1;
    enum status status;

    status = claim_live(creation);
    if (status != STATUS_DONE)
        return status;
    status = fill_live(creation, &announcer);
    if (status != STATUS_DONE)
        return take_back(creation, status);
    writer_note_done(&creation->writer, creation->path, "created", creation->stage.fd);
    if (stage_close(&creation->stage) == -1)
        return new_file_unconfirmed(creation->path, "close it");
    /* Watchers are told now that the lock is gone: they may read it at once. */
    io_close(&announcer);
    return STATUS_DONE;
}
