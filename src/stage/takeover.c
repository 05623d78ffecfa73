#include "config.h"

#include "stage/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/sys.h"
#include "file/place.h"
#include "lock/holders.h"
#include "lock/record_lock.h"

static enum takeover_result
failed_or_gone(void)
{
    return place_is_gone(errno) ? TAKEOVER_GONE : TAKEOVER_FAILED;
}

/* What /proc/locks says of the file that is open, to be looked at only, as FD. */
static enum takeover_result
ask_proc_of(int dir, const char *name, int fd, pid_t *holder)
{
    struct holders holders;
    struct stat file;
    bool held;

    if (fstat(fd, &file) == -1)
        return failed_or_gone();
    if (!S_ISREG(file.st_mode))
        return TAKEOVER_STRANGE;
    /* It does not speak of the locks of other machines. */
    if (sys_is_nfs(dir))
        return TAKEOVER_LIVING;
    if (holders_find(&holders, dir, &file, HOLDERS_RECORD) == -1)
        return TAKEOVER_FOREIGN;
    held = holders.count > 0;
    if (held)
        *holder = holders.list[0].pid;
    holders_release(&holders);
    if (held)
        return TAKEOVER_LIVING;
    /* It may have been let go, and taken by the next, while we read. */
    return place_compare_fresh(dir, name, fd, &file) == PLACE_SAME ? TAKEOVER_FOREIGN
                                                                   : TAKEOVER_GONE;
}

/* A name that may not be opened: /proc/locks knows whether its owner lives. The inode
   is held meanwhile, so that its number cannot come to be another file's. */
static enum takeover_result
ask_proc(int dir, const char *name, pid_t *holder)
{
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    enum takeover_result result;
    int saved;

    if (fd == -1)
        return failed_or_gone();
    result = ask_proc_of(dir, name, fd, holder);
    saved = errno;
    close(fd);
    errno = saved;
    return result;
}

static enum takeover_result
result_of_match(enum place_match match)
{
    return match == PLACE_UNKNOWN ? TAKEOVER_FAILED : TAKEOVER_GONE;
}

/* Whether LOCK is another's, or could not be had; *RESULT is then what comes of it. */
static bool
is_in_the_way(enum record_lock_result lock, enum takeover_result *result)
{
    *result = lock == RECORD_LOCK_HELD ? TAKEOVER_LIVING : failed_or_gone();
    return lock != RECORD_LOCK_TAKEN;
}

/* The rest of the rule for a name that is open as FD; the caller closes it. */
static enum takeover_result
remove_open(int dir, const char *name, const char *companion, int fd,
    enum record_lock_kind kind, pid_t *holder)
{
    enum takeover_result result;
    enum place_match match;
    struct stat file;

    if (fstat(fd, &file) == -1)
        return failed_or_gone();
    if (!S_ISREG(file.st_mode))
        return TAKEOVER_STRANGE;
    if (is_in_the_way(record_lock_ask(fd, holder), &result))
        return result;
    match = place_compare_fresh(dir, name, fd, &file);
    if (match != PLACE_SAME)
        return result_of_match(match);
    if (is_in_the_way(record_lock_take(fd, kind), &result))
        return result;
    /* Not our own lock: F_GETLK reports those of others only. */
    if (record_lock_ask(fd, holder) != RECORD_LOCK_TAKEN)
        return TAKEOVER_RIVAL;
    match = place_compare_fresh(dir, name, fd, &file);
    if (match != PLACE_SAME)
        return result_of_match(match);
    if (companion != NULL)
        (void)unlinkat(dir, companion, 0);
    if (unlinkat(dir, name, 0) == 0)
        return TAKEOVER_REMOVED;
    if (errno == ENOENT)
        return TAKEOVER_GONE;
    return errno == EACCES || errno == EPERM ? TAKEOVER_FOREIGN : TAKEOVER_FAILED;
}

/* Looks at NAME before it is opened: what is strange is not touched. */
static enum takeover_result
look(int dir, const char *name, const struct takeover_own *own)
{
    struct stat file;

    /* The directory first: the open that follows must not go by an old name. */
    if (sys_stat_fresh(dir, "", &file) == -1)
        return TAKEOVER_FAILED;
    if (sys_stat_fresh(dir, name, &file) == -1)
        return failed_or_gone();
    for (unsigned i = 0; i < 2; i++) {
        if (own->file[i] != NULL && place_same_inode(&file, own->file[i]))
            return TAKEOVER_OWN;
    }
    return S_ISREG(file.st_mode) ? TAKEOVER_FOREIGN : TAKEOVER_STRANGE;
}

static enum takeover_result
cannot_open(int dir, const char *name, pid_t *holder)
{
    switch (errno) {
    case ELOOP:
    case EISDIR:
    case ENXIO:
        return TAKEOVER_STRANGE;
    case EACCES:
    case EPERM:
        return ask_proc(dir, name, holder);
    case EWOULDBLOCK: /* somebody has a lease on it, and is told to give it up */
        return TAKEOVER_LIVING;
    default:
        return failed_or_gone();
    }
}

/*
 * Opens NAME for a lock of *KIND. On NFS for writing, too, if it may be: a client that
 * has a delegation to read keeps even its exclusive locks to itself, and only who opens
 * the file for writing makes it tell the server. Not elsewhere, for what is open for
 * writing cannot be executed, and the name may be FILE's in the next moment.
 */
static int
open_for_lock(int dir, const char *name, enum record_lock_kind *kind)
{
    /* No FIFO may hang us, no terminal become ours, no symlink lead us away. */
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = sys_is_nfs(dir) ? openat(dir, name, O_RDWR | flags) : -1;

    *kind = RECORD_LOCK_SHARED;
    if (fd == -1)
        fd = openat(dir, name, O_RDONLY | flags);
    if (fd == -1 && errno == EACCES) {
        *kind = RECORD_LOCK_EXCLUSIVE;
        fd = openat(dir, name, O_WRONLY | flags);
    }
    return fd;
}

enum takeover_result
takeover_remove(int dir, const char *name, const char *companion,
    const struct takeover_own *own, pid_t *holder)
{
    enum record_lock_kind kind;
    enum takeover_result result = look(dir, name, own);
    int fd;
    int saved;

    *holder = 0;
    if (result != TAKEOVER_FOREIGN)
        return result;
    fd = open_for_lock(dir, name, &kind);
    if (fd == -1)
        return cannot_open(dir, name, holder);
    result = remove_open(dir, name, companion, fd, kind, holder);
    saved = errno;
    close(fd);
    errno = saved;
    return result;
}
