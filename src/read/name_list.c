#include "config.h"

#include "read/name_list.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

/* A name that open(2) would take always fits, and a read is worth its call. */
enum { BUFFER_SIZE = 16 * PATH_MAX };

int
name_list_open(struct name_list *list, const char *path)
{
    *list = NAME_LIST_EMPTY;
    list->data = malloc(BUFFER_SIZE);
    if (list->data == NULL)
        return -1;
    list->fd = strcmp(path, "-") == 0 ? STDIN_FILENO
                                      : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (list->fd != -1)
        return 0;
    name_list_close(list);
    return -1;
}

/* Reads on, behind what was not handed out yet. 0, or -1 with errno. */
static int
fill(struct name_list *list)
{
    ssize_t got;

    memmove(list->data, list->data + list->start, list->end - list->start);
    list->end -= list->start;
    list->start = 0;
    got = io_read(list->fd, list->data + list->end, BUFFER_SIZE - 1 - list->end);
    if (got == -1)
        return -1;
    list->is_at_end = got == 0;
    list->end += (size_t)got;
    return 0;
}

enum name_list_result
name_list_next(struct name_list *list, const char **name)
{
    bool is_too_long = false;

    for (;;) {
        char *from = list->data + list->start;
        char *found = memchr(from, '\0', list->end - list->start);

        if (found == NULL && list->is_at_end) {
            if (list->start == list->end && !is_too_long)
                return NAME_LIST_END;
            /* One byte is kept free for it, see below. */
            found = list->data + list->end;
            *found = '\0';
            list->end++;
        }
        if (found != NULL) {
            list->start = (size_t)(found - list->data) + 1;
            *name = from;
            return is_too_long ? NAME_LIST_TOO_LONG : NAME_LIST_NAME;
        }
        if (list->end - list->start >= PATH_MAX) {
            is_too_long = true;
            list->start = list->end;
        }
        if (fill(list) == -1)
            return NAME_LIST_FAILED;
    }
}

void
name_list_close(struct name_list *list)
{
    int saved = errno;

    if (list->fd > STDERR_FILENO)
        close(list->fd);
    free(list->data);
    *list = NAME_LIST_EMPTY;
    errno = saved;
}
