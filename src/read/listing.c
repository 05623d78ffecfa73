#include "config.h"

#include "read/listing.h"

#include <bsd/libutil.h>
#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/say.h"
#include "lock/holders.h"
#include "read/json.h"
#include "read/judge.h"
#include "read/operands.h"
#include "read/state.h"
#include "read/table.h"

enum { TEXT_SIZE = 32 };

/* So many lines are aligned with one another, and in memory at a time. */
enum { BATCH_SIZE = 1024 };

struct entry {
    char *file; /* owned */
    struct state state;
    int64_t age_s;
    char *holder_text; /* owned; "-" for none */
    char size_text[TEXT_SIZE];
    char age_text[TEXT_SIZE];
    char mode_text[TEXT_SIZE];
};

static void
describe_age(int64_t age_s, char text[TEXT_SIZE])
{
    static const struct {
        int64_t seconds;
        char letter;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t i = 0;

    /* Two of a unit at least: 119 seconds are not a minute. */
    while (units[i].seconds > 1 && age_s < 2 * units[i].seconds)
        i++;
    snprintf(
        text, TEXT_SIZE, "%" PRId64 "%c", age_s / units[i].seconds, units[i].letter);
}

/* "PID command, PID command", or "-". */
static char *
describe_holders(const struct holders *holders)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    if (stream == NULL)
        return NULL;
    if (holders->count == 0)
        putc('-', stream);
    for (size_t i = 0; i < holders->count; i++) {
        char command[TEXT_SIZE];
        char *escaped;

        holders_command(holders->list[i].pid, command, sizeof(command));
        escaped = say_escaped(command);
        fprintf(stream, "%s%ld %s", i == 0 ? "" : ", ", (long)holders->list[i].pid,
            escaped[0] == '\0' ? "?" : escaped);
        free(escaped);
    }
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

static int
describe(struct entry *entry)
{
    entry->holder_text = describe_holders(&entry->state.holders);
    if (entry->holder_text == NULL)
        return -1;
    snprintf(entry->size_text, TEXT_SIZE, "-");
    snprintf(entry->age_text, TEXT_SIZE, "-");
    snprintf(entry->mode_text, TEXT_SIZE, "-         ");
    if (!entry->state.exists)
        return 0;
    entry->age_s = judge_age_s(&entry->state.file, time(NULL));
    if (entry->age_s < 0)
        entry->age_s = 0;
    (void)humanize_number(entry->size_text, 6, entry->state.file.st_size, "",
        HN_AUTOSCALE, HN_NOSPACE | HN_DECIMAL);
    describe_age(entry->age_s, entry->age_text);
    strmode(entry->state.file.st_mode, entry->mode_text);
    return 0;
}

static void
print_holders(FILE *output, const struct holders *holders)
{
    fputs("\"holders\":[", output);
    for (size_t i = 0; i < holders->count; i++) {
        char command[TEXT_SIZE];

        holders_command(holders->list[i].pid, command, sizeof(command));
        fprintf(output, "%s{\"pid\":%ld,\"command\":", i == 0 ? "" : ",",
            (long)holders->list[i].pid);
        json_print_string(output, command);
        putc('}', output);
    }
    putc(']', output);
}

/* Seconds since the epoch as a decimal fraction; before it both parts count down. */
static void
print_time(FILE *output, const struct timespec *time)
{
    if (time->tv_sec < 0 && time->tv_nsec > 0)
        fprintf(output, "-%lld.%09ld", -((long long)time->tv_sec + 1),
            1000000000 - time->tv_nsec);
    else
        fprintf(output, "%lld.%09ld", (long long)time->tv_sec, time->tv_nsec);
}

static void
print_json(FILE *output, const struct entry *entry, char end)
{
    const struct stat *file = &entry->state.file;

    fputs("{\"name\":", output);
    json_print_string(output, entry->file);
    if (!json_is_utf8(entry->file)) {
        fputs(",\"name_base64\":", output);
        json_print_base64(output, entry->file);
    }
    fprintf(output, ",\"state\":\"%s\",", entry->state.word);
    print_holders(output, &entry->state.holders);
    if (entry->state.exists) {
        fprintf(output,
            ",\"size\":%lld,\"age_s\":%" PRId64 ",\"mtime\":", (long long)file->st_size,
            entry->age_s);
        print_time(output, &file->st_mtim);
        fprintf(output, ",\"mode\":\"%04o\"}", (unsigned)(file->st_mode & 07777));
    } else {
        fputs(",\"size\":null,\"age_s\":null,\"mtime\":null,\"mode\":null}", output);
    }
    putc(end, output);
}

struct batch {
    const struct lockread_options *options;
    struct entry entries[BATCH_SIZE];
    size_t count;
    struct table table;
    enum status worst;
    bool has_said_lock_file;
};

/* What a FILE that does not exist, or is not known to, makes of the status. */
static enum status
status_of_missing(const struct batch *batch, const struct state *state)
{
    if (state->reason == 0)
        return STATUS_NO_INPUT;
    if (!batch->options->quiet)
        say_errno(state->reason, state->name, "cannot get its state");
    return status_of_read_errno(state->reason);
}

/* What the lock file makes of the status; it is the same for all, and said of once. */
static enum status
status_of_lock_file(struct batch *batch, const struct state *state)
{
    bool is_silent = batch->options->quiet || batch->has_said_lock_file;
    int reason = state->lock_reason;
    const char *path = state->lock_file;

    if (reason == 0 && !state->lock_is_odd)
        return STATUS_DONE;
    batch->has_said_lock_file = true;
    if (reason != 0 && reason != ENOENT && reason != ENOTDIR) {
        if (!is_silent)
            say_errno(reason, path, "cannot get its state");
        return status_of_read_errno(reason);
    }
    if (!is_silent && state->lock_is_odd)
        say(path, "choose a regular file", "not a regular file");
    else if (!is_silent)
        say(path, "writers create it: check its spelling", "no such lock file");
    return STATUS_NO_INPUT;
}

/* What ENTRY makes of the status: what reading it would give. */
static enum status
status_of(struct batch *batch, const struct entry *entry)
{
    return entry->state.exists ? status_of_lock_file(batch, &entry->state)
                               : status_of_missing(batch, &entry->state);
}

static struct table_row
row_of(const struct entry *entry)
{
    return (struct table_row){
        .state = entry->state.word,
        .holders = entry->holder_text,
        .size = entry->size_text,
        .age = entry->age_text,
        .mode = entry->mode_text,
        .name = entry->file,
    };
}

/* Looks at FILE. 0, or -1 with errno. *IS_DIRECTORY: it is one, and was not added. */
static int
add(struct batch *batch, const char *file, bool *is_directory)
{
    struct entry *entry = &batch->entries[batch->count];

    *entry = (struct entry){.file = strdup(file)};
    if (entry->file == NULL)
        return -1;
    batch->count++;
    state_look(&entry->state, entry->file, batch->options->shared.lock_file);
    *is_directory = entry->state.exists && S_ISDIR(entry->state.file.st_mode);
    return 0;
}

static void
forget_last(struct batch *batch)
{
    struct entry *entry = &batch->entries[--batch->count];

    state_release(&entry->state);
    free(entry->holder_text);
    free(entry->file);
}

/* Asks for the locks of all at once. 0, or -1 with errno. */
static int
settle(struct batch *batch)
{
    struct state *list[BATCH_SIZE];

    for (size_t i = 0; i < batch->count; i++)
        list[i] = &batch->entries[i].state;
    if (state_settle(list, batch->count) == -1)
        return -1;
    for (size_t i = 0; i < batch->count; i++) {
        struct entry *entry = &batch->entries[i];

        if (describe(entry) == -1)
            return -1;
        if (batch->options->output == LOCKREAD_LIST) {
            struct table_row row = row_of(entry);

            table_measure(&batch->table, &row);
        }
    }
    return 0;
}

static void
print_table(FILE *output, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        table_measure_name(&batch->table, batch->entries[i].file);
    table_print_header(&batch->table, output);
    for (size_t i = 0; i < batch->count; i++) {
        struct table_row row = row_of(&batch->entries[i]);

        table_print(&batch->table, output, &row);
    }
    table_end_block(&batch->table);
}

/* In one piece, whatever standard output is. 0, or -1 with errno. */
static int
print(struct batch *batch)
{
    char *text = NULL;
    size_t size = 0;
    FILE *output = open_memstream(&text, &size);
    int result;

    if (output == NULL)
        return -1;
    if (batch->options->output == LOCKREAD_LIST)
        print_table(output, batch);
    for (size_t i = 0; i < batch->count && batch->options->output == LOCKREAD_JSON; i++)
        print_json(output, &batch->entries[i], batch->options->zero ? '\0' : '\n');
    result = fclose(output) == 0 ? say_output(text, size) : -1;
    free(text);
    return result;
}

/* Settles and prints the batch, and empties it. 0, or -1 with errno. */
static int
flush(struct batch *batch)
{
    int result = settle(batch);

    if (result == 0)
        result = print(batch);
    for (size_t i = 0; i < batch->count; i++)
        batch->worst = status_worse(batch->worst, status_of(batch, &batch->entries[i]));
    while (batch->count > 0)
        forget_last(batch);
    return result;
}

/* Looks at all, and prints them. 0, or -1 with errno. */
static int
print_all(struct batch *batch, struct operands *operands)
{
    const char *file;
    bool is_directory;

    while ((file = operands_next(operands)) != NULL) {
        if (add(batch, file, &is_directory) == -1)
            return -1;
        if (is_directory) {
            forget_last(batch);
            (void)operands_enter(operands, file);
        }
        if (batch->count == BATCH_SIZE && flush(batch) == -1)
            return -1;
    }
    return flush(batch);
}

enum status
listing_print(const struct lockread_options *options)
{
    struct batch *batch = calloc(1, sizeof(*batch));
    const struct voice voice = {.is_quiet = options->quiet};
    struct operands operands;
    enum status worst = STATUS_DONE;
    int reason;

    operands_start(&operands, options, &voice);
    if (batch != NULL) {
        batch->options = options;
        if (options->output == LOCKREAD_LIST)
            table_start(&batch->table, options);
    }
    if (batch == NULL || print_all(batch, &operands) == -1) {
        reason = errno;
        if (!options->quiet)
            say_errno(reason, "standard output", "cannot write the list");
        worst = reason == ENOMEM ? STATUS_NO_PROCESS : STATUS_IO_ERROR;
    }
    while (batch != NULL && batch->count > 0)
        forget_last(batch);
    if (batch != NULL)
        table_finish(&batch->table);
    if (batch != NULL)
        worst = status_worse(worst, batch->worst);
    free(batch);
    return status_worse(worst, operands_finish(&operands));
}
