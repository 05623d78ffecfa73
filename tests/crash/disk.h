/* disk - what the disk (disk.c) and those who drive it have in common. */
#ifndef CRASH_DISK_H
#define CRASH_DISK_H

#include <stdint.h>

/* One stretch of the disk, as written to its file "refresh". */
struct disk_range {
    uint64_t offset;
    uint64_t size_bytes;
};

/* Pages, blocks of all three file systems, and what a disk writes at once. */
#define BLOCK_BYTES ((size_t)4096)

/* All that a disk promises to write as one. */
#define SECTOR_BYTES ((size_t)512)

#endif
