#define _GNU_SOURCE
#include "crowd.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
    /* How long a reader holds the lock. */
    READING_NS = 1000000,
    /* Long enough for a waiter to be at its longest step. */
    LEAST_WAIT_MS = 60,
    MOST_ARGUMENTS = 16,
    /* Where COMMAND finds the pipe that it waits for. */
    GO_DESCRIPTOR = 9,
};

static char line[] = "a heartbeat, a status or a counter, as it is written by cron\n";

/* Shared by all. */
struct tally {
    atomic_bool is_over;
    atomic_ulong written;
    atomic_ulong refused;
};

static double
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void
nap_ns(long long ns)
{
    struct timespec time = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

    nanosleep(&time, NULL);
}

/* Starts "PROGRAM... ARGUMENT..." with IN as its input, and GO, or -1, open as well. */
static pid_t
start(const struct crowd_job *job, char *const arguments[], int in, int go)
{
    posix_spawn_file_actions_t actions;
    char *argv[MOST_ARGUMENTS];
    size_t count = 0;
    int failed;
    pid_t pid;

    for (char **each = job->program; *each != NULL && count < MOST_ARGUMENTS / 2;
         each++)
        argv[count++] = *each;
    while (*arguments != NULL)
        argv[count++] = *arguments++;
    argv[count] = NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (go != -1)
        posix_spawn_file_actions_adddup2(&actions, go, GO_DESCRIPTOR);
    failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    if (failed != 0)
        errx(71, "%s: %s", argv[0], strerror(failed));
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void
make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(71, "pipe");
}

/* Starts a writer whose input is there already. */
static pid_t
start_writer(const struct crowd_job *job)
{
    char *const arguments[] = {job->file, NULL};
    int ends[2];
    pid_t pid;

    make_pipe(ends);
    if (write(ends[1], line, sizeof(line) - 1) == -1)
        err(74, "fill a pipe");
    close(ends[1]);
    pid = start(job, arguments, ends[0], -1);
    close(ends[0]);
    return pid;
}

static void
end_well(const struct crowd_job *job, pid_t pid)
{
    int status;

    if (waitpid(pid, &status, 0) == -1)
        err(71, "wait");
    if (status != 0)
        errx(70, "%s: ended with %d", job->program[0], status);
}

static _Noreturn void
be_writer(const struct crowd_job *job, struct tally *tally)
{
    while (!atomic_load(&tally->is_over)) {
        end_well(job, start_writer(job));
        /* What ends after the slice counts no more. */
        if (!atomic_load(&tally->is_over))
            atomic_fetch_add(&tally->written, 1);
    }
    _exit(0);
}

static _Noreturn void
be_reader(const struct crowd_job *job, struct tally *tally)
{
    char content[4096];

    while (!atomic_load(&tally->is_over)) {
        int fd = open(job->file, O_RDONLY | O_CLOEXEC);

        if (fd == -1 || flock(fd, LOCK_SH | LOCK_NB) == -1 ||
            read(fd, content, sizeof(content)) <= 0)
            atomic_fetch_add(&tally->refused, 1);
        nap_ns(READING_NS);
        if (fd != -1)
            close(fd);
    }
    _exit(0);
}

static pid_t
start_person(const struct crowd_job *job, struct tally *tally, bool writes)
{
    pid_t pid = fork();

    if (pid == -1)
        err(71, "fork");
    if (pid != 0)
        return pid;
    if (writes)
        be_writer(job, tally);
    be_reader(job, tally);
}

double
crowd_rate(const struct crowd_job *job, unsigned readers, unsigned writers,
    unsigned long *refused)
{
    struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned people = readers + writers;
    pid_t pids[CROWD_MOST];
    double start_ms;
    double rate;

    if (tally == MAP_FAILED)
        err(71, "memory");
    end_well(job, start_writer(job)); /* so that there is something to be read */
    for (unsigned i = 0; i < people; i++)
        pids[i] = start_person(job, tally, i >= readers);
    nap_ns(20000000); /* until all are there */
    start_ms = now_ms();
    atomic_store(&tally->written, 0);
    nap_ns(job->slice_ms * 1000000LL);
    rate = (double)atomic_load(&tally->written) * 1e3 / (now_ms() - start_ms);
    atomic_store(&tally->is_over, true);
    for (unsigned i = 0; i < people; i++)
        end_well(job, pids[i]);
    *refused += atomic_load(&tally->refused);
    munmap(tally, sizeof(*tally));
    return rate;
}

/* What happens in a directory, see inotify(7). */
struct watch {
    int fd;
    size_t at;
    size_t end;
    _Alignas(struct inotify_event) char events[4096];
};

/* Woken at once, where that is permitted: else two events may seem to be one. */
static void
be_quick(void)
{
    struct sched_param priority = {.sched_priority = 1};

    (void)sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
}

static void
start_watch(struct watch *watch, const char *file)
{
    char path[PATH_MAX];

    *stpncpy(path, file, sizeof(path) - 1) = '\0';
    watch->at = watch->end = 0;
    watch->fd = inotify_init1(IN_CLOEXEC);
    if (watch->fd == -1 ||
        inotify_add_watch(watch->fd, dirname(path), IN_CREATE | IN_MOVED_TO) == -1)
        err(74, "inotify");
}

/* Waits until a name comes into being (IN_CREATE), or one is renamed to NAME. */
static double
await(struct watch *watch, uint32_t what, const char *name)
{
    for (;;) {
        const struct inotify_event *event;

        if (watch->at == watch->end) {
            ssize_t got = read(watch->fd, watch->events, sizeof(watch->events));

            if (got <= 0)
                err(74, "inotify");
            watch->at = 0;
            watch->end = (size_t)got;
        }
        event = (const void *)(watch->events + watch->at);
        watch->at += sizeof(*event) + event->len;
        if ((event->mask & what) != 0 &&
            (name == NULL || strcmp(event->name, name) == 0))
            return now_ms();
    }
}

double
crowd_wait_ms(const struct crowd_job *job)
{
    static char update[] = "-u", shell[] = "sh", option[] = "-c";
    static char command[] = "read go <&9 && echo held"; /* GO_DESCRIPTOR */
    char *const arguments[] = {update, job->file, shell, option, command, NULL};
    const char *slash = strrchr(job->file, '/');
    const char *leaf = slash == NULL ? job->file : slash + 1;
    struct watch watch;
    double free_ms;
    double taken_ms;
    pid_t pids[2];
    int go[2];

    be_quick();
    start_watch(&watch, job->file);
    make_pipe(go);
    pids[0] = start(job, arguments, STDIN_FILENO, go[0]);
    await(&watch, IN_CREATE, NULL); /* the name of the turn */
    pids[1] = start_writer(job);
    /* Not in step with its waiting. */
    nap_ns((LEAST_WAIT_MS + rand() % 30) * 1000000LL);
    if (write(go[1], "\n", 1) == -1)
        err(74, "let go");
    free_ms = await(&watch, IN_MOVED_TO, leaf);
    taken_ms = await(&watch, IN_MOVED_TO, leaf);
    end_well(job, pids[0]);
    end_well(job, pids[1]);
    close(go[0]);
    close(go[1]);
    close(watch.fd);
    return taken_ms - free_ms;
}
