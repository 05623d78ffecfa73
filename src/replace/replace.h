/*
 * replace - the steps of atomwrite that are made in its turn, in this order:
 *
 *     replace_build              -a: old + input; -u: COMMAND makes it of the old
 *     replace_compare            -c: maybe there is nothing to do, and
 *       replace_confirm_unchanged  ends the run
 *     replace_seal             metadata, then fsync
 *     replace_publish            kept versions, the rename, fsync of the directory
 *
 * Each returns STATUS_DONE, or has said why not. A signal before the rename ends the
 * run; after it, it comes too late.
 */
#ifndef WHOLEFILE_REPLACE_REPLACE_H
#define WHOLEFILE_REPLACE_REPLACE_H

#include "replace/replacement.h"

enum status replace_build(struct replacement *replacement);
enum status replace_compare(struct replacement *replacement);
enum status replace_confirm_unchanged(struct replacement *replacement);
enum status replace_seal(struct replacement *replacement);
enum status replace_publish(struct replacement *replacement);

#endif
