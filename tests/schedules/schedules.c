/*
 * schedules - plays the scenes under many schedules, and says which broke a promise.
 *
 *     schedules [-j JOBS] [-b BOUND] [-n COUNT] [-d GOAL] [-s SEED] [-c SCENE]
 *               [-f FORM] [-v MOST] [-q] PROGRAMS DIRECTORY
 *     schedules -r REPLAY PROGRAMS DIRECTORY
 *
 *   -b BOUND  all schedules of the pairs with at most BOUND preemptions or deaths
 *   -n COUNT  so many by chance, over all scenes
 *   -d GOAL   until so many distinct ones were played, but at most COUNT by chance, and
 *             those only of scenes in which they still bring something new
 *   -m OPTION leave out the scenes that need OPTION
 *   -v MOST   stop after so many violations
 *   -q        do not shorten and show them
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "explore.h"

enum { EXIT_SKIPPED = 77, MOST_JOBS = 64, PARTS = 4, RANDOM_PART = 250 };

struct options {
    long jobs;
    int bound; /* -1: no exhaustive part */
    unsigned long count;
    unsigned long goal; /* 0: none */
    uint64_t seed;
    const char *scene; /* part of a name */
    const char *form;
    const char *replay;
    const char *missing; /* an option that the programs do not have */
    const char *programs;
    const char *directory;
};

static bool
is_chosen(const struct options *options, const struct scene *scene)
{
    for (unsigned i = 0; options->missing != NULL && i < scene_process_count(scene);
         i++) {
        if (strstr(scene->commands[i], options->missing) != NULL)
            return false;
    }
    return options->scene == NULL || strstr(scene->name, options->scene) != NULL;
}

/* Which form a job is about is decided by whether it is odd. */
static bool
is_form(const struct options *options, enum engine_form form)
{
    return options->form == NULL || strcmp(options->form, engine_form_words[form]) == 0;
}

/* Without files that have no name there is no claim to be found unlocked, and with them
   no stage that is left without its turn. */
static bool
makes_sense(const struct scene *scene, enum engine_form form)
{
    return scene->start != SCENE_LITTER || form == ENGINE_NAMED;
}

static int
make_directory(const struct options *options, const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", options->directory, name);
    if (mkdir(path, 0700) == -1 && errno != EEXIST)
        return -1;
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A part of a scene in one form: JOB counts through all of them. */
struct job {
    const struct scene *scene;
    enum engine_form form;
    bool is_random;
    unsigned part;
};

static bool
find_job(const struct options *options, unsigned long number, struct job *job)
{
    unsigned long forms = 0;
    unsigned long parts;

    for (size_t i = 0; i < ENGINE_FORM_COUNT * scene_count; i++) {
        const struct scene *scene = &scenes[i / ENGINE_FORM_COUNT];
        enum engine_form form = (enum engine_form)(i % ENGINE_FORM_COUNT);

        if (!is_chosen(options, scene) || !is_form(options, form) ||
            !makes_sense(scene, form))
            continue;
        forms++;
        parts = options->bound >= 0 && scene_process_count(scene) == 2 ? PARTS : 0;
        if (number < parts) {
            *job = (struct job){scene, form, false, (unsigned)number};
            return true;
        }
        number -= parts;
    }
    if (forms == 0 || number * RANDOM_PART >= options->count)
        return false;
    /* In turn, so that each scene gets its share, whatever the count is. */
    for (size_t i = 0, each = 0; i < ENGINE_FORM_COUNT * scene_count; i++) {
        const struct scene *scene = &scenes[i / ENGINE_FORM_COUNT];
        enum engine_form form = (enum engine_form)(i % ENGINE_FORM_COUNT);

        if (!is_chosen(options, scene) || !is_form(options, form) ||
            !makes_sense(scene, form) || each++ != number % forms)
            continue;
        *job = (struct job){scene, form, true, (unsigned)(number / forms)};
        break;
    }
    return true;
}

static void
do_job(const struct options *options, const struct job *job,
    struct explore_shared *shared, struct engine *engine, int dir)
{
    if (engine_open(engine, job->scene, job->form, options->programs, dir) == -1) {
        printf(
            "FAILED  %s: cannot be started: %s\n", job->scene->name, strerror(errno));
        __atomic_fetch_add(&shared->violations, 1, __ATOMIC_RELAXED);
    } else if (job->is_random) {
        explore_by_chance(engine, shared,
            options->seed + (uint64_t)job->part * RANDOM_PART, RANDOM_PART);
    } else {
        explore_all(engine, shared, (unsigned)options->bound, job->part, PARTS);
    }
    engine_close(engine);
}

/* For the handler of SIGTERM, which ends a long run with what it has come to. */
static struct explore_shared *volatile to_end;

static void
end(int number)
{
    (void)number;
    to_end->is_over = true;
}

/* One process of the bed, with its processes on one processor: only one runs at a
   time, and it is quicker to stay. */
static void
work(const struct options *options, struct explore_shared *shared, long number)
{
    struct engine *engine = malloc(sizeof(*engine));
    char name[32];
    cpu_set_t allowed;
    int dir;

    /* A signal for the bed is none for the processes that are played. */
    (void)setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    /* A COMMAND whose parent was killed is waited for here, and nowhere else. */
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    snprintf(name, sizeof(name), "worker-%ld", number);
    dir = make_directory(options, name);
    if (engine == NULL || dir == -1)
        exit(71);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
        long wanted = number % CPU_COUNT(&allowed);

        for (size_t i = 0; i < CPU_SETSIZE; i++) {
            if (CPU_ISSET(i, &allowed) && wanted-- != 0)
                CPU_CLR(i, &allowed);
        }
        (void)sched_setaffinity(0, sizeof(allowed), &allowed);
    }
    for (;;) {
        struct job job = {.scene = NULL};

        if (!find_job(options,
                __atomic_fetch_add(&shared->next_job, 1, __ATOMIC_RELAXED), &job))
            break;
        if (explore_is_enough(shared))
            break;
        do_job(options, &job, shared, engine, dir);
    }
    exit(0);
}

static enum engine_form
find_form(const char *word)
{
    enum engine_form form = ENGINE_UNNAMED;

    for (int i = 0; i < ENGINE_FORM_COUNT; i++) {
        if (strcmp(word, engine_form_words[i]) == 0)
            form = (enum engine_form)i;
    }
    return form;
}

/* "SCENE/FORM/TAPE" */
static int
replay(const struct options *options)
{
    char *text = strdup(options->replay);
    char *form = strchr(text, '/');
    char *schedule = form == NULL ? NULL : strchr(form + 1, '/');
    struct engine *engine = malloc(sizeof(*engine));
    int dir = make_directory(options, "replay");
    const struct scene *scene;
    struct tape tape;
    bool is_bad;

    if (engine == NULL || schedule == NULL || dir == -1)
        return 64;
    *form++ = '\0';
    *schedule++ = '\0';
    scene = scene_find(text);
    if (scene == NULL || tape_parse(&tape, schedule) == -1) {
        fprintf(stderr, "schedules: %s: no such scene, or no schedule\n", text);
        return 64;
    }
    if (engine_open(engine, scene, find_form(form), options->programs, dir) == -1)
        return 71;
    is_bad = explore_replay(engine, &tape);
    engine_close(engine);
    return is_bad ? 1 : 0;
}

static int
parse(struct options *options, int argc, char *argv[])
{
    int option;

    *options = (struct options){.jobs = 1, .bound = -1, .seed = 1};
    explore_shows = true;
    while ((option = getopt(argc, argv, "j:b:n:d:s:c:f:r:v:m:q")) != -1) {
        switch (option) {
        case 'j':
            options->jobs = atol(optarg);
            break;
        case 'b':
            options->bound = atoi(optarg);
            break;
        case 'n':
            options->count = strtoul(optarg, NULL, 10);
            break;
        case 'd':
            options->goal = strtoul(optarg, NULL, 10);
            break;
        case 's':
            options->seed = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            options->scene = optarg;
            break;
        case 'f':
            options->form = optarg;
            break;
        case 'r':
            options->replay = optarg;
            break;
        case 'm':
            options->missing = optarg;
            break;
        case 'v':
            explore_most_violations = strtoul(optarg, NULL, 10);
            break;
        case 'q':
            explore_shows = false;
            break;
        default:
            return -1;
        }
    }
    if (argc - optind != 2 || options->jobs < 1 || options->jobs > MOST_JOBS)
        return -1;
    options->programs = argv[optind];
    options->directory = argv[optind + 1];
    return 0;
}

/* Whether a process may be traced, and stopped by a filter, here. */
static bool
can_trace(const struct options *options)
{
    struct engine *engine = malloc(sizeof(*engine));
    int dir = make_directory(options, "probe");
    bool can =
        engine != NULL && dir != -1 &&
        engine_open(engine, &scenes[0], ENGINE_UNNAMED, options->programs, dir) == 0;

    if (can) {
        engine_run(engine, NULL, 20);
        can = engine->step_count > 0;
        engine_close(engine);
    }
    return can;
}

/* What the exhaustive part was, if nothing ended it. */
static void
tell_all(const struct options *options, const struct explore_shared *shared)
{
    unsigned long sum = 0;

    if (options->bound < 0 || shared->violations > 0 ||
        (shared->is_over && (options->goal == 0 || shared->distinct < options->goal)))
        return;
    printf("all schedules with at most %d preemptions or deaths:\n", options->bound);
    for (size_t i = 0; i < scene_count; i++) {
        unsigned long each = 0;

        for (int form = 0; form < ENGINE_FORM_COUNT; form++)
            each += shared->all[i][form];
        if (each > 0)
            printf("    %-28s %8lu unnamed %8lu named %8lu mixed\n", scenes[i].name,
                shared->all[i][ENGINE_UNNAMED], shared->all[i][ENGINE_NAMED],
                shared->all[i][ENGINE_MIXED]);
        sum += each;
    }
    printf("    %-28s %8lu\n", "together", sum);
}

static int
sum_up(const struct explore_shared *shared, const struct timespec *start)
{
    struct timespec now;
    double seconds;

    clock_gettime(CLOCK_MONOTONIC, &now);
    seconds = (double)(now.tv_sec - start->tv_sec) +
              (double)(now.tv_nsec - start->tv_nsec) / 1e9;
    printf("%lu schedules, %lu distinct%s, %lu steps, %lu played twice, %lu violations "
           "(%.1f s, %.0f/s)\n",
        shared->schedules, shared->distinct, shared->is_full ? " or more" : "",
        shared->steps, shared->replayed, shared->violations, seconds,
        (double)shared->schedules / (seconds > 0 ? seconds : 1));
    if (shared->violations > 0)
        printf("first found after %lu schedules\n", shared->found_after);
    if (shared->distinct < shared->goal)
        printf("FAILED  there were to be %lu distinct ones\n", shared->goal);
    return shared->violations > 0 || shared->distinct < shared->goal ? 1 : 0;
}

int
main(int argc, char *argv[])
{
    struct options options;
    struct explore_shared *shared;
    struct timespec start;

    if (parse(&options, argc, argv) == -1) {
        fputs("usage: schedules [options] PROGRAMS DIRECTORY\n", stderr);
        return 64;
    }
    umask(022);
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    if (!can_trace(&options)) {
        printf("skipped: processes cannot be traced here\n");
        return EXIT_SKIPPED;
    }
    if (options.replay != NULL)
        return replay(&options);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED)
        return 71;
    shared->goal = options.goal;
    to_end = shared;
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long job = 0; job < options.jobs; job++) {
        if (fork() == 0)
            work(&options, shared, job);
    }
    for (;;) {
        int status = 0;

        if (wait(&status) == -1 && errno != EINTR)
            break;
        if (status != 0)
            __atomic_fetch_add(&shared->violations, 1, __ATOMIC_RELAXED);
    }
    tell_all(&options, shared);
    return sum_up(shared, &start);
}
