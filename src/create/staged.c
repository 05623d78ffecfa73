/*
 * staged - uniqcreate's usual way: the file is there only when it is complete.
 */
#include "config.h"

#include "create/creation.h"

#include <errno.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cli/say.h"
#include "create/finish.h"
#include "create/naming.h"

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

static enum status
publish(struct run *run)
{
    enum status status = naming_claim(run);

    if (status != STATUS_DONE)
        return status;
    naming_spell_path(run);
    if (naming_sync(run) == -1)
        return naming_unconfirmed(run, "sync its name");
    naming_note(run);
    /* NFS may say only now what it could not write; see replace.c. */
    if (run->stage.rung == STAGE_NAMED && stage_close(&run->stage) == -1)
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

    if (stage_open(&run->stage, &run->place, HIDDEN_UNIQCREATE, STAGE_MODE_NEW, NULL) ==
        -1)
        return writer_failed(&run->writer, "make a file in its directory");
    status = finish_find_mode(run);
    if (status == STATUS_DONE)
        status = fill_stage(run);
    if (status == STATUS_DONE)
        status = finish_metadata(run);
    if (status == STATUS_DONE)
        status = finish_sync(run);
    if (status != STATUS_DONE)
        return status;
    /* From here on signals are held back: once it has its name they come too late. */
    interrupt_hold();
    return publish(run);
}
