/* canvas - see canvas.h. */
#include "canvas.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chance.h"

static void
set_open(struct block_set *set, size_t blocks)
{
    set->holds = calloc(blocks, sizeof(*set->holds));
    set->list = calloc(blocks, sizeof(*set->list));
    set->count = 0;
    if (set->holds == NULL || set->list == NULL)
        err(71, "canvas");
}

static void
set_add(struct block_set *set, size_t block)
{
    if (set->holds[block])
        return;
    set->holds[block] = true;
    set->list[set->count++] = block;
}

static void
set_clear(struct block_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        set->holds[set->list[i]] = false;
    set->count = 0;
}

static void
set_close(struct block_set *set)
{
    free(set->holds);
    free(set->list);
}

static size_t
first_block(const struct log_entry *write)
{
    return (size_t)write->offset / BLOCK_BYTES;
}

size_t
canvas_blocks_of(const struct log_entry *write)
{
    size_t end = (size_t)write->offset + write->size_bytes;

    return (end + BLOCK_BYTES - 1) / BLOCK_BYTES - first_block(write);
}

/* The hash of an image is the sum of those of its blocks and their places. */
static uint64_t
hash_block(const unsigned char *bytes, size_t block)
{
    uint64_t hash = chance_mix(block + 1), word;

    for (size_t i = 0; i < BLOCK_BYTES; i += sizeof(word)) {
        memcpy(&word, bytes + i, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return chance_mix(hash);
}

void
canvas_open(struct canvas *canvas, struct bed *bed, const char *ground_path)
{
    int fd = open(ground_path, O_RDONLY | O_CLOEXEC);

    memset(canvas, 0, sizeof(*canvas));
    canvas->bed = bed;
    if (fd == -1)
        err(66, "%s", ground_path);
    /* Private: the file stays as it is, the ground rises in memory. */
    canvas->ground =
        mmap(NULL, bed->size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (canvas->ground == MAP_FAILED)
        err(71, "%s", ground_path);
    close(fd);
    set_open(&canvas->drawn, bed->size_bytes / BLOCK_BYTES);
    set_open(&canvas->stale, bed->size_bytes / BLOCK_BYTES);
}

static bool
is_chosen(struct choice choice, size_t index)
{
    switch (choice.part) {
    case PART_ALL:
        return true;
    case PART_FIRST:
    case PART_FIRST_SECTORS:
        return index < choice.detail;
    case PART_SOME:
    case PART_SOME_SECTORS:
        return (chance_mix(choice.detail + index) & 1) != 0;
    default:
        return false;
    }
}

void
canvas_draw(struct canvas *canvas, const struct log_entry *write, struct choice choice)
{
    bool tears_blocks =
        choice.part == PART_FIRST_SECTORS || choice.part == PART_SOME_SECTORS;
    size_t unit_bytes = tears_blocks ? SECTOR_BYTES : BLOCK_BYTES;
    size_t at = 0;

    for (size_t i = 0; at < write->size_bytes; i++) {
        size_t from = (size_t)write->offset + at;
        size_t length = unit_bytes - from % unit_bytes;

        if (length > write->size_bytes - at)
            length = write->size_bytes - at;
        if (is_chosen(choice, i)) {
            memcpy(canvas->bed->image + from, write->data + at, length);
            set_add(&canvas->drawn, from / BLOCK_BYTES);
        }
        at += length;
    }
}

uint64_t
canvas_hash(const struct canvas *canvas)
{
    uint64_t hash = canvas->ground_hash;

    for (size_t i = 0; i < canvas->drawn.count; i++) {
        size_t block = canvas->drawn.list[i];
        size_t at = block * BLOCK_BYTES;

        hash += hash_block(canvas->bed->image + at, block) -
                hash_block(canvas->ground + at, block);
    }
    return hash;
}

static int
compare_blocks(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;

    return a < b ? -1 : a > b;
}

void
canvas_show(struct canvas *canvas)
{
    struct block_set *stale = &canvas->stale;
    struct disk_range *ranges;
    size_t count = 0;

    for (size_t i = 0; i < canvas->drawn.count; i++)
        set_add(stale, canvas->drawn.list[i]);
    ranges = calloc(stale->count + 1, sizeof(*ranges));
    if (ranges == NULL)
        err(71, "canvas");
    qsort(stale->list, stale->count, sizeof(*stale->list), compare_blocks);
    for (size_t i = 0; i < stale->count; i++) {
        uint64_t offset = stale->list[i] * BLOCK_BYTES;

        if (count > 0 &&
            ranges[count - 1].offset + ranges[count - 1].size_bytes == offset) {
            ranges[count - 1].size_bytes += BLOCK_BYTES;
            continue;
        }
        ranges[count].offset = offset;
        ranges[count++].size_bytes = BLOCK_BYTES;
    }
    bed_refresh(canvas->bed, ranges, count);
    free(ranges);
    set_clear(stale);
}

/* What the mount has written differs from the ground as well. */
static void
add_written(struct canvas *canvas)
{
    struct log log;

    log_take(&log, canvas->bed->log_fd);
    for (size_t i = 0; i < log.count; i++) {
        const struct log_entry *entry = &log.entries[i];

        if (entry->kind != LOG_WRITE)
            continue;
        for (size_t j = 0; j < canvas_blocks_of(entry); j++)
            set_add(&canvas->drawn, first_block(entry) + j);
    }
    log_free(&log);
    if (ftruncate(canvas->bed->log_fd, 0) != 0)
        err(74, "log");
}

void
canvas_wipe(struct canvas *canvas)
{
    add_written(canvas);
    for (size_t i = 0; i < canvas->drawn.count; i++) {
        size_t at = canvas->drawn.list[i] * BLOCK_BYTES;

        memcpy(canvas->bed->image + at, canvas->ground + at, BLOCK_BYTES);
        set_add(&canvas->stale, canvas->drawn.list[i]);
    }
    set_clear(&canvas->drawn);
}

void
canvas_raise(struct canvas *canvas, const struct log_entry *write)
{
    struct choice all = {PART_ALL, 0};

    canvas_draw(canvas, write, all);
    canvas->ground_hash = canvas_hash(canvas);
    for (size_t i = 0; i < canvas->drawn.count; i++)
        set_add(&canvas->stale, canvas->drawn.list[i]);
    set_clear(&canvas->drawn);
    memcpy(canvas->ground + write->offset, write->data, write->size_bytes);
}

void
canvas_close(struct canvas *canvas)
{
    munmap(canvas->ground, canvas->bed->size_bytes);
    set_close(&canvas->drawn);
    set_close(&canvas->stale);
    memset(canvas, 0, sizeof(*canvas));
}
