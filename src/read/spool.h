/*
 * spool - the directory that --take empties: its names are removed, or moved to the
 * directory of --failed, while their content lock is held, and that is made durable in
 * groups.
 *
 * What was removed and is not durable yet comes back after a power cut, and is
 * handled once more. A group is synced as soon as it is full or old, before the next
 * directory, and at the end.
 *
 * A spool owns both directories. Order: spool_open; for each FILE spool_enter, and
 * spool_remove or spool_move; spool_sync; spool_close.
 */
#ifndef WHOLEFILE_READ_SPOOL_H
#define WHOLEFILE_READ_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "file/place.h"
#include "lock/content_lock.h"

struct spool {
    struct place place;    /* of the last FILE; dir is -1 before the first */
    const char *failed;    /* the path of --failed, or NULL */
    int failed_dir;        /* or -1 */
    struct stat failed_at; /* of failed_dir */
    unsigned pending;      /* names that are gone, and not durably so */
    bool has_moved;        /* one of them is in failed_dir */
    int64_t since_ns;      /* when the first of them went */
};

/* Opens FAILED, if it is not NULL. 0, or -1 with errno. SPOOL must be closed then, too.
 */
int spool_open(struct spool *spool, const char *failed);

enum spool_entry {
    SPOOL_ENTERED,
    SPOOL_FAR,       /* FILE is on another file system than the directory of --failed */
    SPOOL_ITSELF,    /* it is the directory of --failed */
    SPOOL_READ_ONLY, /* errno: no name can be removed there */
    SPOOL_CANNOT_ENTER, /* errno */
    SPOOL_NOT_SYNCED,   /* errno: of the directory that was left */
};

/* Makes the leaf of spool->place that of FILE. */
enum spool_entry spool_enter(struct spool *spool, const char *file);

enum spool_result {
    SPOOL_GONE,     /* removed or moved */
    SPOOL_REPLACED, /* the name leads to another file by now, which stays */
    SPOOL_FAILED,   /* errno; EXDEV, EEXIST */
};

/* Removes the leaf if it leads to CONTENT, whose exclusive lock is held. */
enum spool_result spool_remove(struct spool *spool, const struct content_lock *content);

/*
 * Moves it to the directory of --failed, under its own name, or where that is taken
 * with "-2", "-3" and so on after it; NAME gets that.
 */
enum spool_result spool_move(
    struct spool *spool, const struct content_lock *content, char name[NAME_MAX + 1]);

/* Syncs a group that is full or old. 0, or -1 with errno. */
int spool_sync_group(struct spool *spool);

/* Makes all durable. 0, or -1 with errno. fsync(2) */
int spool_sync(struct spool *spool);

void spool_close(struct spool *spool);

#endif
