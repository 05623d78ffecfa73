/*
 * live_claim - live claims: files that are locked from the moment they exist.
 *
 * That is O_CREAT, O_EXCL and O_EXLOCK of the BSDs in one open(2), which Linux lacks
 * and is rebuilt here: the file is made without a name, gets the mark of an unfinished
 * file (mark.h) and the exclusive content lock, and only then its name. There is no
 * moment between existing and being locked.
 *
 * Order: live_claim_prepare, then publish_unfinished with one name after the other
 * until it is not PUBLISH_EXISTS. The claim has its mark then, and its final mode is
 * the caller's to give.
 */
#ifndef WHOLEFILE_CREATE_LIVE_CLAIM_H
#define WHOLEFILE_CREATE_LIVE_CLAIM_H

#include "file/place.h"
#include "stage/stage.h"

enum live_claim_result {
    LIVE_CLAIM_READY,
    LIVE_CLAIM_UNSUPPORTED, /* no files without a name, or modes do not stick, here */
    LIVE_CLAIM_FAILED,      /* errno; ENOLCK */
};

/* Makes CLAIM ready for its name: an unnamed file, marked and locked. */
enum live_claim_result live_claim_prepare(
    struct stage *claim, const struct place *place);

#endif
