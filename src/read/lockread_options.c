#include "config.h"

#include "read/lockread_options.h"

#include <stddef.h>

#include "cli/quantity.h"
#include "cli/say.h"
#include "lock/wait.h"

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
    "Which FILEs (a directory stands for the files in it):\n"
    "      --files0-from=FILE read their names from FILE, each ended by NUL (-:\n"
    "                         standard input)\n"
    "      --await            wait until there is one to accept\n"
    "\n"
    "The consumer of a spool:\n"
    "      --take=COMMAND     give each to sh -c COMMAND, then remove it\n"
    "      --failed=DIR       move those whose COMMAND fails there\n"
    "\n"
    "Locks:\n"
    "  -w, --wait=SECONDS     wait at most SECONDS for locks (default: 0, do not\n"
    "                         wait; inf: no limit)\n"
    "      --lock-file=PATH   respect the lock of flock(1) on PATH as well\n"
    "\n"
    "Output:\n"
    "      --headers          print the name before each FILE, or with -l a header\n"
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
    OPTION_TAKE,
    OPTION_FAILED,
    OPTION_AWAIT,
    OPTION_FILES0_FROM,
};

/* -w was not given: 0, or with --await no limit. */
enum { WAIT_NOT_SAID = -2 };

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
    {"take", required_argument, NULL, OPTION_TAKE},
    {"failed", required_argument, NULL, OPTION_FAILED},
    {"await", no_argument, NULL, OPTION_AWAIT},
    {"files0-from", required_argument, NULL, OPTION_FILES0_FROM},
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

/* *TEXT becomes the argument, which may not be empty. */
static enum status
take_text(const char **text, const char *option, const char *argument)
{
    if (argument[0] == '\0')
        return say_usage(option, "the value is empty");
    *text = argument;
    return STATUS_DONE;
}

static enum status
take(void *own, int option)
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
    case OPTION_TAKE:
        return take_text(&options->take, "--take", optarg);
    case OPTION_FAILED:
        return take_text(&options->failed, "--failed", optarg);
    case OPTION_FILES0_FROM:
        return take_text(&options->files0_from, "--files0-from", optarg);
    case OPTION_AWAIT:
        options->await = true;
        return STATUS_DONE;
    default:
        return options_take(&options->shared, option, optarg);
    }
}

/* --files0-from says what there is to read. */
static bool
has_files(const void *own)
{
    const struct lockread_options *options = own;

    return options->files0_from != NULL;
}

/* What is handed to COMMAND is not printed; what is looked at again has to be there. */
static enum status
check_taking(const struct lockread_options *options)
{
    if (options->failed != NULL && options->take == NULL)
        return say_usage("--failed", "requires --take");
    if (options->take != NULL &&
        (options->newest || options->headers || options->shared.shows_progress))
        return say_usage(
            "--take", "cannot be used with --newest, --headers or --progress");
    if (options->files0_from != NULL && options->file_count > 0)
        return say_usage("--files0-from", "cannot be used with a FILE");
    if (options->files0_from != NULL && options->await &&
        (options->newest || options->take != NULL))
        return say_usage(
            "--files0-from", "cannot be used with --await and --newest or --take");
    return STATUS_DONE;
}

/* A list reads nothing, so it cannot choose by what it reads. */
static enum status
check_list(const struct lockread_options *options)
{
    const struct options *shared = &options->shared;
    bool is_json = options->output == LOCKREAD_JSON;

    if (options->newest || options->has_max_age || options->skip ||
        shared->accept.min_size_bytes > 0 || shared->accept.check != NULL ||
        shared->wait_ns != 0 || options->take != NULL || options->await ||
        shared->shows_progress || shared->is_verbose || (is_json && options->headers))
        return say_usage(is_json ? "--json" : "--list",
            "can be used with %s-z, -q, --lock-file and --files0-from only",
            is_json ? "" : "--headers, ");
    return STATUS_DONE;
}

static enum status
check(const struct lockread_options *options)
{
    bool is_list = options->output != LOCKREAD_CONTENT;
    enum status status = is_list ? check_list(options) : STATUS_DONE;

    if (status != STATUS_DONE)
        return status;
    if (options->zero && !is_list)
        return say_usage("--zero", "requires -l or --json");
    if (options->quiet && options->shared.is_verbose)
        return say_usage("--quiet", "cannot be used with -v");
    return check_taking(options);
}

static enum status
take_operands(void *own, int argc, char *argv[])
{
    struct lockread_options *options = own;

    if (options->shared.wait_ns == WAIT_NOT_SAID)
        options->shared.wait_ns = options->await ? WAIT_FOR_EVER : 0;
    /* Locked and unfinished files are somebody else's. */
    options->skip = options->skip || options->take != NULL;
    options->files = argv + optind;
    options->file_count = (unsigned)(argc - optind);
    return check(options);
}

static const struct options_syntax syntax = {
    .letters = letters,
    .table = table,
    .help = help,
    .version = OPTIONS_VERSION("lockread"),
    .operand = "FILE",
    .is_complete = has_files,
    .take = take,
    .take_operands = take_operands,
};

enum status
lockread_parse(struct lockread_options *options, int argc, char *argv[], bool *has_work)
{
    *options = (struct lockread_options){.shared.wait_ns = WAIT_NOT_SAID};
    return options_parse(&syntax, options, argc, argv, has_work);
}
