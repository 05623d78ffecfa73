/*
 * owned - makes a hidden name that this process owns.
 *
 * The file is created, locked, and only then looked at again, for a taker
 * (takeover.h) may have found it in the moment between, when nobody held it yet.
 * Nothing may be written into it before. It is what stages and turns are made of
 * where there are no files without a name.
 */
#ifndef WHOLEFILE_STAGE_OWNED_H
#define WHOLEFILE_STAGE_OWNED_H

#include <sys/stat.h>

/*
 * How often in a row a name may be neither free nor a living owner's before whoever
 * wants it tries something else: others are faster, or the server contradicts itself,
 * as Windows does about a file that is removed while somebody still has it open.
 */
enum { OWNED_MOST_VAIN = 1000 };

enum owned_result {
    OWNED_DONE,   /* ours: created, locked, there */
    OWNED_TAKEN,  /* the name is there already */
    OWNED_LOST,   /* a taker was faster: try again */
    OWNED_FAILED, /* errno; ENOLCK where the file system has no record locks */
};

/*
 * Creates NAME in DIR, private, with an exclusive record lock. OWNED_DONE: *FD is its
 * descriptor, O_RDWR, and *FILE its fstat(2); both are the caller's, who gives the name
 * back with place_remove_if_same before closing. All else: *FD is -1, nothing is left.
 * To be called with interrupts held, for in between the name is nobody's.
 */
enum owned_result owned_create(int dir, const char *name, int *fd, struct stat *file);

#endif
