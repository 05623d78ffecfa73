/*
 * livefill - uniqcreate -l: the name first, locked, then the content.
 */
#include "config.h"

#include "create/creation.h"

#include <errno.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cli/say.h"
#include "create/finish.h"
#include "create/live_claim.h"
#include "create/naming.h"
#include "data/pour.h"

static enum status
claim_live(struct run *run)
{
    enum status status;

    switch (live_prepare(&run->stage, &run->place)) {
    case LIVE_READY:
        break;
    case LIVE_UNSUPPORTED:
        return naming_no_live(run);
    case LIVE_FAILED:
        return writer_failed(&run->writer, "make a file in its directory");
    }
    status = finish_find_mode(run);
    /* The file, where there is one already: its name must not be there before it. */
    if (status == STATUS_DONE && run->stage.fd != -1)
        status = finish_sync(run);
    if (status == STATUS_DONE)
        status = naming_claim(run);
    return status;
}

/* The check reads a copy: the claim itself has no mode that lets it be opened, and
   gets none before the check has accepted it. */
static enum status
check_copy(struct run *run)
{
    struct stage copy = STAGE_EMPTY;
    enum status status;

    if (run->options.shared.accept.check == NULL)
        return STATUS_DONE;
    if (stage_open(&copy, &run->place, HIDDEN_UNIQCREATE, STAGE_MODE_PRIVATE, NULL) ==
            -1 ||
        lseek(run->stage.fd, 0, SEEK_SET) == -1 ||
        pour(run->stage.fd, copy.fd, &POUR_PLAIN) != POUR_DONE)
        status = writer_failed(&run->writer, "copy it for the check");
    else
        status = writer_check(&run->writer, &run->place, &copy);
    stage_discard(&copy, &run->place);
    return status;
}

static enum status
fill_claim(struct run *run)
{
    enum status status = writer_feed(&run->writer, -1, run->stage.fd);

    if (status == STATUS_DONE)
        status = writer_accept_form(&run->writer, run->stage.fd);
    return status == STATUS_DONE ? check_copy(run) : status;
}

static enum status
finish_live(struct run *run)
{
    enum status status = finish_sync(run);
    enum place_match match;

    if (status != STATUS_DONE)
        return status;
    match = place_compare(run->place.dir, run->name, &run->stage.born);
    if (match == PLACE_UNKNOWN)
        return writer_failed(&run->writer, "look at its name");
    if (match != PLACE_SAME) {
        say(run->path, NULL, "somebody removed it while it was written");
        return STATUS_IO_ERROR;
    }
    status = finish_metadata(run);
    return status == STATUS_DONE ? finish_sync(run) : status;
}

/* A failed claim is taken back: nobody has read it, for it was locked. */
static enum status
take_back(struct run *run, enum status status)
{
    interrupt_hold();
    if (place_remove_if_same(
            run->place.dir, run->name, run->stage.fd, &run->stage.born) == -1 &&
        errno != ESTALE)
        say_errno(errno, run->writer.object, "the claim cannot be removed");
    interrupt_release();
    return status;
}

/* From the claim to the start of the input: who waits for the name gets it. */
static enum status
announce(struct run *run)
{
    naming_spell_path(run);
    run->writer.object = run->path;
    run->writer.outcome = "the claim is removed";
    if (naming_sync(run) == -1)
        return writer_failed(&run->writer, "make its name durable");
    if (naming_print(run) == -1)
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
        status = fill_claim(run);
    /* Signals are held back: what is finished cannot be taken back. */
    interrupt_hold();
    if (status == STATUS_DONE && interrupt_signal() != 0)
        status = STATUS_INTERRUPTED;
    return status == STATUS_DONE ? finish_live(run) : status;
}

enum status
live_create(struct run *run)
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
    naming_note(run);
    if (stage_close(&run->stage) == -1)
        return naming_unconfirmed(run, "close it");
    return STATUS_DONE;
}
