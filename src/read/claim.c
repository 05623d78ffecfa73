#include "config.h"

#include "read/claim.h"

#include <fcntl.h>

#include "file/mark.h"
#include "file/place.h"
#include "lock/holders.h"
#include "lock/lineage.h"

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

/* Whether the writer is one that waits for us: then it is not waited for. */
static bool
is_deadlock(
    struct content_lock *content, const struct wait *wait, struct lineage_pace *pace)
{
    if ((wait->limit_ns == 0 && !wait->is_awaited) || !lineage_is_due(pace))
        return false;
    switch (lineage_of_content_lock(&content->file, content->fd, &content->holder)) {
    case LINEAGE_INHERITED:
    case LINEAGE_INHERITED_SHARED:
    case LINEAGE_WAITS_FOR_US:
        return true;
    case LINEAGE_BUSY:
    case LINEAGE_OTHERS:
        break;
    }
    return false;
}

struct claim_result
claim_lock(struct content_lock *content, const char *file, enum content_lock_kind kind,
    struct wait *wait)
{
    /* What is locked exclusively is going to be removed, under the name that it has. */
    enum content_lock_links links =
        kind == CONTENT_LOCK_EXCLUSIVE ? CONTENT_LOCK_STAY : CONTENT_LOCK_FOLLOW;
    struct lineage_pace pace = {.due_ns = 0};
    bool is_sure = false;

    for (unsigned tries = 0; tries < MOST_TRIES; tries++) {
        enum content_lock_result result =
            content_lock_take(content, AT_FDCWD, file, kind, links, wait);
        enum state state;
        bool never_ends;

        if (result != CONTENT_LOCK_UNLOCKABLE)
            return (struct claim_result){result, false};
        state = judge_unopenable(file, content);
        never_ends = state == CLAIM_LOCKED && is_deadlock(content, wait, &pace);
        content_lock_release(content);
        if (state == CLAIM_UNFINISHED || (state == CLAIM_NONE && is_sure))
            return (struct claim_result){
                CONTENT_LOCK_UNLOCKABLE, state == CLAIM_UNFINISHED};
        /* It may have been finished between the two ways of opening it. */
        is_sure = state == CLAIM_NONE;
        if (never_ends)
            return (struct claim_result){CONTENT_LOCK_DEADLOCK, false};
        if (state != CLAIM_LOCKED)
            continue;
        if (wait_step(wait, 0, AT_FDCWD, file) != WAIT_AGAIN)
            return (struct claim_result){CONTENT_LOCK_BUSY, false};
        tries = 0;
    }
    return (struct claim_result){CONTENT_LOCK_UNLOCKABLE, false};
}
