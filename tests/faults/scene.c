#include "scene.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "holder.h"
#include "input.h"

#define TURN        ".f.atomwrite"
#define TAKEN       "u-19700101T000000Z-%d"
#define FIRST_TAKEN "u-19700101T000000Z-1"

/* u::rw- u:2:rw- g::r-- m::rw- o::---, linux/posix_acl_xattr.h */
static const uint8_t acl[] = {2, 0, 0, 0, /* version */
    0x01, 0, 6, 0, 255, 255, 255, 255,    /* owner */
    0x02, 0, 6, 0, 2, 0, 0, 0,            /* user 2 */
    0x04, 0, 4, 0, 255, 255, 255, 255,    /* group */
    0x10, 0, 6, 0, 255, 255, 255, 255,    /* mask */
    0x20, 0, 0, 0, 255, 255, 255, 255};   /* others */

int
scene_open(struct scene *scene, const char *directory)
{
    *scene = (struct scene){.fd = -1, .fds = {-1, -1, -1}, .held_fd = -1};
    if (strlen(directory) >= sizeof(scene->directory)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(scene->directory, directory, strlen(directory) + 1);
    if (mkdir(directory, 0755) == -1 && errno != EEXIST)
        return -1;
    scene->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return scene->fd == -1 ? -1 : 0;
}

static int
make(const struct scene *scene, const char *name, const char *content, mode_t mode)
{
    size_t size = strlen(content);
    int fd = openat(scene->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_made;

    if (fd == -1)
        return -1;
    is_made = write(fd, content, size) == (ssize_t)size && fchmod(fd, mode) == 0;
    return close(fd) == 0 && is_made ? 0 : -1;
}

static int
make_directory(const struct scene *scene, const char *name)
{
    return mkdirat(scene->fd, name, 0755);
}

static int
make_taken(const struct scene *scene, const struct path *path)
{
    for (int i = 1; i <= 5; i++) {
        bool is_unfinished = path->flags & TAKEN_IN_USE && i == 2;
        char name[64];

        snprintf(name, sizeof(name), TAKEN, i);
        if (make(scene, name, CONTENT_TAKEN, is_unfinished ? 0200 : 0644) == -1)
            return -1;
    }
    return 0;
}

static int
set_mtime(const struct scene *scene, const char *name, time_t ago_s)
{
    struct timespec times[2] = {{0}, {0}};

    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec -= ago_s;
    times[1] = times[0];
    return utimensat(scene->fd, name, times, 0);
}

/* As far as the file system and our rights go: what cannot be set is not swept. */
static void
dress(const struct scene *scene)
{
    int fd = openat(scene->fd, "f", O_WRONLY | O_CLOEXEC);

    if (fd == -1)
        return;
    (void)!fchown(fd, 1, 1);
    (void)fsetxattr(fd, "user.colour", "blue", 4, 0);
    (void)fsetxattr(fd, "system.posix_acl_access", acl, sizeof(acl), 0);
    close(fd);
}

static int
make_old(const struct scene *scene, const struct path *path)
{
    if (path->before != NULL &&
        (make(scene, "f", path->before, path->flags & SCENE_UNFINISHED ? 0200 : 0640) ==
                -1 ||
            set_mtime(scene, "f", 20) == -1))
        return -1;
    if (path->flags & SCENE_ATTRIBUTES)
        dress(scene);
    if (path->flags & SCENE_LINK && symlinkat("f", scene->fd, "link") == -1)
        return -1;
    if (path->flags & SCENE_KEPT && (make(scene, "f.1", CONTENT_KEPT_1, 0644) == -1 ||
                                        make(scene, "f.2", CONTENT_KEPT_2, 0644) == -1))
        return -1;
    return 0;
}

static int
make_others(const struct scene *scene, const struct path *path)
{
    if (path->flags & SCENE_SIBLINGS &&
        (make(scene, "g", CONTENT_G, 0644) == -1 || set_mtime(scene, "g", 10) == -1 ||
            make(scene, "h", CONTENT_H, 0644) == -1))
        return -1;
    if (path->flags & SCENE_FAILED && make_directory(scene, "bad") == -1)
        return -1;
    if (path->flags & SCENE_FAILED_TAKEN &&
        make(scene, "bad/f", CONTENT_TAKEN, 0644) == -1)
        return -1;
    if (path->flags & SCENE_PARENT && make_directory(scene, "a") == -1)
        return -1;
    if (path->flags & SCENE_PARENTS && make_directory(scene, "a/b") == -1)
        return -1;
    if (path->flags & SCENE_LOCK_FILE && make(scene, "lock", "", 0644) == -1)
        return -1;
    if (path->flags & SCENE_TAKEN && make_taken(scene, path) == -1)
        return -1;
    if (path->flags & SCENE_DEAD && (make(scene, TURN, "", 0600) == -1 ||
                                        make(scene, TURN "-kept", "kept", 0600) == -1))
        return -1;
    if (path->flags & SCENE_DEAD_STAGE &&
        (make(scene, TURN "-1", "half a ", 0600) == -1 ||
            make(scene, ".u-.uniqcreate-1", "half a ", 0600) == -1))
        return -1;
    return 0;
}

static int
hold(struct scene *scene, const struct path *path)
{
    if (path->flags & HELD_BY_ANCESTOR) {
        scene->held_fd = holder_take_turn(scene->fd, TURN);
        return scene->held_fd == -1 ? -1 : 0;
    }
    if (path->flags & SCENE_TURN_HELD) {
        scene->holder = holder_start(scene->fd, TURN);
        return scene->holder == -1 ? -1 : 0;
    }
    if (path->flags & (SCENE_LOCKED | TAKEN_IN_USE)) {
        scene->held_fd = openat(scene->fd,
            path->flags & SCENE_LOCKED ? "f" : FIRST_TAKEN, O_RDONLY | O_CLOEXEC);
        return scene->held_fd == -1 ? -1 : flock(scene->held_fd, LOCK_EX | LOCK_NB);
    }
    return 0;
}

void
scene_let_go(struct scene *scene)
{
    if (scene->held_fd != -1)
        close(scene->held_fd);
    scene->held_fd = -1;
    if (scene->holder > 0)
        holder_stop(scene->holder);
    scene->holder = 0;
}

static int
clear(struct scene *scene)
{
    struct names names;

    scene_let_go(scene);
    if (scene_list(scene, &names) == -1)
        return -1;
    /* What is in a directory comes after it. */
    for (size_t i = names.count; i > 0; i--) {
        if (unlinkat(scene->fd, names.name[i - 1],
                names.is_directory[i - 1] ? AT_REMOVEDIR : 0) == -1)
            return -1;
    }
    return 0;
}

void
scene_close(struct scene *scene)
{
    if (scene->fd == -1)
        return;
    (void)clear(scene);
    for (int i = 0; i < 3; i++) {
        if (scene->fds[i] != -1)
            close(scene->fds[i]);
    }
    close(scene->fd);
}

static int
set_default_acl(const struct scene *scene, const struct path *path)
{
    if (path->flags & SCENE_DEFAULT_ACL) {
        (void)fsetxattr(scene->fd, "system.posix_acl_default", acl, sizeof(acl), 0);
        return 0;
    }
    (void)fremovexattr(scene->fd, "system.posix_acl_default");
    return 0;
}

int
scene_set(struct scene *scene, const struct path *path)
{
    if (clear(scene) == -1 || set_default_acl(scene, path) == -1 ||
        make_old(scene, path) == -1 || make_others(scene, path) == -1 ||
        hold(scene, path) == -1)
        return -1;
    return scene_set_input(scene, path->input, (path->flags & INPUT_IS_PIPE) != 0);
}

int
scene_set_input(struct scene *scene, const char *input, bool is_pipe)
{
    for (int i = 0; i < 3; i++) {
        if (scene->fds[i] != -1)
            close(scene->fds[i]);
    }
    scene->fds[0] = is_pipe ? input_pipe(input) : input_file(scene->fd, input);
    scene->fds[1] = input_memory("");
    scene->fds[2] = input_memory("");
    return scene->fds[0] == -1 || scene->fds[1] == -1 || scene->fds[2] == -1 ? -1 : 0;
}

ssize_t
scene_input_left(const struct scene *scene)
{
    int fd = scene->fds[0];
    struct stat status;
    int waiting;
    off_t offset;

    if (fstat(fd, &status) == -1)
        return -1;
    if (!S_ISREG(status.st_mode))
        return ioctl(fd, FIONREAD, &waiting) == -1 ? -1 : waiting;
    offset = lseek(fd, 0, SEEK_CUR);
    return offset == -1 ? -1 : status.st_size - offset;
}

static ssize_t
read_text(int fd, char text[SCENE_TEXT_SIZE])
{
    ssize_t size = pread(fd, text, SCENE_TEXT_SIZE - 1, 0);

    text[size < 0 ? 0 : size] = '\0';
    return size;
}

/* Also where it may not be read, as what is unfinished. */
static int
open_any(const struct scene *scene, const char *name)
{
    struct stat status;
    int fd = openat(scene->fd, name, O_RDONLY | O_CLOEXEC);

    if (fd != -1 || errno != EACCES || fstatat(scene->fd, name, &status, 0) == -1 ||
        fchmodat(scene->fd, name, 0600, 0) == -1)
        return fd;
    fd = openat(scene->fd, name, O_RDONLY | O_CLOEXEC);
    (void)fchmodat(scene->fd, name, status.st_mode & 07777, 0);
    return fd;
}

ssize_t
scene_read(const struct scene *scene, const char *name, char text[SCENE_TEXT_SIZE])
{
    int fd = open_any(scene, name);
    ssize_t size = fd == -1 ? -1 : read_text(fd, text);

    if (fd != -1)
        close(fd);
    return size;
}

ssize_t
scene_output(const struct scene *scene, int fd, char text[SCENE_TEXT_SIZE])
{
    return read_text(scene->fds[fd], text);
}

/* Adds those in WAY, which ends with "/" or is "", and in what is in it. */
static int
list(const struct scene *scene, const char *way, struct names *names)
{
    /* Opened anew: a duplicate would share its offset. */
    int fd = openat(
        scene->fd, way[0] == '\0' ? "." : way, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd == -1 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    int result = 0;

    if (directory == NULL)
        return -1;
    while (result == 0 && (entry = readdir(directory)) != NULL &&
           names->count < SCENE_MOST_NAMES) {
        char *name = names->name[names->count];
        char inner[SCENE_NAME_SIZE];
        struct stat status;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, SCENE_NAME_SIZE, "%s%s", way, entry->d_name);
        if (fstatat(scene->fd, name, &status, AT_SYMLINK_NOFOLLOW) == -1)
            continue;
        names->is_directory[names->count++] = S_ISDIR(status.st_mode);
        snprintf(inner, sizeof(inner), "%s/", name);
        if (S_ISDIR(status.st_mode))
            result = list(scene, inner, names);
    }
    return closedir(directory) == 0 ? result : -1;
}

int
scene_list(const struct scene *scene, struct names *names)
{
    names->count = 0;
    return list(scene, "", names);
}

const char *
scene_leaf(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash == NULL ? name : slash + 1;
}

bool
scene_had(const struct path *path, const char *name)
{
    static const struct {
        unsigned flag;
        const char *prefix;
    } all[] = {
        {SCENE_LINK, "link"},
        {SCENE_SIBLINGS, "g"},
        {SCENE_SIBLINGS, "h"},
        {SCENE_LOCK_FILE, "lock"},
        {SCENE_FAILED, "bad"},
        {SCENE_FAILED_TAKEN, "bad/f"},
        {SCENE_PARENT, "a"},
        {SCENE_PARENTS, "a/b"},
        {SCENE_KEPT, "f.1"},
        {SCENE_KEPT, "f.2"},
        {SCENE_DEAD, TURN},
        {SCENE_DEAD_STAGE, TURN "-1"},
        {SCENE_DEAD, TURN "-kept"},
        {SCENE_DEAD_STAGE, ".u-.uniqcreate-1"},
        {SCENE_TURN_HELD, TURN},
        {SCENE_TAKEN, FIRST_TAKEN},
        {SCENE_TAKEN, "u-19700101T000000Z-2"},
        {SCENE_TAKEN, "u-19700101T000000Z-3"},
        {SCENE_TAKEN, "u-19700101T000000Z-4"},
        {SCENE_TAKEN, "u-19700101T000000Z-5"},
    };

    if (strcmp(name, "f") == 0)
        return path->before != NULL;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (path->flags & all[i].flag && strcmp(name, all[i].prefix) == 0)
            return true;
    }
    return false;
}
