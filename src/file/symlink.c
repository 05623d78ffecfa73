#include "config.h"

#include "file/symlink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

/* As many as Linux follows, path_resolution(7). */
enum { MOST_LINKS = 40 };

/* Replaces the leaf of PATH, of size PATH_MAX, by TARGET. False: too long. */
static bool
replace_leaf(char *path, const char *target)
{
    char *slash = strrchr(path, '/');
    size_t kept = slash == NULL || target[0] == '/' ? 0 : (size_t)(slash - path) + 1;

    if (kept + strlen(target) >= PATH_MAX)
        return false;
    memcpy(path + kept, target, strlen(target) + 1);
    return true;
}

static bool
is_trusted(const char *path, const struct stat *link)
{
    char parent[PATH_MAX];
    struct stat dir;

    memcpy(parent, path, strlen(path) + 1);
    if (!replace_leaf(parent, ".") || stat(parent, &dir) == -1)
        return false;
    if ((dir.st_mode & (S_ISVTX | S_IWOTH)) != (S_ISVTX | S_IWOTH))
        return true;
    return link->st_uid == geteuid() || link->st_uid == dir.st_uid;
}

/* Follows the symlinks that end PATH, which gets the path that the last of them leads
   to. Whether all of them are trusted. What the kernel then follows may differ if
   somebody changes them; its own protection, where on, covers that. */
static bool
follow_trusted(char path[PATH_MAX])
{
    char target[PATH_MAX];
    struct stat link;

    for (int i = 0; i < MOST_LINKS; i++) {
        ssize_t length;

        if (lstat(path, &link) == -1 || !S_ISLNK(link.st_mode))
            return true;
        if (!is_trusted(path, &link))
            return false;
        length = readlink(path, target, sizeof(target) - 1);
        if (length == -1)
            return true;
        target[length] = '\0';
        if (!replace_leaf(path, target))
            return true;
    }
    return true;
}

static bool
are_trusted(const char *path)
{
    char current[PATH_MAX];

    if (strlen(path) >= sizeof(current))
        return true; /* too long to open, too: that error is the better one */
    memcpy(current, path, strlen(path) + 1);
    return follow_trusted(current);
}

int
symlink_find_end(const char *path, char end[PATH_MAX])
{
    if (strlen(path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(end, path, strlen(path) + 1);
    if (follow_trusted(end))
        return 0;
    errno = EACCES;
    return -1;
}

static char *
path_of(int fd, const char *path)
{
    char link[40];
    char target[PATH_MAX];
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    length = readlink(link, target, sizeof(target));
    if (length <= 0 || (size_t)length == sizeof(target))
        return realpath(path, NULL); /* no /proc; the inode is compared later */
    return strndup(target, (size_t)length);
}

enum symlink_result
symlink_resolve(const char *path, struct stat *target, char **end)
{
    int fd;

    *end = NULL;
    if (!are_trusted(path))
        return SYMLINK_UNTRUSTED;
    fd = open(path, O_PATH | O_CLOEXEC);
    if (fd == -1)
        return errno == ENOENT ? SYMLINK_DANGLING : SYMLINK_FAILED;
    if (fstat(fd, target) == 0 && S_ISREG(target->st_mode))
        *end = path_of(fd, path);
    io_close(&fd);
    return S_ISREG(target->st_mode) && *end == NULL ? SYMLINK_FAILED : SYMLINK_RESOLVED;
}
