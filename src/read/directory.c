#include "config.h"

#include "read/directory.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int
directory_open(struct directory *directory, const char *path)
{
    /* The first walk begins at the end of no names: all have to be read yet. */
    *directory = (struct directory){.stream = opendir(path), .has_more = true};
    return directory->stream == NULL ? -1 : 0;
}

static int
compare(const void *left, const void *right)
{
    const struct directory_name *one = left;
    const struct directory_name *other = right;

    return strcmp(one->text, other->text);
}

static int
compare_backwards(const void *left, const void *right)
{
    return compare(right, left);
}

/* The next regular file; NULL at the end, or with errno. */
static char *
read_name(struct directory *directory)
{
    struct dirent *entry;

    while (errno = 0, (entry = readdir(directory->stream)) != NULL) {
        struct stat file;

        if (entry->d_name[0] == '.')
            continue;
        if (entry->d_type == DT_REG)
            return entry->d_name;
        if (entry->d_type == DT_UNKNOWN &&
            fstatat(dirfd(directory->stream), entry->d_name, &file,
                AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(file.st_mode))
            return entry->d_name;
    }
    return NULL;
}

/* Puts the first name, of a heap whose first is the greatest, where it belongs. */
static void
sink(struct directory_name *names, size_t count)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;
        struct directory_name moved = names[at];

        if (child + 1 < count && compare(&names[child], &names[child + 1]) < 0)
            child++;
        if (child >= count || compare(&moved, &names[child]) >= 0)
            return;
        names[at] = names[child];
        names[child] = moved;
        at = child;
    }
}

static int
make_room(struct directory *directory)
{
    size_t size = directory->size == 0 ? 64 : 2 * directory->size;
    struct directory_name *names;

    if (directory->count < directory->size)
        return 0;
    names = reallocarray(directory->names, size, sizeof(*names));
    if (names == NULL)
        return -1;
    directory->names = names;
    directory->size = size;
    return 0;
}

/* Keeps TEXT if it is one of the first. 0, or -1 with errno. */
static int
keep(struct directory *directory, const char *text)
{
    struct directory_name name = {.state = DIRECTORY_LISTED};

    if (directory->count == DIRECTORY_MOST_NAMES) {
        /* What is sorted backwards is a heap: its first is the greatest. */
        if (!directory->has_more)
            qsort(directory->names, directory->count, sizeof(name), compare_backwards);
        directory->has_more = true;
        if (strcmp(text, directory->names[0].text) > 0)
            return 0;
    } else if (make_room(directory) == -1) {
        return -1;
    }
    name.text = strdup(text);
    if (name.text == NULL)
        return -1;
    if (directory->count < DIRECTORY_MOST_NAMES) {
        directory->names[directory->count++] = name;
        return 0;
    }
    free(directory->names[0].text);
    directory->names[0] = name;
    sink(directory->names, directory->count);
    return 0;
}

static void
forget_names(struct directory *directory)
{
    for (size_t i = 0; i < directory->count; i++)
        free(directory->names[i].text);
    directory->count = 0;
    directory->next = 0;
}

/* Reads the names that follow those that were handed out. 0, or -1 with errno. */
static int
read_names(struct directory *directory)
{
    const char *text;

    if (directory->count > 0) {
        free(directory->after);
        directory->after = directory->names[--directory->count].text;
        rewinddir(directory->stream);
    }
    forget_names(directory);
    directory->has_more = false;
    directory->has_passed = false;
    directory->walk = DIRECTORY_LISTED;
    while ((text = read_name(directory)) != NULL) {
        if (directory->after != NULL && strcmp(text, directory->after) <= 0)
            continue;
        if (keep(directory, text) == -1)
            return -1;
    }
    if (errno != 0)
        return -1;
    /* qsort(3) takes no null pointer, not even for nothing. */
    if (directory->count > 0)
        qsort(directory->names, directory->count, sizeof(*directory->names), compare);
    return 0;
}

/* Looks which of those that were passed over are still there. 0, or -1 with errno. */
static int
find_left(struct directory *directory)
{
    char *text;

    rewinddir(directory->stream);
    while ((text = read_name(directory)) != NULL) {
        const struct directory_name key = {.text = text};
        struct directory_name *found =
            bsearch(&key, directory->names, directory->count, sizeof(key), compare);

        if (found != NULL && found->state == DIRECTORY_PASSED)
            found->state = DIRECTORY_LEFT;
    }
    directory->walk = DIRECTORY_LEFT;
    directory->next = 0;
    return errno == 0 ? 0 : -1;
}

enum directory_result
directory_next(struct directory *directory, const char **name)
{
    for (;;) {
        while (directory->next < directory->count) {
            const struct directory_name *each = &directory->names[directory->next++];

            *name = each->text;
            if (each->state == directory->walk)
                return DIRECTORY_NAME;
        }
        if (directory->has_passed && directory->walk == DIRECTORY_LISTED) {
            if (find_left(directory) == -1)
                return DIRECTORY_FAILED;
        } else if (!directory->has_more) {
            return DIRECTORY_END;
        } else if (read_names(directory) == -1) {
            return DIRECTORY_FAILED;
        }
    }
}

void
directory_pass_over(struct directory *directory)
{
    /* What is left in the end is tried name by name, or it would never be. */
    if (directory->walk == DIRECTORY_LEFT)
        return;
    for (size_t i = 1; i < DIRECTORY_PASSED_OVER && directory->next < directory->count;
         i++) {
        directory->names[directory->next++].state = DIRECTORY_PASSED;
        directory->has_passed = true;
    }
}

void
directory_close(struct directory *directory)
{
    int saved = errno;

    if (directory->stream != NULL)
        closedir(directory->stream);
    forget_names(directory);
    free(directory->names);
    free(directory->after);
    *directory = (struct directory){.stream = NULL};
    errno = saved;
}
