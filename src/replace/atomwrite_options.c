#include "config.h"

#include "replace/atomwrite_options.h"

#include <string.h>

#include "cli/say.h"
#include "file/place.h"
#include "lock/wait.h"
#include "replace/versions.h"

static const char help[] =
    "usage: atomwrite [options] FILE [COMMAND [ARG]...]\n"
    "Replaces FILE with standard input, or with the output of COMMAND if that exits\n"
    "with 0. Readers see the old version or the new one; status 0: it is on disk.\n"
    "\n"
    "What to write:\n"
    "  -a, --append           new content = old content + input\n"
    "  -u, --update           COMMAND reads the old content on its standard input\n"
    "  -n, --no-clobber       create FILE; never replace it\n"
    "  -c, --if-changed       leave FILE alone if it already has this content\n"
    "      --unchanged=STATUS with -c: exit with STATUS (1 to 63) then\n"
    "      --touch            with -c: update the mtime of an unchanged FILE\n"
    "  -k, --keep=N           keep N previous versions as FILE.1 to FILE.N\n"
    "  -P, --no-dereference   replace a symlink itself\n"
    "  -p, --parents          make the missing directories of FILE\n"
    "\n"
    "What to accept:\n"
    "  -e, --non-empty        refuse empty input\n"
    "      --min-size=SIZE    refuse input of less than SIZE bytes (K, M, G)\n"
    "      --end-marker=LINE  commit only if the last line is LINE, and strip it\n"
    "      --check=COMMAND    commit only if sh -c COMMAND accepts the new content\n"
    "\n"
    "Metadata:\n"
    "  -m, --mode=MODE        octal or symbolic mode of FILE\n"
    "      --owner=OWNER      USER, USER:GROUP or :GROUP of FILE\n"
    "\n"
    "Locks:\n"
    "  -w, --wait=SECONDS     wait at most SECONDS for locks (0: do not wait;\n"
    "                         default: inf, no limit)\n"
    "      --lock-file=PATH   hold the lock of flock(1) on PATH as well\n"
    "\n"
    "Output:\n"
    "      --no-sync          do not wait for the disk: not durable\n"
    "  -v, --verbose          say what was done\n"
    "      --progress         show bytes, rate and time left\n"
    "      --help, --version\n"
    "\n"
    "Example: df -P | atomwrite -e /var/lib/status/disks\n";

enum { OPTION_TOUCH = OPTION_FIRST_OWN, OPTION_UNCHANGED };

/* Above it are the statuses of the programs themselves, and of COMMAND's signals. */
enum { HIGHEST_UNCHANGED_STATUS = 63 };

static const char letters[] = "+:aunck:epm:Pw:v";

static const struct option table[] = {
    OPTIONS_READING,
    OPTIONS_WRITING,
    OPTIONS_WAITING,
    {"append", no_argument, NULL, 'a'},
    {"update", no_argument, NULL, 'u'},
    {"no-clobber", no_argument, NULL, 'n'},
    {"if-changed", no_argument, NULL, 'c'},
    {"touch", no_argument, NULL, OPTION_TOUCH},
    {"unchanged", required_argument, NULL, OPTION_UNCHANGED},
    {"keep", required_argument, NULL, 'k'},
    {"no-dereference", no_argument, NULL, 'P'},
    {NULL, 0, NULL, 0},
};

static enum status
take_keep(struct atomwrite_options *options, const char *argument)
{
    int64_t count = 0;
    enum status status =
        options_take_number("--keep", argument, 0, VERSIONS_MOST, &count);

    options->keep = (unsigned)count;
    return status;
}

static enum status
take_unchanged(struct atomwrite_options *options, const char *argument)
{
    int64_t number = 0;
    enum status status = options_take_number(
        "--unchanged", argument, 1, HIGHEST_UNCHANGED_STATUS, &number);

    options->unchanged_status = (unsigned)number;
    return status;
}

static enum status
take(void *own, int option)
{
    struct atomwrite_options *options = own;

    switch (option) {
    case 'a':
        options->append = true;
        return STATUS_DONE;
    case 'u':
        options->update = true;
        return STATUS_DONE;
    case 'n':
        options->no_clobber = true;
        return STATUS_DONE;
    case 'c':
        options->if_changed = true;
        return STATUS_DONE;
    case OPTION_TOUCH:
        options->touch = true;
        return STATUS_DONE;
    case OPTION_UNCHANGED:
        return take_unchanged(options, optarg);
    case 'k':
        return take_keep(options, optarg);
    case 'P':
        options->no_dereference = true;
        return STATUS_DONE;
    default:
        return options_take(&options->shared, option, optarg);
    }
}

/* What does not go together. */
static enum status
check(const struct atomwrite_options *options)
{
    if (options->no_clobber && options->needs_old)
        return say_usage("--no-clobber", "cannot be used with -a, -u, -c or -k");
    if (options->append && options->update)
        return say_usage("--append", "cannot be used with -u");
    if (options->touch && !options->if_changed)
        return say_usage("--touch", "requires -c");
    if (options->unchanged_status != 0 && !options->if_changed)
        return say_usage("--unchanged", "requires -c");
    if (options->update && options->command == NULL)
        return say_usage("--update", "requires a COMMAND");
    if (options->file[0] == '\0')
        return say_usage("FILE", "empty name");
    if (!place_has_leaf(options->file))
        return say_usage(options->file, "a name that ends in / is not a file");
    return STATUS_DONE;
}

static enum status
take_operands(void *own, int argc, char *argv[])
{
    struct atomwrite_options *options = own;

    options->file = argv[optind++];
    options->command = options_command(argc, argv);
    options->needs_old =
        options->append || options->update || options->if_changed || options->keep > 0;
    return check(options);
}

static const struct options_syntax syntax = {
    .letters = letters,
    .table = table,
    .help = help,
    .version = OPTIONS_VERSION("atomwrite"),
    .operand = "FILE",
    .take = take,
    .take_operands = take_operands,
};

enum status
atomwrite_parse(
    struct atomwrite_options *options, int argc, char *argv[], bool *has_work)
{
    *options = (struct atomwrite_options){.shared.wait_ns = WAIT_FOR_EVER};
    return options_parse(&syntax, options, argc, argv, has_work);
}
