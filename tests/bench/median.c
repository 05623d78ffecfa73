#include "median.h"

#include <math.h>
#include <stdlib.h>

static int
compare(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;

    return (difference > 0) - (difference < 0);
}

struct median
median_of(double values[], size_t count)
{
    /* Of the ranks as of tosses of a coin: 1.96 standard deviations to each side. */
    double reach = 0.98 * sqrt((double)count);
    double first = floor(((double)count - 1) / 2 - reach);
    size_t low = first < 0 ? 0 : (size_t)first;

    qsort(values, count, sizeof(values[0]), compare);
    return (struct median){
        .middle = (values[(count - 1) / 2] + values[count / 2]) / 2,
        .low = values[low],
        .high = values[count - 1 - low],
    };
}
