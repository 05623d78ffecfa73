#include "config.h"

#include "lock/fdinfo.h"

#include <bsd/stdlib.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool
of_descriptor(pid_t pid, const char *fd, fdinfo_lock *lock, void *context)
{
    char path[NAME_MAX + 64];
    char text[256];
    bool is_enough = false;
    FILE *info;

    snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%s", (long)pid, fd);
    info = fopen(path, "re");
    if (info == NULL)
        return false;
    while (!is_enough && fgets(text, sizeof(text), info) != NULL)
        is_enough = strncmp(text, "lock:", 5) == 0 && lock(context, pid, fd, text);
    fclose(info);
    return is_enough;
}

bool
fdinfo_of_process(pid_t pid, fdinfo_lock *lock, void *context)
{
    char path[64];
    bool is_enough = false;
    struct dirent *entry;
    DIR *descriptors;

    snprintf(path, sizeof(path), "/proc/%ld/fdinfo", (long)pid);
    descriptors = opendir(path);
    if (descriptors == NULL)
        return false;
    while (!is_enough && (entry = readdir(descriptors)) != NULL)
        is_enough =
            entry->d_name[0] != '.' && of_descriptor(pid, entry->d_name, lock, context);
    closedir(descriptors);
    return is_enough;
}

bool
fdinfo_of_all(fdinfo_lock *lock, void *context)
{
    bool is_enough = false;
    struct dirent *entry;
    DIR *processes = opendir("/proc");

    if (processes == NULL)
        return false;
    while (!is_enough && (entry = readdir(processes)) != NULL) {
        const char *error;
        long long number = strtonum(entry->d_name, 1, 1 << 30, &error);

        is_enough = error == NULL && fdinfo_of_process((pid_t)number, lock, context);
    }
    closedir(processes);
    return is_enough;
}

bool
fdinfo_is_of(pid_t pid, const char *fd, dev_t device, ino_t inode)
{
    char path[NAME_MAX + 64];
    struct stat file;

    snprintf(path, sizeof(path), "/proc/%ld/fd/%s", (long)pid, fd);
    return stat(path, &file) == 0 && file.st_dev == device && file.st_ino == inode;
}
