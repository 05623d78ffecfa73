/*
 * publish - under which name: gives a stage its final name.
 *
 * After a publish that succeeded there is no way back: what fails later makes the
 * run "committed, durability not confirmed", never "failed".
 */
#ifndef WHOLEFILE_STAGE_PUBLISH_H
#define WHOLEFILE_STAGE_PUBLISH_H

#include "file/place.h"
#include "stage/stage.h"
#include "stage/turn.h"

enum publish_result {
    PUBLISH_DONE,
    PUBLISH_EXISTS,      /* never-over: the name is taken */
    PUBLISH_CANNOT_LINK, /* an unnamed stage that cannot be linked: see publish_as */
    PUBLISH_FAILED,      /* errno: EBUSY where FILE is a mount point */
};

/*
 * Renames STAGE over the leaf of PLACE and ends TURN, in one call on the unnamed
 * stage. rename(2)
 */
enum publish_result publish_replace(
    struct turn *turn, const struct place *place, struct stage *stage);

/* The same, but only if the leaf does not exist. */
enum publish_result publish_never_over(
    struct turn *turn, const struct place *place, struct stage *stage);

/*
 * Gives the unnamed STAGE the name NAME in the directory of PLACE unless it is taken,
 * as what is not finished: watchers are not told. PUBLISH_CANNOT_LINK: see below.
 */
enum publish_result publish_unfinished(
    const struct place *place, struct stage *stage, const char *name);

/*
 * Tells those who watch the directory of PLACE that NAME is finished, once the
 * descriptor that this returns is closed, in the words of inotify(7): IN_CLOSE_WRITE.
 * NAME has to be writable. -1 with errno.
 */
int publish_announce(const struct place *place, const char *name);

/*
 * Gives STAGE, which needs no turn, the name NAME in the directory of PLACE unless
 * it is taken. An unnamed stage for which links are refused has to be moved to the
 * named stage first (stage_move_to_named), and given its metadata and synced again:
 * PUBLISH_CANNOT_LINK. Where neither link(2) nor a rename that spares its target works,
 * NAME is claimed by an empty file first, which can be seen for a moment; lockread
 * takes it for a file that is locked, or left unfinished.
 *
 * Whoever watches the directory is told once, by IN_MOVED_TO. A stage that has got its
 * hidden name (stage_link) keeps it if NAME was taken, for the next try.
 */
enum publish_result publish_as(
    const struct place *place, struct stage *stage, const char *name);

#endif
