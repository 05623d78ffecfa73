/*
 * Every parser that takes what somebody typed, for a coverage-guided fuzzer (see
 * run) and for the replay of the inputs it kept (replay.c, in make check).
 *
 * The first byte of an input chooses the parser, the rest is its text. What is
 * demanded goes beyond "no crash": results lie in their ranges, and where there is a
 * simple way to the same answer, both have to agree.
 */
#include "config.h"

#include "parsers.h"

#include <bsd/unistd.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/quantity.h"
#include "cli/say.h"
#include "create/records.h"
#include "create/stamp.h"
#include "data/accept.h"
#include "file/hidden.h"
#include "file/place.h"
#include "lock/wait.h"
#include "read/json.h"

#define DEMAND(condition)                                                              \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
            abort();                                                                   \
        }                                                                              \
    } while (0)

static void
fuzz_numbers(const char *text)
{
    const char *problem = NULL;
    int64_t value = 0;
    uid_t owner;
    gid_t group;

    if (quantity_number(text, -5, 1000, &value, &problem) == 0)
        DEMAND(value >= -5 && value <= 1000);
    else
        DEMAND(problem != NULL);
    if (quantity_size(text, &value, &problem) == 0)
        DEMAND(value >= 0 && text[0] >= '0' && text[0] <= '9');
    if (quantity_duration(text, &value, &problem) == 0)
        DEMAND(value >= 0 && strpbrk(text, "eExXnN+- ") == NULL);
    if (quantity_wait(text, &value, &problem) == 0)
        DEMAND(value >= 0 || value == WAIT_FOR_EVER);
    if (quantity_owner(text, &owner, &group, &problem) == 0)
        DEMAND(owner != (uid_t)-1 || group != (gid_t)-1);
}

static void
fuzz_mode(const char *text)
{
    void *mode = setmode(text);

    if (mode != NULL)
        DEMAND((getmode(mode, 0644) & ~(mode_t)07777) == 0);
    free(mode);
}

static void
fuzz_format(const char *text)
{
    const struct timespec times[] = {{0, 0}, {1234567890, 123456789}, {-1, 999999999}};
    char name[NAME_MAX + 1];

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct stamp stamp = {.suffix = ".x", .width = (int)(strlen(text) % 20) + 1};

        if (stamp_set_time(&stamp, "pre-", text, i == 1, &times[i]) == -1)
            continue;
        DEMAND(strlen(stamp.head) > strlen("pre--"));
        DEMAND(strchr(stamp.head, '/') == NULL && strlen(stamp.head) <= NAME_MAX);
        if (stamp_spell(&stamp, 18446744073709551615U, name) == 0)
            DEMAND(strlen(name) <= NAME_MAX && strncmp(name, "pre-", 4) == 0);
    }
}

/* Our calendar of UTC and that of the C library, for any time. */
static void
fuzz_calendar(const char *text, size_t size)
{
    const char *format = "%Y,%m,%d,%H,%M,%S,%j,%u";
    struct timespec time = {0, 0};
    struct stamp stamp = {.suffix = ""};
    struct tm calendar;
    char expected[NAME_MAX + 1];
    int64_t seconds = 0;

    memcpy(&seconds, text, size < sizeof(seconds) ? size : sizeof(seconds));
    time.tv_sec = seconds;
    if (gmtime_r(&time.tv_sec, &calendar) == NULL) {
        DEMAND(stamp_set_time(&stamp, "", format, false, &time) == -1);
        return;
    }
    DEMAND(strftime(expected, sizeof(expected) - 1, format, &calendar) > 0);
    DEMAND(stamp_set_time(&stamp, "", format, false, &time) == 0);
    DEMAND(strncmp(stamp.head, expected, strlen(expected)) == 0);
}

static void
fuzz_names(const char *text)
{
    char leaf[NAME_MAX + 1];
    struct hidden_name name;

    snprintf(leaf, sizeof(leaf), "%s", text);
    (void)place_has_leaf(leaf);
    name = hidden_turn(leaf);
    DEMAND(name.text[0] == '.' && strlen(name.text) <= 143 && hidden_is_one(name.text));
    name = hidden_version(leaf);
    DEMAND(strlen(name.text) <= 143 && hidden_is_one(name.text));
    DEMAND(!hidden_is_stage_of(name.text, HIDDEN_ATOMWRITE, leaf));
    name = hidden_stage(HIDDEN_UNIQCREATE, leaf, UINT_MAX);
    DEMAND(strlen(name.text) <= 143 && hidden_is_one(name.text));
    DEMAND(hidden_is_stage_of(name.text, HIDDEN_UNIQCREATE, leaf));
    DEMAND(!hidden_is_stage_of(name.text, HIDDEN_ATOMWRITE, leaf));
}

/* The same answer as accept_form, by looking at the last line of all. */
static bool
ends_with_line(const char *data, size_t size, const char *marker, size_t *rest)
{
    size_t length = strlen(marker);
    size_t end = size > 0 && data[size - 1] == '\n' ? size - 1 : size;
    size_t start = end;

    while (start > 0 && data[start - 1] != '\n')
        start--;
    *rest = start;
    return end - start == length && memcmp(data + start, marker, length) == 0;
}

/* TEXT is the marker up to its first newline, and the content after that. */
static void
fuzz_marker(const char *text, size_t size)
{
    const char *newline = memchr(text, '\n', size);
    char marker[64];
    struct accept accept = {.end_marker = marker};
    size_t content_size;
    size_t rest = 0;
    off_t left = -1;
    enum accept_result result;
    int fd;

    if (newline == NULL || newline == text || newline - text >= (int)sizeof(marker) ||
        memchr(text, '\0', (size_t)(newline - text)) != NULL)
        return;
    memcpy(marker, text, (size_t)(newline - text));
    marker[newline - text] = '\0';
    content_size = size - (size_t)(newline - text) - 1;
    fd = memfd_create("content", MFD_CLOEXEC);
    DEMAND(fd != -1);
    DEMAND(write(fd, newline + 1, content_size) == (ssize_t)content_size);
    result = accept_form(fd, &accept, &left);
    if (ends_with_line(newline + 1, content_size, marker, &rest)) {
        DEMAND(result == ACCEPT_OK && left == (off_t)rest);
        DEMAND(lseek(fd, 0, SEEK_END) == (off_t)rest);
    } else {
        DEMAND(result == ACCEPT_NO_MARKER);
    }
    close(fd);
}

static void
fuzz_strings(const char *text)
{
    char *escaped = say_escaped(text);
    char *json = NULL;
    size_t size = 0;
    FILE *output = open_memstream(&json, &size);

    DEMAND(output != NULL);
    for (const char *byte = escaped; *byte != '\0'; byte++)
        DEMAND((unsigned char)*byte >= 0x20 && *byte != 0x7f);
    json_print_string(output, text);
    DEMAND(fclose(output) == 0);
    DEMAND(size >= 2 && json[0] == '"' && json[size - 1] == '"' && json_is_utf8(json));
    free(json);
    free(escaped);
}

/* What the records hand out is, put together, what was read. */
static void
fuzz_records(const char *text, size_t size)
{
    struct records records = {.delimiter = '\n'};
    struct record record;
    size_t seen = 0;
    int fd = memfd_create("input", MFD_CLOEXEC);

    DEMAND(fd != -1 && write(fd, text, size) == (ssize_t)size);
    DEMAND(lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    while (records_read(&records) == 1) {
        while (records_next(&records, &record)) {
            DEMAND(record.size > 0 && seen + record.size <= size);
            DEMAND(memcmp(record.data, text + seen, record.size) == 0);
            DEMAND(memchr(record.data, '\n', record.size - 1) == NULL);
            seen += record.size;
        }
    }
    DEMAND(seen == size);
    records_release(&records);
    close(fd);
}

void
parsers_try(const unsigned char *data, size_t size)
{
    char *text;

    if (size == 0)
        return;
    text = malloc(size);
    DEMAND(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 8) {
    case 0:
        fuzz_numbers(text);
        break;
    case 1:
        fuzz_mode(text);
        break;
    case 2:
        fuzz_format(text);
        break;
    case 3:
        fuzz_names(text);
        break;
    case 4:
        fuzz_marker(text, size - 1);
        break;
    case 5:
        fuzz_strings(text);
        break;
    case 6:
        fuzz_calendar(text, size - 1);
        break;
    default:
        fuzz_records(text, size - 1);
        break;
    }
    free(text);
}
