#include "config.h"

#include "cli/options.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/quantity.h"
#include "cli/say.h"
#include "file/hidden.h"
#include "file/mark.h"
#include "file/symlink.h"
#include "lock/content_lock.h"

static enum status
take_mode(struct options *options, const char *argument)
{
    void *mode = setmode(argument);

    if (mode == NULL)
        return say_usage("--mode", "'%s' is not a mode", argument);
    /* Whatever it is applied to, it comes out as the mark of a live claim. */
    if (getmode(mode, 0) == MARK_UNFINISHED &&
        getmode(mode, 07777) == MARK_UNFINISHED) {
        free(mode);
        return say_usage("--mode", "0200 is reserved: it marks an unfinished file");
    }
    free(options->wish.mode);
    options->wish.mode = mode;
    return STATUS_DONE;
}

static enum status
take_owner(struct options *options, const char *argument)
{
    struct meta_wish *wish = &options->wish;
    const char *problem;

    if (quantity_owner(argument, &wish->owner, &wish->group, &problem) == -1)
        return say_usage("--owner", "'%s' is %s", argument, problem);
    wish->has_owner = wish->owner != (uid_t)-1;
    wish->has_group = wish->group != (gid_t)-1;
    return STATUS_DONE;
}

static enum status
take_marker(struct options *options, const char *argument)
{
    if (argument[0] == '\0' || strchr(argument, '\n') != NULL)
        return say_usage("--end-marker", "not a single line of text");
    options->accept.end_marker = argument;
    return STATUS_DONE;
}

static enum status
take_size(struct options *options, const char *argument)
{
    const char *problem;
    int64_t size;

    if (quantity_size(argument, &size, &problem) == -1)
        return say_usage("--min-size", "'%s' is %s", argument, problem);
    if (size > options->accept.min_size_bytes)
        options->accept.min_size_bytes = size;
    return STATUS_DONE;
}

static enum status
take_wait(struct options *options, const char *argument)
{
    const char *problem;

    if (quantity_wait(argument, &options->wait_ns, &problem) == -1)
        return say_usage("--wait", "'%s' is %s", argument, problem);
    return STATUS_DONE;
}

/* The next writer may take a hidden name for litter, and remove it while it is locked;
   so a symlink to one is no better, whether it leads to something yet or not. */
static enum status
take_lock_file(struct options *options, const char *argument)
{
    char end[PATH_MAX];

    if (argument[0] == '\0')
        return say_usage("--lock-file", "empty path");
    if (hidden_is_at(argument) ||
        (symlink_find_end(argument, end) == 0 && hidden_is_at(end)))
        return say_usage(argument, "name is reserved for temporary files");
    options->lock_file = argument;
    return STATUS_DONE;
}

static enum status
refuse(int option, char *const argv[])
{
    /* Where a value is missing at the end, musl counts it as read. */
    const char *word = argv[optind - 1] != NULL ? argv[optind - 1] : argv[optind - 2];
    char letter[3] = {'-', (char)optopt, '\0'};
    /* For a letter in a bundle optind may not have moved on yet. */
    const char *object =
        optopt > 0 && optopt < OPTION_MIN_SIZE && strncmp(word, "--", 2) != 0 ? letter
                                                                              : word;

    if (option == ':')
        return say_usage(object, "option requires a value");
    return say_usage(object, "unknown option, or option takes no value");
}

enum status
options_take(
    struct options *options, int option, const char *argument, char *const argv[])
{
    switch (option) {
    case OPTION_MIN_SIZE:
        return take_size(options, argument);
    case 'e':
        return take_size(options, "1");
    case OPTION_CHECK:
        options->accept.check = argument;
        return STATUS_DONE;
    case OPTION_PROGRESS:
        options->shows_progress = true;
        return STATUS_DONE;
    case 'v':
        options->is_verbose = true;
        return STATUS_DONE;
    case OPTION_END_MARKER:
        return take_marker(options, argument);
    case 'm':
        return take_mode(options, argument);
    case OPTION_OWNER:
        return take_owner(options, argument);
    case 'p':
        options->makes_parents = true;
        return STATUS_DONE;
    case OPTION_NO_SYNC:
        options->no_sync = true;
        return STATUS_DONE;
    case 'w':
        return take_wait(options, argument);
    case OPTION_LOCK_FILE:
        return take_lock_file(options, argument);
    default:
        return refuse(option, argv);
    }
}

static enum status
print(const char *text)
{
    if (say_output(text, strlen(text)) == 0)
        return STATUS_DONE;
    say_errno(errno, "standard output", "cannot write");
    return STATUS_IO_ERROR;
}

enum status
options_parse(const struct options_syntax *syntax, void *own, int argc, char *argv[],
    bool *has_work)
{
    enum status status;
    int option;

    *has_work = false;
    while ((option = getopt_long(argc, argv, syntax->letters, syntax->table, NULL)) !=
           -1) {
        if (option == OPTION_HELP)
            return print(syntax->help);
        if (option == OPTION_VERSION)
            return print(syntax->version);
        status = syntax->take(own, option, argv);
        if (status != STATUS_DONE)
            return status;
    }
    if (optind == argc && (syntax->is_complete == NULL || !syntax->is_complete(own)))
        return say_usage(syntax->operand, "missing operand");
    status = syntax->take_operands(own, argc, argv);
    *has_work = status == STATUS_DONE;
    return status;
}

char *const *
options_command(int argc, char *argv[])
{
    int first = optind;

    if (first < argc && strcmp(argv[first], "--") == 0)
        first++;
    return first < argc ? argv + first : NULL;
}
