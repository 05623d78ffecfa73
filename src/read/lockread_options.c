#include "config.h"

#include "read/lockread_options.h"

#include <stddef.h>

#include "cli/quantity.h"
#include "cli/say.h"

static const char help[] =
    "usage: lockread [options] FILE...\n"
    "Prints each FILE that no writer has locked, whole; status 75 means \"not yet\".\n"
    "\n"
    "What to accept:\n"
    "      --newest           print only the newest FILE that can be had\n"
    "      --max-age=DURATION accept only what is younger (s, m, h, d)\n"
    "  -e, --non-empty        accept only what is not empty\n"
    "      --min-size=SIZE    accept only SIZE bytes or more (K, M, G)\n"
    "      --check=COMMAND    accept only what sh -c COMMAND accepts\n"
    "  -s, --skip             silently skip locked and unfinished files\n"
    "\n"
    "Locks:\n"
    "  -w, --wait=SECONDS     wait at most SECONDS for locks (default: 0, do not\n"
    "                         wait; inf: no limit)\n"
    "      --lock-file=PATH   respect the lock of flock(1) on PATH as well\n"
    "\n"
    "Output:\n"
    "      --headers          print the name before each FILE\n"
    "  -l, --list             list state, holders, size, age and mode instead\n"
    "      --json             the same, a JSON object per line\n"
    "  -z, --zero             with -l or --json: end lines with NUL\n"
    "  -q, --quiet            print no messages\n"
    "  -v, --verbose          say what was read\n"
    "      --progress         show bytes, rate and time left\n"
    "      --help, --version\n"
    "\n"
    "Example: lockread --max-age=10m /var/lib/status/disks\n";

enum {
    OPTION_NEWEST = OPTION_FIRST_OWN,
    OPTION_MAX_AGE,
    OPTION_JSON,
    OPTION_HEADERS,
};

static const char letters[] = "+:esw:lzqv";

static const struct option table[] = {
    OPTIONS_READING,
    OPTIONS_WAITING,
    {"newest", no_argument, NULL, OPTION_NEWEST},
    {"max-age", required_argument, NULL, OPTION_MAX_AGE},
    {"skip", no_argument, NULL, 's'},
    {"list", no_argument, NULL, 'l'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"headers", no_argument, NULL, OPTION_HEADERS},
    {"zero", no_argument, NULL, 'z'},
    {"quiet", no_argument, NULL, 'q'},
    {NULL, 0, NULL, 0},
};

static enum status
take_max_age(struct lockread_options *options, const char *argument)
{
    const char *problem;

    if (quantity_duration(argument, &options->max_age_ns, &problem) == -1)
        return say_usage("--max-age", "'%s' is %s", argument, problem);
    options->has_max_age = true;
    return STATUS_DONE;
}

static enum status
take(void *own, int option, char *argv[])
{
    struct lockread_options *options = own;

    switch (option) {
    case OPTION_NEWEST:
        options->newest = true;
        return STATUS_DONE;
    case OPTION_MAX_AGE:
        return take_max_age(options, optarg);
    case 's':
        options->skip = true;
        return STATUS_DONE;
    case 'l':
        if (options->output == LOCKREAD_CONTENT)
            options->output = LOCKREAD_LIST;
        return STATUS_DONE;
    case OPTION_JSON:
        options->output = LOCKREAD_JSON;
        return STATUS_DONE;
    case OPTION_HEADERS:
        options->headers = true;
        return STATUS_DONE;
    case 'z':
        options->zero = true;
        return STATUS_DONE;
    case 'q':
        options->quiet = true;
        return STATUS_DONE;
    default:
        return options_take(&options->shared, option, optarg, argv);
    }
}

/* A list reads nothing, so it cannot choose by what it reads. */
static enum status
check(const struct lockread_options *options)
{
    const struct options *shared = &options->shared;

    if (options->output == LOCKREAD_CONTENT && options->zero)
        return say_usage("--zero", "requires -l or --json");
    if (options->output != LOCKREAD_CONTENT &&
        (options->newest || options->has_max_age || options->skip || options->headers ||
            shared->accept.min_size_bytes > 0 || shared->accept.check != NULL ||
            shared->wait_ns != 0 || shared->shows_progress || shared->is_verbose))
        return say_usage("--list", "can be used with -z, -q and --lock-file only");
    if (options->quiet && shared->is_verbose)
        return say_usage("--quiet", "cannot be used with -v");
    return STATUS_DONE;
}

static const struct options_syntax syntax = {
    .letters = letters,
    .table = table,
    .help = help,
    .version = OPTIONS_VERSION("lockread"),
    .operand = "FILE",
    .take = take,
};

enum status
lockread_parse(struct lockread_options *options, int argc, char *argv[], bool *has_work)
{
    enum status status;

    *options = (struct lockread_options){.newest = false};
    status = options_parse(&syntax, options, argc, argv, has_work);
    if (!*has_work)
        return status;
    options->files = argv + optind;
    options->file_count = (unsigned)(argc - optind);
    status = check(options);
    *has_work = status == STATUS_DONE;
    return status;
}
