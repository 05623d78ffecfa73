#include "config.h"

#include "create/uniqcreate_options.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "cli/quantity.h"
#include "cli/say.h"
#include "create/stamp.h"

static const char help[] =
    "usage: uniqcreate [options] PREFIX [COMMAND [ARG]...]\n"
    "Stores standard input, or the output of COMMAND if that exits with 0, in a new\n"
    "file PREFIX TIMESTAMP-COUNTER SUFFIX, and prints its path once it is on disk.\n"
    "\n"
    "What to name it:\n"
    "  -f, --format=FORMAT    TIMESTAMP as strftime(3), and %N for nanoseconds\n"
    "                         (default: %Y%m%dT%H%M%SZ)\n"
    "      --local            local time, not UTC\n"
    "      --time=@SECONDS    that time, not now\n"
    "  -s, --suffix=SUFFIX    end the name with SUFFIX\n"
    "      --width=N          pad COUNTER with zeros to N digits\n"
    "  -p, --parents          make the missing directories of PREFIX\n"
    "\n"
    "What to write:\n"
    "  -l, --live             claim and print the name first, locked, then fill it\n"
    "      --empty            read nothing: claim an empty file\n"
    "      --lines            make a file of each line of standard input\n"
    "      --null             make a file of each record that ends with NUL\n"
    "\n"
    "What to remove:\n"
    "      --retain=N         at the end, all files of such names but the N newest\n"
    "\n"
    "What to accept:\n"
    "  -e, --non-empty        refuse empty input\n"
    "      --min-size=SIZE    refuse input of less than SIZE bytes (K, M, G)\n"
    "      --end-marker=LINE  accept only if the last line is LINE, and strip it\n"
    "      --check=COMMAND    accept only if sh -c COMMAND accepts the content\n"
    "\n"
    "Metadata:\n"
    "  -m, --mode=MODE        octal or symbolic mode of the file\n"
    "      --owner=OWNER      USER, USER:GROUP or :GROUP of the file\n"
    "\n"
    "Output:\n"
    "      --no-sync          do not wait for the disk: not durable\n"
    "  -z, --zero             end the printed path with NUL\n"
    "  -q, --quiet            do not print the path\n"
    "  -v, --verbose          say what was done\n"
    "      --progress         show bytes, rate and time left\n"
    "      --help, --version\n"
    "\n"
    "Example: uniqcreate /var/spool/comments/comment- < text\n";

enum {
    OPTION_LOCAL = OPTION_FIRST_OWN,
    OPTION_TIME,
    OPTION_WIDTH,
    OPTION_EMPTY,
    OPTION_LINES,
    OPTION_NULL,
    OPTION_RETAIN,
};

/* More digits than the counter can have. */
enum { WIDEST_COUNTER = 20 };

static const char letters[] = "+:f:s:lepm:zqv";

static const struct option table[] = {
    OPTIONS_READING,
    OPTIONS_WRITING,
    {"format", required_argument, NULL, 'f'},
    {"local", no_argument, NULL, OPTION_LOCAL},
    {"time", required_argument, NULL, OPTION_TIME},
    {"suffix", required_argument, NULL, 's'},
    {"width", required_argument, NULL, OPTION_WIDTH},
    {"live", no_argument, NULL, 'l'},
    {"empty", no_argument, NULL, OPTION_EMPTY},
    {"lines", no_argument, NULL, OPTION_LINES},
    {"null", no_argument, NULL, OPTION_NULL},
    {"retain", required_argument, NULL, OPTION_RETAIN},
    {"zero", no_argument, NULL, 'z'},
    {"quiet", no_argument, NULL, 'q'},
    {NULL, 0, NULL, 0},
};

static enum status
take_time(struct uniqcreate_options *options, const char *argument)
{
    const char *problem = "not @ and a number of seconds";
    int64_t seconds;

    if (argument[0] != '@' ||
        quantity_number(argument + 1, INT64_MIN, INT64_MAX, &seconds, &problem) == -1)
        return say_usage("--time", "'%s' is %s", argument, problem);
    options->time.tv_sec = (time_t)seconds;
    options->has_time = true;
    return STATUS_DONE;
}

static enum status
take_width(struct uniqcreate_options *options, const char *argument)
{
    int64_t width = 0;
    enum status status =
        options_take_number("--width", argument, 1, WIDEST_COUNTER, &width);

    options->width = (int)width;
    return status;
}

static enum status
take_suffix(struct uniqcreate_options *options, const char *argument)
{
    if (strchr(argument, '/') != NULL)
        return say_usage("--suffix", "'%s' contains a /", argument);
    options->suffix = argument;
    return STATUS_DONE;
}

static enum status
take(void *own, int option)
{
    struct uniqcreate_options *options = own;

    switch (option) {
    case 'f':
        options->format = optarg;
        return STATUS_DONE;
    case OPTION_LOCAL:
        options->is_local = true;
        return STATUS_DONE;
    case OPTION_TIME:
        return take_time(options, optarg);
    case OPTION_RETAIN:
        return options_take_number("--retain", optarg, 1, INT32_MAX, &options->retain);
    case 's':
        return take_suffix(options, optarg);
    case OPTION_WIDTH:
        return take_width(options, optarg);
    case 'l':
        options->live = true;
        return STATUS_DONE;
    case OPTION_EMPTY:
        options->empty = true;
        return STATUS_DONE;
    case OPTION_LINES:
    case OPTION_NULL:
        options->is_batch = true;
        options->delimiter = option == OPTION_LINES ? '\n' : '\0';
        return STATUS_DONE;
    case 'z':
        options->terminator = '\0';
        return STATUS_DONE;
    case 'q':
        options->quiet = true;
        return STATUS_DONE;
    default:
        return options_take(&options->shared, option, optarg);
    }
}

/* Names whose order is not certain are never removed, so there must be one. */
static enum status
check_retain(struct uniqcreate_options *options, const struct stamp *stamp)
{
    char name[NAME_MAX + 1];
    struct dated_key key;
    const char *problem;

    if (options->retain == 0)
        return STATUS_DONE;
    if (dated_form_of(
            &options->retained, options->format, options->is_local, &problem) == -1)
        return say_usage("--retain", "such names have no certain order: %s", problem);
    if (stamp_spell(stamp, STAMP_FIRST, name) == -1 ||
        !dated_name_parse(name, &options->retained, "", stamp, &key))
        return say_usage(
            "--retain", "such names have no certain order: years have four digits");
    return STATUS_DONE;
}

/* Tries the format before anything is read: a wrong one is the caller's mistake. */
static enum status
check_format(struct uniqcreate_options *options)
{
    struct timespec now = options->time;
    struct stamp stamp = {.width = 1};

    if (!options->has_time)
        clock_gettime(CLOCK_REALTIME, &now);
    if (stamp_set_time(&stamp, "", options->format, options->is_local, &now) == 0)
        return check_retain(options, &stamp);
    if (errno == EOVERFLOW)
        return say_usage("--time", "out of range");
    if (errno == ENAMETOOLONG)
        return say_usage("--format", "it yields names that are too long");
    return say_usage("--format", "it yields an empty name, or one that contains a /");
}

/* What neither an empty file nor a batch can have. */
static enum status
check_plain(const struct uniqcreate_options *options, const char *option)
{
    const struct accept *accept = &options->shared.accept;

    if (options->command != NULL)
        return say_usage(option, "cannot be used with a COMMAND");
    if (options->live)
        return say_usage(option, "cannot be used with -l");
    if (accept->min_size_bytes > 0 || accept->end_marker != NULL ||
        accept->check != NULL)
        return say_usage(
            option, "cannot be used with -e, --min-size, --end-marker or --check");
    if (options->shared.shows_progress)
        return say_usage(option, "cannot be used with --progress");
    return STATUS_DONE;
}

static enum status
check(struct uniqcreate_options *options)
{
    enum status status = STATUS_DONE;

    if (options->prefix[0] == '\0')
        return say_usage("PREFIX", "empty prefix (./ is this directory)");
    if (options->empty && options->is_batch)
        return say_usage("--empty", "cannot be used with --lines or --null");
    if (options->empty)
        status = check_plain(options, "--empty");
    else if (options->is_batch)
        status =
            check_plain(options, options->delimiter == '\n' ? "--lines" : "--null");
    return status == STATUS_DONE ? check_format(options) : status;
}

static enum status
take_operands(void *own, int argc, char *argv[])
{
    struct uniqcreate_options *options = own;

    if (options->format == NULL) /* Z stands for UTC, and would lie of local time */
        options->format = options->is_local ? "%Y%m%dT%H%M%S" : "%Y%m%dT%H%M%SZ";
    options->prefix = argv[optind++];
    options->command = options_command(argc, argv);
    return check(options);
}

static const struct options_syntax syntax = {
    .letters = letters,
    .table = table,
    .help = help,
    .version = OPTIONS_VERSION("uniqcreate"),
    .operand = "PREFIX",
    .take = take,
    .take_operands = take_operands,
};

enum status
uniqcreate_parse(
    struct uniqcreate_options *options, int argc, char *argv[], bool *has_work)
{
    *options = (struct uniqcreate_options){
        .format = NULL, .suffix = "", .width = 1, .terminator = '\n'};
    return options_parse(&syntax, options, argc, argv, has_work);
}
