/*
 * parents - the directories on the way to a file.
 *
 * They are made from the top down, and each has a durable name before the next one is
 * made in it, which mkdir -p does not see to. So wherever one of them is found, all the
 * names that lead to it are durable, but maybe its own.
 */
#ifndef WHOLEFILE_FILE_PARENTS_H
#define WHOLEFILE_FILE_PARENTS_H

#include <stdbool.h>

/* The way to PATH is all up to its last "/". Whether there is any. */
bool parents_has_way(const char *path);

/* Opens the last directory that is there on the way to PATH. Its descriptor, for
   openat(2) alone where it may not be read, or -1 with errno. */
int parents_open_existing(const char *path);

/*
 * Makes the directories that are missing on the way to PATH, with 0777 less the umask;
 * IS_DURABLE: and syncs their names. 0, or -1 with errno: ENOTDIR where one is no
 * directory, or a symlink that leads to nothing; mkdir(2), fsync(2). What was made by
 * then stays.
 */
int parents_make(const char *path, bool is_durable);

/* Makes the name of the directory DIR durable. 0, or -1 with errno. */
int parents_sync(int dir);

#endif
