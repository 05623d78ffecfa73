#include "config.h"

#include "lock/holders.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* One line of /proc/locks. */
struct line {
    char kind[16];   /* FLOCK, POSIX, OFDLCK, LEASE, ... */
    char access[16]; /* READ or WRITE */
    long pid;
    unsigned major, minor;
    unsigned long long inode;
};

/* Reads LINE; a waiter ("->") holds nothing. */
static bool
parse(const char *text, struct line *line)
{
    if (strstr(text, "->") != NULL)
        return false;
    return sscanf(text, "%*d: %15s %*s %15s %ld %x:%x:%llu", line->kind, line->access,
               &line->pid, &line->major, &line->minor, &line->inode) == 6;
}

enum verdict { HAS_IT, HAS_IT_NOT, CANNOT_TELL };

/* Whether the process PID has FILE open, where we may look. */
static enum verdict
has_open(long pid, const struct stat *file)
{
    enum verdict verdict = HAS_IT_NOT;
    char path[64];
    struct dirent *entry;
    DIR *descriptors;

    snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
    descriptors = opendir(path);
    if (descriptors == NULL)
        return CANNOT_TELL;
    while (verdict == HAS_IT_NOT && (entry = readdir(descriptors)) != NULL) {
        struct stat open_file;

        if (fstatat(dirfd(descriptors), entry->d_name, &open_file, 0) == 0 &&
            open_file.st_dev == file->st_dev && open_file.st_ino == file->st_ino)
            verdict = HAS_IT;
    }
    closedir(descriptors);
    return verdict;
}

/* Whether /proc/locks and stat(2) speak of different devices here. */
static bool
devices_differ(int neighbour)
{
    struct statfs file_system;

    if (fstatfs(neighbour, &file_system) == -1)
        return false;
    return file_system.f_type == BTRFS_SUPER_MAGIC ||
           file_system.f_type == OVERLAYFS_SUPER_MAGIC;
}

static bool
is_of(const struct line *line, const struct stat *file, int neighbour)
{
    if (line->inode != (unsigned long long)file->st_ino)
        return false;
    if (line->major == major(file->st_dev) && line->minor == minor(file->st_dev))
        return true;
    if (!devices_differ(neighbour))
        return false;
    /* A process that is gone or not ours to look at may well hold it. */
    return has_open(line->pid, file) != HAS_IT_NOT;
}

/*
 * The lock of flock(2) belongs to the open file, not to the process that took it:
 * after "exec 9<f; flock 9" the listed process is long dead. Then whoever has the
 * file open with that lock is the holder. /proc/PID/fdinfo, proc_pid_fdinfo(5)
 */
static bool
fdinfo_has_lock(const char *pid, const char *fd, const struct line *wanted)
{
    char path[2 * NAME_MAX + 32];
    char text[256];
    bool found = false;
    FILE *info;

    snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, fd);
    info = fopen(path, "re");
    if (info == NULL)
        return false;
    while (!found && fgets(text, sizeof(text), info) != NULL) {
        struct line line;

        found = strncmp(text, "lock:", 5) == 0 && parse(text + 5, &line) &&
                line.inode == wanted->inode && line.pid == wanted->pid &&
                strcmp(line.access, wanted->access) == 0 &&
                strcmp(line.kind, wanted->kind) == 0;
    }
    fclose(info);
    return found;
}

static bool
process_has_lock(const char *pid, const struct line *wanted)
{
    char path[2 * NAME_MAX + 32];
    bool found = false;
    struct dirent *entry;
    DIR *descriptors;

    snprintf(path, sizeof(path), "/proc/%s/fdinfo", pid);
    descriptors = opendir(path);
    if (descriptors == NULL)
        return false;
    while (!found && (entry = readdir(descriptors)) != NULL)
        found = entry->d_name[0] != '.' && fdinfo_has_lock(pid, entry->d_name, wanted);
    closedir(descriptors);
    return found;
}

/* The process that lives with the lock WANTED, as a descriptor of its own; 0: none. */
static pid_t
find_by_descriptor(const struct line *wanted)
{
    pid_t pid = 0;
    struct dirent *entry;
    DIR *processes = opendir("/proc");

    if (processes == NULL)
        return 0;
    while (pid == 0 && (entry = readdir(processes)) != NULL) {
        const char *error;
        long long number = strtonum(entry->d_name, 1, 1 << 30, &error);

        if (error == NULL && process_has_lock(entry->d_name, wanted))
            pid = (pid_t)number;
    }
    closedir(processes);
    return pid;
}

/* The process that lives with the lock of LINE, or 0. */
static pid_t
living_holder(const struct line *line)
{
    if (line->pid > 0 && (kill((pid_t)line->pid, 0) == 0 || errno != ESRCH))
        return (pid_t)line->pid;
    return find_by_descriptor(line);
}

/* Adds the holder of LINE, once: /proc/locks is no snapshot, and tells a lock twice
   where others come and go while it is read. */
static int
append(struct holders *holders, const struct line *line)
{
    const struct holder holder = {
        .pid = living_holder(line),
        .exclusive = strcmp(line->access, "WRITE") == 0,
    };
    struct holder *more;

    for (size_t i = 0; i < holders->count; i++) {
        if (holders->list[i].pid == holder.pid &&
            holders->list[i].exclusive == holder.exclusive)
            return 0;
    }
    more = reallocarray(holders->list, holders->count + 1, sizeof(*holders->list));
    if (more == NULL)
        return -1;
    holders->list = more;
    more[holders->count++] = holder;
    return 0;
}

/* Reads /proc/locks through once. */
static int
look(struct holders *holders, int neighbour, const struct stat *file, const char *kind)
{
    FILE *locks = fopen("/proc/locks", "re");
    char text[256];
    int result = 0;

    if (locks == NULL)
        return -1;
    while (result == 0 && fgets(text, sizeof(text), locks) != NULL) {
        struct line line;

        if (parse(text, &line) && strcmp(line.kind, kind) == 0 &&
            is_of(&line, file, neighbour))
            result = append(holders, &line);
    }
    if (result == -1)
        holders_release(holders);
    fclose(locks);
    return result;
}

/* Whether /proc/locks tells all. Of a PID namespace that is not the initial one it
   hides the locks whose taker is not in it, or is dead. PROC_PID_INIT_INO,
   linux/proc_ns.h */
static bool
sees_all_processes(void)
{
    static const char initial[] = "pid:[4026531836]";
    char own[sizeof(initial)];
    ssize_t length = readlink("/proc/self/ns/pid", own, sizeof(own));

    return length == (ssize_t)strlen(initial) &&
           memcmp(own, initial, strlen(initial)) == 0;
}

/* A lock of flock(2) that /proc/locks hides, for its taker is dead. */
static int
look_at_descriptors(struct holders *holders, const struct stat *file)
{
    static const char *const accesses[] = {"WRITE", "READ"};
    int result = 0;

    for (size_t i = 0; result == 0 && holders->count == 0 && i < 2; i++) {
        struct line line = {.kind = "FLOCK", .inode = file->st_ino};

        strlcpy(line.access, accesses[i], sizeof(line.access));
        if (find_by_descriptor(&line) != 0)
            result = append(holders, &line);
    }
    return result;
}

int
holders_find(struct holders *holders, int neighbour, const struct stat *file,
    enum holders_kind kind)
{
    const char *word = kind == HOLDERS_FLOCK ? "FLOCK" : "POSIX";

    *holders = (struct holders){.list = NULL};
    if (look(holders, neighbour, file, word) == -1)
        return -1;
    if (holders->count > 0)
        return 0;
    /* It is no snapshot: where a lock before ours went between two reads, ours was
       passed over. That nobody holds it is believed the second time. */
    if (look(holders, neighbour, file, word) == -1)
        return -1;
    if (holders->count > 0 || kind != HOLDERS_FLOCK || sees_all_processes())
        return 0;
    return look_at_descriptors(holders, file);
}

void
holders_release(struct holders *holders)
{
    int saved = errno;

    free(holders->list);
    *holders = (struct holders){.list = NULL};
    errno = saved;
}

void
holders_command(pid_t pid, char *name, size_t size)
{
    char path[64];
    ssize_t length = -1;
    int fd;

    name[0] = '\0';
    snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
    fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd != -1) {
        length = read(fd, name, size - 1);
        close(fd);
    }
    if (length > 0)
        name[length - (name[length - 1] == '\n')] = '\0';
    else
        name[0] = '\0';
}
