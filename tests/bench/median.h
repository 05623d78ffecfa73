/* median - of measurements, and between which two it lies in 95 of 100 series. */
#ifndef BENCH_MEDIAN_H
#define BENCH_MEDIAN_H

#include <stddef.h>

struct median {
    double middle;
    double low;
    double high;
};

/* Sorts VALUES; COUNT is not 0. */
struct median median_of(double values[], size_t count);

#endif
