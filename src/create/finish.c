#include "config.h"

#include "create/finish.h"

#include <errno.h>
#include <unistd.h>

#include "file/mark.h"
#include "lock/content_lock.h"

enum status
finish_find_mode(struct creation *creation)
{
    if (creation->stage.rung == STAGE_NAMELESS &&
        meta_is_newborn(&creation->stage.born))
        creation->newborn_mode = creation->stage.born.st_mode & 07777;
    else if (meta_newborn_mode(&creation->place, &creation->newborn_mode) == -1)
        return writer_failed(&creation->writer, "find its mode");
    return writer_check_mode(&creation->writer, creation->newborn_mode);
}

enum status
finish_metadata(struct creation *creation)
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
finish_sync(struct creation *creation)
{
    /* Never retried: after a failure the data may be gone from memory, too. */
    if (writer_has_to_sync(&creation->writer, &creation->stage) &&
        fsync(creation->stage.fd) == -1)
        return writer_failed(&creation->writer, "make the content durable");
    return STATUS_DONE;
}
