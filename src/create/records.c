#include "config.h"

#include "create/records.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sys.h"

bool
records_next(struct records *records, struct record *record)
{
    const char *from = records->data + records->start;
    const char *found = NULL;

    if (records->scanned < records->end)
        found = memchr(records->data + records->scanned, records->delimiter,
            records->end - records->scanned);
    if (found == NULL) {
        records->scanned = records->end;
        /* What the input ends with is a record, too, without its delimiter. */
        if (!records->is_at_end || records->start == records->end)
            return false;
        *record = (struct record){from, records->end - records->start};
        records->start = records->end;
        return true;
    }
    *record = (struct record){from, (size_t)(found - from)};
    if (records->delimiter == '\n')
        record->size++;
    records->start = (size_t)(found - records->data) + 1;
    records->scanned = records->start;
    return true;
}

/* Makes room for SYS_PIPE_SIZE bytes after what was not handed out yet. */
static int
make_room(struct records *records)
{
    size_t size = records->size == 0 ? 2 * (size_t)SYS_PIPE_SIZE : records->size;
    char *larger;

    if (records->start > 0) {
        memmove(records->data, records->data + records->start,
            records->end - records->start);
        records->end -= records->start;
        records->scanned -= records->start;
        records->start = 0;
    }
    while (size - records->end < SYS_PIPE_SIZE)
        size *= 2;
    if (size == records->size)
        return 0;
    larger = realloc(records->data, size);
    if (larger == NULL)
        return -1;
    records->data = larger;
    records->size = size;
    return 0;
}

int
records_read(struct records *records)
{
    ssize_t got;

    if (records->is_at_end)
        return 0;
    if (make_room(records) == -1)
        return -1;
    got = io_read(STDIN_FILENO, records->data + records->end, SYS_PIPE_SIZE);
    if (got == -1)
        return -1;
    records->end += (size_t)got;
    records->is_at_end = got == 0;
    return got > 0 || records->start < records->end;
}

void
records_release(struct records *records)
{
    free(records->data);
    *records = (struct records){.delimiter = records->delimiter};
}
