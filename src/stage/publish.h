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
    PUBLISH_CANNOT_LINK, /* a unnamed stage that cannot be linked: see publish_as */
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
 * Gives STAGE, which needs no turn, the name NAME in the directory of PLACE unless
 * it is taken. A unnamed stage for which links are refused has to be moved to the
 * named stage first (stage_move_to_named), and given its metadata and synced again:
 * PUBLISH_CANNOT_LINK. Where neither link(2) nor a rename that spares its target works,
 * NAME is claimed by an empty file first, which can be seen for a moment.
 */
enum publish_result publish_as(
    const struct place *place, struct stage *stage, const char *name);

#endif
