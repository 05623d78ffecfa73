#include "config.h"

#include "read/operands.h"

#include <bsd/string.h>
#include <errno.h>
#include <string.h>

#include "base/interrupt.h"
#include "cli/say.h"

void
operands_start(struct operands *operands, const struct lockread_options *options,
    const struct voice *voice)
{
    operands->options = options;
    operands->voice = voice;
    operands->next = 0;
    operands->list_state = OPERANDS_LIST_UNREAD;
    operands->list = NAME_LIST_EMPTY;
    operands->list_count = 0;
    operands->directory = (struct directory){.stream = NULL};
    operands->prefix_length = 0;
    operands->has_entered = false;
    operands->worst = STATUS_DONE;
}

static void
note(struct operands *operands, enum status status)
{
    operands->worst = status_worse(operands->worst, status);
}

static void
failed(struct operands *operands, const char *object, const char *doing)
{
    int reason = errno;

    if (reason == EINTR && interrupt_signal() != 0)
        return;
    note(operands, status_of_read_errno(reason));
    if (voice_is_off(operands->voice))
        return;
    if (reason == ENOENT)
        say(object, NULL, "no such file");
    else
        say_errno(reason, object, "cannot %s", doing);
}

static const char *
list_name(const struct operands *operands)
{
    const char *path = operands->options->files0_from;

    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static void
open_list(struct operands *operands)
{
    operands->list_state = OPERANDS_LIST_OPEN;
    if (name_list_open(&operands->list, operands->options->files0_from) == 0)
        return;
    operands->list_state = OPERANDS_LIST_DONE;
    failed(operands, list_name(operands), "read the names");
}

static void
close_list(struct operands *operands)
{
    name_list_close(&operands->list);
    operands->list_state = OPERANDS_LIST_DONE;
}

/* The next name of --files0-from, or NULL. */
static const char *
next_of_list(struct operands *operands)
{
    const char *name = NULL;

    if (operands->list_state == OPERANDS_LIST_UNREAD)
        open_list(operands);
    while (operands->list_state == OPERANDS_LIST_OPEN) {
        enum name_list_result result = name_list_next(&operands->list, &name);

        operands->list_count++;
        switch (result) {
        case NAME_LIST_NAME:
            if (name[0] != '\0')
                return name;
            break;
        case NAME_LIST_TOO_LONG:
            break;
        case NAME_LIST_FAILED:
            failed(operands, list_name(operands), "read the names");
            close_list(operands);
            return NULL;
        case NAME_LIST_END:
            close_list(operands);
            return NULL;
        }
        note(operands, STATUS_NO_INPUT);
        if (!voice_is_off(operands->voice))
            say(list_name(operands), NULL, "name %llu is %s", operands->list_count,
                result == NAME_LIST_TOO_LONG ? "too long" : "empty");
    }
    return NULL;
}

/* The path of the next file in the directory, or NULL. */
static const char *
next_of_directory(struct operands *operands)
{
    const char *name;

    switch (directory_next(&operands->directory, &name)) {
    case DIRECTORY_NAME:
        (void)strlcpy(operands->path + operands->prefix_length, name,
            sizeof(operands->path) - operands->prefix_length);
        return operands->path;
    case DIRECTORY_FAILED:
        operands->path[operands->prefix_length] = '\0';
        failed(operands, operands->path, "read the directory");
        break;
    case DIRECTORY_END:
        break;
    }
    directory_close(&operands->directory);
    return NULL;
}

const char *
operands_next(struct operands *operands)
{
    const struct lockread_options *options = operands->options;

    if (operands->directory.stream != NULL) {
        const char *name = next_of_directory(operands);

        if (name != NULL)
            return name;
    }
    if (options->files0_from != NULL)
        return next_of_list(operands);
    return operands->next == options->file_count ? NULL
                                                 : options->files[operands->next++];
}

bool
operands_enter(struct operands *operands, const char *name)
{
    size_t length = strlen(name);

    if (operands->directory.stream != NULL)
        return false;
    operands->has_entered = true;
    if (directory_open(&operands->directory, name) == -1) {
        failed(operands, name, "read the directory");
        return true;
    }
    /* It was opened, so it fits. */
    (void)strlcpy(operands->path, name, sizeof(operands->path));
    if (length > 0 && name[length - 1] != '/')
        operands->path[length++] = '/';
    operands->prefix_length = length;
    return true;
}

bool
operands_is_inside(const struct operands *operands)
{
    return operands->directory.stream != NULL;
}

void
operands_pass_over(struct operands *operands)
{
    if (operands->directory.stream != NULL)
        directory_pass_over(&operands->directory);
}

enum status
operands_finish(struct operands *operands)
{
    directory_close(&operands->directory);
    close_list(operands);
    return operands->worst;
}
