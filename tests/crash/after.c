/* after - see after.h. */
#include "after.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marks.h"

/* No program takes so long here; one that hangs is a finding. */
enum { PATIENCE_S = 30 };

/*
 * Runs it in WORK_FD with INPUT_FD and OUTPUT_FD as its standard input and
 * output, and returns its wait status.
 */
static int
run(const struct after *after, char *const arguments[], int work_fd, int input_fd,
    int output_fd)
{
    pid_t pid = fork();
    int status;

    if (pid == -1)
        err(71, "fork");
    if (pid == 0) {
        int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

        if (fchdir(work_fd) != 0 || dup2(input_fd, STDIN_FILENO) == -1 ||
            dup2(output_fd, STDOUT_FILENO) == -1 || dup2(null_fd, STDERR_FILENO) == -1)
            _exit(126);
        if (after->preload != NULL && setenv("LD_PRELOAD", after->preload, 1) != 0)
            _exit(126);
        alarm(PATIENCE_S);
        execv(arguments[0], arguments);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) == -1)
        err(71, "waitpid");
    return status;
}

/* A file of its own in memory: no pipe that could fill up. */
static int
open_memory(void)
{
    int fd = memfd_create("after", MFD_CLOEXEC);

    if (fd == -1)
        err(71, "memfd_create");
    return fd;
}

static char *
program_path(const struct after *after, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", after->programs, name) == -1)
        err(71, "after");
    return path;
}

static bool
read_one(const struct after *after, const struct seen_file *file, int work_fd,
    char finding[FINDING_BYTES])
{
    char *path = program_path(after, "lockread");
    char *arguments[] = {path, (char *)file->name, NULL};
    bool is_claim = file->mode == CLAIM_MODE;
    size_t expected_bytes = is_claim ? 0 : file->size_bytes;
    int output_fd = open_memory();
    int input_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int status = run(after, arguments, work_fd, input_fd, output_fd);
    char *bytes = malloc(expected_bytes + 1);
    bool is_right;

    if (bytes == NULL || input_fd == -1)
        err(71, "after");
    /* One byte more than expected must not be there. */
    is_right =
        WIFEXITED(status) && WEXITSTATUS(status) == (is_claim ? 65 : 0) &&
        pread(output_fd, bytes, expected_bytes + 1, 0) == (ssize_t)expected_bytes &&
        memcmp(bytes, file->bytes, expected_bytes) == 0;
    if (!is_right)
        check_complain(finding,
            "lockread %s: mode %04o, wait status %#x, or wrong "
            "content",
            file->name, (unsigned)file->mode, (unsigned)status);
    free(bytes);
    close(input_fd);
    close(output_fd);
    free(path);
    return is_right;
}

bool
after_read(struct after *after, const struct seen *seen, int work_fd,
    char finding[FINDING_BYTES])
{
    for (size_t i = 0; i < seen->count; i++) {
        after->reads++;
        if (!read_one(after, &seen->files[i], work_fd, finding))
            return false;
    }
    return true;
}

static int
make_input(const struct workload *workload, struct version version)
{
    size_t size_bytes = workload->feeding == FEED_VERSION ? workload->size_bytes
                        : workload->feeding == FEED_LINES ? (size_t)LINE_BYTES * EVENTS
                                                          : (size_t)LINE_BYTES;
    char *bytes = malloc(size_bytes);
    int fd = open_memory();

    if (bytes == NULL)
        err(71, "after");
    if (workload->feeding == FEED_VERSION)
        content_make(version, bytes, size_bytes);
    else if (workload->feeding == FEED_LINES)
        content_make_lines(version.writer, version.number, EVENTS, bytes);
    else
        content_make_line(version, bytes);
    if (write(fd, bytes, size_bytes) != (ssize_t)size_bytes ||
        lseek(fd, 0, SEEK_SET) != 0)
        err(74, "after");
    free(bytes);
    return fd;
}

/* 0 where it did the whole, or found nothing to do. */
static bool
is_right_status(const struct workload *workload, int status)
{
    return WIFEXITED(status) &&
           (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == workload->status);
}

/* The path that was printed to OUTPUT_FD, or "-". */
static void
printed_name(int output_fd, char name[NAME_BYTES])
{
    ssize_t got = pread(output_fd, name, NAME_BYTES - 1, 0);

    name[got > 0 ? got : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
    if (*name == '\0')
        strcpy(name, "-");
}

/* Runs the program for one FILE, as writer AFTER_WRITER. */
static int
run_again(const struct after *after, unsigned index, int work_fd)
{
    struct version version = {AFTER_WRITER, index};
    char *path = program_path(after, after->workload->program);
    int input_fd = make_input(after->workload, version);
    int output_fd = open_memory();
    struct command command;
    char *arguments[ARGUMENTS], name[NAME_BYTES];
    int status;

    workload_command(after->workload, path, version, &command);
    for (size_t i = 0; i < ARGUMENTS; i++)
        arguments[i] = (char *)command.arguments[i];
    marks_say(after->marks_fd, "start", version, NULL);
    status = run(after, arguments, work_fd, input_fd, output_fd);
    printed_name(output_fd, name);
    if (is_right_status(after->workload, status))
        marks_say(after->marks_fd, "done", version, name);
    close(input_fd);
    close(output_fd);
    free(path);
    return status;
}

/* The content of that run is in one of the files: whole, or its last line. */
static bool
has_arrived(const struct workload *workload, const struct seen *seen, unsigned index)
{
    bool has_lines = workload->rule == RULE_GROWN || workload->rule == RULE_LINES;
    struct version version;

    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_file *file = &seen->files[i];

        version = file->version;
        /* Each event of its writer has left the spool. */
        if (workload_takes(workload) && strncmp(file->name, "event-", 6) == 0 &&
            version.writer == index)
            return false;
        if (has_lines &&
            (file->size_bytes < LINE_BYTES ||
                !content_read_line(
                    file->bytes + file->size_bytes - LINE_BYTES, &version)))
            continue;
        /* Of several lines of one run any will do. */
        if (workload->rule == RULE_LINES)
            version.number /= EVENTS;
        if (!has_lines && !file->is_whole)
            continue;
        if (version.writer == AFTER_WRITER && version.number == index)
            return true;
    }
    return workload_takes(workload);
}

/* Says what is there in its place; false. */
static bool
complain_of_another(const struct workload *workload, const struct seen *seen,
    unsigned index, char finding[FINDING_BYTES])
{
    const struct seen_file *file;
    char name[NAME_BYTES];

    workload_file(workload, index, name);
    file = check_find(seen, name);
    if (file == NULL)
        return check_complain(finding, "what the next run wrote is not there");
    return check_complain(finding,
        "not what the next run wrote: %s has mode %04o and %zu bytes, %s", name,
        (unsigned)file->mode, file->size_bytes, file->is_whole ? "whole" : "not whole");
}

/*
 * What was written without a promise may have the name of its FILE and still the mode
 * of its stage: btrfs keeps a rename without the fchmod(2) before it. The next run
 * would inherit that, so it is put right, as a user would.
 */
static void
put_mode_right(const struct workload *workload, unsigned index, int work_fd)
{
    char name[NAME_BYTES];
    struct stat file;

    workload_file(workload, index, name);
    if (fstatat(work_fd, name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
        (file.st_mode & 07777) != FINAL_MODE &&
        fchmodat(work_fd, name, FINAL_MODE, 0) != 0)
        err(74, "%s", name);
}

bool
after_run(struct after *after, int work_fd, char finding[FINDING_BYTES])
{
    unsigned files = after->workload->files > 0 ? after->workload->files : 1;
    struct seen seen;
    bool is_right;

    for (unsigned i = 0; i < files; i++) {
        int status;

        if (after->workload->before != NULL)
            put_mode_right(after->workload, i, work_fd);
        status = run_again(after, i, work_fd);
        after->runs++;
        if (!is_right_status(after->workload, status))
            return check_complain(
                finding, "the next run: wait status %#x", (unsigned)status);
    }
    is_right = check_look(&seen, work_fd, finding);
    for (unsigned i = 0; is_right && i < files; i++)
        is_right = has_arrived(after->workload, &seen, i) ||
                   complain_of_another(after->workload, &seen, i, finding);
    if (is_right && seen.hidden > 0)
        is_right =
            check_complain(finding, "%zu hidden names after the next run", seen.hidden);
    check_forget(&seen);
    return is_right;
}
