/*
 * mark - the mark of a live claim (uniqcreate --live): the mode that a file has from
 * the moment of its claim until it is finished.
 *
 * Looked at after the content lock was granted it means that its writer died.
 */
#ifndef WHOLEFILE_FILE_MARK_H
#define WHOLEFILE_FILE_MARK_H

#include <stdbool.h>
#include <sys/stat.h>

enum { MARK_UNFINISHED = 0200 };

/* Whether FILE, of stat(2), has just that mode. */
bool mark_is_unfinished(const struct stat *file);

#endif
