/* workload - see workload.h. */
#include "workload.h"

#include <stdio.h>
#include <string.h>

/* A size that is no multiple of a block, and more than one. */
#define SMALL_BYTES  5000
#define MIDDLE_BYTES 9000
/* "A file of some MiB": more than goes to the disk in one request. */
#define BIG_BYTES (3u * 1024u * 1024u + 1234u)

static const struct workload workloads[] = {
    {.name = "replace",
        .program = "atomwrite",
        .rule = RULE_REPLACED,
        .feeding = FEED_VERSION,
        .writers = 1,
        .rounds = 8,
        .size_bytes = SMALL_BYTES,
        .files = 1},
    {.name = "writers",
        .program = "atomwrite",
        .rule = RULE_REPLACED,
        .feeding = FEED_VERSION,
        .writers = 3,
        .rounds = 4,
        .size_bytes = MIDDLE_BYTES,
        .files = 1},
    {.name = "keep",
        .program = "atomwrite",
        .option = "--keep=2",
        .rule = RULE_KEPT,
        .feeding = FEED_VERSION,
        .writers = 1,
        .rounds = 7,
        .size_bytes = SMALL_BYTES,
        .kept = 2,
        .files = 1},
    {.name = "append",
        .program = "atomwrite",
        .option = "--append",
        .rule = RULE_GROWN,
        .feeding = FEED_LINE,
        .writers = 2,
        .rounds = 5,
        .files = 1},
    {.name = "update",
        .program = "atomwrite",
        .option = "--update",
        .rule = RULE_GROWN,
        .feeding = FEED_COMMAND,
        .writers = 2,
        .rounds = 4,
        .files = 1},
    {.name = "unique",
        .program = "uniqcreate",
        .rule = RULE_UNIQUE,
        .feeding = FEED_VERSION,
        .writers = 3,
        .rounds = 4,
        .size_bytes = SMALL_BYTES},
    {.name = "live",
        .program = "uniqcreate",
        .option = "--live",
        .rule = RULE_CLAIMED,
        .feeding = FEED_VERSION,
        .writers = 3,
        .rounds = 3,
        .size_bytes = MIDDLE_BYTES},
    {.name = "names",
        .program = "atomwrite",
        .rule = RULE_REPLACED,
        .feeding = FEED_VERSION,
        .writers = 6,
        .rounds = 2,
        .size_bytes = SMALL_BYTES,
        .files = 6},
    {.name = "big",
        .program = "atomwrite",
        .rule = RULE_REPLACED,
        .feeding = FEED_VERSION,
        .writers = 1,
        .rounds = 3,
        .size_bytes = BIG_BYTES,
        .files = 1},
    {.name = "lines",
        .program = "uniqcreate",
        .option = "--lines",
        .rule = RULE_LINES,
        .feeding = FEED_LINES,
        .writers = 2,
        .rounds = 3},
    /* Written without a promise, and then found to be the same. */
    {.name = "unchanged",
        .program = "atomwrite",
        .option = "--if-changed",
        .more = "--unchanged=1",
        .before = "--no-sync",
        .status = 1,
        .rule = RULE_CONFIRMED,
        .feeding = FEED_VERSION,
        .writers = 4,
        .rounds = 1,
        .size_bytes = SMALL_BYTES,
        .files = 4},
    {.name = "take",
        .program = "lockread",
        .rule = RULE_TAKEN,
        .feeding = FEED_NOTHING,
        .writers = 2,
        .rounds = 1,
        .size_bytes = SMALL_BYTES,
        .files = 2},
    {.name = "failed",
        .program = "lockread",
        .option = "--failed=../" FAILED_DIRECTORY,
        .more = "--quiet",
        .status = 3,
        .rule = RULE_FAILED,
        .feeding = FEED_NOTHING,
        .writers = 2,
        .rounds = 1,
        .size_bytes = SMALL_BYTES,
        .files = 2},
    /* One after the other, so that it is known which are the newest. */
    {.name = "retain",
        .program = "uniqcreate",
        .option = "--retain=2",
        .rule = RULE_RETAINED,
        .feeding = FEED_VERSION,
        .writers = 1,
        .rounds = 6,
        .size_bytes = SMALL_BYTES,
        .kept = 2},
    {.name = "parents",
        .program = "atomwrite",
        .option = "--parents",
        .rule = RULE_REPLACED,
        .feeding = FEED_VERSION,
        .writers = 4,
        .rounds = 2,
        .size_bytes = SMALL_BYTES,
        .files = 4,
        .makes_way = true},
};

const struct workload *
workload_find(const char *name)
{
    for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++)
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    return NULL;
}

unsigned
workload_owner(struct version version)
{
    return version.writer == AFTER_WRITER ? version.number : version.writer;
}

bool
workload_takes(const struct workload *workload)
{
    return workload->rule == RULE_TAKEN || workload->rule == RULE_FAILED;
}

void
workload_file(const struct workload *workload, unsigned writer, char name[NAME_BYTES])
{
    if (workload->makes_way)
        snprintf(name, NAME_BYTES, "way-%u/deep/file", writer);
    else if (workload->files > 1)
        snprintf(name, NAME_BYTES, "file-%u", writer);
    else
        snprintf(name, NAME_BYTES, "file");
}

/* The handler keeps what it got, or fails. */
static const char **
add_take(const struct workload *workload, const char *program, unsigned owner,
    struct command *command, const char **next)
{
    int length = (int)(strrchr(program, '/') - program);

    if (workload->rule == RULE_FAILED)
        strcpy(command->take, "--take=exit 3");
    else
        snprintf(command->take, sizeof(command->take),
            "--take=exec '%.*s/atomwrite' \"out-${LOCKREAD_FILE#event-}\"", length,
            program);
    *next++ = command->take;
    for (unsigned i = 0; i < EVENTS; i++) {
        snprintf(command->events[i], NAME_BYTES, "event-%u-%u", owner, i);
        *next++ = command->events[i];
    }
    return next;
}

void
workload_command(const struct workload *workload, const char *program,
    struct version version, struct command *command)
{
    const char **next = command->arguments;
    bool is_unique = workload->files == 0;

    memset(command, 0, sizeof(*command));
    if (is_unique)
        strcpy(command->file, UNIQUE_PREFIX);
    else
        workload_file(workload, workload_owner(version), command->file);
    *next++ = program;
    if (workload->option != NULL)
        *next++ = workload->option;
    if (workload->more != NULL)
        *next++ = workload->more;
    if (workload_takes(workload)) {
        add_take(workload, program, workload_owner(version), command, next);
        return;
    }
    /* All within one second, so that they compete for the counter. */
    if (is_unique)
        *next++ = "--time=@1000000000";
    *next++ = command->file;
    if (workload->feeding != FEED_COMMAND)
        return;
    content_make_line(version, command->line);
    command->line[LINE_BYTES - 1] = '\0';
    *next++ = "sh";
    *next++ = "-c";
    *next++ = "cat && printf '%s\\n' \"$1\"";
    *next++ = "sh";
    *next = command->line;
}
