/*
 * name_list - names that end with NUL, read from a file: --files0-from, as wc(1) and
 * sort(1) have it.
 *
 * One name after the other goes through a buffer of fixed size, so that a million of
 * them need no more memory than one. The last name may lack its NUL.
 */
#ifndef WHOLEFILE_READ_NAME_LIST_H
#define WHOLEFILE_READ_NAME_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct name_list {
    int fd;     /* -1: closed */
    char *data; /* owned */
    size_t start;
    size_t end;
    bool is_at_end;
};

#define NAME_LIST_EMPTY ((struct name_list){.fd = -1})

enum name_list_result {
    NAME_LIST_NAME,
    NAME_LIST_TOO_LONG, /* no path is that long; the next call goes on after it */
    NAME_LIST_END,
    NAME_LIST_FAILED, /* errno; EINTR: see interrupt_signal */
};

/* Opens PATH, "-" for standard input. 0, or -1 with errno. */
int name_list_open(struct name_list *list, const char *path);

/* *NAME, which may be "", is valid until the next call. */
enum name_list_result name_list_next(struct name_list *list, const char **name);

void name_list_close(struct name_list *list);

#endif
