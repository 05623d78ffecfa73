#include "config.h"

#include "outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a pipe takes at once, and the least that is read at once. */
enum { WRITE_SIZE = 64 * 1024, READ_SIZE = 16 * 1024 };

/* What stays allocated for the next file after a large one. */
enum { KEEP_SIZE = 1024 * 1024 };

static int
make_room(struct outbox *outbox, size_t room)
{
    size_t wanted = outbox->used + room;
    size_t size = outbox->size == 0 ? WRITE_SIZE + READ_SIZE : outbox->size;
    char *larger;

    if (wanted <= outbox->size)
        return 0;
    while (size < wanted)
        size += size / 2;
    larger = realloc(outbox->data, size);
    if (larger == NULL)
        return -1;
    outbox->data = larger;
    outbox->size = size;
    return 0;
}

enum outbox_result
outbox_read(struct outbox *outbox, int fd, off_t expected, size_t *added)
{
    size_t start = outbox->used;
    enum outbox_result result = OUTBOX_DONE;
    ssize_t got = 1;

    *added = 0;
    if (expected > OUTBOX_LIMIT)
        return OUTBOX_TOO_LARGE;
    /* One byte more than expected shows the end without growing. */
    if (make_room(outbox, (size_t)expected + 1) == -1)
        return OUTBOX_READ_FAILED;
    while (got != 0 && result == OUTBOX_DONE) {
        if (outbox->used == outbox->size && make_room(outbox, READ_SIZE) == -1)
            got = -1;
        else
            got = read(fd, outbox->data + outbox->used, outbox->size - outbox->used);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            result = OUTBOX_READ_FAILED;
        else
            outbox->used += (size_t)got;
        if (outbox->used - start > OUTBOX_LIMIT)
            result = OUTBOX_TOO_LARGE; /* it grew, or its size was not known */
    }
    if (result != OUTBOX_DONE)
        outbox->used = start;
    *added = outbox->used - start;
    return result;
}

int
outbox_add(struct outbox *outbox, const char *text, size_t size)
{
    if (make_room(outbox, size) == -1)
        return -1;
    memcpy(outbox->data + outbox->used, text, size);
    outbox->used += size;
    return 0;
}

int
outbox_flush(struct outbox *outbox)
{
    size_t used = outbox->used;

    outbox->used = 0;
    if (pour_write(STDOUT_FILENO, outbox->data, used) == -1)
        return -1;
    if (outbox->size > KEEP_SIZE)
        outbox_release(outbox);
    return 0;
}

int
outbox_flush_if_full(struct outbox *outbox)
{
    return outbox->used < WRITE_SIZE ? 0 : outbox_flush(outbox);
}

void
outbox_release(struct outbox *outbox)
{
    free(outbox->data);
    *outbox = (struct outbox){.data = NULL};
}
