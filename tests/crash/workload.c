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
};

const struct workload *
workload_find(const char *name)
{
    for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++)
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    return NULL;
}

void
workload_file(const struct workload *workload, unsigned writer, char name[NAME_BYTES])
{
    if (workload->files > 1)
        snprintf(name, NAME_BYTES, "file-%u", writer);
    else
        snprintf(name, NAME_BYTES, "file");
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
        workload_file(workload, version.writer, command->file);
    *next++ = program;
    if (workload->option != NULL)
        *next++ = workload->option;
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
