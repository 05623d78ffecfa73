#include "config.h"

#include "lock/process.h"

#include <bsd/stdlib.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"

enum { PATH_SIZE = NAME_MAX + 64 };

bool
process_read(pid_t pid, const char *name, char *text, size_t size)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
    return io_read_file(path, text, size);
}

static enum process_walk
walk(const char *path, pid_t pid, process_entry *entry, void *context)
{
    enum process_walk result = PROCESS_ALL;
    struct dirent *each;
    DIR *directory = opendir(path);

    if (directory == NULL)
        return PROCESS_REFUSED;
    while (result == PROCESS_ALL && (each = readdir(directory)) != NULL) {
        if (each->d_name[0] != '.' && entry(context, pid, each->d_name))
            result = PROCESS_ENOUGH;
    }
    closedir(directory);
    return result;
}

enum process_walk
process_list(pid_t pid, const char *directory, process_entry *entry, void *context)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, directory);
    return walk(path, pid, entry, context);
}

struct lock_walk {
    const struct stat *file; /* or NULL */
    process_lock *lock;
    void *context;
};

static bool
tell_locks_of_descriptor(void *context, pid_t pid, const char *fd)
{
    const struct lock_walk *locks = context;
    char path[PATH_SIZE];
    char text[256];
    bool is_enough = false;
    FILE *info;

    if (locks->file != NULL &&
        !process_has_open(pid, fd, locks->file->st_dev, locks->file->st_ino))
        return false;
    snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%s", (long)pid, fd);
    info = fopen(path, "re");
    if (info == NULL)
        return false;
    while (!is_enough && fgets(text, sizeof(text), info) != NULL)
        is_enough = strncmp(text, "lock:", 5) == 0 &&
                    locks->lock(locks->context, pid, fd, text);
    fclose(info);
    return is_enough;
}

enum process_walk
process_locks(pid_t pid, const struct stat *file, process_lock *lock, void *context)
{
    struct lock_walk locks = {file, lock, context};

    return process_list(pid, "fdinfo", tell_locks_of_descriptor, &locks);
}

static bool
tell_locks_of_process(void *context, pid_t ignored, const char *name)
{
    const char *error;
    long long number = strtonum(name, 1, 1 << 30, &error);

    (void)ignored;
    return error == NULL && process_list((pid_t)number, "fdinfo",
                                tell_locks_of_descriptor, context) == PROCESS_ENOUGH;
}

void
process_locks_of_all(process_lock *lock, void *context)
{
    struct lock_walk locks = {NULL, lock, context};

    (void)walk("/proc", 0, tell_locks_of_process, &locks);
}

bool
process_has_open(pid_t pid, const char *fd, dev_t device, ino_t inode)
{
    char path[PATH_SIZE];
    struct stat file;

    snprintf(path, sizeof(path), "/proc/%ld/fd/%s", (long)pid, fd);
    return stat(path, &file) == 0 && file.st_dev == device && file.st_ino == inode;
}
