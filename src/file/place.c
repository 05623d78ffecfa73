#include "config.h"

#include "file/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/io.h"
#include "base/sys.h"
#include "file/symlink.h"

/* How often a symlink may change under our eyes before we give up. */
enum { RESOLVE_ATTEMPTS = 8 };

static size_t
prefix_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

bool
place_has_leaf(const char *path)
{
    return path[prefix_length(path)] != '\0';
}

static int
open_directory(struct place *place, const char *path)
{
    const int flags = O_DIRECTORY | O_CLOEXEC;

    /* openat(2), for open() of musl makes a second call to set O_CLOEXEC. */
    place->dir = openat(AT_FDCWD, path, O_RDONLY | flags);
    place->dir_is_readable = place->dir != -1;
    if (place->dir == -1 && errno == EACCES)
        place->dir = openat(AT_FDCWD, path, O_PATH | flags);
    return place->dir == -1 ? -1 : 0;
}

static void
make_empty(struct place *place)
{
    place->dir = -1;
    place->dir_is_readable = false;
    place->leaf[0] = '\0';
    place->prefix[0] = '\0';
    place->exists = false;
    memset(&place->found, 0, sizeof(place->found));
}

int
place_open_prefix(struct place *place, const char *prefix)
{
    size_t length = prefix_length(prefix);
    const char *leaf = prefix + length;

    make_empty(place);
    if (strlen(leaf) > NAME_MAX || length >= sizeof(place->prefix)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(place->leaf, leaf, strlen(leaf) + 1);
    memcpy(place->prefix, prefix, length);
    place->prefix[length] = '\0';
    if (open_directory(place, length == 0 ? "." : place->prefix) == -1) {
        place_close(place);
        return -1;
    }
    return 0;
}

static int
look(struct place *place)
{
    if (fstatat(place->dir, place->leaf, &place->found, AT_SYMLINK_NOFOLLOW) == 0)
        place->exists = true;
    else if (errno != ENOENT)
        return -1;
    return 0;
}

static int
open_and_look(struct place *place, const char *path)
{
    if (place_open_prefix(place, path) == -1)
        return -1;
    if (look(place) == 0)
        return 0;
    place_close(place);
    return -1;
}

/*
 * Lets the kernel follow the symlinks at PATH, asks it where it came out, and
 * proves that by the inode: so its own rules for sticky directories hold.
 */
static enum place_result
follow(struct place *place, const char *path)
{
    for (int attempt = 0; attempt < RESOLVE_ATTEMPTS; attempt++) {
        struct stat target;
        char *end = NULL;

        place_close(place);
        switch (symlink_resolve(path, &target, &end)) {
        case SYMLINK_RESOLVED:
            break;
        case SYMLINK_DANGLING:
            return PLACE_DANGLING;
        case SYMLINK_UNTRUSTED:
            return PLACE_UNTRUSTED;
        case SYMLINK_FAILED:
            return PLACE_FAILED;
        }
        if (end == NULL) {
            /* No regular file, so nobody will go there. */
            make_empty(place);
            place->exists = true;
            place->found = target;
            return PLACE_OPEN;
        }
        if (open_and_look(place, end) == 0 && place->exists &&
            place_same_inode(&place->found, &target)) {
            free(end);
            return PLACE_OPEN;
        }
        free(end);
    }
    place_close(place);
    errno = ESTALE;
    return PLACE_FAILED;
}

enum place_result
place_open(struct place *place, const char *path, enum place_links links)
{
    if (open_and_look(place, path) == -1)
        return PLACE_FAILED;
    if (links == PLACE_STAY || !place->exists || !S_ISLNK(place->found.st_mode))
        return PLACE_OPEN;
    return follow(place, path);
}

void
place_close(struct place *place)
{
    io_close(&place->dir);
    make_empty(place);
}

bool
place_same_inode(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

bool
place_is_gone(int error)
{
    return error == ENOENT || error == ESTALE;
}

enum place_match
place_compare(int dir, const char *name, const struct stat *file)
{
    struct stat there;

    if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == -1)
        return errno == ENOENT ? PLACE_GONE : PLACE_UNKNOWN;
    return place_same_inode(&there, file) ? PLACE_SAME : PLACE_OTHER;
}

enum place_match
place_compare_fresh(int dir, const char *name, int fd, const struct stat *file)
{
    struct stat fresh;

    if (fd != -1) {
        int result = sys_stat_fresh(fd, "", &fresh);

        /* ENOENT is of a server that goes by paths, and the name below says more. */
        if (result == -1 && errno != ENOENT)
            return errno == ESTALE ? PLACE_OTHER : PLACE_UNKNOWN;
        if (result == 0 && fresh.st_nlink == 0)
            return PLACE_OTHER;
    }
    if (sys_stat_fresh(dir, "", &fresh) == -1)
        return PLACE_UNKNOWN;
    if (sys_stat_fresh(dir, name, &fresh) == -1)
        return place_is_gone(errno) ? PLACE_GONE : PLACE_UNKNOWN;
    return place_same_inode(&fresh, file) ? PLACE_SAME : PLACE_OTHER;
}

int
place_remove_if_same(int dir, const char *name, int fd, const struct stat *file)
{
    enum place_match match = place_compare_fresh(dir, name, fd, file);

    /* Once more, for this is how a run cleans up, and it has no other chance. */
    if (match == PLACE_UNKNOWN)
        match = place_compare_fresh(dir, name, fd, file);
    switch (match) {
    case PLACE_GONE:
        return 0;
    case PLACE_SAME:
        return unlinkat(dir, name, 0);
    case PLACE_OTHER:
        errno = ESTALE;
        break;
    case PLACE_UNKNOWN:
        break;
    }
    return -1;
}

int
place_open_beside(const struct place *place)
{
    int fd = io_open(place->dir, place->leaf, O_RDONLY | O_NOFOLLOW);

    return fd != -1 ? fd : sys_open_unnamed(place->dir, 0600);
}

/* FUSE flushes what it has cached and tells its server nothing. */
static int
sync_by_file(int fd)
{
    if (sys_sync_file_system(fd) == -1)
        return -1;
    return file_system_is_fuse(fd) ? fsync(fd) : 0;
}

DIR *
place_open_names(const struct place *place)
{
    /* Opened anew: a duplicate would share the offset with the place's own. */
    int fd = openat(place->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd == -1 ? NULL : fdopendir(fd);

    if (names == NULL)
        io_close(&fd);
    return names;
}

int
place_sync(const struct place *place, int fd)
{
    int beside = -1;
    int result;

    if (place->dir_is_readable) {
        if (fsync(place->dir) == 0)
            return 0;
        /* EINVAL: this file system (CIFS) has no fsync of directories. */
        if (errno != EINVAL)
            return -1;
        if (fd == -1)
            fd = beside = place_open_beside(place);
        if (fd == -1)
            return sys_sync_file_system(place->dir);
    }
    result = sync_by_file(fd);
    io_close(&beside);
    return result;
}
