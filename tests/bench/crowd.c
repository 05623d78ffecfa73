/*
 * crowd - many at one file: what they cost each other.
 *
 *     crowd rates [-n SLICES] [-m MS] FILE READERS:WRITERS READERS:WRITERS PROGRAM...
 *     crowd wait [-n TIMES] FILE PROGRAM...
 *
 * "rates" runs the first crowd and the second in turn, for MS each time: every
 * writer runs "PROGRAM... FILE" in a loop with a line as its input; every reader
 * opens FILE, takes its flock, shared, and holds it for a millisecond. So there is
 * always a reader, and the readers leave the CPUs to the writers. Prints the median
 * of the ratios of the rates of writing, the two values it lies between, the medians
 * of both rates a second, the slices, and how many times a reader found no file or
 * no lock.
 *
 * "wait" has "PROGRAM... -u FILE" hold the turn until another one waits for it, and
 * prints the median of the milliseconds from one replacement to the next, the two
 * values it lies between, the greatest of ten, and how many times it was measured.
 */
#define _GNU_SOURCE
#include "crowd.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "median.h"

struct crowd_size {
    unsigned readers;
    unsigned writers;
};

static _Noreturn void
usage(void)
{
    errx(64, "usage: crowd rates [-n SLICES] [-m MS] FILE READERS:WRITERS "
             "READERS:WRITERS PROGRAM..., crowd wait [-n TIMES] FILE PROGRAM...");
}

static struct crowd_size
parse_size(const char *text)
{
    struct crowd_size size;

    if (sscanf(text, "%u:%u", &size.readers, &size.writers) != 2 ||
        size.readers + size.writers > CROWD_MOST)
        usage();
    return size;
}

static void
compare_rates(
    const struct crowd_job *job, const char *one, const char *other, size_t slices)
{
    struct crowd_size sizes[2] = {parse_size(one), parse_size(other)};
    double *rates[2] = {calloc(slices, sizeof(double)), calloc(slices, sizeof(double))};
    double *ratios = calloc(slices, sizeof(double));
    unsigned long refused = 0;
    struct median ratio;

    if (rates[0] == NULL || rates[1] == NULL || ratios == NULL)
        err(71, "memory");
    for (size_t i = 0; i < slices; i++) {
        for (size_t which = 0; which < 2; which++)
            rates[which][i] =
                crowd_rate(job, sizes[which].readers, sizes[which].writers, &refused);
        ratios[i] = rates[0][i] / rates[1][i];
    }
    ratio = median_of(ratios, slices);
    printf("%.4f %.4f %.4f %.1f %.1f %zu %lu\n", ratio.middle, ratio.low, ratio.high,
        median_of(rates[0], slices).middle, median_of(rates[1], slices).middle, slices,
        refused);
    free(rates[0]);
    free(rates[1]);
    free(ratios);
}

static void
measure_waits(const struct crowd_job *job, size_t times)
{
    double *waits_ms = calloc(times, sizeof(double));
    struct median wait_ms;

    if (waits_ms == NULL)
        err(71, "memory");
    for (size_t i = 0; i < times; i++)
        waits_ms[i] = crowd_wait_ms(job);
    wait_ms = median_of(waits_ms, times); /* which sorts them */
    printf("%.3f %.3f %.3f %.3f %zu\n", wait_ms.middle, wait_ms.low, wait_ms.high,
        waits_ms[times * 9 / 10], times);
    free(waits_ms);
}

int
main(int argc, char *argv[])
{
    struct crowd_job job = {.slice_ms = 500};
    const char *what = argc < 2 ? "" : argv[1];
    size_t times = 7;
    int option;

    if (argc < 2)
        usage();
    optind = 2;
    while ((option = getopt(argc, argv, "+n:m:")) != -1) {
        if (option == 'n')
            times = strtoul(optarg, NULL, 10);
        else if (option == 'm')
            job.slice_ms = atoi(optarg);
        else
            usage();
    }
    argv += optind;
    argc -= optind;
    if (times == 0 || times > 10000 || job.slice_ms <= 0 || argc < 2)
        usage();
    job.file = argv[0];
    job.program = argv + 1;
    if (strcmp(what, "wait") == 0) {
        measure_waits(&job, times);
    } else if (strcmp(what, "rates") == 0 && argc >= 4) {
        job.program = argv + 3;
        compare_rates(&job, argv[1], argv[2], times);
    } else {
        usage();
    }
    return 0;
}
