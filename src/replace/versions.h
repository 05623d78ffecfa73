/*
 * versions - the previous versions of FILE: FILE.1 (newest) to FILE.N.
 *
 * Each step makes FILE.(i+1) of FILE.i, from the oldest on, by a link to a hidden
 * name and a rename, so that no name that existed once is ever missing; last of
 * all FILE.1 becomes a second name of FILE itself, which the publishing then
 * replaces. Only under the turn.
 */
#ifndef WHOLEFILE_REPLACE_VERSIONS_H
#define WHOLEFILE_REPLACE_VERSIONS_H

#include "file/place.h"
#include "lock/content_lock.h"

/* More would make a replacement take longer than anybody waits for. */
enum { VERSIONS_MOST = 9999 };

enum versions_result {
    VERSIONS_DONE,
    VERSIONS_NOT_REGULAR, /* FILE.*FAILED_VERSION is not a regular file */
    VERSIONS_IN_THE_WAY,  /* errno: what has the hidden name cannot be removed */
    VERSIONS_REFUSED,     /* errno: ENAMETOOLONG; EBUSY, EPERM: FILE.*FAILED_VERSION, or
                         FILE     for 0, cannot be replaced */
    VERSIONS_FAILED,      /* errno */
};

/*
 * Moves the versions of FILE up, COUNT (1 to VERSIONS_MOST) of them at most. OLD is
 * FILE's open content. What would fail is found before the first step. *FAILED_VERSION
 * gets the number i of the FILE.i that a refusal or failure is about.
 */
enum versions_result versions_shift(const struct place *place,
    const struct content_lock *old, unsigned count, unsigned *failed_version);

#endif
