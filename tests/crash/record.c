/*
 * record - runs a workload on the logging disk.
 *
 * Usage: record [-dn] [-p LIBRARY] [-s SEED] DISK DIR IMAGE FILESYSTEM
 *               WORKLOAD PROGRAMS
 *
 * DISK is the program of disk.c, DIR an empty directory on a private tmpfs,
 * IMAGE a file system of the type FILESYSTEM, which is changed, PROGRAMS the
 * directory of the programs under test. The record is left in DIR/log.
 *
 * -d  the disk drops flushes
 * -n  noise: foreign commits between the program's system calls (noise.h)
 * -p  preload LIBRARY into the programs (broken.c)
 * -s  the seed for the noise and for the sizes of the versions
 *
 * Exits 0 where every run of the workload exited 0.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bed.h"
#include "chance.h"
#include "marks.h"
#include "noise.h"
#include "workload.h"

/* Between the two halves of a live claim's input: time for a commit. */
#define PAUSE_NS 2000000
/* How much of the input comes before that pause. */
#define FIRST_PART_BYTES ((size_t)5000)

struct recorder {
    const struct workload *workload;
    char *program;
    const char *preload;
    uint64_t seed;
    bool noisy;
    int marks_fd;
    int root_fd;
    int work_fd;
};

struct pipes {
    int to_program;
    int from_program;
};

static uint64_t
seed_of(const struct recorder *recorder, struct version version)
{
    return chance_mix(
        recorder->seed * 10000 + version.writer * UINT64_C(100) + version.number + 1);
}

/* A run, or the one that comes before it. */
enum pass { PASS_BEFORE, PASS_USUAL };

static void
run_program(const struct recorder *recorder, struct version version, enum pass pass)
{
    struct workload workload = *recorder->workload;
    struct command command;
    char *arguments[ARGUMENTS];
    int status;

    if (pass == PASS_BEFORE) {
        workload.option = workload.before;
        workload.more = NULL;
    }
    workload_command(&workload, recorder->program, version, &command);
    for (size_t i = 0; i < ARGUMENTS; i++)
        arguments[i] = (char *)command.arguments[i];
    if (fchdir(recorder->work_fd) != 0)
        err(74, WORK_DIRECTORY);
    signal(SIGPIPE, SIG_DFL);
    if (recorder->preload != NULL && setenv("LD_PRELOAD", recorder->preload, 1) != 0)
        err(71, "setenv");
    if (!recorder->noisy) {
        execv(arguments[0], arguments);
        err(71, "%s", arguments[0]);
    }
    status = noise_run(arguments, recorder->root_fd, seed_of(recorder, version));
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

static pid_t
start(const struct recorder *recorder, struct version version, enum pass pass,
    struct pipes *pipes)
{
    int input[2], output[2];
    pid_t pid;

    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
        err(71, "pipe");
    pid = fork();
    if (pid == -1)
        err(71, "fork");
    if (pid == 0) {
        if (dup2(input[0], STDIN_FILENO) == -1 || dup2(output[1], STDOUT_FILENO) == -1)
            err(71, "dup2");
        /* The tracer keeps what it inherits, so close it here. */
        close(input[0]);
        close(input[1]);
        close(output[0]);
        close(output[1]);
        run_program(recorder, version, pass);
    }
    close(input[0]);
    close(output[1]);
    pipes->to_program = input[1];
    pipes->from_program = output[0];
    return pid;
}

/* A program that failed reads no more; its exit status will say so. */
static void
write_some(int fd, const char *bytes, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t wrote = write(fd, bytes, size_bytes);

        if (wrote == -1 && errno == EPIPE)
            return;
        if (wrote == -1)
            err(74, "pipe");
        bytes += wrote;
        size_bytes -= (size_t)wrote;
    }
}

/* Each version has a size of its own: up to a half more or less than usual. */
static size_t
input_size(const struct recorder *recorder, struct version version)
{
    const struct workload *workload = recorder->workload;
    uint64_t seed = seed_of(recorder, version);

    if (workload->feeding == FEED_LINE)
        return LINE_BYTES;
    if (workload->feeding == FEED_LINES)
        return (size_t)EVENTS * LINE_BYTES;
    return workload->size_bytes / 2 + chance_below(&seed, workload->size_bytes);
}

static void
feed(const struct recorder *recorder, struct version version, int fd)
{
    const struct workload *workload = recorder->workload;
    struct timespec pause = {0, PAUSE_NS};
    bool has_input =
        workload->feeding != FEED_COMMAND && workload->feeding != FEED_NOTHING;
    size_t size_bytes = has_input ? input_size(recorder, version) : 0;
    size_t first_bytes = size_bytes < FIRST_PART_BYTES ? size_bytes : FIRST_PART_BYTES;
    char *bytes;

    if (has_input) {
        bytes = malloc(size_bytes);
        if (bytes == NULL)
            err(71, "input");
        if (workload->feeding == FEED_LINE)
            content_make_line(version, bytes);
        else if (workload->feeding == FEED_LINES)
            content_make_lines(version.writer, version.number, EVENTS, bytes);
        else
            content_make(version, bytes, size_bytes);
        write_some(fd, bytes, first_bytes);
        nanosleep(&pause, NULL);
        write_some(fd, bytes + first_bytes, size_bytes - first_bytes);
        free(bytes);
    }
    close(fd);
}

/* The printed path, or "" where nothing came. */
static void
read_path(int fd, char name[NAME_BYTES])
{
    size_t have = 0;

    while (have < NAME_BYTES - 1 && read(fd, name + have, 1) == 1 && name[have] != '\n')
        have++;
    name[have] = '\0';
}

/* What a run promises nothing of, so that it has no marks. */
static bool
run_before(const struct recorder *recorder, struct version version)
{
    struct pipes pipes;
    pid_t pid = start(recorder, version, PASS_BEFORE, &pipes);
    int status;

    feed(recorder, version, pipes.to_program);
    if (waitpid(pid, &status, 0) == -1)
        err(71, "waitpid");
    close(pipes.from_program);
    return status == 0;
}

static bool
run_once(const struct recorder *recorder, struct version version)
{
    const struct workload *workload = recorder->workload;
    char name[NAME_BYTES];
    struct pipes pipes;
    int status;
    pid_t pid;

    marks_say(recorder->marks_fd, "start", version, NULL);
    if (workload->before != NULL && !run_before(recorder, version)) {
        warnx("%s: the run before that of writer %u failed", workload->name,
            version.writer);
        return false;
    }
    pid = start(recorder, version, PASS_USUAL, &pipes);
    if (workload->rule == RULE_CLAIMED) {
        read_path(pipes.from_program, name);
        if (*name != '\0')
            marks_say(recorder->marks_fd, "claim", version, name);
    }
    feed(recorder, version, pipes.to_program);
    if (workload->rule == RULE_UNIQUE)
        read_path(pipes.from_program, name);
    else if (workload->rule != RULE_CLAIMED)
        workload_file(workload, version.writer, name);
    if (waitpid(pid, &status, 0) == -1)
        err(71, "waitpid");
    close(pipes.from_program);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != workload->status) {
        warnx("%s: run %u of writer %u: wait status %#x", workload->name,
            version.number, version.writer, (unsigned)status);
        return false;
    }
    marks_say(recorder->marks_fd, "done", version, name);
    return true;
}

static bool
run_writers(const struct recorder *recorder)
{
    const struct workload *workload = recorder->workload;
    pid_t pids[MARKS_WRITERS];
    bool all_done = true;
    int status;

    for (unsigned w = 0; w < workload->writers; w++) {
        int result = 0;

        pids[w] = fork();
        if (pids[w] == -1)
            err(71, "fork");
        if (pids[w] != 0)
            continue;
        for (unsigned v = 0; v < workload->rounds; v++) {
            struct version version = {w, v};

            if (!run_once(recorder, version))
                result = 1;
        }
        _exit(result);
    }
    for (unsigned w = 0; w < workload->writers; w++)
        if (waitpid(pids[w], &status, 0) == -1 || status != 0)
            all_done = false;
    return all_done;
}

static void
make_event(const struct recorder *recorder, struct version version)
{
    size_t size_bytes = recorder->workload->size_bytes;
    char name[NAME_BYTES], *bytes = malloc(size_bytes);
    int fd;

    snprintf(name, sizeof(name), "event-%u-%u", version.writer, version.number);
    fd = openat(recorder->work_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd == -1 || bytes == NULL)
        err(73, "%s", name);
    content_make(version, bytes, size_bytes);
    write_some(fd, bytes, size_bytes);
    free(bytes);
    close(fd);
}

/* What is there before. */
static void
fill_spool(const struct recorder *recorder)
{
    if (mkdirat(recorder->root_fd, FAILED_DIRECTORY, 0755) != 0)
        err(73, FAILED_DIRECTORY);
    for (unsigned w = 0; w < recorder->workload->writers; w++) {
        for (unsigned i = 0; i < EVENTS; i++) {
            struct version version = {w, i};

            make_event(recorder, version);
        }
    }
}

static bool
run_workload(struct recorder *recorder, const struct bed *bed)
{
    const struct version nobody = {0, 0};
    bool all_done;

    recorder->marks_fd = bed->marks_fd;
    recorder->root_fd = open(bed->mountpoint, O_RDONLY | O_CLOEXEC);
    if (recorder->root_fd == -1 ||
        mkdirat(recorder->root_fd, WORK_DIRECTORY, 0755) != 0)
        err(73, WORK_DIRECTORY);
    recorder->work_fd = openat(recorder->root_fd, WORK_DIRECTORY, O_RDONLY | O_CLOEXEC);
    if (recorder->work_fd == -1)
        err(74, WORK_DIRECTORY);
    if (workload_takes(recorder->workload))
        fill_spool(recorder);
    if (syncfs(recorder->work_fd) != 0)
        err(74, WORK_DIRECTORY);
    marks_say(recorder->marks_fd, "ready", nobody, NULL);
    all_done = run_writers(recorder);
    close(recorder->work_fd);
    close(recorder->root_fd);
    return all_done;
}

int
main(int argc, char **argv)
{
    struct recorder recorder = {0};
    enum flushes flushes = FLUSHES_KEPT;
    const struct filesystem *filesystem;
    struct bed bed;
    bool all_done;
    int option;

    while ((option = getopt(argc, argv, "dnp:s:")) != -1) {
        switch (option) {
        case 'd':
            flushes = FLUSHES_DROPPED;
            break;
        case 'n':
            recorder.noisy = true;
            break;
        case 'p':
            recorder.preload = optarg;
            break;
        case 's':
            recorder.seed = strtoull(optarg, NULL, 10);
            break;
        default:
            return 64;
        }
    }
    if (argc - optind != 6)
        errx(64, "six operands, please; see record.c");
    argv += optind;
    filesystem = bed_filesystem(argv[3]);
    recorder.workload = workload_find(argv[4]);
    if (filesystem == NULL || recorder.workload == NULL)
        errx(64, "no such file system or workload");
    if (asprintf(&recorder.program, "%s/%s", argv[5], recorder.workload->program) == -1)
        err(71, "record");
    signal(SIGPIPE, SIG_IGN);
    /* check.c looks at the modes. */
    umask(022);
    bed_open(&bed, argv[1], argv[0], argv[2], flushes);
    if (!bed_mount(&bed, filesystem))
        err(71, "mount %s", filesystem->name);
    all_done = run_workload(&recorder, &bed);
    bed_unmount(&bed);
    bed_close(&bed);
    free(recorder.program);
    return all_done ? 0 : 1;
}
