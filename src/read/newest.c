#include "config.h"

#include "read/newest.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "read/operands.h"

struct candidate {
    char *file;            /* owned */
    struct timespec mtime; /* the oldest of all where there is no file */
    size_t position;       /* on the command line */
};

struct candidates {
    struct candidate *list; /* owned */
    size_t count;
    size_t size;
};

static int
compare(const void *left, const void *right)
{
    const struct candidate *one = left;
    const struct candidate *other = right;

    if (one->mtime.tv_sec != other->mtime.tv_sec)
        return one->mtime.tv_sec > other->mtime.tv_sec ? -1 : 1;
    if (one->mtime.tv_nsec != other->mtime.tv_nsec)
        return one->mtime.tv_nsec > other->mtime.tv_nsec ? -1 : 1;
    return one->position < other->position ? -1 : 1;
}

/* 0, or -1 with errno. */
static int
add(struct candidates *candidates, const char *file, struct timespec mtime)
{
    struct candidate *candidate;

    if (candidates->count == candidates->size) {
        size_t size = candidates->size == 0 ? 16 : 2 * candidates->size;
        struct candidate *list = reallocarray(candidates->list, size, sizeof(*list));

        if (list == NULL)
            return -1;
        candidates->list = list;
        candidates->size = size;
    }
    candidate = &candidates->list[candidates->count];
    *candidate = (struct candidate){strdup(file), mtime, candidates->count};
    if (candidate->file == NULL)
        return -1;
    candidates->count++;
    return 0;
}

/* All that there are. 0, or -1 with errno. */
static int
collect(struct candidates *candidates, struct operands *operands, struct await *await)
{
    const char *file;

    while ((file = operands_next(operands)) != NULL) {
        struct timespec mtime = {.tv_sec = INT64_MIN};
        struct stat there;

        if (await != NULL && !operands_is_inside(operands))
            await_watch(await, file);
        if (stat(file, &there) == 0) {
            if (S_ISDIR(there.st_mode) && operands_enter(operands, file))
                continue;
            mtime = there.st_mtim;
        }
        if (add(candidates, file, mtime) == -1)
            return -1;
    }
    return 0;
}

static void
release(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++)
        free(candidates->list[i].file);
    free(candidates->list);
}

/*
 * Until one is printed, or none can be. READING_DEADLOCK only where that is so of each:
 * else one that is missing, say, may come. That of the lock file is one of all.
 */
static struct reading
try_each(struct reader *reader, const struct candidates *candidates)
{
    struct reading reading = {READING_REFUSED, STATUS_DONE};
    enum status worst = STATUS_DONE;
    bool is_deadlock = true;

    for (size_t i = 0; i < candidates->count; i++) {
        reading = reader_take(reader, candidates->list[i].file);
        worst = status_worse(worst, reader_status(reading, reader->options->skip));
        if (reading.result == READING_DONE)
            return reading;
        if (reading.result == READING_NO_OUTPUT ||
            reading.result == READING_LOCK_FILE_DEADLOCK)
            break;
        is_deadlock = is_deadlock && reading.result == READING_DEADLOCK;
    }
    if (reading.result == READING_DEADLOCK && !is_deadlock)
        reading.result = READING_REFUSED;
    reading.status = worst;
    return reading;
}

struct reading
newest_take(struct reader *reader, struct await *await)
{
    struct candidates candidates = {.list = NULL};
    struct operands operands;
    struct reading reading;
    enum status status;

    operands_start(&operands, reader->options, &reader->voice);
    if (collect(&candidates, &operands, await) == -1) {
        (void)refusal_failed(&reader->voice, "--newest", "sort the files");
        reading = (struct reading){READING_FAILED, STATUS_NO_PROCESS};
    } else if (candidates.count == 0 && operands.worst == STATUS_DONE) {
        reading =
            refusal_say(&reader->voice, "--newest", STATUS_NO_INPUT, NULL, "no files");
    } else {
        if (candidates.count > 0)
            qsort(candidates.list, candidates.count, sizeof(*candidates.list), compare);
        reading = try_each(reader, &candidates);
        if (reading.result == READING_DEADLOCK && operands.has_entered)
            reading.result = READING_LOCKED;
    }
    release(&candidates);
    status = operands_finish(&operands);
    if (reading.result != READING_DONE)
        reading.status = status_worse(reading.status, status);
    return reading;
}
