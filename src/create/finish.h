/*
 * finish - what uniqcreate's new file needs besides its content and its name.
 */
#ifndef WHOLEFILE_CREATE_FINISH_H
#define WHOLEFILE_CREATE_FINISH_H

#include "create/creation.h"

/* Finds the mode of a new file, now that the stage is open, and refuses 0200. */
enum status finish_find_mode(struct creation *creation);

/* Gives the stage the metadata of a new file. */
enum status finish_metadata(struct creation *creation);

/* Makes the stage durable, unless --no-sync. */
enum status finish_sync(struct creation *creation);

#endif
