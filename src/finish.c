#include "config.h"

#include "finish.h"

#include <errno.h>
#include <unistd.h>

enum status
finish_metadata(struct run *run)
{
    struct meta_result result;

    if (meta_create(run->stage.fd, &run->stage.born, run->newborn_mode,
            &run->options.shared.wish,
            &result) == -1)
        return writer_failed(&run->writer, "set its owner and mode");
    /* The mode is what says that a live claim is finished. */
    if (run->options.live && result.lost_mode) {
        errno = EOPNOTSUPP;
        return writer_failed(&run->writer, "set its mode");
    }
    writer_note_losses(&run->writer, &result);
    return STATUS_DONE;
}

enum status
finish_sync(struct run *run)
{
    /* Never retried: after a failure the data may be gone from memory, too. */
    if (!run->options.shared.no_sync && fsync(run->stage.fd) == -1)
        return writer_failed(&run->writer, "make the content durable");
    return STATUS_DONE;
}
