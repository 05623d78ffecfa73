/*
 * accept - whether the content is good enough to have a name.
 */
#ifndef WHOLEFILE_DATA_ACCEPT_H
#define WHOLEFILE_DATA_ACCEPT_H

#include <stdint.h>
#include <sys/types.h>

struct accept {
    int64_t min_size_bytes; /* 0: anything, 1: not empty */
    const char *end_marker; /* the last line, without its newline, or NULL */
    const char *check;      /* for sh -c, or NULL */
};

enum accept_result {
    ACCEPT_OK,
    ACCEPT_TOO_SMALL,
    ACCEPT_NO_MARKER,
    ACCEPT_CHECK_FAILED, /* *STATUS: of command_status */
    ACCEPT_FAILED,       /* errno */
    ACCEPT_INTERRUPTED,  /* see interrupt_signal */
};

/*
 * Demands the end marker as last line of FD, with or without its newline, and cuts
 * it off; then the size. *SIZE gets what remains, in bytes; where nothing is demanded
 * it is not looked at, and left alone.
 */
enum accept_result accept_form(int fd, const struct accept *accept, off_t *size_bytes);

/*
 * Runs the check with FD, opened anew, as standard input, our standard error as its
 * output (the offset of FD is as before), and STAGED, if not NULL, as ATOMWRITE_STAGED.
 */
enum accept_result accept_check(
    int fd, const struct accept *accept, const char *staged, int *status);

#endif
