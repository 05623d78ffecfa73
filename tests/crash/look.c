/* look - what is there: the part of check.h that reads the file system. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static bool
read_file(struct seen_file *file, int work_fd)
{
    int fd = openat(work_fd, file->name, O_RDONLY | O_CLOEXEC);
    struct stat status;
    ssize_t got;

    if (fd == -1)
        return false;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return false;
    }
    file->mode = status.st_mode & 07777;
    file->size_bytes = (size_t)status.st_size;
    file->bytes = malloc(file->size_bytes + 1);
    if (file->bytes == NULL)
        err(71, "check");
    got = read(fd, file->bytes, file->size_bytes);
    close(fd);
    if (got != status.st_size)
        return false;
    file->is_whole = file->mode == FINAL_MODE &&
                     content_read(file->bytes, file->size_bytes, &file->version);
    return true;
}

static bool look_in(struct seen *seen, int work_fd, const char *prefix, int fd,
    char finding[FINDING_BYTES]);

/* NAME is that of a directory, open as FD, on the way to a FILE. */
static bool
look_down(struct seen *seen, int work_fd, const char *name, int fd,
    char finding[FINDING_BYTES])
{
    char prefix[NAME_BYTES + 1];

    snprintf(prefix, sizeof(prefix), "%s/", name);
    return look_in(seen, work_fd, prefix, fd, finding);
}

static bool
look_at(struct seen *seen, int work_fd, const char *prefix, const char *name,
    char finding[FINDING_BYTES])
{
    struct seen_file *file = &seen->files[seen->count];
    int length, fd;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return true;
    if (*name == '.') {
        seen->hidden++;
        return true;
    }
    length = snprintf(file->name, NAME_BYTES, "%s%s", prefix, name);
    if (seen->count == CHECK_FILES - 1 || length >= NAME_BYTES)
        return check_complain(finding, "too many or too long names");
    fd = openat(work_fd, file->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd != -1)
        return look_down(seen, work_fd, file->name, fd, finding);
    if (!read_file(file, work_fd))
        return check_complain(finding, "%s cannot be read: %s", name, strerror(errno));
    seen->claims += file->mode == CLAIM_MODE;
    seen->count++;
    return true;
}

/* The names of what is found begin with PREFIX, which leads from WORK_FD to FD. */
static bool
look_in(struct seen *seen, int work_fd, const char *prefix, int fd,
    char finding[FINDING_BYTES])
{
    struct dirent *entry;
    bool all_read = true;
    DIR *directory = fd == -1 ? NULL : fdopendir(fd);

    if (directory == NULL)
        return check_complain(
            finding, "the directory cannot be read: %s", strerror(errno));
    errno = 0;
    while (all_read && (entry = readdir(directory)) != NULL) {
        all_read = look_at(seen, work_fd, prefix, entry->d_name, finding);
        errno = 0;
    }
    if (all_read && errno != 0)
        all_read =
            check_complain(finding, "the directory breaks off: %s", strerror(errno));
    closedir(directory);
    return all_read;
}

bool
check_look(struct seen *seen, int work_fd, char finding[FINDING_BYTES])
{
    /* Descriptors of their own, which start at the first entry. */
    int fd = openat(work_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    memset(seen, 0, sizeof(*seen));
    if (!look_in(seen, work_fd, "", fd, finding))
        return false;
    /* Only where things can fail. */
    fd = openat(work_fd, "../" FAILED_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd == -1 || look_in(seen, work_fd, "../" FAILED_DIRECTORY "/", fd, finding);
}

void
check_forget(struct seen *seen)
{
    /* The file after the last may have been read in part. */
    for (size_t i = 0; i <= seen->count && i < CHECK_FILES; i++)
        free(seen->files[i].bytes);
    memset(seen, 0, sizeof(*seen));
}

const struct seen_file *
check_find(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->files[i].name, name) == 0)
            return &seen->files[i];
    return NULL;
}
