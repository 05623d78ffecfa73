/*
 * uniqcreate - the state of one run of uniqcreate(1), and its ways to a new file.
 */
#ifndef WHOLEFILE_UNIQCREATE_H
#define WHOLEFILE_UNIQCREATE_H

#include "place.h"
#include "stage.h"
#include "stamp.h"
#include "uniqcreate_options.h"
#include "writer.h"

struct run {
    struct uniqcreate_options options;
    struct descriptors descriptors;
    struct writer writer;
    struct place place;
    struct stage stage;
    struct stamp stamp;
    char name[NAME_MAX + 1]; /* the leaf, once it is published */
    char *path;              /* the whole of it, as it is printed */
    mode_t newborn_mode;     /* of a new file, before what was asked for */
};

/*
 * Each makes its file, or files, and returns STATUS_DONE, or has said why not. The
 * place is open.
 */
enum status staged_create(struct run *run); /* seen only when complete */
enum status live_create(struct run *run);   /* -l: seen at once, but locked */
enum status batch_create(struct run *run);  /* --lines, --null: many at once */

/* Gives the stage the metadata of a new file. */
enum status staged_dress(struct run *run);

/* Makes the content durable, unless --no-sync. */
enum status staged_sync(struct run *run);

/* Gives the stage, which is dressed and durable, its name, and prints that. Signals
   MUST be held back. */
enum status staged_publish(struct run *run);

#endif
