/* log - see log.h. */
#include "log.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t
count_entries(const unsigned char *bytes, size_t size_bytes)
{
    struct log_head head;
    size_t count = 0;

    for (size_t at = 0; at + sizeof(head) <= size_bytes; count++) {
        memcpy(&head, bytes + at, sizeof(head));
        at += sizeof(head) + head.size_bytes;
        if (at > size_bytes)
            errx(70, "the log ends in the middle of a record");
    }
    return count;
}

void
log_take(struct log *log, int fd)
{
    struct stat status;
    struct log_head head;
    size_t size_bytes, at = 0;

    if (fstat(fd, &status) != 0)
        err(74, "log");
    size_bytes = (size_t)status.st_size;
    log->bytes = malloc(size_bytes + 1);
    if (log->bytes == NULL)
        err(71, "log");
    while (at < size_bytes) {
        ssize_t got = pread(fd, log->bytes + at, size_bytes - at, (off_t)at);

        if (got <= 0)
            err(74, "log");
        at += (size_t)got;
    }
    log->count = count_entries(log->bytes, size_bytes);
    log->entries = calloc(log->count + 1, sizeof(*log->entries));
    if (log->entries == NULL)
        err(71, "log");
    at = 0;
    for (size_t i = 0; i < log->count; i++) {
        struct log_entry *entry = &log->entries[i];

        memcpy(&head, log->bytes + at, sizeof(head));
        entry->kind = (enum log_kind)head.kind;
        entry->size_bytes = head.size_bytes;
        entry->offset = head.offset;
        entry->data = log->bytes + at + sizeof(head);
        at += sizeof(head) + head.size_bytes;
    }
}

void
log_free(struct log *log)
{
    free(log->entries);
    free(log->bytes);
    memset(log, 0, sizeof(*log));
}
