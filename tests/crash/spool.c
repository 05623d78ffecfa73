/* spool - rules of check.h of many files: what was made of lines, or taken. */
#include <stdio.h>
#include <string.h>

#include "check.h"

/* A file is one whole line, and no line is in two. */
bool
spool_check_lines(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    bool found[MARKS_WRITERS][MARKS_ROUNDS * EVENTS] = {{false}};

    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_file *file = &seen->files[i];
        struct version line, run;

        if (file->mode != 0644 || file->size_bytes != LINE_BYTES ||
            !content_read_line(file->bytes, &line))
            return check_complain(finding, "%s is no whole line: %zu bytes, mode %04o",
                file->name, file->size_bytes, (unsigned)file->mode);
        run = (struct version){line.writer, line.number / EVENTS};
        if (!marks_has_started(marks, run))
            return check_complain(finding, "%s comes from the future", file->name);
        if (found[line.writer][line.number])
            return check_complain(finding, "%s is there twice", file->name);
        found[line.writer][line.number] = true;
    }
    for (unsigned w = 0; w < MARKS_WRITERS; w++) {
        /* The run after the cut has one round. */
        unsigned rounds = w < workload->writers ? workload->rounds
                          : w == AFTER_WRITER   ? 1
                                                : 0;

        for (unsigned i = 0; i < rounds * EVENTS; i++)
            if (marks->runs[w][i / EVENTS].done != NEVER && !found[w][i])
                return check_complain(finding, "line %u of writer %u is lost", i, w);
    }
    return true;
}

/* What was written without a promise may be anything, until a run has found it to be
   what it wanted and said so. */
bool
spool_check_confirmed(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    for (unsigned w = 0; w < workload->files; w++) {
        const struct seen_file *file;
        char name[NAME_BYTES];

        if (!check_is_done(marks, w))
            continue;
        workload_file(workload, w, name);
        file = check_find(seen, name);
        if (file == NULL)
            return check_complain(finding, "%s is missing, but was confirmed", name);
        /* The run after the cut may be in the middle of it. */
        if (!check_whole(marks, file, finding))
            return false;
        if (workload_owner(file->version) != w ||
            (marks->runs[AFTER_WRITER][w].done != NEVER &&
                file->version.writer != AFTER_WRITER))
            return check_complain(finding, "%s does not hold what was put there", name);
    }
    return true;
}

static bool
is_event(const struct seen_file *file, unsigned writer, unsigned number)
{
    return file->is_whole && file->version.writer == writer &&
           file->version.number == number;
}

/* What has come of an event, or NULL. */
static const struct seen_file *
find_handled(const struct workload *workload, const struct seen *seen, unsigned writer,
    unsigned number)
{
    static const char failed[] = "../" FAILED_DIRECTORY "/";
    char name[NAME_BYTES];

    if (workload->rule == RULE_TAKEN) {
        snprintf(name, sizeof(name), "out-%u-%u", writer, number);
        return check_find(seen, name);
    }
    /* It gets another name where its own is taken. */
    for (size_t i = 0; i < seen->count; i++)
        if (strncmp(seen->files[i].name, failed, sizeof(failed) - 1) == 0 &&
            is_event(&seen->files[i], writer, number))
            return &seen->files[i];
    return NULL;
}

static bool
check_event(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, struct version version, char finding[FINDING_BYTES])
{
    unsigned w = version.writer, i = version.number;
    const struct seen_file *event, *handled = find_handled(workload, seen, w, i);
    char name[NAME_BYTES];

    snprintf(name, sizeof(name), "event-%u-%u", w, i);
    event = check_find(seen, name);
    if (event == NULL && handled == NULL)
        return check_complain(finding, "%s is lost", name);
    if (event != NULL && !is_event(event, w, i))
        return check_complain(finding, "%s has changed", name);
    if (handled != NULL && !is_event(handled, w, i))
        return check_complain(finding, "%s is not what was handled", handled->name);
    if (event != NULL && check_is_done(marks, w))
        return check_complain(finding, "%s is there again", name);
    return true;
}

/* An event is in the spool, or what came of it is there: at least once, and after a run
   that was acknowledged no more than once. */
bool
spool_check_taken(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    for (unsigned w = 0; w < workload->writers; w++) {
        for (unsigned i = 0; i < EVENTS; i++) {
            struct version version = {w, i};

            if (!check_event(workload, marks, seen, version, finding))
                return false;
        }
    }
    return true;
}

/*
 * One writer alone, of which each file is newer than all before: the newest N of the
 * acknowledged ones are there, except that each run on its way may have removed one
 * more; and there are not more than N, except for what those runs have made.
 */
bool
spool_check_retained(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    const struct run_marks *after = &marks->runs[AFTER_WRITER][0];
    unsigned kept = workload->kept, done = 0, started = 0, sure;
    bool found[MARKS_ROUNDS + 1] = {false};

    for (unsigned v = 0; v < workload->rounds; v++) {
        done += marks->runs[0][v].done != NEVER;
        started += marks->runs[0][v].started != NEVER;
    }
    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_file *file = &seen->files[i];
        unsigned number = workload->rounds;

        if (!check_whole(marks, file, finding))
            return false;
        if (file->version.writer != AFTER_WRITER)
            number = file->version.number;
        if (found[number])
            return check_complain(finding, "%s is there twice", file->name);
        found[number] = true;
    }
    /* The run after the cut has seen what came of those before it. */
    if (after->done != NEVER
            ? seen->count > kept
            : seen->count > kept + started - done + (after->started != NEVER))
        return check_complain(
            finding, "%zu files after %u runs, not %u", seen->count, done, kept);
    if (after->done != NEVER && !found[workload->rounds])
        return check_complain(finding, "that of the run after the cut is lost");
    sure = started - done + (after->started != NEVER);
    for (unsigned i = 0; i + sure < kept && i < done; i++)
        if (!found[done - 1 - i])
            return check_complain(
                finding, "that of run %u is lost after %u runs", done - 1 - i, done);
    return true;
}
