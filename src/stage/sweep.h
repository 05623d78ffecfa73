/*
 * sweep - clears away what killed writers of one FILE left behind.
 *
 * Called where there is evidence that a writer died; a run that meets none pays
 * nothing for it.
 */
#ifndef WHOLEFILE_STAGE_SWEEP_H
#define WHOLEFILE_STAGE_SWEEP_H

#include "file/hidden.h"
#include "file/place.h"
#include "stage/takeover.h"

/*
 * Removes every stage of PLACE in FAMILY whose owner is dead, OWN passed over;
 * where the directory may not be read, none. No failure matters: the next writer
 * tries again. Keeps errno.
 */
void sweep_dead(const struct place *place, enum hidden_family family,
    const struct takeover_own *own);

#endif
