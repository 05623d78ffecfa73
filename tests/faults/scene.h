/*
 * scene - the directory in which one run takes place, before and after it.
 */
#ifndef FAULTS_SCENE_H
#define FAULTS_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "paths.h"

enum { SCENE_MOST_NAMES = 64, SCENE_TEXT_SIZE = 72 * 1024, SCENE_NAME_SIZE = 256 };

struct scene {
    char directory[256];
    int fd;
    int fds[3];   /* standard input, output and error of the program; above 2 */
    int held_fd;  /* of what is locked, or -1 */
    pid_t holder; /* somebody else who has the turn, or 0 */
};

struct names {
    size_t count;
    char name[SCENE_MOST_NAMES][SCENE_NAME_SIZE]; /* without "." and ".." */
    bool is_directory[SCENE_MOST_NAMES];
};

/* Makes DIRECTORY. 0, or -1 with errno. */
int scene_open(struct scene *scene, const char *directory);

/* Empties the directory and closes everything. */
void scene_close(struct scene *scene);

/* Empties the directory and sets it up for PATH, with its standard input; an output
   of the program that was there is forgotten. 0, or -1 with errno. */
int scene_set(struct scene *scene, const struct path *path);

/* Gives the program another standard input and forgets its output. */
int scene_set_input(struct scene *scene, const char *input, bool is_pipe);

/* How much of its standard input the program has not read; -1 with errno. */
ssize_t scene_input_left(const struct scene *scene);

/* Lets go of what SCENE_TURN_HELD and SCENE_LOCKED hold. */
void scene_let_go(struct scene *scene);

/* Reads the file NAME, or what came out of descriptor 1 or 2, as a string. Returns its
   length, or -1 with errno. */
ssize_t scene_read(
    const struct scene *scene, const char *name, char text[SCENE_TEXT_SIZE]);
ssize_t scene_output(const struct scene *scene, int fd, char text[SCENE_TEXT_SIZE]);

/* Lists all names, those in a directory with its name before them, after it. */
int scene_list(const struct scene *scene, struct names *names);

/* What comes after the last "/" of NAME. */
const char *scene_leaf(const char *name);

/* Whether NAME is there before a run of PATH. */
bool scene_had(const struct path *path, const char *name);

#endif
