#include "config.h"

#include "read/spool.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/sys.h"

/*
 * A sync takes some milliseconds on a disk, a COMMAND at least one: a group of so many
 * costs less than they do. What a power cut brings back is not more than a group.
 */
enum { GROUP_NAMES = 64 };
#define GROUP_NS 1000000000

/* So many files of one name have failed that something else is wrong. */
enum { MOST_OF_A_NAME = 1000 };

int
spool_open(struct spool *spool, const char *failed)
{
    *spool = (struct spool){.place = PLACE_EMPTY, .failed = failed, .failed_dir = -1};
    if (failed == NULL)
        return 0;
    spool->failed_dir = open(failed, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return spool->failed_dir == -1 ? -1 : fstat(spool->failed_dir, &spool->failed_at);
}

/* Whether FILE lies in the directory that is open: its way there is the same text. */
static bool
is_here(const struct spool *spool, const char *file, size_t prefix_length)
{
    return spool->place.dir != -1 && strlen(spool->place.prefix) == prefix_length &&
           memcmp(spool->place.prefix, file, prefix_length) == 0;
}

/* What would fail after COMMAND has run is found before. */
static enum spool_entry
look_at_directory(const struct spool *spool)
{
    int dir = spool->place.dir;
    struct stat here;

    if (fstat(dir, &here) == -1)
        return SPOOL_CANNOT_ENTER;
    if (faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) == -1 ||
        sys_may_be_replaced(dir, "") == -1)
        return SPOOL_READ_ONLY;
    if (spool->failed_dir == -1)
        return SPOOL_ENTERED;
    if (here.st_dev != spool->failed_at.st_dev)
        return SPOOL_FAR;
    /* Each name is taken there, by the file itself: as after a resent request. */
    return here.st_ino == spool->failed_at.st_ino ? SPOOL_ITSELF : SPOOL_ENTERED;
}

enum spool_entry
spool_enter(struct spool *spool, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *leaf = slash == NULL ? file : slash + 1;
    enum spool_entry entry;

    if (is_here(spool, file, (size_t)(leaf - file)) && strlen(leaf) <= NAME_MAX) {
        memcpy(spool->place.leaf, leaf, strlen(leaf) + 1);
        return SPOOL_ENTERED;
    }
    if (spool_sync(spool) == -1)
        return SPOOL_NOT_SYNCED;
    place_close(&spool->place);
    if (place_open_prefix(&spool->place, file) == -1)
        return SPOOL_CANNOT_ENTER;
    entry = look_at_directory(spool);
    /* So that the next FILE there is refused, too. */
    if (entry != SPOOL_ENTERED)
        place_close(&spool->place);
    return entry;
}

/* One more name is gone. Where the directory cannot be read, and so not synced, its
   file system is, by the file that is still open. */
static enum spool_result
note_gone(struct spool *spool, const struct content_lock *content)
{
    if (spool->pending++ == 0)
        spool->since_ns = clock_ns();
    if (spool->place.dir_is_readable)
        return SPOOL_GONE;
    spool->pending--;
    return place_sync(&spool->place, content->fd) == 0 ? SPOOL_GONE : SPOOL_FAILED;
}

enum spool_result
spool_remove(struct spool *spool, const struct content_lock *content)
{
    const char *leaf = spool->place.leaf;

    if (place_remove_if_same(spool->place.dir, leaf, content->fd, &content->file) == 0)
        return note_gone(spool, content);
    return errno == ESTALE ? SPOOL_REPLACED : SPOOL_FAILED;
}

/* Writes the name of the AT-th file called LEAF. 0, or -1 with errno. */
static int
number_name(char name[NAME_MAX + 1], const char *leaf, unsigned at)
{
    int length = at == 1 ? snprintf(name, NAME_MAX + 1, "%s", leaf)
                         : snprintf(name, NAME_MAX + 1, "%s-%u", leaf, at);

    if (length >= 0 && length <= NAME_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* A request that was sent again may say that the name is taken, by the file itself, or
   that the old name is missing: it is there then. */
static bool
was_moved(
    const struct spool *spool, const struct content_lock *content, const char *name)
{
    return place_compare(spool->failed_dir, name, &content->file) == PLACE_SAME &&
           place_remove_if_same(
               spool->place.dir, spool->place.leaf, content->fd, &content->file) == 0;
}

enum spool_result
spool_move(
    struct spool *spool, const struct content_lock *content, char name[NAME_MAX + 1])
{
    const struct place *place = &spool->place;

    if (place_compare_fresh(place->dir, place->leaf, content->fd, &content->file) !=
        PLACE_SAME)
        return SPOOL_REPLACED;
    errno = EEXIST;
    for (unsigned at = 1; at <= MOST_OF_A_NAME && errno == EEXIST; at++) {
        if (number_name(name, place->leaf, at) == -1)
            return SPOOL_FAILED;
        if (sys_move_never_over(place->dir, place->leaf, spool->failed_dir, name) ==
                0 ||
            ((errno == EEXIST || errno == ENOENT) && was_moved(spool, content, name))) {
            spool->has_moved = true;
            return note_gone(spool, content);
        }
    }
    return SPOOL_FAILED;
}

int
spool_sync_group(struct spool *spool)
{
    bool is_due = spool->pending >= GROUP_NAMES ||
                  (spool->pending > 0 && clock_ns() - spool->since_ns >= GROUP_NS);

    return is_due ? spool_sync(spool) : 0;
}

int
spool_sync(struct spool *spool)
{
    const struct place failed = {.dir = spool->failed_dir, .dir_is_readable = true};

    /* Where a name came to first, so that at no moment it is durably nowhere. */
    if (spool->has_moved && place_sync(&failed, failed.dir) == -1)
        return -1;
    spool->has_moved = false;
    if (spool->pending > 0 && place_sync(&spool->place, spool->place.dir) == -1)
        return -1;
    spool->pending = 0;
    return 0;
}

void
spool_close(struct spool *spool)
{
    io_close(&spool->failed_dir);
    place_close(&spool->place);
}
