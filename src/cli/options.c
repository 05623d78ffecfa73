#include "config.h"

#include "cli/options.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <inttypes.h>
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

enum status
options_take_number(
    const char *option, const char *argument, int64_t min, int64_t max, int64_t *value)
{
    const char *ignored;

    if (quantity_number(argument, min, max, value, &ignored) == 0)
        return STATUS_DONE;
    return say_usage(option, "'%s' is not a number from %" PRId64 " to %" PRId64,
        argument, min, max);
}

enum status
options_take(struct options *options, int option, const char *argument)
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
        /* In the table, and not taken. */
        abort();
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

/* What is wrong with a long option, NAME or NAME=VALUE. getopt_long knows which one it
   is, and so sets optopt, only where it has a value that it does not take. */
static const char *
long_problem(const struct option *table, const char *name)
{
    if (optopt != 0)
        return "option takes no value";
    for (; table->name != NULL; table++)
        if (strncmp(table->name, name, strcspn(name, "=")) == 0)
            return "ambiguous option";
    return "unknown option";
}

/* Says what is wrong with WORD, or with the letter of it that is optopt, where
   getopt_long answered PROBLEM. */
static enum status
refuse(const struct option *table, int problem, const char *word)
{
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_long = strncmp(word, "--", 2) == 0;

    return say_usage(is_long || (unsigned)optopt > 0x7f ? word : letter, "%s",
        problem == ':' ? "option requires a value"
        : is_long      ? long_problem(table, word + 2)
                       : "unknown option");
}

enum status
options_parse(const struct options_syntax *syntax, void *own, int argc, char *argv[],
    bool *has_work)
{
    enum status status;
    int option, word;

    *has_work = false;
    for (word = optind;
         (option = getopt_long(argc, argv, syntax->letters, syntax->table, NULL)) != -1;
         word = optind) {
        if (option == '?' || option == ':')
            return refuse(syntax->table, option, argv[word]);
        if (option == OPTION_HELP)
            return print(syntax->help);
        if (option == OPTION_VERSION)
            return print(syntax->version);
        status = syntax->take(own, option);
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
