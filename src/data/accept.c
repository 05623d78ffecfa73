#include "config.h"

#include "data/accept.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/io.h"
#include "data/command.h"

static int
read_tail(int fd, char *tail, size_t size, off_t offset)
{
    ssize_t got = io_read_at(fd, tail, size, offset);

    if (got >= 0 && (size_t)got < size)
        errno = EIO; /* shorter than fstat said */
    return got == (ssize_t)size ? 0 : -1;
}

/*
 * Whether the SIZE bytes of TAIL end with the line MARKER; *LINE gets its length
 * with the newline, where it has one. WHOLE: TAIL is all there is.
 */
static bool
ends_with(const char *tail, size_t size, bool whole, const char *marker, size_t *line)
{
    size_t length = strlen(marker);

    if (size > 0 && tail[size - 1] == '\n')
        size--, *line = length + 1;
    else
        *line = length;
    if (size < length || memcmp(tail + size - length, marker, length) != 0)
        return false;
    return size == length ? whole : tail[size - length - 1] == '\n';
}

/* Cuts the end marker off FD, which has *SIZE bytes. */
static enum accept_result
strip_marker(int fd, const char *marker, off_t *size)
{
    /* A newline before, the marker, a newline after. */
    size_t wanted = strlen(marker) + 2;
    bool whole = *size <= (off_t)wanted;
    size_t length = whole ? (size_t)*size : wanted;
    enum accept_result result = ACCEPT_NO_MARKER;
    size_t line;
    char *tail = malloc(wanted);

    if (tail == NULL)
        return ACCEPT_FAILED;
    if (read_tail(fd, tail, length, *size - (off_t)length) == -1) {
        result = ACCEPT_FAILED;
    } else if (ends_with(tail, length, whole, marker, &line)) {
        *size -= (off_t)line;
        result = ftruncate(fd, *size) == 0 && lseek(fd, *size, SEEK_SET) != -1
                     ? ACCEPT_OK
                     : ACCEPT_FAILED;
    }
    free(tail);
    return result;
}

enum accept_result
accept_form(int fd, const struct accept *accept, off_t *size_bytes)
{
    struct stat file;

    if (accept->end_marker == NULL && accept->min_size_bytes == 0)
        return ACCEPT_OK;
    if (fstat(fd, &file) == -1)
        return ACCEPT_FAILED;
    *size_bytes = file.st_size;
    if (accept->end_marker != NULL) {
        enum accept_result result = strip_marker(fd, accept->end_marker, size_bytes);

        if (result != ACCEPT_OK)
            return result;
    }
    return *size_bytes < accept->min_size_bytes ? ACCEPT_TOO_SMALL : ACCEPT_OK;
}

enum accept_result
accept_check(int fd, const struct accept *accept, const char *staged, int *status)
{
    char shell[] = "sh";
    char option[] = "-c";
    struct command_io io = {
        .in = fd, .in_anew = true, .out = STDERR_FILENO, .staged = staged};
    struct command command;
    off_t offset;
    char *text;
    int started;

    *status = 0;
    if (accept->check == NULL)
        return ACCEPT_OK;
    offset = lseek(fd, 0, SEEK_CUR);
    text = strdup(accept->check);
    if (text == NULL)
        return ACCEPT_FAILED;
    started = command_start(&command, (char *[]){shell, option, text, NULL}, &io);
    free(text);
    if (started == -1)
        return ACCEPT_FAILED;
    if (command_wait(&command) == -1) {
        command_abandon(&command, interrupt_signal());
        return ACCEPT_INTERRUPTED;
    }
    /* Where FD cannot be opened anew, the check has read at our own offset. */
    if (offset == -1 || lseek(fd, offset, SEEK_SET) == -1)
        return ACCEPT_FAILED;
    *status = command_status(command.ended);
    return *status == 0 ? ACCEPT_OK : ACCEPT_CHECK_FAILED;
}
