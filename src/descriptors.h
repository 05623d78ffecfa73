/*
 * descriptors - makes sure of the descriptors 0 to 2.
 *
 * Where one of them is closed, the next file to be opened would take its place: a
 * stage must never become somebody's standard output.
 */
#ifndef WHOLEFILE_DESCRIPTORS_H
#define WHOLEFILE_DESCRIPTORS_H

#include <stdbool.h>

struct descriptors {
    bool was_closed[3];
};

/*
 * Opens /dev/null for each that is closed, and notes it. To be called before
 * anything is opened. 0, or -1 with errno.
 */
int descriptors_secure(struct descriptors *descriptors);

#endif
