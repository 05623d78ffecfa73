/*
 * faults - every system call fails, and every system call is the last.
 *
 * Usage: faults [-s] [-j JOBS] [-p PATH] [-f FALLBACK] PROGRAMS DIRECTORY
 *
 *   -s           at most two errors of each call on the fallbacks
 *   -j JOBS      how many sweeps at once
 *   -p PATH      only paths in whose "PROGRAM, NAME" the text PATH is
 *   -f FALLBACK  only that fallback; "" is none
 *   PROGRAMS     the directory with atomwrite, uniqcreate and lockread
 *   DIRECTORY    to work in; empty, and best in memory
 *
 * Each path on each fallback that it meets is one test; "# " lines say what was
 * found. Exit status: 0 no violation, 1 some, 77 tracing is not allowed here.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sweep.h"

enum { EXIT_SKIPPED = 77, MOST_JOBS = 64, SHORT_ERRORS = 1 };

struct options {
    struct sweep_options sweep;
    long jobs;
    const char *path;
    const char *fallback;
};

/* One number and one tally for each sweep, shared by the processes that do them. */
struct shared {
    _Atomic size_t next;
    struct tally tallies[];
};

static const char *const programs[] = {"atomwrite", "uniqcreate", "lockread", "tee"};

static bool
is_wanted(const struct options *options, const struct path *path,
    const struct fallback *fallback)
{
    char name[128];

    snprintf(name, sizeof(name), "%s, %s", programs[path->program], path->name);
    if (options->path != NULL && strstr(name, options->path) == NULL)
        return false;
    if (options->fallback != NULL && strcmp(fallback->name, options->fallback) != 0)
        return false;
    return (path->flags & NEEDS_ROOT) == 0 || geteuid() == 0;
}

static void
show(
    const struct path *path, const struct fallback *fallback, const struct tally *tally)
{
    char line[512];
    int length;

    length =
        snprintf(line, sizeof(line), "%s - %s, %s%s%s: %u injected, %u violations%s",
            tally->violations > 0 || tally->is_broken ? "not ok" : "ok",
            programs[path->program], path->name, fallback->name[0] == '\0' ? "" : ", ",
            fallback->name, tally->injected, tally->violations,
            tally->is_broken ? ", could not be tried" : "");
    if (tally->unlinks > 0)
        length += snprintf(line + length, sizeof(line) - (size_t)length,
            ", %u with the clean-up itself hit", tally->unlinks);
    if (tally->placeholders > 0)
        length += snprintf(line + length, sizeof(line) - (size_t)length,
            ", %u with a placeholder as documented", tally->placeholders);
    if (tally->missed > 0)
        length += snprintf(line + length, sizeof(line) - (size_t)length,
            ", %u calls that did not come again", tally->missed);
    line[length++] = '\n';
    (void)!write(STDOUT_FILENO, line, (size_t)length);
}

static void
work(const struct options *options, struct shared *shared, long job)
{
    struct sweep_options own = options->sweep;
    char directory[PATH_MAX];
    size_t unit;

    snprintf(directory, sizeof(directory), "%s/%ld", options->sweep.directory, job);
    own.directory = directory;
    /* What a killed program leaves behind is ours to reap. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    while ((unit = shared->next++) < path_count * fallback_count) {
        const struct fallback *fallback = &fallbacks[unit / path_count];
        const struct path *path = &paths[unit % path_count];
        struct tally *tally = &shared->tallies[unit];

        tally->is_same = true;
        if (!is_wanted(options, path, fallback))
            continue;
        sweep(tally, &own, path, fallback);
        if (!tally->is_same)
            show(path, fallback, tally);
    }
}

static bool
prove(const struct options *options)
{
    struct sweep_options own = options->sweep;
    char directory[PATH_MAX];
    struct tally tally;

    snprintf(directory, sizeof(directory), "%s/proof", options->sweep.directory);
    own.directory = directory;
    sweep(&tally, &own, &path_proof, &fallbacks[0]);
    printf("%s - proof: %s is caught (%u violations in %u)\n",
        tally.violations > 0 ? "ok" : "not ok", path_proof.name, tally.violations,
        tally.injected);
    return tally.violations > 0;
}

static int
sum_up(const struct shared *shared, bool is_proved)
{
    struct tally sum = {.injected = 0};
    unsigned passed = is_proved ? 1 : 0;
    unsigned failed = is_proved ? 0 : 1;

    for (size_t i = 0; i < path_count * fallback_count; i++) {
        const struct tally *tally = &shared->tallies[i];

        if (tally->is_same)
            continue;
        if (tally->violations > 0 || tally->is_broken)
            failed++;
        else
            passed++;
        sum.injected += tally->injected;
        sum.violations += tally->violations;
        sum.unlinks += tally->unlinks;
        sum.placeholders += tally->placeholders;
        sum.missed += tally->missed;
    }
    printf("%u faults injected, %u violations; apart: %u with the clean-up itself hit, "
           "%u with a placeholder as documented, %u calls that did not come again\n",
        sum.injected, sum.violations, sum.unlinks, sum.placeholders, sum.missed);
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

static int
parse(struct options *options, int argc, char *argv[])
{
    int option;

    *options = (struct options){.jobs = sysconf(_SC_NPROCESSORS_ONLN)};
    while ((option = getopt(argc, argv, "sj:p:f:")) != -1) {
        switch (option) {
        case 's':
            options->sweep.most_errors = SHORT_ERRORS;
            break;
        case 'j':
            options->jobs = strtol(optarg, NULL, 10);
            break;
        case 'p':
            options->path = optarg;
            break;
        case 'f':
            options->fallback = optarg;
            break;
        default:
            return -1;
        }
    }
    if (argc - optind != 2 || options->jobs < 1)
        return -1;
    if (options->jobs > MOST_JOBS)
        options->jobs = MOST_JOBS;
    options->sweep.programs = argv[optind];
    options->sweep.directory = argv[optind + 1];
    return 0;
}

/* Whether a process may be traced and its calls be changed here. */
static bool
can_trace(void)
{
    const char *const argv[] = {"true", NULL};
    const int fds[3] = {0, 1, 2};
    const struct fault none = {.kind = FAULT_NONE};
    struct trace *trace = calloc(1, sizeof(*trace));
    bool can = trace != NULL && trace_run(trace, argv, "/", fds, &none, NULL) == 0 &&
               trace->call_count > 0;

    free(trace);
    return can;
}

int
main(int argc, char *argv[])
{
    struct options options;
    struct shared *shared;
    size_t size =
        sizeof(*shared) + path_count * fallback_count * sizeof(shared->tallies[0]);
    bool is_proved;

    if (parse(&options, argc, argv) == -1) {
        fputs("usage: faults [-s] [-j JOBS] [-p PATH] [-f FALLBACK] PROGRAMS "
              "DIRECTORY\n",
            stderr);
        return 64;
    }
    umask(022);
    paths_prepare();
    if (!can_trace()) {
        printf("skipped: processes cannot be traced here\n");
        return EXIT_SKIPPED;
    }
    shared =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 71;
    setvbuf(stdout, NULL, _IOLBF, 0);
    is_proved = prove(&options);
    for (long job = 0; job < options.jobs; job++) {
        if (fork() == 0) {
            work(&options, shared, job);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        continue;
    return sum_up(shared, is_proved);
}
