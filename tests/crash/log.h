/*
 * log - what the disk saw, in the order in which it saw it.
 *
 * The disk appends one record for each block write, each flush and each mark.
 * A mark is a line of text that a workload writes to a second file of the same
 * single-threaded file system, so its place among the block writes is exact.
 *
 * Order of calls: log_take, use of entries, log_free. The entries point into
 * the log's own memory and live as long as it does.
 */
#ifndef CRASH_LOG_H
#define CRASH_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_kind { LOG_WRITE = 1, LOG_FLUSH = 2, LOG_MARK = 3 };

/* As it stands in the file; size_bytes bytes of data follow. */
struct log_head {
    uint32_t kind;
    uint32_t size_bytes;
    uint64_t offset;
};

struct log_entry {
    enum log_kind kind;
    size_t size_bytes;
    uint64_t offset;
    const unsigned char *data;
};

struct log {
    unsigned char *bytes;
    struct log_entry *entries;
    size_t count;
};

/* Reads every record from the open file fd. Ends the program on failure. */
void log_take(struct log *log, int fd);

/* Releases the memory; an empty log is accepted. */
void log_free(struct log *log);

#endif
