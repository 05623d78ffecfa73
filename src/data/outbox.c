#include "config.h"

#include "data/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sys.h"

/* What a pipe takes at once, and the least that is read at once. */
enum { WRITE_SIZE = 64 * 1024, READ_SIZE = 16 * 1024 };

/* From here on memory is got in huge pages, and the pipe is widened: the faults and
   the switches to its reader would cost more than the copying. */
enum { LARGE_SIZE = 2 * 1024 * 1024 };

/* Where small files are gathered: a program has one outbox. */
static char first[WRITE_SIZE + READ_SIZE];

static char *
allocate(size_t size)
{
    char *memory;

    if (size < LARGE_SIZE)
        return malloc(size);
    memory =
        aligned_alloc(LARGE_SIZE, (size + LARGE_SIZE - 1) / LARGE_SIZE * LARGE_SIZE);
    if (memory != NULL)
        (void)madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

static void
free_data(struct outbox *outbox)
{
    if (outbox->data != first)
        free(outbox->data);
    outbox->data = first;
    outbox->size = sizeof(first);
}

static int
make_room(struct outbox *outbox, size_t room)
{
    size_t wanted = outbox->used + room;
    size_t size;
    char *larger;

    if (outbox->data == NULL)
        free_data(outbox);
    if (wanted <= outbox->size)
        return 0;
    for (size = outbox->size; size < wanted;)
        size += size / 2;
    /* A file whose size is known grows no further. */
    if (room > size / 2)
        size = wanted;
    larger = allocate(size);
    if (larger == NULL)
        return -1;
    memcpy(larger, outbox->data, outbox->used);
    free_data(outbox);
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
        /* All that fstat has seen: the end need not be asked for. */
        if (expected > 0 && outbox->used - start == (size_t)expected)
            got = 0;
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
    if (used >= LARGE_SIZE)
        sys_widen_pipe(STDOUT_FILENO);
    if (io_send(STDOUT_FILENO, outbox->data, used) == -1)
        return -1;
    if (outbox->size >= LARGE_SIZE)
        free_data(outbox);
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
    free_data(outbox);
    *outbox = (struct outbox){.data = NULL};
}
