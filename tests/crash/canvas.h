/*
 * canvas - one disk image after another, each drawn over the same ground.
 *
 * The ground is what surely is on the disk: all that was written before the
 * last flush. A state is the ground and some of the writes since. It is drawn
 * into the bed's image, mounted and changed by the mount (the journal's
 * recovery is real), and wiped away again: only the blocks that were touched
 * are restored, so the size of the image does not matter.
 *
 * Order of calls: canvas_open; for each state canvas_draw for each write, then
 * canvas_hash, and canvas_show before the mount if there is one; canvas_wipe;
 * between two flushes canvas_raise for each write; canvas_close.
 */
#ifndef CRASH_CANVAS_H
#define CRASH_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "bed.h"
#include "log.h"

/* How much of a write has reached the disk. */
enum part {
    PART_NONE,
    PART_ALL,
    PART_FIRST,         /* its first blocks; detail is how many */
    PART_SOME,          /* some of its blocks; detail is a seed */
    PART_FIRST_SECTORS, /* the same of sectors: blocks may be torn */
    PART_SOME_SECTORS
};

struct choice {
    enum part part;
    uint64_t detail;
};

/* A set of blocks that can be walked in the order in which they were added. */
struct block_set {
    bool *holds;
    size_t *list;
    size_t count;
};

struct canvas {
    struct bed *bed;
    unsigned char *ground;
    struct block_set drawn; /* the image differs from the ground here */
    struct block_set stale; /* the kernel's pages differ from the image */
    uint64_t ground_hash;
};

/* GROUND_PATH is the file system before the recording, as is bed's image. */
void canvas_open(struct canvas *canvas, struct bed *bed, const char *ground_path);
void canvas_draw(
    struct canvas *canvas, const struct log_entry *write, struct choice choice);
/* The same for equal images, and (but for 1 in 2^64) different for others. */
uint64_t canvas_hash(const struct canvas *canvas);
void canvas_show(struct canvas *canvas);
/* Undoes what was drawn, and what the mount has written since. */
void canvas_wipe(struct canvas *canvas);
/* Makes a write part of the ground for good. Nothing may be drawn now. */
void canvas_raise(struct canvas *canvas, const struct log_entry *write);
void canvas_close(struct canvas *canvas);

/* How many blocks the write touches, each of which may arrive alone. */
size_t canvas_blocks_of(const struct log_entry *write);

#endif
