/* The steps are numbered as in owner.h, and in the model, tests/model/turn.pml. */
#include "config.h"

#include "stage/owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/sys.h"
#include "lock/holders.h"
#include "lock/record_lock.h"

/* How often in a row a name may vanish between being made and being opened, which a
   server that goes by paths does in two steps, before that counts as an error. */
enum { MOST_VANISHED = 64 };

/* Whether the caller goes on with the next step, or has its result. */
enum step { STEP_GO_ON, STEP_ENDS };

int
owner_lock(int fd)
{
    /* Step 1. It has no name, so nobody can be in the way. */
    return record_lock_take(fd, RECORD_LOCK_EXCLUSIVE) == RECORD_LOCK_TAKEN ? 0 : -1;
}

enum owner_create_result
owner_link(int dir, const char *name, int fd)
{
    /* EEXIST is believed: no file system that resends its requests has unnamed
       files. */
    if (sys_link_descriptor(fd, dir, name) == 0)
        return OWNER_CREATED;
    return errno == EEXIST ? OWNER_EXISTS : OWNER_NOT_CREATED;
}

/* Step 2. ENOENT has two meanings: the directory is gone, or a taker has removed the
   new name before the server of a file system came to look at it. */
static int
create(int dir, const char *name)
{
    for (int attempt = 1;; attempt++) {
        int fd = sys_create_new(dir, name, 0600);
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

/*
 * Takes the name back where it cannot be locked. Where that goes for all, as where the
 * file system has no locks, nobody gets past step 11, and the name stays ours. Where it
 * goes for us alone, a taker and after it another owner may come between the comparison
 * and the removal; that owner finds out at step 5, as with a cleaner. To leave the name
 * instead would be worse: without locks nobody could ever remove it. In the model:
 * LOCKLESS.
 */
static enum owner_create_result
take_back(int dir, const char *name, int fd, const struct stat *file)
{
    int saved = errno;

    owner_remove(dir, name, fd, file);
    errno = saved;
    return OWNER_NOT_CREATED;
}

/* Steps 3 and 4. */
static enum owner_create_result
make_ours(int dir, const char *name, int fd, struct stat *file)
{
    enum record_lock_result lock;

    /* Twice, for without it we could not even take the name back. */
    if (fstat(fd, file) == -1 && (place_is_gone(errno) || fstat(fd, file) == -1))
        return place_is_gone(errno) ? OWNER_LOST : OWNER_NOT_CREATED;
    /* Step 3. Held: by a taker, which found it unlocked since step 2 and is going to
       remove it. To go on would be to own a name that is about to go. */
    lock = record_lock_take(fd, RECORD_LOCK_EXCLUSIVE);
    /* Once more, for what follows is the one removal without a lock. */
    if (lock == RECORD_LOCK_FAILED && !place_is_gone(errno))
        lock = record_lock_take(fd, RECORD_LOCK_EXCLUSIVE);
    if (lock == RECORD_LOCK_FAILED && !place_is_gone(errno))
        return take_back(dir, name, fd, file);
    if (lock != RECORD_LOCK_TAKEN)
        return OWNER_LOST;
    /* Step 4. A taker may have come and gone before the lock. From here on none can:
       step 11 is refused. Lost: the name is another writer's already. */
    return place_compare_fresh(dir, name, fd, file) == PLACE_SAME ? OWNER_CREATED
                                                                  : OWNER_LOST;
}

enum owner_create_result
owner_create(int dir, const char *name, int *fd, struct stat *file)
{
    enum owner_create_result result;

    *fd = create(dir, name);
    if (*fd == -1)
        return errno == EEXIST ? OWNER_EXISTS : OWNER_NOT_CREATED;
    result = make_ours(dir, name, *fd, file);
    if (result != OWNER_CREATED)
        io_close(fd);
    return result;
}

bool
owner_has(int dir, const char *name, int fd, const struct stat *file)
{
    /* Step 5. */
    if (fd == -1)
        return place_compare(dir, name, file) == PLACE_SAME;
    return place_compare_fresh(dir, name, fd, file) == PLACE_SAME;
}

void
owner_remove(int dir, const char *name, int fd, const struct stat *file)
{
    /* Step 6: while the lock is held nobody but a cleaner removes the name, and so
       nobody can have made it anew. Once the lock is gone, a taker may have. */
    (void)place_remove_if_same(dir, name, fd, file);
}

static enum owner_take_over_result
failed_or_gone(void)
{
    return place_is_gone(errno) ? OWNER_GONE : OWNER_FAILED;
}

/* FILE, open as FD to be looked at only, is dead, and our own: the mode that it was to
   have lets us neither read nor write. Nobody comes to own it and need that mode. */
static enum owner_take_over_result
make_openable(int fd, const struct stat *file, bool *is_openable)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    *is_openable = (file->st_mode & (S_IRUSR | S_IWUSR)) == 0 &&
                   chmod(path, (file->st_mode & 07777) | S_IRUSR | S_IWUSR) == 0;
    errno = EACCES;
    return OWNER_FAILED;
}

/* Step 15, with the inode open, to be looked at only, as FD. */
static enum owner_take_over_result
ask_proc_of(int dir, const char *name, int fd, pid_t *holder, bool *is_openable)
{
    struct holders holders;
    struct stat file;
    enum holders_answer answer;

    if (fstat(fd, &file) == -1)
        return failed_or_gone();
    if (!S_ISREG(file.st_mode))
        return OWNER_STRANGE;
    /* /proc/locks does not speak of the locks of other machines. */
    if (file_system_is_nfs(dir))
        return OWNER_LIVING;
    holders_find(&holders, fd, &file, HOLDERS_RECORD);
    answer = holders.answer;
    *holder = holders_first(&holders);
    holders_release(&holders);
    /* Whether it lives where that cannot be known, -w decides. */
    if (answer != HOLDERS_NONE)
        return OWNER_LIVING;
    /* Compared after the question: the lock may have been let go, name first, and the
       name be the next owner's, while we read. */
    if (place_compare_fresh(dir, name, fd, &file) != PLACE_SAME)
        return OWNER_GONE;
    return file.st_uid == geteuid() ? make_openable(fd, &file, is_openable)
                                    : OWNER_FOREIGN;
}

/* Step 15: a name that may not be opened. */
static enum owner_take_over_result
ask_proc(int dir, const char *name, pid_t *holder, bool *is_openable)
{
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    enum owner_take_over_result result;

    if (fd == -1)
        return failed_or_gone();
    result = ask_proc_of(dir, name, fd, holder, is_openable);
    io_close(&fd);
    return result;
}

/* What comes of LOCK, asked for or taken; STEP_ENDS with *RESULT unless it is free. */
static enum step
after_lock(enum record_lock_result lock, enum owner_take_over_result *result)
{
    if (lock == RECORD_LOCK_TAKEN)
        return STEP_GO_ON;
    *result = lock == RECORD_LOCK_HELD ? OWNER_LIVING : failed_or_gone();
    return STEP_ENDS;
}

/* STEP_ENDS with *RESULT unless NAME still leads to FILE, open as FD. */
static enum step
compare(int dir, const char *name, int fd, const struct stat *file,
    enum owner_take_over_result *result)
{
    enum place_match match = place_compare_fresh(dir, name, fd, file);

    if (match == PLACE_SAME)
        return STEP_GO_ON;
    *result = match == PLACE_UNKNOWN ? OWNER_FAILED : OWNER_GONE;
    return STEP_ENDS;
}

/* Step 14. The companion first: after the name it could be the next owner's. Where it
   is ours to remove, and stays, so does the name, for without that nobody would look
   for it again. Our lock goes when the caller closes. */
static enum owner_take_over_result
remove_names(int dir, const char *name, const char *companion, const struct stat *file)
{
    if (companion != NULL && unlinkat(dir, companion, 0) == -1 && errno != ENOENT &&
        errno != EISDIR && errno != EACCES && errno != EPERM)
        return OWNER_FAILED;
    if (unlinkat(dir, name, 0) == 0)
        return OWNER_REMOVED;
    if (errno == ENOENT)
        return OWNER_GONE;
    /* Our own: then it is the directory that is in the way, append-only say. */
    return (errno == EACCES || errno == EPERM) && file->st_uid != geteuid()
               ? OWNER_FOREIGN
               : OWNER_FAILED;
}

/* Steps 9 to 14 for a name that is open as FD; the caller closes it. */
static enum owner_take_over_result
remove_open(int dir, const char *name, const char *companion, int fd,
    enum record_lock_kind kind, pid_t *holder)
{
    enum owner_take_over_result result;
    struct stat file;

    if (fstat(fd, &file) == -1)
        return failed_or_gone();
    if (!S_ISREG(file.st_mode))
        return OWNER_STRANGE;
    /* Step 9: only a question. To take the lock at once would be right, too, but it
       would stand in the way of an owner at step 3 and of other takers. */
    if (after_lock(record_lock_ask(fd, holder), &result) == STEP_ENDS)
        return result;
    /* Step 10: the same economy. */
    if (compare(dir, name, fd, &file, &result) == STEP_ENDS)
        return result;
    /* Step 11: the answer of 9 is old. With our lock on it, this inode stays dead. */
    if (after_lock(record_lock_take(fd, kind), &result) == STEP_ENDS)
        return result;
    /* Step 12: shared locks stand beside each other, so another taker may be here.
       F_GETLK does not tell of our own. */
    if (record_lock_ask(fd, holder) != RECORD_LOCK_TAKEN)
        return OWNER_RIVAL;
    /* Step 13: the inode is dead for good, but is it still the one that the name leads
       to? If it is, it stays so: only a taker removes it, and we are the only one. */
    if (compare(dir, name, fd, &file, &result) == STEP_ENDS)
        return result;
    return remove_names(dir, name, companion, &file);
}

/* Step 7: STEP_GO_ON where NAME is to be opened, else *RESULT. */
static enum step
look(int dir, const char *name, const struct owner_files *own,
    enum owner_take_over_result *result)
{
    struct stat file;

    *result = OWNER_FAILED;
    /* The directory first: the open that follows must not go by an old name. */
    if (sys_stat_fresh(dir, "", &file) == -1)
        return STEP_ENDS;
    *result = OWNER_OURS;
    if (sys_stat_fresh(dir, name, &file) == -1) {
        *result = failed_or_gone();
        return STEP_ENDS;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (own->file[i] != NULL && place_same_inode(&file, own->file[i]))
            return STEP_ENDS;
    }
    *result = OWNER_STRANGE;
    return S_ISREG(file.st_mode) ? STEP_GO_ON : STEP_ENDS;
}

static enum owner_take_over_result
cannot_open(int dir, const char *name, pid_t *holder, bool *is_openable)
{
    switch (errno) {
    case ELOOP:
    case EISDIR:
    case ENXIO:
        return OWNER_STRANGE;
    case EACCES:
    case EPERM:
        return ask_proc(dir, name, holder, is_openable);
    case EWOULDBLOCK: /* somebody has a lease on it, and is told to give it up */
        return OWNER_LIVING;
    default:
        return failed_or_gone();
    }
}

/*
 * Step 8: opens NAME for a lock of *KIND. On NFS for writing, too, if it may be: a
 * client that has a delegation to read keeps even its exclusive locks to itself, and
 * only to open the file for writing makes it tell the server. Not elsewhere, for what
 * is open for writing cannot be executed, and the name may be FILE's in the next
 * moment.
 */
static int
open_for_lock(int dir, const char *name, enum record_lock_kind *kind)
{
    int fd = file_system_is_nfs(dir) ? io_open(dir, name, O_RDWR | O_NOFOLLOW) : -1;

    *kind = RECORD_LOCK_SHARED;
    if (fd == -1)
        fd = io_open(dir, name, O_RDONLY | O_NOFOLLOW);
    if (fd == -1 && errno == EACCES) {
        *kind = RECORD_LOCK_EXCLUSIVE;
        fd = io_open(dir, name, O_WRONLY | O_NOFOLLOW);
    }
    return fd;
}

enum owner_take_over_result
owner_take_over(int dir, const char *name, const char *companion,
    const struct owner_files *own, pid_t *holder)
{
    enum owner_take_over_result result;
    enum record_lock_kind kind;
    bool is_openable = false;
    int fd;

    *holder = 0;
    if (look(dir, name, own, &result) == STEP_ENDS)
        return result;
    fd = open_for_lock(dir, name, &kind);
    if (fd == -1) {
        result = cannot_open(dir, name, holder, &is_openable);
        fd = is_openable ? open_for_lock(dir, name, &kind) : -1;
    }
    if (fd == -1)
        return is_openable ? failed_or_gone() : result;
    result = remove_open(dir, name, companion, fd, kind, holder);
    io_close(&fd);
    return result;
}

void
owner_sweep(
    const struct place *place, enum hidden_family family, const struct owner_files *own)
{
    int saved = errno;
    DIR *names = place_open_names(place);
    struct dirent *entry;

    /* Thousands may take their time. */
    while (names != NULL && interrupt_look() == 0 && (entry = readdir(names)) != NULL) {
        pid_t holder;

        if (hidden_is_stage_of(entry->d_name, family, place->leaf))
            (void)owner_take_over(place->dir, entry->d_name, NULL, own, &holder);
    }
    if (names != NULL)
        closedir(names);
    errno = saved;
}
