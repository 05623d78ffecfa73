/*
 * locks - what has to be held while a FILE is read: the lock of --lock-file, shared,
 * and FILE's own content lock.
 */
#ifndef WHOLEFILE_READ_LOCKS_H
#define WHOLEFILE_READ_LOCKS_H

#include "lock/content_lock.h"
#include "read/refusal.h"

struct locks {
    struct content_lock lock_file;
    struct content_lock content; /* can be read, and was finished */
};

#define LOCKS_EMPTY ((struct locks){CONTENT_LOCK_EMPTY, CONTENT_LOCK_EMPTY})

/*
 * Takes both, the content lock as KIND, waiting as long as WAIT has left. LOCK_FILE may
 * be NULL. What is not READING_DONE was said. LOCKS is to be released whatever came of
 * it.
 */
struct reading locks_take(struct locks *locks, const char *lock_file, const char *file,
    enum content_lock_kind kind, struct wait *wait, const struct voice *voice);

void locks_release(struct locks *locks);

#endif
