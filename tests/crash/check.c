/* check - see check.h. */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
check_complain(char finding[FINDING_BYTES], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(finding, FINDING_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

bool
check_is_done(const struct marks *marks, unsigned writer)
{
    return marks->runs[writer][0].done != NEVER ||
           marks->runs[AFTER_WRITER][writer].done != NEVER;
}

bool
check_whole(const struct marks *marks, const struct seen_file *file,
    char finding[FINDING_BYTES])
{
    if (!file->is_whole)
        return check_complain(finding, "%s is no whole version: %zu bytes, mode %04o",
            file->name, file->size_bytes, (unsigned)file->mode);
    if (!marks_has_started(marks, file->version))
        return check_complain(finding, "%s comes from the future", file->name);
    return true;
}

/* FILE holds nothing that ended before an acknowledged run began. */
static bool
check_not_older(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, struct version acknowledged, char finding[FINDING_BYTES])
{
    const struct run_marks *run = marks_of(marks, acknowledged), *held;
    const struct seen_file *file;
    char name[NAME_BYTES];

    if (run->done == NEVER)
        return true;
    workload_file(workload, workload_owner(acknowledged), name);
    file = check_find(seen, name);
    if (file == NULL)
        return check_complain(finding,
            "%s is missing, but run %u of writer "
            "%u was acknowledged",
            name, acknowledged.number, acknowledged.writer);
    held = marks_of(marks, file->version);
    if (held->done != NEVER && held->done < run->started)
        return check_complain(finding,
            "%s holds run %u of writer %u, but "
            "run %u of writer %u was acknowledged later",
            name, file->version.number, file->version.writer, acknowledged.number,
            acknowledged.writer);
    return true;
}

static bool
check_replaced(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    char name[NAME_BYTES];

    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_file *file = &seen->files[i];

        if (!check_whole(marks, file, finding))
            return false;
        workload_file(workload, workload_owner(file->version), name);
        if (workload->rule == RULE_REPLACED && strcmp(file->name, name) != 0)
            return check_complain(finding, "%s is not to be there", file->name);
    }
    for (unsigned w = 0; w < workload->writers; w++) {
        for (unsigned v = 0; v < workload->rounds; v++) {
            struct version version = {w, v};

            if (!check_not_older(workload, marks, seen, version, finding))
                return false;
        }
    }
    for (unsigned i = 0; i < workload->files; i++) {
        struct version version = {AFTER_WRITER, i};

        if (!check_not_older(workload, marks, seen, version, finding))
            return false;
    }
    return true;
}

/*
 * One writer alone: after run n was acknowledged FILE.i holds n - i. While run
 * n + 1 is on its way the oldest may be gone, but no name that was there, and
 * none of the newer versions; and older ones have higher numbers. The run after
 * a power cut is the newest, and a second one on its way.
 */
static bool
check_kept(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    const struct run_marks *after = &marks->runs[AFTER_WRITER][0];
    unsigned done = 0, started = 0, newer = UINT32_MAX, sure;
    bool found[MARKS_ROUNDS] = {false};

    if (seen->count > workload->kept + 1)
        return check_complain(finding, "%zu files", seen->count);
    for (unsigned v = 0; v < workload->rounds; v++) {
        done += marks->runs[0][v].done != NEVER;
        started += marks->runs[0][v].started != NEVER;
    }
    started += after->started != NEVER;
    /* Each run on its way but the first may have pushed one more out. */
    sure = workload->kept - (started > done + 1 ? started - done - 1 : 0);
    for (unsigned i = 0; i <= workload->kept; i++) {
        const struct seen_file *file;
        char name[NAME_BYTES];
        unsigned number;

        snprintf(name, sizeof(name), i == 0 ? "file" : "file.%u", i);
        file = check_find(seen, name);
        if (file == NULL && done + (after->done != NEVER) > i)
            return check_complain(finding, "%s is missing after %u runs", name, done);
        if (file == NULL)
            continue;
        number = file->version.writer == AFTER_WRITER ? workload->rounds
                                                      : file->version.number;
        if (number > newer)
            return check_complain(finding,
                "%s is newer than the one "
                "before",
                name);
        newer = number;
        found[newer] = true;
    }
    for (unsigned i = 1; i <= sure && i <= done; i++)
        if (!found[done - i])
            return check_complain(finding,
                "run %u is in no file after "
                "%u runs",
                done - i, done);
    return true;
}

static bool
check_line(const struct marks *marks, const char *bytes, unsigned next[MARKS_WRITERS],
    char finding[FINDING_BYTES])
{
    struct version version;

    if (!content_read_line(bytes, &version) || !marks_has_started(marks, version))
        return check_complain(finding, "the file holds what is no line");
    /* A run that is over is there before the next of its writer begins. */
    if (version.number != next[version.writer])
        return check_complain(finding,
            "line %u of writer %u stands where "
            "line %u must",
            version.number, version.writer, next[version.writer]);
    next[version.writer]++;
    return true;
}

static bool
check_grown(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    const struct seen_file *file = check_find(seen, "file");
    unsigned next[MARKS_WRITERS] = {0};
    size_t size_bytes = file == NULL ? 0 : file->size_bytes;

    if (seen->count > (file != NULL))
        return check_complain(finding, "%zu files", seen->count);
    if (file != NULL &&
        (file->mode != FINAL_MODE || size_bytes == 0 || size_bytes % LINE_BYTES != 0))
        return check_complain(finding, "the file has %zu bytes, mode %04o", size_bytes,
            (unsigned)file->mode);
    for (size_t at = 0; at < size_bytes; at += LINE_BYTES)
        if (!check_line(marks, file->bytes + at, next, finding))
            return false;
    for (unsigned w = 0; w < workload->writers; w++)
        for (unsigned v = next[w]; v < workload->rounds; v++)
            if (marks->runs[w][v].done != NEVER)
                return check_complain(finding,
                    "line %u of writer "
                    "%u is lost",
                    v, w);
    if (next[AFTER_WRITER] == 0 && marks->runs[AFTER_WRITER][0].done != NEVER)
        return check_complain(finding, "the line of the run after the cut is lost");
    return true;
}

/* A name that was printed is there, and an acknowledged one has its content. */
static bool
check_run(const struct marks *marks, const struct seen *seen, struct version version,
    char finding[FINDING_BYTES])
{
    const struct run_marks *run = marks_of(marks, version);
    const struct seen_file *file;

    if (run->claimed == NEVER && run->done == NEVER)
        return true;
    file = check_find(seen, run->name);
    if (file == NULL)
        return check_complain(finding, "%s is missing, but was printed%s", run->name,
            run->done == NEVER ? "" : " and acknowledged");
    if (file->is_whole ? file->version.writer != version.writer ||
                             file->version.number != version.number
                       : run->done != NEVER)
        return check_complain(
            finding, "%s does not hold what was put there", run->name);
    return true;
}

static bool
check_unique(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    bool found[MARKS_WRITERS][MARKS_ROUNDS] = {{false}};

    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_file *file = &seen->files[i];
        bool *twice;

        if (workload->rule == RULE_CLAIMED && file->mode == CLAIM_MODE)
            continue;
        if (!check_whole(marks, file, finding))
            return false;
        twice = &found[file->version.writer][file->version.number];
        if (*twice)
            return check_complain(finding, "%s is there twice", file->name);
        *twice = true;
    }
    for (unsigned w = 0; w < workload->writers; w++) {
        for (unsigned v = 0; v < workload->rounds; v++) {
            struct version version = {w, v};

            if (!check_run(marks, seen, version, finding))
                return false;
        }
    }
    return check_run(marks, seen, (struct version){AFTER_WRITER, 0}, finding);
}

bool
check_state(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, size_t most_hidden, char finding[FINDING_BYTES])
{
    if (seen->hidden > most_hidden)
        return check_complain(finding, "%zu hidden names", seen->hidden);
    switch (workload->rule) {
    case RULE_KEPT:
        return check_replaced(workload, marks, seen, finding) &&
               check_kept(workload, marks, seen, finding);
    case RULE_GROWN:
        return check_grown(workload, marks, seen, finding);
    case RULE_UNIQUE:
    case RULE_CLAIMED:
        return check_unique(workload, marks, seen, finding);
    case RULE_LINES:
        return spool_check_lines(workload, marks, seen, finding);
    case RULE_CONFIRMED:
        return spool_check_confirmed(workload, marks, seen, finding);
    case RULE_RETAINED:
        return spool_check_retained(workload, marks, seen, finding);
    case RULE_TAKEN:
    case RULE_FAILED:
        return spool_check_taken(workload, marks, seen, finding);
    default:
        return check_replaced(workload, marks, seen, finding);
    }
}
