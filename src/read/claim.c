#include "config.h"

#include "read/claim.h"

#include <fcntl.h>

#include "file/mark.h"
#include "file/place.h"
#include "lock/holders.h"

/* How often a file may change while it is looked at, before that is an error. */
enum { MOST_TRIES = 100 };

enum state {
    CLAIM_LOCKED,
    CLAIM_UNFINISHED,
    CLAIM_CHANGED, /* it was one a moment ago */
    CLAIM_NONE,
};

/* A FILE that may not be opened cannot be locked either: is it a live claim? */
static enum state
judge_unopenable(const char *file, const struct content_lock *content)
{
    struct holders holders;
    struct stat again;
    struct stat there;
    bool may_be_locked;

    if (!mark_is_unfinished(&content->file))
        return CLAIM_NONE;
    holders_find(&holders, content->fd, &content->file, HOLDERS_FLOCK);
    /* Where somebody has a shared lock, nobody has the exclusive one. What is not known
       may live. */
    may_be_locked =
        holders.answer == HOLDERS_UNKNOWN || holders_are_exclusive(&holders);
    holders_release(&holders);
    if (may_be_locked)
        return CLAIM_LOCKED;
    /* Looked at after nobody held it, as if the lock had been granted: is it still the
       file of that name, and still unfinished? */
    if (stat(file, &there) == -1 || !place_same_inode(&there, &content->file))
        return CLAIM_CHANGED;
    return fstat(content->fd, &again) == 0 && mark_is_unfinished(&again)
               ? CLAIM_UNFINISHED
               : CLAIM_CHANGED;
}

enum content_lock_result
claim_lock(struct content_lock *content, const char *file, enum content_lock_kind kind,
    struct wait *wait, bool *is_unfinished)
{
    /* What is locked exclusively is going to be removed, under the name that it has. */
    enum content_lock_links links =
        kind == CONTENT_LOCK_EXCLUSIVE ? CONTENT_LOCK_STAY : CONTENT_LOCK_FOLLOW;
    bool is_sure = false;

    *is_unfinished = false;
    for (unsigned tries = 0; tries < MOST_TRIES; tries++) {
        enum content_lock_result result =
            content_lock_take(content, AT_FDCWD, file, kind, links, wait);
        enum state state;

        if (result != CONTENT_LOCK_UNLOCKABLE)
            return result;
        state = judge_unopenable(file, content);
        content_lock_release(content);
        *is_unfinished = state == CLAIM_UNFINISHED;
        if (state == CLAIM_UNFINISHED || (state == CLAIM_NONE && is_sure))
            return CONTENT_LOCK_UNLOCKABLE;
        /* It may have been finished between the two ways of opening it. */
        is_sure = state == CLAIM_NONE;
        if (state != CLAIM_LOCKED)
            continue;
        if (wait_step(wait, 0, AT_FDCWD, file) != WAIT_AGAIN)
            return CONTENT_LOCK_BUSY;
        tries = 0;
    }
    return CONTENT_LOCK_UNLOCKABLE;
}
