#include "config.h"

#include "lock/content_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/sys.h"
#include "file/mark.h"
#include "file/place.h"

int
content_lock_descriptor(int fd, enum content_lock_kind kind)
{
    int operation = kind == CONTENT_LOCK_SHARED ? LOCK_SH : LOCK_EX;

    while (flock(fd, operation | LOCK_NB) == -1) {
        if (errno != EINTR || interrupt_signal() != 0)
            return -1;
    }
    return 0;
}

/*
 * Opens with the least that will do. A file that we may not read can be locked
 * through a descriptor for writing; one that we may not write either can still be
 * replaced, and is only looked at.
 */
static int
open_file(struct content_lock *content, int dir, const char *name, int flags)
{
    content->is_readable = true;
    content->is_locked = true;
    content->fd = openat(dir, name, O_RDONLY | flags);
    if (content->fd != -1 || errno != EACCES)
        return content->fd;
    content->is_readable = false;
    content->fd = openat(dir, name, O_WRONLY | flags);
    if (content->fd == -1 && (errno == EACCES || errno == EROFS)) {
        content->is_locked = false;
        content->fd = openat(dir, name, O_PATH | flags);
    }
    return content->fd;
}

/* Locks the open file. On NFS a lock needs a descriptor of its own access mode,
   EBADF: reopened so then, and not before. */
static int
lock_open(struct content_lock *content, int dir, const char *name, int flags,
    enum content_lock_kind kind)
{
    int writable;

    if (!content->is_locked || content_lock_descriptor(content->fd, kind) == 0)
        return 0;
    if (errno != EBADF)
        return -1;
    writable = openat(dir, name, O_RDWR | flags);
    if (writable == -1)
        return -1;
    close(content->fd);
    content->fd = writable;
    content->is_readable = true;
    return content_lock_descriptor(content->fd, kind);
}

/* ESTALE, of NFS: it was replaced on another machine, so that all starts again. */
static enum content_lock_result
failed_or_gone(void)
{
    if (errno == ESTALE)
        return CONTENT_LOCK_INTERRUPTED;
    return errno == ENOENT ? CONTENT_LOCK_GONE : CONTENT_LOCK_FAILED;
}

/* One round; CONTENT_LOCK_INTERRUPTED stands for "start again". */
static enum content_lock_result
attempt(struct content_lock *content, int dir, const char *name,
    enum content_lock_kind kind, enum content_lock_links links)
{
    const int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
                      (links == CONTENT_LOCK_STAY ? O_NOFOLLOW : 0);
    struct stat there;

    if (open_file(content, dir, name, flags) == -1) {
        if (errno == ELOOP && links == CONTENT_LOCK_STAY) {
            content->file.st_mode = S_IFLNK;
            return CONTENT_LOCK_NOT_REGULAR;
        }
        /* Of a lease, which its holder is told to give up: Samba's, say. */
        return errno == EWOULDBLOCK ? CONTENT_LOCK_BUSY : failed_or_gone();
    }
    /* Before anything is known of it: flock(2) takes any kind of file, and what was
       true before the lock may not be true after it. */
    if (lock_open(content, dir, name, flags, kind) == -1)
        return errno == EWOULDBLOCK ? CONTENT_LOCK_BUSY : failed_or_gone();
    if (fstat(content->fd, &content->file) == -1)
        return failed_or_gone();
    if (links != CONTENT_LOCK_FOLLOW_ANY && !S_ISREG(content->file.st_mode))
        return CONTENT_LOCK_NOT_REGULAR;
    if (fstatat(dir, name, &there,
            links == CONTENT_LOCK_STAY ? AT_SYMLINK_NOFOLLOW : 0) == -1)
        return failed_or_gone();
    if (!place_same_inode(&there, &content->file))
        return CONTENT_LOCK_INTERRUPTED;
    return content->is_locked ? CONTENT_LOCK_TAKEN : CONTENT_LOCK_UNLOCKABLE;
}

enum content_lock_result
content_lock_take(struct content_lock *content, int dir, const char *name,
    enum content_lock_kind kind, enum content_lock_links links, struct wait *wait)
{
    bool looked_again = false;
    bool is_sure = false;

    for (;;) {
        enum content_lock_result result;

        *content = CONTENT_LOCK_EMPTY;
        result = attempt(content, dir, name, kind, links);
        /* Opened for writing only, as one's own live claim can be, and finished before
           its lock was granted: it can be read now. */
        if (result == CONTENT_LOCK_TAKEN && !content->is_readable && !looked_again &&
            !mark_is_unfinished(&content->file)) {
            content_lock_release(content);
            looked_again = true;
            continue;
        }
        if (result == CONTENT_LOCK_TAKEN || result == CONTENT_LOCK_UNLOCKABLE)
            return result;
        /* Waits with nothing open: the file may be replaced meanwhile. */
        content_lock_release(content);
        if (interrupt_signal() != 0)
            return CONTENT_LOCK_INTERRUPTED;
        if (result == CONTENT_LOCK_BUSY) {
            switch (wait_step(wait, 0, dir, name)) {
            case WAIT_OVER:
                return CONTENT_LOCK_BUSY;
            case WAIT_INTERRUPTED:
                return CONTENT_LOCK_INTERRUPTED;
            case WAIT_AGAIN:
                break;
            }
        } else if (result == CONTENT_LOCK_GONE && !is_sure && dir != AT_FDCWD) {
            /* An NFS client may remember that there was none. */
            struct stat ignored;

            (void)sys_stat_fresh(dir, "", &ignored);
            is_sure = true;
        } else if (result != CONTENT_LOCK_INTERRUPTED) {
            return result;
        }
    }
}

void
content_lock_release(struct content_lock *content)
{
    int saved = errno;

    if (content->fd != -1)
        close(content->fd);
    content->fd = -1;
    errno = saved;
}
