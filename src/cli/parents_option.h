/*
 * parents_option - -p: the missing directories on the way to FILE or PREFIX.
 */
#ifndef WHOLEFILE_CLI_PARENTS_OPTION_H
#define WHOLEFILE_CLI_PARENTS_OPTION_H

#include "cli/writer.h"

/*
 * Makes the directories on the way to PATH, one of which is missing. AHEAD: the input
 * is taken and accepted first, for a directory that nothing comes into is litter. From
 * then on writer_feed gives it. Returns STATUS_DONE, or has said why not.
 */
enum status parents_option_make(struct writer *writer, const char *path, bool ahead);

/* The same where none is missing: another process may just have made the last one. */
enum status parents_option_sync(
    const struct writer *writer, const char *path, const struct place *place);

#endif
