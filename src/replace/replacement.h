/*
 * replacement - the state of one run of atomwrite(1), which its steps hand on.
 */
#ifndef WHOLEFILE_REPLACE_REPLACEMENT_H
#define WHOLEFILE_REPLACE_REPLACEMENT_H

#include "cli/writer.h"
#include "file/place.h"
#include "lock/content_lock.h"
#include "lock/wait.h"
#include "replace/atomwrite_options.h"
#include "stage/stage.h"
#include "stage/turn.h"

struct replacement {
    struct atomwrite_options options;
    struct descriptors descriptors;
    struct writer writer;
    struct place place;
    struct stage stage;       /* the new content */
    struct stage input;       /* -a: what is to be appended */
    struct content_lock lock; /* --lock-file */
    struct turn turn;
    struct content_lock old; /* FILE as it is, if has_old */
    struct wait wait;
    bool has_old;
    bool is_unchanged; /* -c */
};

#endif
