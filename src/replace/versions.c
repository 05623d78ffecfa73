#include "config.h"

#include "replace/versions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sys.h"
#include "data/compare.h"
#include "data/pour.h"
#include "file/hidden.h"
#include "file/meta.h"

/* FILE for 0, else FILE.NUMBER. The length was checked by plan(). */
static void
name_version(const struct place *place, unsigned number, char name[NAME_MAX + 1])
{
    size_t length = strlen(place->leaf);

    memcpy(name, place->leaf, length + 1);
    if (number > 0)
        snprintf(name + length, NAME_MAX + 1 - length, ".%u", number);
}

static int
open_version(const struct place *place, const char *name)
{
    return io_open(place->dir, name, O_RDONLY | O_NOFOLLOW);
}

/*
 * Whether two neighbours are one version: one inode, or a copy that was made of the
 * other, where links are refused. To take two that are equal for one loses nothing.
 */
static bool
are_one(const struct place *place, unsigned number, const struct stat *newer,
    const struct stat *older)
{
    char names[2][NAME_MAX + 1];
    int fds[2];
    bool same;

    if (place_same_inode(newer, older))
        return true;
    if (newer->st_size != older->st_size ||
        newer->st_mtim.tv_sec != older->st_mtim.tv_sec ||
        newer->st_mtim.tv_nsec != older->st_mtim.tv_nsec)
        return false;
    name_version(place, number - 1, names[0]);
    name_version(place, number, names[1]);
    fds[0] = open_version(place, names[0]);
    fds[1] = open_version(place, names[1]);
    same =
        fds[0] != -1 && fds[1] != -1 && compare_files(fds[0], fds[1]) == COMPARE_SAME;
    io_close(&fds[0]);
    io_close(&fds[1]);
    return same;
}

/* Whether FILE.NUMBER, which is VERSION, can be renamed over at all. */
static int
may_be_replaced(const struct place *place, unsigned number, const struct stat *version)
{
    char name[NAME_MAX + 1];
    uid_t user = geteuid();
    struct stat dir;

    name_version(place, number, name);
    if (sys_may_be_replaced(place->dir, name) == -1)
        return -1;
    if (fstat(place->dir, &dir) == 0 && (dir.st_mode & S_ISVTX) != 0 && user != 0 &&
        user != dir.st_uid && user != version->st_uid) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

/*
 * Finds how many steps there are: as far as the first version that is missing, or
 * the first two neighbours that are one (a crash came between: that step and all
 * older ones are done already).
 */
static enum versions_result
plan(const struct place *place, const struct stat *newest, unsigned count,
    unsigned *steps, unsigned *failed_version)
{
    struct stat previous = *newest;

    *failed_version = 0;
    if (sys_may_be_replaced(place->dir, "") == -1 ||
        may_be_replaced(place, 0, newest) == -1)
        return VERSIONS_REFUSED;
    for (*steps = 1; *steps <= count; (*steps)++) {
        char name[NAME_MAX + 1];
        struct stat version;

        *failed_version = *steps;
        if (strlen(place->leaf) + 1 + (size_t)snprintf(NULL, 0, "%u", *steps) >
            NAME_MAX) {
            errno = ENAMETOOLONG;
            return VERSIONS_REFUSED;
        }
        name_version(place, *steps, name);
        if (fstatat(place->dir, name, &version, AT_SYMLINK_NOFOLLOW) == -1) {
            if (errno == ENOENT)
                return VERSIONS_DONE;
            return errno == ENAMETOOLONG ? VERSIONS_REFUSED : VERSIONS_FAILED;
        }
        if (are_one(place, *steps, &previous, &version)) {
            (*steps)--;
            return VERSIONS_DONE;
        }
        if (!S_ISREG(version.st_mode))
            return VERSIONS_NOT_REGULAR;
        if (may_be_replaced(place, *steps, &version) == -1)
            return VERSIONS_REFUSED;
        previous = version;
    }
    *steps = count;
    return VERSIONS_DONE;
}

/* Copies the file FROM, open as SOURCE, to the new hidden file TO, and all that
   goes with it. */
static int
copy_to(const struct place *place, int source, const struct stat *file, const char *to)
{
    /* Its age tells which version is the newest, and whether it is a copy. */
    const struct timespec times[2] = {file->st_atim, file->st_mtim};
    struct meta_result result;
    struct stat born;
    int fd = sys_create_new(place->dir, to, 0600);
    int saved;

    if (fd == -1)
        return -1;
    if (lseek(source, 0, SEEK_SET) != -1 && fstat(fd, &born) == 0 &&
        pour(source, fd, &POUR_PLAIN) == POUR_DONE &&
        meta_copy(fd, &born, source, file, &result) == 0 && futimens(fd, times) == 0 &&
        io_sync(fd) == 0)
        return close(fd);
    saved = errno;
    close(fd);
    (void)unlinkat(place->dir, to, 0);
    errno = saved;
    return -1;
}

static int
copy_version(const struct place *place, const char *from, const char *to)
{
    struct stat file;
    int source = open_version(place, from);
    int result = -1;

    if (source == -1)
        return -1;
    if (fstat(source, &file) == 0)
        result = copy_to(place, source, &file, to);
    io_close(&source);
    return result;
}

/* Gives version FROM the hidden name TO as well: linked, or copied where links are
   refused (protected_hardlinks, FAT, an immutable file). */
static int
double_version(const struct place *place, const char *from, const char *to)
{
    if (sys_link(place->dir, from, to) == 0)
        return 0;
    if (errno == EEXIST) {
        /* A dead writer's: we have the turn, so nobody else is at it. */
        if (unlinkat(place->dir, to, 0) == -1)
            return -1;
        if (sys_link(place->dir, from, to) == 0)
            return 0;
    }
    if (errno != EOPNOTSUPP)
        return -1;
    if (unlinkat(place->dir, to, 0) == -1 && errno != ENOENT)
        return -1;
    return copy_version(place, from, to);
}

/* Whether the names FROM and TO lead to one inode. Keeps errno. */
static bool
is_linked(const struct place *place, const char *from, const char *to)
{
    struct stat file;
    int saved = errno;
    bool is = sys_stat_fresh(place->dir, from, &file) == 0 &&
              place_compare_fresh(place->dir, to, -1, &file) == PLACE_SAME;

    errno = saved;
    return is;
}

/* Makes version NUMBER + 1 of version NUMBER. */
static int
step(const struct place *place, unsigned number)
{
    struct hidden_name hidden = hidden_version(place->leaf);
    char from[NAME_MAX + 1];
    char to[NAME_MAX + 1];
    int result = -1;
    int saved;

    name_version(place, number, from);
    name_version(place, number + 1, to);
    if (double_version(place, from, hidden.text) == 0)
        result = renameat(place->dir, hidden.text, place->dir, to);
    /* A resent request of NFS may say so although it was done. */
    if (result == -1 && errno == ENOENT && is_linked(place, from, to))
        result = 0;
    saved = errno;
    /* Also after success: a rename between two links of one inode does nothing. */
    (void)unlinkat(place->dir, hidden.text, 0);
    errno = saved;
    return result;
}

/* Removes what a dead writer left under the hidden name: we have the turn, so nobody
   else is at it. */
static int
clear_hidden(const struct place *place)
{
    struct hidden_name hidden = hidden_version(place->leaf);

    return unlinkat(place->dir, hidden.text, 0) == -1 && errno != ENOENT ? -1 : 0;
}

enum versions_result
versions_shift(const struct place *place, const struct content_lock *old,
    unsigned count, unsigned *failed_version)
{
    unsigned steps;
    enum versions_result result =
        plan(place, &old->file, count, &steps, failed_version);

    if (result != VERSIONS_DONE)
        return result;
    if (steps > 0 && clear_hidden(place) == -1)
        return VERSIONS_IN_THE_WAY;
    while (steps > 0) {
        steps--;
        *failed_version = steps + 1;
        if (step(place, steps) == -1)
            return VERSIONS_FAILED;
    }
    return VERSIONS_DONE;
}
