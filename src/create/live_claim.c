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
        return HAVE_DECL_O_EXLOCK ? LIVE_CLAIM_READY : LIVE_CLAIM_UNSUPPORTED;
    }
    result = mark(claim->fd);
    if (result == LIVE_CLAIM_READY &&
        content_lock_descriptor(claim->fd, CONTENT_LOCK_EXCLUSIVE) == -1)
        return LIVE_CLAIM_FAILED;
    return result;
}

/* In one call, marked from the start but for an odd umask. */
static enum publish_result
create_locked(struct stage *claim, const struct place *place, const char *name)
{
    enum live_claim_result marked = LIVE_CLAIM_FAILED;

    claim->fd = sys_create_locked(place->dir, name, MARK_UNFINISHED);
    if (claim->fd == -1 && errno == EEXIST)
        return PUBLISH_EXISTS;
    if (claim->fd == -1)
        return errno == EOPNOTSUPP ? PUBLISH_CANNOT_LINK : PUBLISH_FAILED;
    if (fstat(claim->fd, &claim->born) == 0)
        marked = mark(claim->fd);
    if (marked == LIVE_CLAIM_READY)
        return PUBLISH_DONE;
    (void)place_remove_if_same(place->dir, name, claim->fd, &claim->born);
    return marked == LIVE_CLAIM_UNSUPPORTED ? PUBLISH_CANNOT_LINK : PUBLISH_FAILED;
}

enum publish_result
live_claim_name(struct stage *claim, const struct place *place, const char *name)
{
    if (claim->fd == -1)
        return create_locked(claim, place, name);
    /* It is unnamed, so this is a link and never a rename. */
    return publish_as(place, claim, name);
}
