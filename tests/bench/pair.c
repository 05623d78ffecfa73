/*
 * pair - runs two programs in turn, A B B A A B..., and compares what they cost.
 *
 *     pair [-n MOST] [-t SECONDS] [-i INPUT] [-o OUTPUT] [-s DIR] [-e DIR] [-2] [-c]
 *         A [ARGUMENT]... ::: B [ARGUMENT]...
 *
 *     -n MOST      pairs at most (1000); 3 at least, whatever -t says
 *     -t SECONDS   begin no other pair after that (3)
 *     -i INPUT     none, bytes:N, produce:N, file:PATH
 *     -o OUTPUT    none, drain, unlink; see trial.h
 *     -s DIR       sync its file system before each run, out of the time
 *     -e DIR       empty it after each run
 *     -2           who produces and drains has a CPU of its own
 *     -c           time on a CPU alone: for small differences on a busy machine
 *
 * Prints a line: the median of the ratios pair by pair and the two values it lies
 * between, the medians of the microseconds of A and of B, the pairs, and then page
 * faults and peak memory in KiB of A and of B. A machine that is slower for a while
 * is so for both of a pair.
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "median.h"
#include "trial.h"

enum { LEAST_PAIRS = 3, MOST_PAIRS = 100000, WARM_UPS = 1 };

struct contest {
    struct trial trial;
    size_t most_pairs;
    double seconds;
    bool is_cpu_time;
    char **argv[2];
};

struct series {
    double *us[2];
    double *ratios;
    size_t count;
    struct trial_cost cost[2]; /* faults and memory: of the last run */
};

static _Noreturn void
usage(const char *what)
{
    errx(64, "usage: %s; see its source", what);
}

static const char *
after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static void
parse_input(struct trial *trial, const char *text)
{
    const char *value;

    if (strcmp(text, "none") == 0) {
        trial->input = TRIAL_NO_INPUT;
    } else if ((value = after(text, "bytes:")) != NULL) {
        trial->input = TRIAL_BYTES;
        trial->size_bytes = atol(value);
        if (trial->size_bytes > 65536)
            usage("-i bytes:N, 65536 at most");
    } else if ((value = after(text, "produce:")) != NULL) {
        trial->input = TRIAL_PRODUCE;
        trial->size_bytes = atol(value);
    } else if ((value = after(text, "file:")) != NULL) {
        trial->input = TRIAL_FILE;
        trial->path = value;
    } else {
        usage("-i none, bytes:N, produce:N or file:PATH");
    }
}

static void
parse_output(struct trial *trial, const char *text)
{
    if (strcmp(text, "none") == 0)
        trial->output = TRIAL_NO_OUTPUT;
    else if (strcmp(text, "drain") == 0)
        trial->output = TRIAL_DRAIN;
    else if (strcmp(text, "unlink") == 0)
        trial->output = TRIAL_UNLINK;
    else
        usage("-o none, drain or unlink");
}

static void
parse_options(struct contest *contest, int argc, char *argv[])
{
    int option;

    while ((option = getopt(argc, argv, "+n:t:i:o:s:e:2c")) != -1) {
        switch (option) {
        case 'n':
            contest->most_pairs = (size_t)atol(optarg);
            break;
        case 't':
            contest->seconds = atof(optarg);
            break;
        case 'i':
            parse_input(&contest->trial, optarg);
            break;
        case 'o':
            parse_output(&contest->trial, optarg);
            break;
        case 's':
            contest->trial.sync_dir = optarg;
            break;
        case 'e':
            contest->trial.empty_dir = optarg;
            break;
        case '2':
            contest->trial.is_apart = true;
            break;
        case 'c':
            contest->is_cpu_time = true;
            break;
        default:
            usage("pair [-n MOST] [-t SECONDS] [-i INPUT] [-o OUTPUT] [-s DIR] "
                  "[-e DIR] [-2] [-c] A... ::: B...");
        }
    }
    if (contest->most_pairs < LEAST_PAIRS || contest->most_pairs > MOST_PAIRS)
        usage("-n of 3 to 100000");
}

static void
parse_programs(struct contest *contest, char *argv[])
{
    contest->argv[0] = argv;
    while (*argv != NULL && strcmp(*argv, ":::") != 0)
        argv++;
    if (*argv == NULL || contest->argv[0] == argv || argv[1] == NULL)
        usage("A... ::: B...");
    *argv = NULL;
    contest->argv[1] = argv + 1;
}

static double
now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
run_pair(const struct contest *contest, struct series *series)
{
    /* Who goes first takes turns: being second may be an advantage. */
    size_t first = series->count % 2;

    for (size_t i = 0; i < 2; i++) {
        size_t which = i == 0 ? first : 1 - first;

        trial_run(&contest->trial, contest->argv[which], &series->cost[which]);
        series->us[which][series->count] =
            contest->is_cpu_time ? series->cost[which].cpu_us : series->cost[which].us;
    }
    series->ratios[series->count] =
        series->us[0][series->count] / series->us[1][series->count];
    series->count++;
}

static void
report(struct series *series)
{
    struct median ratio = median_of(series->ratios, series->count);
    const struct trial_cost *cost = series->cost;

    printf("%.4f %.4f %.4f %.1f %.1f %zu %ld %ld %ld %ld\n", ratio.middle, ratio.low,
        ratio.high, median_of(series->us[0], series->count).middle,
        median_of(series->us[1], series->count).middle, series->count, cost[0].faults,
        cost[1].faults, cost[0].peak_kib, cost[1].peak_kib);
}

int
main(int argc, char *argv[])
{
    struct contest contest = {.most_pairs = 1000, .seconds = 3};
    struct series series = {.count = 0};
    struct trial_cost unused;
    double end_s;

    parse_options(&contest, argc, argv);
    parse_programs(&contest, argv + optind);
    series.ratios = calloc(contest.most_pairs, sizeof(double));
    series.us[0] = calloc(contest.most_pairs, sizeof(double));
    series.us[1] = calloc(contest.most_pairs, sizeof(double));
    if (series.ratios == NULL || series.us[0] == NULL || series.us[1] == NULL)
        err(71, "memory");
    end_s = now_s() + contest.seconds;
    for (int i = 0; i < 2 * WARM_UPS; i++)
        trial_run(&contest.trial, contest.argv[i % 2], &unused);
    while (series.count < contest.most_pairs &&
           (series.count < LEAST_PAIRS || now_s() < end_s))
        run_pair(&contest, &series);
    report(&series);
    free(series.ratios);
    free(series.us[0]);
    free(series.us[1]);
    return 0;
}
