/*
 * creation - the state of one run of uniqcreate(1), and its ways to a new file.
 */
#ifndef WHOLEFILE_CREATE_CREATION_H
#define WHOLEFILE_CREATE_CREATION_H

#include "cli/writer.h"
#include "create/retain.h"
#include "create/stamp.h"
#include "create/uniqcreate_options.h"
#include "file/place.h"
#include "stage/stage.h"

struct creation {
    struct uniqcreate_options options;
    struct descriptors descriptors;
    struct writer writer;
    struct place place;
    struct stage stage;
    struct stamp stamp;
    struct retain retain;
    char name[NAME_MAX + 1];            /* the leaf, once it is published */
    char path[PATH_MAX + NAME_MAX + 1]; /* the whole of it, as it is printed */
    mode_t newborn_mode;                /* of a new file, before what was asked for */
};

/*
 * Each makes its file, or files, and returns STATUS_DONE, or has said why not. The
 * place is open.
 */
enum status staged_create(struct creation *creation); /* seen only when complete */
enum status live_create(struct creation *creation);   /* -l: seen at once, but locked */
enum status batch_create(struct creation *creation); /* --lines, --null: many at once */

#endif
