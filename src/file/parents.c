#include "config.h"

#include "file/parents.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sys.h"

/* The way to PATH, name by name. */
struct way {
    char names[PATH_MAX]; /* cut into names */
    char *rest;
    int dir; /* where it has come to */
};

static int
open_directory(int dir, const char *name)
{
    const int flags = O_DIRECTORY | O_CLOEXEC;
    int fd = openat(dir, name, O_RDONLY | flags);

    return fd == -1 && errno == EACCES ? openat(dir, name, O_PATH | flags) : fd;
}

static int
start(struct way *way, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);

    if (length >= sizeof(way->names)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(way->names, path, length);
    way->names[length] = '\0';
    way->rest = way->names;
    way->dir = open_directory(AT_FDCWD, path[0] == '/' ? "/" : ".");
    return way->dir == -1 ? -1 : 0;
}

/* The next name; NULL after the last. */
static const char *
next_name(struct way *way)
{
    const char *name;

    do
        name = strsep(&way->rest, "/");
    while (name != NULL && (name[0] == '\0' || strcmp(name, ".") == 0));
    return name;
}

/* Goes on into NAME. 0, or -1 with errno, and where it was. */
static int
go_into(struct way *way, const char *name)
{
    int dir = open_directory(way->dir, name);

    if (dir == -1)
        return -1;
    close(way->dir);
    way->dir = dir;
    return 0;
}

/* Makes the names in DIR durable; where it cannot be read, by the whole file system, of
   which a file without a name can be had at least. */
static int
sync_names(int dir)
{
    int beside;
    int result;

    if (fsync(dir) == 0)
        return 0;
    if (errno == EINVAL) /* as CIFS has it */
        return sys_sync_file_system(dir);
    if (errno != EBADF) /* which is O_PATH */
        return -1;
    beside = sys_open_unnamed(dir, 0600);
    if (beside == -1)
        return -1;
    result = sys_sync_file_system(beside);
    io_close(&beside);
    return result;
}

bool
parents_has_way(const char *path)
{
    return strchr(path, '/') != NULL;
}

int
parents_open_existing(const char *path)
{
    struct way way;
    const char *name;

    if (start(&way, path) == -1)
        return -1;
    while ((name = next_name(&way)) != NULL && go_into(&way, name) == 0)
        continue;
    if (name == NULL || errno == ENOENT)
        return way.dir;
    io_close(&way.dir);
    return -1;
}

/* NAME is missing: makes it and goes into it. It may be there by now, made by another
   process that has not come to the sync yet. */
static int
make(struct way *way, const char *name, bool is_durable)
{
    if (mkdirat(way->dir, name, 0777) == -1 && errno != EEXIST)
        return -1;
    if (is_durable && sync_names(way->dir) == -1)
        return -1;
    if (go_into(way, name) == 0)
        return 0;
    if (errno == ENOENT) /* a symlink that leads to nothing */
        errno = ENOTDIR;
    return -1;
}

int
parents_make(const char *path, bool is_durable)
{
    struct way way;
    const char *name;
    bool is_found = false; /* the directory where it has come to, and not made */

    if (start(&way, path) == -1)
        return -1;
    while ((name = next_name(&way)) != NULL) {
        if (go_into(&way, name) == 0) {
            is_found = true;
            continue;
        }
        if (errno != ENOENT ||
            (is_found && is_durable && parents_sync(way.dir) == -1) ||
            make(&way, name, is_durable) == -1)
            break;
        is_found = false;
    }
    io_close(&way.dir);
    return name == NULL ? 0 : -1;
}

int
parents_sync(int dir)
{
    int parent = open_directory(dir, "..");
    int result;

    if (parent == -1)
        return -1;
    result = sync_names(parent);
    io_close(&parent);
    return result;
}
