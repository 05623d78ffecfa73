/*
 * world - the directory in which a scene is played: set up, looked at, cleared.
 */
#ifndef SCHEDULES_WORLD_H
#define SCHEDULES_WORLD_H

#include <stdbool.h>
#include <sys/types.h>

#include "scene.h"

enum { WORLD_MOST_NAMES = 48, WORLD_NAME_SIZE = 48 };

struct world_file {
    bool exists;
    bool is_finished; /* its mode is not that of an unfinished live claim */
    ino_t inode;
    char text[SCENE_TEXT_SIZE];
};

struct world_names {
    unsigned count;
    char list[WORLD_MOST_NAMES][WORLD_NAME_SIZE];
};

/* Removes all that is in DIR, and makes what START says. */
void world_reset(int dir, enum scene_start start);

/* Reads NAME in DIR, as anybody would who opens it by name. */
void world_look(int dir, const char *name, struct world_file *file);

/* The inode that NAME leads to, no link followed, or 0. */
ino_t world_inode(int dir, const char *name);

/* All names in DIR but "." and "..". */
void world_list(int dir, struct world_names *names);

#endif
