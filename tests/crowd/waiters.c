/*
 * waiters - what it costs many to change one file at once.
 *
 *     waiters COUNT MS FILE PROGRAM...
 *
 * COUNT processes run "PROGRAM... -u FILE awk '{print $1 + 1}'" in a loop for MS.
 * Prints the updates a second, the CPU of one in milliseconds, the mean and the longest
 * time of a run in milliseconds, and the updates. FILE holds a number before and after;
 * where it has not grown by as many, or a run fails, that is said and the status is 1.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What all of them write into. */
struct tally {
    unsigned long updates;
    unsigned long failures;
    long long spent_ns;
    long long longest_ns;
    unsigned long to_start;
};

static long long
clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long
number_in(const char *file)
{
    FILE *stream = fopen(file, "r");
    long number = -1;

    if (stream == NULL || fscanf(stream, "%ld", &number) != 1)
        err(1, "%s", file);
    fclose(stream);
    return number;
}

static void
update(char **command, struct tally *tally)
{
    long long since_ns = clock_ns();
    pid_t child = vfork();
    int status;

    if (child == 0) {
        execv(command[0], command);
        _exit(127);
    }
    if (child == -1 || waitpid(child, &status, 0) == -1 || status != 0)
        __atomic_add_fetch(&tally->failures, 1, __ATOMIC_RELAXED);
    else
        __atomic_add_fetch(&tally->updates, 1, __ATOMIC_RELAXED);
    since_ns = clock_ns() - since_ns;
    __atomic_add_fetch(&tally->spent_ns, since_ns, __ATOMIC_RELAXED);
    for (long long old = tally->longest_ns; since_ns > old;) {
        if (__atomic_compare_exchange_n(&tally->longest_ns, &old, since_ns, false,
                __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            break;
    }
}

static void
work(char **command, struct tally *tally, long long ms)
{
    long long end_ns;

    /* All start at once, and the time counts from there. */
    __atomic_sub_fetch(&tally->to_start, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&tally->to_start, __ATOMIC_RELAXED) != 0)
        usleep(1000);
    end_ns = clock_ns() + ms * 1000000;
    while (clock_ns() < end_ns)
        update(command, tally);
    _exit(0);
}

static char **
command_of(char **program, int count, char *file)
{
    static char *const rest[] = {"-u", NULL, "awk", "{ print $1 + 1 }", NULL};
    char **command = calloc((size_t)count + 5, sizeof(char *));

    if (command == NULL)
        err(71, "memory");
    for (int i = 0; i < count; i++)
        command[i] = program[i];
    for (int i = 0; i < 5; i++)
        command[count + i] = i == 1 ? file : rest[i];
    return command;
}

int
main(int argc, char *argv[])
{
    struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct rusage used;
    long long since_ns;
    double cpu_ms;
    char **command;
    long before;
    unsigned long runs;

    if (argc < 5 || tally == MAP_FAILED)
        errx(64, "usage: waiters COUNT MS FILE PROGRAM...");
    command = command_of(argv + 4, argc - 4, argv[3]);
    before = number_in(argv[3]);
    tally->to_start = strtoul(argv[1], NULL, 10);
    since_ns = clock_ns();
    for (unsigned long i = tally->to_start; i > 0; i--) {
        pid_t child = fork();

        if (child == -1)
            err(71, "fork");
        if (child == 0)
            work(command, tally, atoll(argv[2]));
    }
    while (wait(NULL) > 0)
        ;
    since_ns = clock_ns() - since_ns;
    getrusage(RUSAGE_CHILDREN, &used);
    cpu_ms = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
             (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
    runs = tally->updates + tally->failures;
    printf("%.1f %.2f %.1f %.1f %lu\n", (double)tally->updates * 1e9 / (double)since_ns,
        cpu_ms / (double)runs, (double)tally->spent_ns / 1e6 / (double)runs,
        (double)tally->longest_ns / 1e6, tally->updates);
    if (tally->failures != 0 || number_in(argv[3]) - before != (long)tally->updates)
        errx(1, "%lu of %lu runs failed; the number grew by %ld", tally->failures, runs,
            number_in(argv[3]) - before);
    return 0;
}
