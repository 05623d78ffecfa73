#include "config.h"

#include "read/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

#include "file/mark.h"
#include "read/claim.h"

static const struct reading taken = {READING_DONE, STATUS_DONE};

static struct reading
take_lock_file(struct content_lock *lock, const char *path, const char *file,
    struct wait *wait, const struct voice *voice)
{
    if (path == NULL)
        return taken;
    switch (content_lock_take(
        lock, AT_FDCWD, path, CONTENT_LOCK_SHARED, CONTENT_LOCK_FOLLOW_ANY, wait)) {
    case CONTENT_LOCK_TAKEN:
        return taken;
    case CONTENT_LOCK_BUSY:
        return refusal_locked(voice, file, path);
    case CONTENT_LOCK_DEADLOCK:
        return refusal_lock_file_deadlock(voice, file, lock->holder);
    case CONTENT_LOCK_GONE:
        return refusal_say(voice, path, STATUS_NO_INPUT,
            "writers create it: check its spelling", "no such lock file");
    case CONTENT_LOCK_NOT_REGULAR:
        return refusal_say(voice, path, STATUS_NO_INPUT, "choose a regular file",
            "not a regular file");
    case CONTENT_LOCK_UNLOCKABLE:
        content_lock_release(lock);
        errno = EACCES;
        break;
    default:
        break;
    }
    return refusal_failed(voice, path, "lock");
}

static struct reading
take_content(struct content_lock *content, const char *file,
    enum content_lock_kind kind, struct wait *wait, const struct voice *voice)
{
    struct claim_result claim = claim_lock(content, file, kind, wait);
    struct reading reading;

    switch (claim.lock) {
    case CONTENT_LOCK_TAKEN:
        if (kind != CONTENT_LOCK_EXCLUSIVE || !content->is_inherited)
            break;
        /* We are inside of another's lock, and it is theirs to end: of the handler that
           started us, say. A second one must not run beside it. */
        content_lock_release(content);
        reading = refusal_locked(voice, file, file);
        /* Nor would it end while we wait, for it is ours as well. */
        reading.result = READING_DEADLOCK;
        return reading;
    case CONTENT_LOCK_UNLOCKABLE:
        if (claim.is_unfinished)
            return refusal_unfinished(voice, file);
        errno = EACCES;
        return refusal_failed(voice, file, "read");
    case CONTENT_LOCK_BUSY:
        return refusal_locked(voice, file, file);
    case CONTENT_LOCK_DEADLOCK:
        return refusal_deadlock(voice, file, content->holder);
    case CONTENT_LOCK_GONE:
        return refusal_missing(voice, file);
    case CONTENT_LOCK_NOT_REGULAR:
        if (S_ISDIR(content->file.st_mode))
            return (struct reading){READING_DIRECTORY, STATUS_NO_INPUT};
        return refusal_say(voice, file, STATUS_NO_INPUT, NULL, "not a regular file");
    default:
        return refusal_failed(voice, file, "open and lock");
    }
    if (mark_is_unfinished(&content->file)) {
        content_lock_release(content);
        return refusal_unfinished(voice, file);
    }
    if (content->is_readable)
        return taken;
    content_lock_release(content);
    errno = EACCES;
    return refusal_failed(voice, file, "read");
}

struct reading
locks_take(struct locks *locks, const char *lock_file, const char *file,
    enum content_lock_kind kind, struct wait *wait, const struct voice *voice)
{
    struct reading reading;

    *locks = LOCKS_EMPTY;
    reading = take_lock_file(&locks->lock_file, lock_file, file, wait, voice);
    if (reading.result == READING_DONE)
        reading = take_content(&locks->content, file, kind, wait, voice);
    return reading;
}

void
locks_release(struct locks *locks)
{
    content_lock_release(&locks->content);
    content_lock_release(&locks->lock_file);
}
