/*
 * listing - lockread -l: the state of files, for people and for programs. Takes no
 * lock and reads no content.
 */
#ifndef WHOLEFILE_READ_LISTING_H
#define WHOLEFILE_READ_LISTING_H

#include "read/lockread_options.h"

/* Prints a line for each FILE. Returns the status: STATUS_NO_INPUT where one is
   missing. */
enum status listing_print(const struct lockread_options *options);

#endif
