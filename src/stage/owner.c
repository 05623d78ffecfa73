#include "config.h"

#include "stage/owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/sys.h"
#include "lock/holders.h"
#include "lock/record_lock.h"

/*
 * How often in a row a name may vanish between being made and being opened, which a
 * server that goes by paths does in two steps, before that counts as an error.
 */
enum { MOST_VANISHED = 64 };

/* ENOENT has two meanings: the directory is no more, or a taker has removed the new
   name before the server of a file system came to look at it. */
static int
create(int dir, const char *name)
{
    for (int attempt = 1;; attempt++) {
        int fd = sys_create_new(dir, name);
        struct stat there;

        if (fd != -1 || errno != ENOENT)
            return fd;
        if (attempt == MOST_VANISHED || sys_stat_fresh(dir, "", &there) == -1 ||
            there.st_nlink == 0) {
            errno = ENOENT;
            return -1;
        }
    }
}

static enum owner_create_result
make_ours(int dir, const char *name, int fd, struct stat *file)
{
    enum record_lock_result lock;

    /* Twice, for without it we could not even take the name back. */
    if (fstat(fd, file) == -1 && (place_is_gone(errno) || fstat(fd, file) == -1))
        return place_is_gone(errno) ? OWNER_LOST : OWNER_NOT_CREATED;
    lock = record_lock_take(fd, RECORD_LOCK_EXCLUSIVE);
    if (lock == RECORD_LOCK_FAILED && !place_is_gone(errno)) {
        int saved = errno;

        (void)place_remove_if_same(dir, name, fd, file);
        errno = saved;
        return OWNER_NOT_CREATED;
    }
    /* Else the name is the taker's to remove, or another one's already. */
    return lock == RECORD_LOCK_TAKEN &&
                   place_compare_fresh(dir, name, fd, file) == PLACE_SAME
               ? OWNER_CREATED
               : OWNER_LOST;
}

enum owner_create_result
owner_create(int dir, const char *name, int *fd, struct stat *file)
{
    enum owner_create_result result;
    int saved;

    *fd = create(dir, name);
    if (*fd == -1)
        return errno == EEXIST ? OWNER_EXISTS : OWNER_NOT_CREATED;
    result = make_ours(dir, name, *fd, file);
    if (result == OWNER_CREATED)
        return OWNER_CREATED;
    saved = errno;
    close(*fd);
    *fd = -1;
    errno = saved;
    return result;
}

static enum owner_take_over_result
failed_or_gone(void)
{
    return place_is_gone(errno) ? OWNER_GONE : OWNER_FAILED;
}

/* What /proc/locks says of the file that is open, to be looked at only, as FD. */
static enum owner_take_over_result
ask_proc_of(int dir, const char *name, int fd, pid_t *holder)
{
    struct holders holders;
    struct stat file;
    bool held;

    if (fstat(fd, &file) == -1)
        return failed_or_gone();
    if (!S_ISREG(file.st_mode))
        return OWNER_STRANGE;
    /* It does not speak of the locks of other machines. */
    if (sys_is_nfs(dir))
        return OWNER_LIVING;
    if (holders_find(&holders, dir, &file, HOLDERS_RECORD) == -1)
        return OWNER_FOREIGN;
    held = holders.count > 0;
    if (held)
        *holder = holders.list[0].pid;
    holders_release(&holders);
    if (held)
        return OWNER_LIVING;
    /* It may have been let go, and taken by the next, while we read. */
    return place_compare_fresh(dir, name, fd, &file) == PLACE_SAME ? OWNER_FOREIGN
                                                                   : OWNER_GONE;
}

/* A name that may not be opened: /proc/locks knows whether its owner lives. The inode
   is held meanwhile, so that its number cannot come to be another file's. */
static enum owner_take_over_result
ask_proc(int dir, const char *name, pid_t *holder)
{
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    enum owner_take_over_result result;
    int saved;

    if (fd == -1)
        return failed_or_gone();
    result = ask_proc_of(dir, name, fd, holder);
    saved = errno;
    close(fd);
    errno = saved;
    return result;
}

static enum owner_take_over_result
result_of_match(enum place_match match)
{
    return match == PLACE_UNKNOWN ? OWNER_FAILED : OWNER_GONE;
}

/* Whether LOCK is another's, or could not be had; *RESULT is then what comes of it. */
static bool
is_in_the_way(enum record_lock_result lock, enum owner_take_over_result *result)
{
    *result = lock == RECORD_LOCK_HELD ? OWNER_LIVING : failed_or_gone();
    return lock != RECORD_LOCK_TAKEN;
}

/* The rest of the rule for a name that is open as FD; the caller closes it. */
static enum owner_take_over_result
remove_open(int dir, const char *name, const char *companion, int fd,
    enum record_lock_kind kind, pid_t *holder)
{
    enum owner_take_over_result result;
    enum place_match match;
    struct stat file;

    if (fstat(fd, &file) == -1)
        return failed_or_gone();
    if (!S_ISREG(file.st_mode))
        return OWNER_STRANGE;
    if (is_in_the_way(record_lock_ask(fd, holder), &result))
        return result;
    match = place_compare_fresh(dir, name, fd, &file);
    if (match != PLACE_SAME)
        return result_of_match(match);
    if (is_in_the_way(record_lock_take(fd, kind), &result))
        return result;
    /* Not our own lock: F_GETLK reports those of others only. */
    if (record_lock_ask(fd, holder) != RECORD_LOCK_TAKEN)
        return OWNER_RIVAL;
    match = place_compare_fresh(dir, name, fd, &file);
    if (match != PLACE_SAME)
        return result_of_match(match);
    if (companion != NULL)
        (void)unlinkat(dir, companion, 0);
    if (unlinkat(dir, name, 0) == 0)
        return OWNER_REMOVED;
    if (errno == ENOENT)
        return OWNER_GONE;
    return errno == EACCES || errno == EPERM ? OWNER_FOREIGN : OWNER_FAILED;
}

/* Looks at NAME before it is opened: what is strange is not touched. */
static enum owner_take_over_result
look(int dir, const char *name, const struct owner_files *own)
{
    struct stat file;

    /* The directory first: the open that follows must not go by an old name. */
    if (sys_stat_fresh(dir, "", &file) == -1)
        return OWNER_FAILED;
    if (sys_stat_fresh(dir, name, &file) == -1)
        return failed_or_gone();
    for (unsigned i = 0; i < 2; i++) {
        if (own->file[i] != NULL && place_same_inode(&file, own->file[i]))
            return OWNER_OURS;
    }
    return S_ISREG(file.st_mode) ? OWNER_FOREIGN : OWNER_STRANGE;
}

static enum owner_take_over_result
cannot_open(int dir, const char *name, pid_t *holder)
{
    switch (errno) {
    case ELOOP:
    case EISDIR:
    case ENXIO:
        return OWNER_STRANGE;
    case EACCES:
    case EPERM:
        return ask_proc(dir, name, holder);
    case EWOULDBLOCK: /* somebody has a lease on it, and is told to give it up */
        return OWNER_LIVING;
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

enum owner_take_over_result
owner_take_over(int dir, const char *name, const char *companion,
    const struct owner_files *own, pid_t *holder)
{
    enum record_lock_kind kind;
    enum owner_take_over_result result = look(dir, name, own);
    int fd;
    int saved;

    *holder = 0;
    if (result != OWNER_FOREIGN)
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

void
owner_sweep(
    const struct place *place, enum hidden_family family, const struct owner_files *own)
{
    int saved = errno;
    /* Opened anew: a duplicate would share the offset with the place's own. */
    int fd = openat(place->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd == -1 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (names == NULL) {
        if (fd != -1)
            close(fd);
        errno = saved;
        return;
    }
    while ((entry = readdir(names)) != NULL) {
        pid_t holder;

        if (hidden_is_stage_of(entry->d_name, family, place->leaf))
            (void)owner_take_over(place->dir, entry->d_name, NULL, own, &holder);
    }
    closedir(names);
    errno = saved;
}
