/*
 * live - live claims: files that are locked from the moment they exist.
 *
 * That is open(2) with O_CREAT, O_EXCL and O_EXLOCK where the system has it, and
 * is rebuilt elsewhere: the file is made without a name, gets the mark of an
 * unfinished file (content.h) and the exclusive content lock, and only then its
 * name. There is no moment between existing and being locked.
 */
#ifndef WHOLEFILE_LIVE_H
#define WHOLEFILE_LIVE_H

#include "place.h"
#include "stage.h"

enum live_result {
    LIVE_READY,
    LIVE_UNSUPPORTED, /* no files without a name, or modes do not stick, here */
    LIVE_FAILED,      /* errno; ENOLCK */
};

/*
 * Makes CLAIM, an empty nameless stage, ready for its name: marked, locked. Give it
 * its name with sys_link_descriptor, which on this rung cannot be done in any other
 * way, for a locked file is never given its name by rename.
 */
enum live_result live_prepare(struct stage *claim, const struct place *place);

#endif
