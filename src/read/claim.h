/*
 * claim - live claims of other users, which a reader may not even open.
 *
 * Until it is finished a claim has mode 0200. A process of another user can neither
 * open nor lock it then; /proc/locks tells whether its writer lives. Where that is not
 * known (holders.h), it counts as living: to call it dead would have it removed.
 */
#ifndef WHOLEFILE_READ_CLAIM_H
#define WHOLEFILE_READ_CLAIM_H

#include "lock/content_lock.h"

struct claim_result {
    enum content_lock_result lock;
    bool is_unfinished; /* CONTENT_LOCK_UNLOCKABLE, for its writer died; else it may not
                           be read */
};

/*
 * Takes the content lock of FILE, as KIND, as content_lock does, and waits for a claim
 * that may not be opened as for one that is locked.
 */
struct claim_result claim_lock(struct content_lock *content, const char *file,
    enum content_lock_kind kind, struct wait *wait);

#endif
