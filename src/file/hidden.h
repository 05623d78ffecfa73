/*
 * hidden - the names beside FILE that its writers use among themselves.
 *
 *     .FILE.atomwrite        the turn
 *     .FILE.atomwrite-K      a stage, K = 1, 2, ... (named stage)
 *     .FILE.atomwrite-kept   a kept version on its way to its name
 *     .PREFIX.uniqcreate-K   a stage of uniqcreate (named stage)
 *
 * They begin with a dot, so that globs and watchers pass them over. A FILE whose
 * name is long enough that a hidden name might not fit, on any file system, is
 * stood for by a hash of it: two such FILEs that share a hash share a turn, and
 * wait for each other, which loses nothing.
 */
#ifndef WHOLEFILE_FILE_HIDDEN_H
#define WHOLEFILE_FILE_HIDDEN_H

#include <limits.h>
#include <stdbool.h>

struct hidden_name {
    char text[NAME_MAX + 1]; /* "" is no name */
};

/* Whose names: the programs must not take each other's stages for litter. */
enum hidden_family { HIDDEN_ATOMWRITE, HIDDEN_UNIQCREATE };

struct hidden_name hidden_turn(const char *leaf);
struct hidden_name hidden_version(const char *leaf);
struct hidden_name hidden_stage(
    enum hidden_family family, const char *leaf, unsigned number);

/*
 * Whether NAME could be one of ours, of whatever FILE: nobody may write to it
 * through the suite.
 */
bool hidden_is_one(const char *name);

/* The same of the last name of PATH. */
bool hidden_is_at(const char *path);

/* Whether NAME is the name of a stage of LEAF in FAMILY. */
bool hidden_is_stage_of(const char *name, enum hidden_family family, const char *leaf);

#endif
