#include "config.h"

#include "live.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "content.h"

enum live_result
live_prepare(struct stage *claim, const struct place *place)
{
    struct stat marked;

    if (stage_open(claim, place, HIDDEN_UNIQCREATE, STAGE_MODE_NEW, NULL) == -1)
        return LIVE_FAILED;
    if (claim->rung != STAGE_NAMELESS)
        return LIVE_UNSUPPORTED;
    if (fchmod(claim->fd, CONTENT_UNFINISHED_MODE) == -1)
        return errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS
                   ? LIVE_UNSUPPORTED
                   : LIVE_FAILED;
    if (fstat(claim->fd, &marked) == -1)
        return LIVE_FAILED;
    /* A mode that does not stick would make a dead writer's file a finished one. */
    if (!content_is_unfinished(&marked))
        return LIVE_UNSUPPORTED;
    if (content_lock_descriptor(claim->fd, CONTENT_EXCLUSIVE) == -1)
        return LIVE_FAILED;
    return LIVE_READY;
}
