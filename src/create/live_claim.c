#include "config.h"

#include "create/live_claim.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "file/mark.h"
#include "lock/content_lock.h"

/* Puts the mark on the file FD and says whether it is there: a mode that does not
   stick would make a dead writer's file a finished one. */
static enum live_claim_result
mark(int fd)
{
    struct stat marked;

    if (fchmod(fd, MARK_UNFINISHED) == -1)
        return errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS
                   ? LIVE_CLAIM_UNSUPPORTED
                   : LIVE_CLAIM_FAILED;
    if (fstat(fd, &marked) == -1)
        return LIVE_CLAIM_FAILED;
    return mark_is_unfinished(&marked) ? LIVE_CLAIM_READY : LIVE_CLAIM_UNSUPPORTED;
}

enum live_claim_result
live_claim_prepare(struct stage *claim, const struct place *place)
{
    enum live_claim_result result;

    if (stage_open(claim, place, HIDDEN_UNIQCREATE, STAGE_MODE_NEW, NULL) == -1)
        return LIVE_CLAIM_FAILED;
    if (claim->form != STAGE_UNNAMED) {
        stage_discard(claim, place);
        return LIVE_CLAIM_UNSUPPORTED;
    }
    result = mark(claim->fd);
    if (result == LIVE_CLAIM_READY &&
        content_lock_descriptor(claim->fd, CONTENT_LOCK_EXCLUSIVE) == -1)
        return LIVE_CLAIM_FAILED;
    return result;
}
