/*
 * staged - uniqcreate's usual way: the file is there only when it is complete.
 */
#include "config.h"

#include "uniqcreate.h"

#include <errno.h>
#include <unistd.h>

#include "interrupt.h"
#include "naming.h"
#include "say.h"

static enum status
fill_stage(struct run *run)
{
    enum status status;

    if (run->options.empty)
        return STATUS_DONE;
    status = writer_feed(&run->writer, -1, run->stage.fd);
    if (status == STATUS_DONE)
        status = writer_accept_form(&run->writer, run->stage.fd);
    if (status == STATUS_DONE)
        status = writer_check(&run->writer, &run->place, &run->stage);
    return status;
}

enum status
staged_dress(struct run *run)
{
    struct meta_result result;

    if (meta_create(run->stage.fd, &run->stage.born, run->newborn_mode,
            &run->options.shared.wish,
            &result) == -1)
        return writer_failed(&run->writer, "set its owner and mode");
    writer_note_losses(&run->writer, &result);
    return STATUS_DONE;
}

enum status
staged_sync(struct run *run)
{
    /* Never retried: after a failure the data may be gone from memory, too. */
    if (!run->options.shared.no_sync && fsync(run->stage.fd) == -1)
        return writer_failed(&run->writer, "make the content durable");
    return STATUS_DONE;
}

enum status
staged_publish(struct run *run)
{
    enum status status = naming_claim(run);

    if (status == STATUS_DONE)
        status = naming_spell_path(run);
    if (status != STATUS_DONE)
        return status;
    if (naming_sync(run) == -1)
        return naming_unconfirmed(run, "sync its name");
    naming_note(run);
    if (stage_close(&run->stage) == -1)
        return naming_unconfirmed(run, "close it");
    if (naming_print(run) == 0)
        return STATUS_DONE;
    say_errno(errno, run->path, "created, but its path could not be printed");
    return STATUS_IO_ERROR;
}

enum status
staged_create(struct run *run)
{
    enum status status;

    if (stage_open(&run->stage, &run->place, HIDDEN_UNIQCREATE, NULL) == -1)
        return writer_failed(&run->writer, "make a file in its directory");
    status = fill_stage(run);
    if (status == STATUS_DONE)
        status = staged_dress(run);
    if (status == STATUS_DONE)
        status = staged_sync(run);
    if (status != STATUS_DONE)
        return status;
    /* From here on signals are held back: once it has its name they come too late. */
    interrupt_hold();
    return staged_publish(run);
}
