/*
 * staged - uniqcreate's usual way: the file is there only when it is complete.
 */
#include "config.h"

#include "create/creation.h"

#include <errno.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cli/say.h"
#include "create/new_file.h"

static enum status
fill_stage(struct creation *creation)
{
    enum status status;

    if (creation->options.empty)
        return STATUS_DONE;
    status = writer_feed(&creation->writer, -1, creation->stage.fd);
    if (creation->writer.ahead != -1)
        return status;
    if (status == STATUS_DONE)
        status = writer_accept_form(&creation->writer, creation->stage.fd);
    if (status == STATUS_DONE)
        status = writer_check(&creation->writer, &creation->place, &creation->stage);
    return status;
}

static enum status
publish(struct creation *creation)
{
    enum status status = STATUS_INTERRUPTED;
    bool needs_stage = new_file_needs_stage(creation);

    /* Once it has its name signals come too late. */
    if (interrupt_look() == 0)
        status = new_file_claim(creation);
    if (status != STATUS_DONE)
        return status;
    new_file_spell_path(creation);
    if (!needs_stage && stage_close(&creation->stage) == -1)
        return new_file_unconfirmed(creation->path, "close it");
    if (new_file_sync_name(creation) == -1)
        return new_file_unconfirmed(creation->path, "sync its name");
    writer_note_done(&creation->writer, creation->path, "created", creation->stage.fd);
    /* NFS may say only now what it could not write; see replace.c. */
    if (stage_close(&creation->stage) == -1)
        return new_file_unconfirmed(creation->path, "close it");
    if (new_file_print_path(&creation->options, creation->path) == 0)
        return STATUS_DONE;
    if (interrupt_signal() != 0) {
        creation->writer.object = creation->path;
        creation->writer.outcome = "created, but its path could not be printed";
        return STATUS_INTERRUPTED;
    }
    say_errno(errno, creation->path, "created, but its path could not be printed");
    return STATUS_IO_ERROR;
}

enum status
staged_create(struct creation *creation)
{
    enum status status;

    if (stage_open(&creation->stage, &creation->place, HIDDEN_UNIQCREATE,
            STAGE_MODE_NEW, NULL) == -1)
        return writer_failed(&creation->writer, "create a file in its directory");
    status = new_file_find_mode(creation);
    if (status == STATUS_DONE)
        status = fill_stage(creation);
    if (status == STATUS_DONE)
        status = new_file_set_metadata(creation);
    if (status == STATUS_DONE)
        status = new_file_sync_content(&creation->writer, &creation->stage);
    return status == STATUS_DONE ? publish(creation) : status;
}
