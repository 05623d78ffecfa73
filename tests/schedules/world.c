#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MODE_UNFINISHED = 0200, BUFFER_SIZE = 8192 };

struct entry {
    unsigned long inode;
    long offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

void
world_list(int dir, struct world_names *names)
{
    _Alignas(struct entry) char buffer[BUFFER_SIZE];
    long got;

    names->count = 0;
    lseek(dir, 0, SEEK_SET);
    while ((got = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0) {
        const struct entry *entry;

        for (long at = 0; at < got; at += entry->size) {
            entry = (const struct entry *)(const void *)(buffer + at);
            if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0 ||
                names->count == WORLD_MOST_NAMES)
                continue;
            snprintf(names->list[names->count++], WORLD_NAME_SIZE, "%s", entry->name);
        }
    }
}

static void
make(int dir, const char *name, const char *text)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    /* Its time is not to depend on the machine's clock; see actors.c. */
    const struct timespec times[2] = {{0, 0}, {0, 0}};

    if (fd == -1 || write(fd, text, strlen(text)) == -1 || futimens(fd, times) == -1)
        perror(name);
    if (fd != -1)
        close(fd);
}

void
world_reset(int dir, enum scene_start start)
{
    struct world_names names;

    world_list(dir, &names);
    for (unsigned i = 0; i < names.count; i++)
        unlinkat(dir, names.list[i], 0);
    switch (start) {
    case SCENE_MISSING:
        break;
    case SCENE_DEAD:
        make(dir, SCENE_TURN, "");
        make(dir, SCENE_FILE, "0\n");
        break;
    case SCENE_LITTER:
        make(dir, SCENE_TURN, "");
        make(dir, SCENE_TURN "-1", "half");
        make(dir, SCENE_FILE, "0\n");
        break;
    case SCENE_NUMBER:
        make(dir, SCENE_FILE, "0\n");
        break;
    case SCENE_LINK:
        make(dir, "g", "0\n");
        if (symlinkat("g", dir, SCENE_FILE) == -1)
            perror(SCENE_FILE);
        break;
    case SCENE_CLAIMED:
        make(dir, SCENE_CLAIM_NAME, "0\n");
        break;
    case SCENE_OLD:
        make(dir, SCENE_OLDEST, "0\n");
        make(dir, SCENE_OLD_HEAD "2", "1\n");
        make(dir, SCENE_OLD_HEAD "3", "2\n");
        break;
    }
}

void
world_look(int dir, const char *name, struct world_file *file)
{
    int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat there;
    ssize_t size;

    *file = (struct world_file){.exists = false};
    /* A live claim that is not finished has no mode that lets it be read. */
    if (fd == -1 ? errno != EACCES || fstatat(dir, name, &there, 0) == -1
                 : fstat(fd, &there) == -1)
        return;
    file->exists = true;
    file->inode = there.st_ino;
    file->is_finished = (there.st_mode & 07777) != MODE_UNFINISHED;
    if (fd == -1)
        return;
    size = read(fd, file->text, sizeof(file->text) - 1);
    file->text[size < 0 ? 0 : size] = '\0';
    close(fd);
}

ino_t
world_inode(int dir, const char *name)
{
    struct stat there;

    return fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == -1 ? 0 : there.st_ino;
}
