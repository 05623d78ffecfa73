#define _GNU_SOURCE
#include "trial.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What cat(1) writes at once. */
enum { PART_SIZE = 128 * 1024 };

extern char **environ;

/* The descriptors of one run, and who is at their other ends. */
struct ends {
    int in;
    int out;
    int paths; /* TRIAL_UNLINK: where to read them; or -1 */
    pid_t producer;
    pid_t drain;
};

/* Which end of the machine: the first CPU or the last that we may use. */
enum side { NEAR, FAR };

static void
move_to(enum side side)
{
    static cpu_set_t all;
    cpu_set_t one;
    size_t chosen = CPU_SETSIZE;

    if (CPU_COUNT(&all) == 0 && sched_getaffinity(0, sizeof(all), &all) == -1)
        return;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &all) && (side == FAR || chosen == CPU_SETSIZE))
            chosen = cpu;
    }
    CPU_ZERO(&one);
    if (chosen < CPU_SETSIZE)
        CPU_SET(chosen, &one);
    (void)sched_setaffinity(0, sizeof(one), &one);
}

static void
fill(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        text[i] = i % 100 == 99 ? '\n' : (char)('a' + i % 26);
}

static _Noreturn void
produce(int out, off_t left)
{
    char *part = malloc(PART_SIZE);

    if (part == NULL)
        _exit(1);
    fill(part, PART_SIZE);
    while (left > 0) {
        ssize_t written = write(out, part, left < PART_SIZE ? (size_t)left : PART_SIZE);

        if (written == -1)
            _exit(1);
        left -= written;
    }
    _exit(0);
}

static _Noreturn void
drain(int in)
{
    char *part = malloc(PART_SIZE);

    while (part != NULL && read(in, part, PART_SIZE) > 0)
        ;
    _exit(0);
}

/* In a process of its own, WORK at FD; the pipe's other end stays here. */
static pid_t
start_helper(const struct trial *trial, int mine, int its, bool produces)
{
    pid_t pid = fork();

    if (pid == -1)
        err(71, "fork");
    if (pid != 0) {
        close(its);
        return pid;
    }
    close(mine);
    if (trial->is_apart)
        move_to(NEAR);
    if (produces)
        produce(its, trial->size_bytes);
    drain(its);
}

static void
make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(71, "pipe");
}

static void
open_input(const struct trial *trial, struct ends *ends)
{
    int both[2] = {-1, -1};
    char text[65536];

    switch (trial->input) {
    case TRIAL_NO_INPUT:
        both[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        break;
    case TRIAL_FILE:
        both[0] = open(trial->path, O_RDONLY | O_CLOEXEC);
        break;
    case TRIAL_BYTES:
        make_pipe(both);
        fill(text, (size_t)trial->size_bytes);
        if (write(both[1], text, (size_t)trial->size_bytes) != trial->size_bytes)
            err(74, "fill a pipe");
        close(both[1]);
        break;
    case TRIAL_PRODUCE:
        make_pipe(both);
        ends->producer = start_helper(trial, both[0], both[1], true);
        break;
    }
    ends->in = both[0];
    if (ends->in == -1)
        err(66, "%s", trial->path == NULL ? "/dev/null" : trial->path);
}

static void
open_output(const struct trial *trial, struct ends *ends)
{
    int both[2];

    if (trial->output == TRIAL_NO_OUTPUT) {
        ends->out = open("/dev/null", O_WRONLY | O_CLOEXEC);
        return;
    }
    make_pipe(both);
    ends->out = both[1];
    if (trial->output == TRIAL_UNLINK)
        ends->paths = both[0];
    else
        ends->drain = start_helper(trial, both[1], both[0], false);
}

/* The pipe has an end, for all that could write to it is gone. */
static void
unlink_paths(int paths)
{
    FILE *stream = fdopen(paths, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (stream == NULL)
        err(71, "read paths");
    while ((length = getline(&line, &size, stream)) > 0) {
        line[length - 1] = '\0';
        if (unlink(line) == -1)
            err(74, "%s", line);
    }
    free(line);
    fclose(stream);
}

static void
empty(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;

    if (dir == NULL)
        err(66, "%s", path);
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            unlinkat(dirfd(dir), entry->d_name, 0) == -1)
            err(74, "%s/%s", path, entry->d_name);
    }
    closedir(dir);
}

static void
sync_around(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_CLOEXEC);

    if (fd == -1 || syncfs(fd) == -1)
        err(74, "%s", dir);
    close(fd);
}

static double
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double
us_of(const struct timeval *time)
{
    return (double)time->tv_sec * 1e6 + (double)time->tv_usec;
}

static void
spawn_and_wait(char *const argv[], const struct ends *ends, struct trial_cost *cost)
{
    posix_spawn_file_actions_t actions;
    struct rusage used;
    double start_us;
    int failed;
    int status;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends->in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends->out, STDOUT_FILENO);
    start_us = now_us();
    failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    if (failed != 0)
        errx(71, "%s: %s", argv[0], strerror(failed));
    if (wait4(pid, &status, 0, &used) == -1)
        err(71, "wait");
    cost->us = now_us() - start_us;
    cost->cpu_us = us_of(&used.ru_utime) + us_of(&used.ru_stime);
    cost->faults = used.ru_minflt + used.ru_majflt;
    cost->peak_kib = used.ru_maxrss;
    posix_spawn_file_actions_destroy(&actions);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        errx(70, "%s: ended with %d", argv[0], status);
}

void
trial_run(const struct trial *trial, char *const argv[], struct trial_cost *cost)
{
    struct ends ends = {.in = -1, .out = -1, .paths = -1};

    if (trial->sync_dir != NULL)
        sync_around(trial->sync_dir);
    if (trial->is_apart)
        move_to(FAR);
    open_output(trial, &ends);
    open_input(trial, &ends);
    spawn_and_wait(argv, &ends, cost);
    close(ends.in);
    close(ends.out);
    if (ends.producer > 0)
        waitpid(ends.producer, NULL, 0);
    if (ends.drain > 0)
        waitpid(ends.drain, NULL, 0);
    if (ends.paths != -1)
        unlink_paths(ends.paths);
    if (trial->empty_dir != NULL)
        empty(trial->empty_dir);
}
