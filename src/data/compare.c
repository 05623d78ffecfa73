#include "config.h"

#include "data/compare.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"

/* As much as is read at once of each. */
enum { BLOCK_SIZE = 64 * 1024 };

static ssize_t
read_block(int fd, char *block, off_t offset)
{
    size_t got = 0;

    while (got < BLOCK_SIZE) {
        ssize_t part = pread(fd, block + got, BLOCK_SIZE - got, offset + (off_t)got);

        if (part == -1 && errno == EINTR && interrupt_signal() == 0)
            continue;
        if (part == -1)
            return -1;
        if (part == 0)
            break;
        got += (size_t)part;
    }
    return (ssize_t)got;
}

static enum compare_result
compare_blocks(int one, int other)
{
    char blocks[2][BLOCK_SIZE];

    for (off_t offset = 0;; offset += BLOCK_SIZE) {
        ssize_t sizes[2] = {
            read_block(one, blocks[0], offset), read_block(other, blocks[1], offset)};

        if (interrupt_signal() != 0)
            errno = EINTR;
        if (sizes[0] == -1 || sizes[1] == -1 || interrupt_signal() != 0)
            return COMPARE_FAILED;
        if (sizes[0] != sizes[1] || memcmp(blocks[0], blocks[1], (size_t)sizes[0]) != 0)
            return COMPARE_DIFFERENT;
        if (sizes[0] < BLOCK_SIZE)
            return COMPARE_SAME;
    }
}

enum compare_result
compare_files(int one, int other)
{
    struct stat files[2];
    enum compare_result result;
    bool opened;

    if (fstat(one, &files[0]) == -1 || fstat(other, &files[1]) == -1)
        return COMPARE_FAILED;
    if (files[0].st_size != files[1].st_size)
        return COMPARE_DIFFERENT;
    opened = interrupt_open();
    result = compare_blocks(one, other);
    interrupt_close(opened);
    return result;
}
