/* check - see check.h. */
#include "check.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0666 less the umask that record.c sets. */
#define FINAL_MODE 0644

/* Always false, so that a rule can end with it. */
__attribute__((format(printf, 2, 3))) static bool
complain(char finding[FINDING_BYTES], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(finding, FINDING_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

static bool
read_file(struct seen_file *file, int work_fd)
{
    int fd = openat(work_fd, file->name, O_RDONLY | O_CLOEXEC);
    struct stat status;
    ssize_t got;

    if (fd == -1)
        return false;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return false;
    }
    file->mode = status.st_mode & 07777;
    file->size_bytes = (size_t)status.st_size;
    file->bytes = malloc(file->size_bytes + 1);
    if (file->bytes == NULL)
        err(71, "check");
    got = read(fd, file->bytes, file->size_bytes);
    close(fd);
    if (got != status.st_size)
        return false;
    file->is_whole = file->mode == FINAL_MODE &&
                     content_read(file->bytes, file->size_bytes, &file->version);
    return true;
}

static bool
look_at(struct seen *seen, int work_fd, const char *name, char finding[FINDING_BYTES])
{
    struct seen_file *file = &seen->files[seen->count];

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return true;
    if (*name == '.') {
        seen->hidden++;
        return true;
    }
    if (seen->count == CHECK_FILES || strlen(name) >= NAME_BYTES)
        return complain(finding, "too many or too long names");
    memcpy(file->name, name, strlen(name) + 1);
    if (!read_file(file, work_fd))
        return complain(finding, "%s cannot be read: %s", name, strerror(errno));
    seen->claims += file->mode == CLAIM_MODE;
    seen->count++;
    return true;
}

bool
check_look(struct seen *seen, int work_fd, char finding[FINDING_BYTES])
{
    struct dirent *entry;
    bool all_read = true;
    DIR *directory;

    memset(seen, 0, sizeof(*seen));
    /* A descriptor of its own, which starts at the first entry. */
    work_fd = openat(work_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    directory = work_fd == -1 ? NULL : fdopendir(work_fd);
    if (directory == NULL)
        return complain(finding, "the directory cannot be read: %s", strerror(errno));
    errno = 0;
    while (all_read && (entry = readdir(directory)) != NULL) {
        all_read = look_at(seen, work_fd, entry->d_name, finding);
        errno = 0;
    }
    if (all_read && errno != 0)
        all_read = complain(finding, "the directory breaks off: %s", strerror(errno));
    closedir(directory);
    return all_read;
}

void
check_forget(struct seen *seen)
{
    /* The file after the last may have been read in part. */
    for (size_t i = 0; i <= seen->count && i < CHECK_FILES; i++)
        free(seen->files[i].bytes);
    memset(seen, 0, sizeof(*seen));
}

const struct seen_file *
check_find(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->files[i].name, name) == 0)
            return &seen->files[i];
    return NULL;
}

/* A version that its writer had begun to write, complete. */
static bool
check_whole(const struct marks *marks, const struct seen_file *file,
    char finding[FINDING_BYTES])
{
    if (!file->is_whole)
        return complain(finding, "%s is no whole version: %zu bytes, mode %04o",
            file->name, file->size_bytes, (unsigned)file->mode);
    if (!marks_has_started(marks, file->version))
        return complain(finding, "%s comes from the future", file->name);
    return true;
}

/* FILE holds nothing that ended before an acknowledged run began. */
static bool
check_not_older(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, unsigned writer, struct version acknowledged,
    char finding[FINDING_BYTES])
{
    const struct run_marks *run = marks_of(marks, acknowledged), *held;
    const struct seen_file *file;
    char name[NAME_BYTES];

    if (run->done == NEVER)
        return true;
    workload_file(workload, writer, name);
    file = check_find(seen, name);
    if (file == NULL)
        return complain(finding,
            "%s is missing, but run %u of writer "
            "%u was acknowledged",
            name, acknowledged.number, acknowledged.writer);
    held = marks_of(marks, file->version);
    if (held->done != NEVER && held->done < run->started)
        return complain(finding,
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
        workload_file(workload, file->version.writer, name);
        if (workload->rule == RULE_REPLACED && strcmp(file->name, name) != 0)
            return complain(finding, "%s is not to be there", file->name);
    }
    for (unsigned w = 0; w < workload->writers; w++) {
        for (unsigned v = 0; v < workload->rounds; v++) {
            struct version version = {w, v};

            if (!check_not_older(workload, marks, seen, w, version, finding))
                return false;
        }
    }
    return true;
}

/*
 * One writer alone: after run n was acknowledged FILE.i holds n - i. While run
 * n + 1 is on its way the oldest may be gone, but no name that was there, and
 * none of the newer versions; and older ones have higher numbers.
 */
static bool
check_kept(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES])
{
    unsigned done = 0, newer = UINT32_MAX;
    bool found[MARKS_ROUNDS] = {false};

    if (seen->count > workload->kept + 1)
        return complain(finding, "%zu files", seen->count);
    for (unsigned v = 0; v < workload->rounds; v++)
        done += marks->runs[0][v].done != NEVER;
    for (unsigned i = 0; i <= workload->kept; i++) {
        const struct seen_file *file;
        char name[NAME_BYTES];

        snprintf(name, sizeof(name), i == 0 ? "file" : "file.%u", i);
        file = check_find(seen, name);
        if (file == NULL && done > i)
            return complain(finding, "%s is missing after %u runs", name, done);
        if (file == NULL)
            continue;
        if (file->version.number > newer)
            return complain(finding,
                "%s is newer than the one "
                "before",
                name);
        newer = file->version.number;
        found[newer] = true;
    }
    for (unsigned i = 1; i <= workload->kept && i <= done; i++)
        if (!found[done - i])
            return complain(finding,
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
        return complain(finding, "the file holds what is no line");
    /* A run that is over is there before the next of its writer begins. */
    if (version.number != next[version.writer])
        return complain(finding,
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
        return complain(finding, "%zu files", seen->count);
    if (file != NULL &&
        (file->mode != FINAL_MODE || size_bytes == 0 || size_bytes % LINE_BYTES != 0))
        return complain(finding, "the file has %zu bytes, mode %04o", size_bytes,
            (unsigned)file->mode);
    for (size_t at = 0; at < size_bytes; at += LINE_BYTES)
        if (!check_line(marks, file->bytes + at, next, finding))
            return false;
    for (unsigned w = 0; w < workload->writers; w++)
        for (unsigned v = next[w]; v < workload->rounds; v++)
            if (marks->runs[w][v].done != NEVER)
                return complain(finding,
                    "line %u of writer "
                    "%u is lost",
                    v, w);
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
        return complain(finding, "%s is missing, but was printed%s", run->name,
            run->done == NEVER ? "" : " and acknowledged");
    if (file->is_whole ? file->version.writer != version.writer ||
                             file->version.number != version.number
                       : run->done != NEVER)
        return complain(finding, "%s does not hold what was put there", run->name);
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
            return complain(finding, "%s is there twice", file->name);
        *twice = true;
    }
    for (unsigned w = 0; w < workload->writers; w++) {
        for (unsigned v = 0; v < workload->rounds; v++) {
            struct version version = {w, v};

            if (!check_run(marks, seen, version, finding))
                return false;
        }
    }
    return true;
}

bool
check_state(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, size_t most_hidden, char finding[FINDING_BYTES])
{
    if (seen->hidden > most_hidden)
        return complain(finding, "%zu hidden names", seen->hidden);
    switch (workload->rule) {
    case RULE_KEPT:
        return check_replaced(workload, marks, seen, finding) &&
               check_kept(workload, marks, seen, finding);
    case RULE_GROWN:
        return check_grown(workload, marks, seen, finding);
    case RULE_UNIQUE:
    case RULE_CLAIMED:
        return check_unique(workload, marks, seen, finding);
    default:
        return check_replaced(workload, marks, seen, finding);
    }
}
