#include "config.h"

#include "create/retain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/io.h"
#include "cli/say.h"
#include "create/creation.h"
#include "file/mark.h"
#include "lock/content_lock.h"

/* The next name; NULL at the end, or with errno. */
static const char *
next_name(DIR *names)
{
    const struct dirent *entry;

    errno = 0;
    entry = readdir(names);
    return entry == NULL ? NULL : entry->d_name;
}

/* Closes NAMES. 0, or -1 where errno was set before: they were not read to the end. */
static int
end_names(DIR *names)
{
    int saved = errno;

    closedir(names);
    errno = saved;
    return saved == 0 ? 0 : -1;
}

enum status
retain_first_counter(const struct creation *creation, uint64_t *counter)
{
    const char *head = creation->stamp.head;
    const size_t length = strlen(head);
    uint64_t greatest = STAMP_FIRST - 1;
    const char *name;
    DIR *names;

    *counter = STAMP_FIRST;
    if (creation->options.retain == 0)
        return STATUS_DONE;
    names = place_open_names(&creation->place);
    if (names == NULL)
        return writer_failed(&creation->writer, "read its directory");
    while ((name = next_name(names)) != NULL) {
        uint64_t number;

        if (strncmp(name, head, length) == 0 &&
            stamp_read_counter(&creation->stamp, name + length, &number) &&
            number > greatest)
            greatest = number;
    }
    if (end_names(names) == -1)
        return writer_failed(&creation->writer, "read its directory");
    /* Beyond the last one, that a stranger made, is the smallest free one again. */
    if (greatest < UINT64_MAX)
        *counter = greatest + 1;
    return STATUS_DONE;
}

static bool
parse(const struct creation *creation, const char *name, struct dated_key *key)
{
    return dated_name_parse(
        name, &creation->options.retained, creation->place.leaf, &creation->stamp, key);
}

void
retain_note(struct creation *creation)
{
    struct retain *retain = &creation->retain;
    struct dated_key key;

    if (creation->options.retain == 0 || !parse(creation, creation->name, &key))
        return;
    if (!retain->has_made || dated_compare(&key, &retain->oldest) < 0)
        retain->oldest = key;
    retain->has_made = true;
}

/* The newest, in a heap whose first is the oldest of them. */
struct newest {
    struct dated_key *keys; /* owned */
    size_t count;
    size_t size;
};

/* Puts KEY, in place of the first, where it belongs. */
static void
sink(struct newest *newest, const struct dated_key *key)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child + 1 < newest->count &&
            dated_compare(&newest->keys[child + 1], &newest->keys[child]) < 0)
            child++;
        if (child >= newest->count || dated_compare(key, &newest->keys[child]) <= 0)
            break;
        newest->keys[at] = newest->keys[child];
        at = child;
    }
    newest->keys[at] = *key;
}

/* Adds KEY, as one more. 0, or -1 with ENOMEM. */
static int
rise(struct newest *newest, const struct dated_key *key)
{
    size_t at = newest->count;

    if (at == newest->size) {
        size_t size = at == 0 ? 64 : 2 * at;
        void *larger = reallocarray(newest->keys, size, sizeof(*newest->keys));

        if (larger == NULL)
            return -1;
        newest->keys = larger;
        newest->size = size;
    }
    newest->count++;
    while (at > 0 && dated_compare(key, &newest->keys[(at - 1) / 2]) < 0) {
        newest->keys[at] = newest->keys[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    newest->keys[at] = *key;
    return 0;
}

enum look {
    LOOK_COUNTS, /* a regular file, and finished */
    LOOK_ELSE,   /* or gone */
    LOOK_FAILED, /* errno */
};

static enum look
look_at(int dir, const char *name)
{
    struct stat file;

    if (fstatat(dir, name, &file, AT_SYMLINK_NOFOLLOW) == -1)
        return place_is_gone(errno) ? LOOK_ELSE : LOOK_FAILED;
    return S_ISREG(file.st_mode) && !mark_is_unfinished(&file) ? LOOK_COUNTS
                                                               : LOOK_ELSE;
}

/* Lists the N newest. 0, or -1 with errno. */
static int
find_newest(const struct creation *creation, struct newest *newest)
{
    const size_t most = (size_t)creation->options.retain;
    bool is_full = false;
    DIR *names = place_open_names(&creation->place);
    const char *name;

    if (names == NULL)
        return -1;
    while ((name = next_name(names)) != NULL) {
        struct dated_key key;
        enum look look;

        if (!parse(creation, name, &key) ||
            (is_full && dated_compare(&key, &newest->keys[0]) <= 0))
            continue;
        look = look_at(creation->place.dir, name);
        if (look == LOOK_ELSE)
            continue;
        if (look == LOOK_FAILED)
            break;
        if (is_full)
            sink(newest, &key);
        else if (rise(newest, &key) == -1)
            break;
        is_full = newest->keys != NULL && newest->count == most;
    }
    return end_names(names);
}

enum removal {
    REMOVAL_DONE,
    REMOVAL_NONE,   /* it does not count */
    REMOVAL_LEFT,   /* it is in use, unfinished, or not what it was */
    REMOVAL_FAILED, /* errno */
};

static enum removal
remove_locked(int dir, const char *name, const struct content_lock *content)
{
    /* An inherited lock is somebody's who started us, and may be reading it. */
    if (content->is_inherited || mark_is_unfinished(&content->file))
        return REMOVAL_LEFT;
    if (place_remove_if_same(dir, name, content->fd, &content->file) == 0)
        return REMOVAL_DONE;
    return errno == ESTALE ? REMOVAL_LEFT : REMOVAL_FAILED;
}

static enum removal
remove_one(int dir, const char *name)
{
    struct wait wait = {.limit_ns = 0};
    struct content_lock content;
    enum removal removal = REMOVAL_LEFT;

    /* Before it is opened, which a device or a FIFO would notice. */
    switch (look_at(dir, name)) {
    case LOOK_COUNTS:
        break;
    case LOOK_ELSE:
        return REMOVAL_NONE;
    case LOOK_FAILED:
        return REMOVAL_FAILED;
    }
    switch (content_lock_take(
        &content, dir, name, CONTENT_LOCK_EXCLUSIVE, CONTENT_LOCK_STAY, &wait)) {
    case CONTENT_LOCK_TAKEN:
        removal = remove_locked(dir, name, &content);
        break;
    case CONTENT_LOCK_UNLOCKABLE:
        /* Nobody can tell us whether it is being read. */
        errno = EACCES;
        removal = REMOVAL_FAILED;
        break;
    case CONTENT_LOCK_FAILED:
        removal = REMOVAL_FAILED;
        break;
    case CONTENT_LOCK_BUSY:
    case CONTENT_LOCK_DEADLOCK:
    case CONTENT_LOCK_GONE:
    case CONTENT_LOCK_NOT_REGULAR:
    case CONTENT_LOCK_INTERRUPTED:
        break;
    }
    /* The lock goes after the name. */
    content_lock_release(&content);
    return removal;
}

/* What the removal of the old ones came to. */
struct removed {
    unsigned long long count;
    bool has_failed;
};

static void
remove_and_say(
    const struct creation *creation, const char *name, struct removed *removed)
{
    enum removal removal = remove_one(creation->place.dir, name);
    int reason = errno;
    char path[sizeof(creation->path)];

    (void)stpcpy(stpcpy(path, creation->place.prefix), name);
    switch (removal) {
    case REMOVAL_DONE:
        removed->count++;
        if (creation->options.shared.is_verbose)
            say(path, NULL, "removed");
        break;
    case REMOVAL_NONE:
        break;
    case REMOVAL_LEFT:
        if (creation->options.shared.is_verbose)
            say(path, NULL, "in use, so left to a later run");
        break;
    case REMOVAL_FAILED:
        removed->has_failed = true;
        say_errno(reason, path, "too old, but cannot be removed");
        break;
    }
}

/* Removes what is older than LIMIT. 0, or -1 with errno: the rest could not be read. */
static int
remove_older(const struct creation *creation, const struct dated_key *limit,
    struct removed *removed)
{
    DIR *names = place_open_names(&creation->place);
    const char *name;

    if (names == NULL)
        return -1;
    errno = 0;
    while (interrupt_look() == 0 && (name = next_name(names)) != NULL) {
        struct dated_key key;

        if (parse(creation, name, &key) && dated_compare(&key, limit) < 0)
            remove_and_say(creation, name, removed);
        errno = 0; /* in case that is all */
    }
    return end_names(names);
}

static int
remove_all_but_newest(const struct creation *creation, struct removed *removed)
{
    const struct dated_key *limit = &creation->retain.oldest;
    struct newest newest = {.keys = NULL};
    int result = find_newest(creation, &newest);

    if (result == 0 && newest.count == (size_t)creation->options.retain) {
        if (dated_compare(&newest.keys[0], limit) < 0)
            limit = &newest.keys[0];
        result = remove_older(creation, limit, removed);
    }
    free(newest.keys);
    return result;
}

static enum status
not_retained(const struct place *place, const char *what)
{
    say_errno(errno, place->prefix[0] == '\0' ? "." : place->prefix, "%s", what);
    return STATUS_UNCONFIRMED;
}

enum status
retain_newest(const struct creation *creation)
{
    struct removed removed = {.count = 0};
    enum status status = STATUS_DONE;

    if (!creation->retain.has_made)
        return STATUS_DONE;
    if (remove_all_but_newest(creation, &removed) == -1)
        status =
            not_retained(&creation->place, "cannot find the files that are too old");
    if (removed.count > 0 && !creation->options.shared.no_sync &&
        place_sync(&creation->place, creation->place.dir) == -1)
        status = not_retained(&creation->place,
            "what is too old was removed, but may come back in a power cut");
    return removed.has_failed ? STATUS_UNCONFIRMED : status;
}
