/*
 * records - splits standard input into lines, or records that end with NUL.
 */
#ifndef WHOLEFILE_CREATE_RECORDS_H
#define WHOLEFILE_CREATE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

struct records {
    char delimiter;
    char *data; /* owned; freed by records_release */
    size_t size;
    size_t start; /* of what was not handed out yet */
    size_t end;
    size_t scanned; /* no delimiter is before this */
    bool is_at_end;
};

struct record {
    const char *data; /* valid until the next call of records_read */
    size_t size;
};

/*
 * Hands out the next record that is in memory: a line with its newline, a record
 * without its NUL. False: records_read has to be called first.
 */
bool records_next(struct records *records, struct record *record);

/*
 * Reads what standard input has, waiting for it. 1, 0 at the end of the input, or -1
 * with errno: EINTR, see interrupt_signal; ENOMEM. A record has to fit in memory.
 */
int records_read(struct records *records);

void records_release(struct records *records);

#endif
