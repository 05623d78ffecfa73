#include "config.h"

#include "read/listing.h"

#include <bsd/libutil.h>
#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/sys.h"
#include "cli/say.h"
#include "file/mark.h"
#include "lock/content_lock.h"
#include "lock/holders.h"
#include "lock/record_lock.h"
#include "read/json.h"
#include "read/judge.h"
#include "read/operands.h"
#include "read/table.h"

enum { TEXT_SIZE = 32 };

/* So many lines are aligned with one another, and in memory at a time. */
enum { BATCH_SIZE = 1024 };

struct entry {
    char *file; /* owned */
    const char *state;
    struct stat status;
    bool exists;
    int reason; /* errno, where it is not known whether it exists */
    int64_t age_s;
    struct holders holders; /* owned */
    char *holder_text;      /* owned; "-" for none */
    char size_text[TEXT_SIZE];
    char age_text[TEXT_SIZE];
    char mode_text[TEXT_SIZE];
};

/* Asks the NFS server, which /proc/locks does not speak for; *FD is open. There the
   two kinds of lock are one, and elsewhere F_GETLK does not see content locks. */
static bool
server_says_locked(int fd)
{
    pid_t holder;

    return sys_is_nfs(fd) && record_lock_ask(fd, &holder) == RECORD_LOCK_HELD;
}

static void
look_at_locks(struct entry *entry, const char *locked)
{
    bool is_exclusive = false;
    struct stat there;
    int fd = open(locked, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd == -1)
        fd = open(locked, O_PATH | O_CLOEXEC);
    entry->state = "free";
    if (fd == -1)
        return;
    if (fstat(fd, &there) == 0)
        (void)holders_find(&entry->holders, fd, &there, HOLDERS_FLOCK);
    for (size_t i = 0; i < entry->holders.count; i++)
        is_exclusive = is_exclusive || entry->holders.list[i].exclusive;
    if (is_exclusive || (entry->holders.count == 0 && server_says_locked(fd)))
        entry->state = "locked";
    else if (entry->holders.count > 0)
        entry->state = "shared";
    close(fd);
}

static void
look(struct entry *entry, const struct lockread_options *options)
{
    const char *lock_file = options->shared.lock_file;

    entry->exists = stat(entry->file, &entry->status) == 0;
    if (!entry->exists) {
        entry->reason = errno == ENOENT || errno == ENOTDIR ? 0 : errno;
        entry->state = entry->reason == 0 ? "missing" : "unknown";
        return;
    }
    look_at_locks(entry, lock_file == NULL ? entry->file : lock_file);
    /* The mode is looked at again after the lock: it may just have been finished. */
    if (strcmp(entry->state, "locked") != 0 && stat(entry->file, &entry->status) == 0 &&
        mark_is_unfinished(&entry->status))
        entry->state = "unfinished";
    entry->age_s = judge_age_s(&entry->status, time(NULL));
    if (entry->age_s < 0)
        entry->age_s = 0;
}

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
    entry->holder_text = describe_holders(&entry->holders);
    if (entry->holder_text == NULL)
        return -1;
    snprintf(entry->size_text, TEXT_SIZE, "-");
    snprintf(entry->age_text, TEXT_SIZE, "-");
    snprintf(entry->mode_text, TEXT_SIZE, "-         ");
    if (!entry->exists)
        return 0;
    (void)humanize_number(entry->size_text, 6, entry->status.st_size, "", HN_AUTOSCALE,
        HN_NOSPACE | HN_DECIMAL);
    describe_age(entry->age_s, entry->age_text);
    strmode(entry->status.st_mode, entry->mode_text);
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
print_json(
    FILE *output, const struct entry *entry, const struct lockread_options *options)
{
    const struct stat *status = &entry->status;

    fputs("{\"name\":", output);
    json_print_string(output, entry->file);
    if (!json_is_utf8(entry->file)) {
        fputs(",\"name_base64\":", output);
        json_print_base64(output, entry->file);
    }
    fprintf(output, ",\"state\":\"%s\",", entry->state);
    print_holders(output, &entry->holders);
    if (entry->exists) {
        fprintf(output, ",\"size\":%lld,\"age_s\":%" PRId64 ",\"mtime\":",
            (long long)status->st_size, entry->age_s);
        print_time(output, &status->st_mtim);
        fprintf(output, ",\"mode\":\"%04o\"}", (unsigned)(status->st_mode & 07777));
    } else {
        fputs(",\"size\":null,\"age_s\":null,\"mtime\":null,\"mode\":null}", output);
    }
    putc(options->zero ? '\0' : '\n', output);
}

struct batch {
    const struct lockread_options *options;
    struct entry entries[BATCH_SIZE];
    size_t count;
    struct table table;
    enum status worst;
};

/* What ENTRY, which does not exist or is unknown, makes of STATUS. */
static enum status
status_of(const struct entry *entry, const struct lockread_options *options)
{
    if (entry->reason == 0)
        return STATUS_NO_INPUT;
    if (!options->quiet)
        say_errno(entry->reason, entry->file, "cannot get its state");
    return status_of_read_errno(entry->reason);
}

static struct table_row
row_of(const struct entry *entry)
{
    return (struct table_row){
        .state = entry->state,
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
    look(entry, batch->options);
    *is_directory = entry->exists && S_ISDIR(entry->status.st_mode);
    if (*is_directory)
        return 0;
    if (describe(entry) == -1)
        return -1;
    if (batch->options->output == LOCKREAD_LIST) {
        struct table_row row = row_of(entry);

        table_measure(&batch->table, &row);
    }
    return 0;
}

static void
forget_last(struct batch *batch)
{
    struct entry *entry = &batch->entries[--batch->count];

    holders_release(&entry->holders);
    free(entry->holder_text);
    free(entry->file);
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
        print_json(output, &batch->entries[i], batch->options);
    result = fclose(output) == 0 ? say_output(text, size) : -1;
    free(text);
    return result;
}

/* Prints the batch, and empties it. 0, or -1 with errno. */
static int
flush(struct batch *batch)
{
    int result = print(batch);

    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->entries[i].exists)
            batch->worst = status_worse(
                batch->worst, status_of(&batch->entries[i], batch->options));
    }
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
    struct operands operands;
    enum status worst = STATUS_DONE;
    int reason;

    operands_start(&operands, options);
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
