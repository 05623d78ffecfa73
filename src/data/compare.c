#include "config.h"

#include "data/compare.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/interrupt.h"
#include "base/io.h"

/* As much as is read at once of each. */
enum { BLOCK_SIZE = 64 * 1024 };

static enum compare_result
compare_blocks(int one, int other)
{
    char blocks[2][BLOCK_SIZE];

    for (off_t offset = 0;; offset += BLOCK_SIZE) {
        ssize_t sizes[2] = {io_read_at(one, blocks[0], BLOCK_SIZE, offset),
            io_read_at(other, blocks[1], BLOCK_SIZE, offset)};

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
