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
static enum live_result
mark(int fd)
{
    struct stat marked;

    if (fchmod(fd, MARK_UNFINISHED) == -1)
        return errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS
                   ? LIVE_UNSUPPORTED
                   : LIVE_FAILED;
    if (fstat(fd, &marked) == -1)
        return LIVE_FAILED;
    return mark_is_unfinished(&marked) ? LIVE_READY : LIVE_UNSUPPORTED;
}

enum live_result
live_prepare(struct stage *claim, const struct place *place)
{
    enum live_result result;

    if (stage_open(claim, place, HIDDEN_UNIQCREATE, STAGE_MODE_NEW, NULL) == -1)
        return LIVE_FAILED;
    if (claim->rung != STAGE_NAMELESS) {
        stage_discard(claim, place);
        return HAVE_DECL_O_EXLOCK ? LIVE_READY : LIVE_UNSUPPORTED;
    }
    result = mark(claim->fd);
    if (result == LIVE_READY &&
        content_lock_descriptor(claim->fd, CONTENT_LOCK_EXCLUSIVE) == -1)
        return LIVE_FAILED;
    return result;
}

/* In one call, marked from the start but for an odd umask. */
static enum publish_result
create_locked(struct stage *claim, const struct place *place, const char *name)
{
    enum live_result marked = LIVE_FAILED;

    claim->fd = sys_create_locked(place->dir, name, MARK_UNFINISHED);
    if (claim->fd == -1 && errno == EEXIST)
        return PUBLISH_EXISTS;
    if (claim->fd == -1)
        return errno == EOPNOTSUPP ? PUBLISH_NAMELESS : PUBLISH_FAILED;
    if (fstat(claim->fd, &claim->born) == 0)
        marked = mark(claim->fd);
    if (marked == LIVE_READY)
        return PUBLISH_DONE;
    (void)place_remove_if_same(place->dir, name, claim->fd, &claim->born);
    return marked == LIVE_UNSUPPORTED ? PUBLISH_NAMELESS : PUBLISH_FAILED;
}

enum publish_result
live_claim(struct stage *claim, const struct place *place, const char *name)
{
    if (claim->fd == -1)
        return create_locked(claim, place, name);
    /* It is nameless, so this is a link and never a rename. */
    return publish_as(place, claim, name);
}
