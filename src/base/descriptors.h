/*
 * descriptors - makes sure of the descriptors 0 to 2.
 *
 * Where one of them is closed, the next file to be opened would take its place: a
 * stage must never become somebody's standard output.
 */
#ifndef WHOLEFILE_BASE_DESCRIPTORS_H
#define WHOLEFILE_BASE_DESCRIPTORS_H

#include <stdbool.h>

struct descriptors {
    bool was_closed[3];
};

/*
 * Whether FIRST, the first descriptor that the program opened, shows that one of
 * the three was closed: descriptors are given out from the lowest. It costs nothing,
 * and then descriptors_secure is called with FIRST closed again.
 */
bool descriptors_are_taken(int first);

/*
 * Opens /dev/null for each that is closed, and notes it. To be called while
 * nothing is open. 0, or -1 with errno.
 */
int descriptors_secure(struct descriptors *descriptors);

#endif
