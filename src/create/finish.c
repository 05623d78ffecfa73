#include "config.h"

#include "create/finish.h"

#include <errno.h>
#include <unistd.h>

#include "file/mark.h"
#include "lock/content_lock.h"

enum status
finish_find_mode(struct run *run)
{
    if (run->stage.rung == STAGE_NAMELESS && meta_is_newborn(&run->stage.born))
        run->newborn_mode = run->stage.born.st_mode & 07777;
    else if (meta_newborn_mode(&run->place, &run->newborn_mode) == -1)
        return writer_failed(&run->writer, "find its mode");
    return writer_check_mode(&run->writer, run->newborn_mode);
}

enum status
finish_metadata(struct run *run)
{
    mode_t current =
        run->options.live ? MARK_UNFINISHED : run->stage.born.st_mode & 07777;
    struct meta_result result;

    if (meta_create(run->stage.fd, &run->stage.born, current, run->newborn_mode,
            &run->options.shared.wish, &result) == -1)
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
    if (writer_has_to_sync(&run->writer, &run->stage) && fsync(run->stage.fd) == -1)
        return writer_failed(&run->writer, "make the content durable");
    return STATUS_DONE;
}
