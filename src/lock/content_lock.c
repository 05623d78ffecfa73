#include "config.h"

#include "lock/content_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/io.h"
#include "base/sys.h"
#include "file/mark.h"
#include "file/place.h"
#include "lock/lineage.h"

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
    content->fd = io_open(dir, name, O_RDONLY | flags);
    if (content->fd != -1 || errno != EACCES)
        return content->fd;
    content->is_readable = false;
    content->fd = io_open(dir, name, O_WRONLY | flags);
    if (content->fd == -1 && (errno == EACCES || errno == EROFS)) {
        content->is_locked = false;
        content->fd = openat(dir, name, O_PATH | O_CLOEXEC | flags);
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
    writable = io_open(dir, name, O_RDWR | flags);
    if (writable == -1)
        return -1;
    close(content->fd);
    content->fd = writable;
    content->is_readable = true;
    return content_lock_descriptor(content->fd, kind);
}

/* How often in a row the name may lead elsewhere before that is waited for as for a
   lock: a name that changes all the time must not keep us busy for ever. */
enum { MOST_REPLACED = 100 };

/* What the rounds know of each other. */
struct rounds {
    bool looked_again; /* for a descriptor that can be read from */
    bool is_sure;      /* that there is no such name */
    bool may_wait;     /* -w is not 0: a deadlock is one only for who waits */
    unsigned replaced; /* rounds in a row that found another file */
    struct lineage_pace pace;
};

/* What one round comes to. */
enum attempt {
    ATTEMPT_LOCKED,
    ATTEMPT_UNLOCKABLE,
    ATTEMPT_BUSY,
    ATTEMPT_DEADLOCK,
    ATTEMPT_REPLACED, /* the name leads elsewhere by now */
    ATTEMPT_GONE,
    ATTEMPT_NOT_REGULAR,
    ATTEMPT_FAILED, /* errno */
};

/* ESTALE, of NFS: it was replaced on another machine. EWOULDBLOCK, of a lock, or of a
   lease, which its holder is told to give up: Samba's, say. */
static enum attempt
attempt_of_errno(void)
{
    switch (errno) {
    case EWOULDBLOCK:
        return ATTEMPT_BUSY;
    case ESTALE:
        return ATTEMPT_REPLACED;
    case ENOENT:
        return ATTEMPT_GONE;
    default:
        return ATTEMPT_FAILED;
    }
}

/*
 * Whose lock refused the open file: ATTEMPT_LOCKED where it is the very lock that we
 * want. Only here, for a lock that is free costs nothing more.
 */
static enum attempt
look_at_lineage(struct content_lock *content, struct rounds *rounds)
{
    if (content->fd == -1 || fstat(content->fd, &content->file) == -1 ||
        !lineage_is_due(&rounds->pace))
        return ATTEMPT_BUSY;
    switch (lineage_of_content_lock(&content->file, content->fd, &content->holder)) {
    case LINEAGE_INHERITED:
        content->is_inherited = true;
        return ATTEMPT_LOCKED;
    case LINEAGE_INHERITED_SHARED:
    case LINEAGE_WAITS_FOR_US:
        return rounds->may_wait ? ATTEMPT_DEADLOCK : ATTEMPT_BUSY;
    case LINEAGE_BUSY:
    case LINEAGE_OTHERS:
        break;
    }
    return ATTEMPT_BUSY;
}

/* Locks the open file, or finds that it is locked by ourselves. */
static enum attempt
lock_or_ask(struct content_lock *content, int dir, const char *name, int flags,
    enum content_lock_kind kind, struct rounds *rounds)
{
    if (lock_open(content, dir, name, flags, kind) == 0)
        return fstat(content->fd, &content->file) == 0 ? ATTEMPT_LOCKED
                                                       : attempt_of_errno();
    return errno == EWOULDBLOCK ? look_at_lineage(content, rounds) : attempt_of_errno();
}

/* Whether a file of MODE is locked at all. */
static bool
is_lockable(mode_t mode, enum content_lock_links links)
{
    return S_ISREG(mode) || (links == CONTENT_LOCK_FOLLOW_ANY && S_ISDIR(mode));
}

static enum attempt
attempt(struct content_lock *content, int dir, const char *name,
    enum content_lock_kind kind, enum content_lock_links links, struct rounds *rounds)
{
    const int flags = links == CONTENT_LOCK_STAY ? O_NOFOLLOW : 0;
    const int look = links == CONTENT_LOCK_STAY ? AT_SYMLINK_NOFOLLOW : 0;
    enum attempt locked;
    struct stat there;

    /* Looked at before it is opened. A FIFO that is opened has a reader, and its writer
       loses what it writes; a device may do anything. O_NONBLOCK is for one that comes
       between the look and the opening: it hangs nobody. */
    if (fstatat(dir, name, &content->file, look) == -1)
        return attempt_of_errno();
    if (!is_lockable(content->file.st_mode, links))
        return ATTEMPT_NOT_REGULAR;
    if (open_file(content, dir, name, flags) == -1) {
        if (errno != ELOOP || links != CONTENT_LOCK_STAY)
            return attempt_of_errno();
        content->file.st_mode = S_IFLNK;
        return ATTEMPT_NOT_REGULAR;
    }
    /* Before anything is known of it: flock(2) takes any kind of file, and what was
       true before the lock may not be true after it. */
    locked = lock_or_ask(content, dir, name, flags, kind, rounds);
    if (locked != ATTEMPT_LOCKED)
        return locked;
    if (!is_lockable(content->file.st_mode, links))
        return ATTEMPT_NOT_REGULAR;
    if (fstatat(dir, name, &there, look) == -1)
        return attempt_of_errno();
    if (!place_same_inode(&there, &content->file))
        return ATTEMPT_REPLACED;
    return content->is_locked ? ATTEMPT_LOCKED : ATTEMPT_UNLOCKABLE;
}

/* An NFS client may remember that there was none. True once. */
static bool
may_be_there(struct rounds *rounds, int dir)
{
    struct stat ignored;

    if (rounds->is_sure || dir == AT_FDCWD)
        return false;
    (void)sys_stat_fresh(dir, "", &ignored);
    rounds->is_sure = true;
    return true;
}

/* Opened for writing only, as one's own live claim can be, and finished before its lock
   was granted: it can be read now. True once. */
static bool
may_be_readable(struct rounds *rounds, const struct content_lock *content)
{
    if (rounds->looked_again || content->is_readable ||
        mark_is_unfinished(&content->file))
        return false;
    rounds->looked_again = true;
    return true;
}

/* Whether there is to be another round, or the result is known. */
enum next { NEXT_ROUND, NEXT_WAITS, NEXT_ENDS };

/* What follows from a round that ended as ATTEMPT, with nothing held. */
static enum next
after(enum attempt attempt, struct rounds *rounds, int dir,
    enum content_lock_result *result)
{
    if (attempt != ATTEMPT_REPLACED)
        rounds->replaced = 0;
    switch (attempt) {
    case ATTEMPT_BUSY:
        return NEXT_WAITS;
    case ATTEMPT_REPLACED:
        return ++rounds->replaced > MOST_REPLACED ? NEXT_WAITS : NEXT_ROUND;
    case ATTEMPT_DEADLOCK:
        *result = CONTENT_LOCK_DEADLOCK;
        return NEXT_ENDS;
    case ATTEMPT_GONE:
        *result = CONTENT_LOCK_GONE;
        return may_be_there(rounds, dir) ? NEXT_ROUND : NEXT_ENDS;
    case ATTEMPT_NOT_REGULAR:
        *result = CONTENT_LOCK_NOT_REGULAR;
        return NEXT_ENDS;
    case ATTEMPT_FAILED:
        *result = CONTENT_LOCK_FAILED;
        return NEXT_ENDS;
    case ATTEMPT_LOCKED:
    case ATTEMPT_UNLOCKABLE:
        break;
    }
    return NEXT_ROUND;
}

enum content_lock_result
content_lock_take(struct content_lock *content, int dir, const char *name,
    enum content_lock_kind kind, enum content_lock_links links, struct wait *wait)
{
    struct rounds rounds = {.may_wait = wait->limit_ns != 0 || wait->is_awaited};
    enum content_lock_result result = CONTENT_LOCK_FAILED;

    for (;;) {
        enum attempt attempted;
        enum next next;

        *content = CONTENT_LOCK_EMPTY;
        attempted = attempt(content, dir, name, kind, links, &rounds);
        if (attempted == ATTEMPT_UNLOCKABLE)
            return CONTENT_LOCK_UNLOCKABLE;
        if (attempted == ATTEMPT_LOCKED && !may_be_readable(&rounds, content))
            return CONTENT_LOCK_TAKEN;
        /* Waits with nothing open: the file may be replaced meanwhile. */
        content_lock_release(content);
        if (interrupt_look() != 0)
            return CONTENT_LOCK_INTERRUPTED;
        next = after(attempted, &rounds, dir, &result);
        if (next == NEXT_ENDS)
            return result;
        if (next == NEXT_ROUND)
            continue;
        switch (wait_step(wait, 0, dir, name)) {
        case WAIT_OVER:
            return CONTENT_LOCK_BUSY;
        case WAIT_INTERRUPTED:
            return CONTENT_LOCK_INTERRUPTED;
        case WAIT_AGAIN:
            break;
        }
    }
}

void
content_lock_release(struct content_lock *content)
{
    io_close(&content->fd);
}
