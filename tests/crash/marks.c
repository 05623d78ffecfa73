/* marks - see marks.h. */
#include "marks.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = NAME_BYTES + 48 };

void
marks_say(int marks_fd, const char *word, struct version version, const char *name)
{
    char line[LINE_MAX_BYTES];
    int length = snprintf(line, sizeof(line), "%s %u %u %s\n", word, version.writer,
        version.number, name != NULL ? name : "-");

    if (length >= (int)sizeof(line))
        errx(70, "mark too long: %s", line);
    if (write(marks_fd, line, (size_t)length) != length)
        err(74, "marks");
}

void
marks_clear(struct marks *marks)
{
    memset(marks, 0, sizeof(*marks));
    for (size_t w = 0; w < MARKS_WRITERS; w++) {
        for (size_t v = 0; v < MARKS_ROUNDS; v++) {
            struct run_marks *run = &marks->runs[w][v];

            run->started = run->claimed = run->done = NEVER;
        }
    }
}

bool
marks_take(struct marks *marks, const struct log_entry *entry)
{
    char line[LINE_MAX_BYTES] = "", word[8], name[NAME_BYTES] = "";
    struct version version;
    struct run_marks *run;

    if (entry->size_bytes >= sizeof(line))
        errx(70, "mark too long");
    memcpy(line, entry->data, entry->size_bytes);
    if (sscanf(line, "%7s %u %u %63s", word, &version.writer, &version.number, name) !=
            4 ||
        version.writer >= MARKS_WRITERS || version.number >= MARKS_ROUNDS)
        errx(70, "not a mark: %s", line);
    if (strcmp(word, "ready") == 0)
        return true;
    run = &marks->runs[version.writer][version.number];
    marks->now++;
    if (strcmp(word, "start") == 0) {
        run->started = marks->now;
        return false;
    }
    memcpy(run->name, name, sizeof(run->name));
    if (strcmp(word, "claim") == 0)
        run->claimed = marks->now;
    else
        run->done = marks->now;
    return false;
}

const struct run_marks *
marks_of(const struct marks *marks, struct version version)
{
    if (version.writer >= MARKS_WRITERS || version.number >= MARKS_ROUNDS)
        return NULL;
    return &marks->runs[version.writer][version.number];
}

bool
marks_has_started(const struct marks *marks, struct version version)
{
    const struct run_marks *run = marks_of(marks, version);

    return run != NULL && run->started != NEVER;
}
