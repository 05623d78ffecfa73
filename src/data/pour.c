#include "config.h"

#include "data/pour.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/sys.h"

enum {
    /* How far write-back may lag behind before it is started. */
    WRITE_BEHIND_SIZE = 8 * 1024 * 1024,
    /* A copy in the kernel is cut so that signals and --progress get a look in. */
    RANGE_SIZE = 64 * 1024 * 1024,
    /* What is smaller is copied in less time than it takes to think of it. */
    LEAST_RESERVED = 4 * 1024 * 1024,
    /* The content, and the end. */
    PRESENT_PARTS = 2,
};

const struct pour_options POUR_PLAIN = {.write_behind = false};

struct flow {
    int in;
    int out;
    const struct pour_options *options;
    off_t left;       /* until the limit */
    off_t dirty;      /* written since write-back was last started */
    char *buffer;     /* SYS_PIPE_SIZE */
    bool is_reserved; /* there were any */
    off_t reserved;   /* bytes of OUT that have their blocks, and are not written yet */
};

static void
start_writeback(struct flow *flow)
{
    off_t end = lseek(flow->out, 0, SEEK_CUR);

    if (end != -1)
        sys_start_writeback(flow->out, end - flow->dirty, flow->dirty);
    flow->dirty = 0;
}

static void
account(struct flow *flow, ssize_t moved)
{
    flow->left -= moved;
    flow->dirty += moved;
    flow->reserved -= flow->reserved > moved ? moved : flow->reserved;
    if ((flow->options->write_behind || flow->is_reserved) &&
        flow->dirty >= WRITE_BEHIND_SIZE)
        start_writeback(flow);
    if (flow->options->moved != NULL)
        flow->options->moved(flow->options->context, moved);
}

/* With errno, for what is more than a copy. */
static enum pour_result
interrupted(void)
{
    errno = EINTR;
    return POUR_INTERRUPTED;
}

static size_t
at_most(off_t left, size_t size)
{
    return left < (off_t)size ? (size_t)left : size;
}

static enum pour_result
pour_buffer(struct flow *flow, bool may_widen)
{
    while (flow->left > 0) {
        size_t wanted = at_most(flow->left, SYS_PIPE_SIZE);
        ssize_t got;

        if (interrupt_signal() != 0)
            return interrupted();
        got = read(flow->in, flow->buffer, wanted);
        if (got == 0)
            return POUR_DONE;
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return errno == EAGAIN ? POUR_EMPTY_PIPE : POUR_READ_FAILED;
        if (io_write(flow->out, flow->buffer, (size_t)got) == -1)
            return errno == EINTR ? POUR_INTERRUPTED : POUR_WRITE_FAILED;
        account(flow, got);
        /* A full pipe of the usual size: there is more to come. */
        if (may_widen && got == 65536) {
            sys_widen_pipe(flow->in);
            may_widen = false;
        }
    }
    return POUR_LIMIT;
}

/*
 * ext4 allocates the blocks of what is written late, and where the file is renamed over
 * another at that moment, which is the turn's: to ask for them before the copy takes
 * 0.85 of the time. As the rename then starts no write-back either, which is what keeps
 * FILE from being empty after a power cut without a sync, we do.
 */
static void
reserve(struct flow *flow, off_t expected)
{
    if (expected < LEAST_RESERVED || !file_system_is_ext4(flow->out) ||
        sys_reserve(flow->out, expected) == -1)
        return;
    flow->is_reserved = true;
    flow->reserved = expected;
}

/* Gives back what was reserved for an IN that is shorter by now, and starts the last
   part, which no sync may follow. */
static void
end_reserved(struct flow *flow)
{
    int saved = errno;
    off_t end = flow->reserved > 0 ? lseek(flow->out, 0, SEEK_CUR) : -1;

    if (end != -1 && ftruncate(flow->out, end) == -1)
        errno = saved; /* a waste of room, and no more */
    if (!flow->options->write_behind && flow->dirty > 0)
        start_writeback(flow);
    errno = saved;
}

/*
 * Copies within the kernel, EXPECTED bytes at most: to ask for more at the end would
 * be beyond the limit of a file that is just as large as RLIMIT_FSIZE allows. The rest
 * is left to read(2), which also finds the end.
 */
static enum pour_result
pour_range(struct flow *flow, off_t expected)
{
    while (flow->left > 0 && expected > 0) {
        size_t most = flow->is_reserved ? WRITE_BEHIND_SIZE : RANGE_SIZE;
        size_t wanted = at_most(expected, at_most(flow->left, most));
        ssize_t moved;

        if (interrupt_signal() != 0)
            return interrupted();
        moved = sys_copy_range(flow->in, flow->out, wanted);
        if (moved == -1 && errno == EINTR)
            continue;
        /* None: it is shorter by now, or cannot be copied so (/proc). */
        if (moved == 0 || (moved == -1 && errno == EOPNOTSUPP))
            break;
        if (moved == -1)
            return POUR_WRITE_FAILED;
        expected -= moved;
        account(flow, moved);
    }
    return pour_buffer(flow, false);
}

static struct flow
start(int in, int out, off_t limit, const struct pour_options *options)
{
    /* A program pours one thing at a time. */
    static char buffer[SYS_PIPE_SIZE];

    return (struct flow){
        .in = in, .out = out, .options = options, .left = limit, .buffer = buffer};
}

enum pour_result
pour_limited(int in, int out, off_t limit, const struct pour_options *options)
{
    struct flow flow = start(in, out, limit, options);
    enum pour_result result;
    struct stat source;

    if (fstat(in, &source) == -1)
        return POUR_READ_FAILED;
    if (S_ISREG(source.st_mode)) {
        off_t at = lseek(in, 0, SEEK_CUR);
        off_t expected = at == -1 ? 0 : source.st_size - at;

        reserve(&flow, expected);
        result = pour_range(&flow, expected);
        if (flow.is_reserved)
            end_reserved(&flow);
        return result;
    }
    return pour_buffer(&flow, S_ISFIFO(source.st_mode));
}

/*
 * What is there at once, and its end: all that there is of most small inputs. Nothing
 * is waited for, so no signals are let through. POUR_EMPTY_PIPE: there may be more.
 */
static enum pour_result
pour_present(struct flow *flow)
{
    ssize_t got = SYS_PIPE_SIZE - 1;

    /* A full part is the beginning of a large file, and its rest the kernel's to copy.
     */
    for (int part = 0; part < PRESENT_PARTS && got < SYS_PIPE_SIZE; part++) {
        got = sys_read_present(flow->in, flow->buffer, SYS_PIPE_SIZE);
        if (got == 0)
            return POUR_DONE;
        if (got == -1)
            break;
        if (io_write(flow->out, flow->buffer, (size_t)got) == -1)
            return errno == EINTR ? POUR_INTERRUPTED : POUR_WRITE_FAILED;
        account(flow, got);
    }
    return POUR_EMPTY_PIPE;
}

enum pour_result
pour(int in, int out, const struct pour_options *options)
{
    struct flow flow = start(in, out, LLONG_MAX, options);
    enum pour_result result = pour_present(&flow);
    bool opened;

    if (result != POUR_EMPTY_PIPE)
        return result;
    opened = interrupt_open();
    result = pour_limited(in, out, LLONG_MAX, options);
    interrupt_close(opened);
    return result;
}

enum pour_result
pour_through_memory(int in, int out, const struct pour_options *options)
{
    struct flow flow = start(in, out, LLONG_MAX, options);
    bool opened = interrupt_open();
    enum pour_result result = pour_buffer(&flow, false);

    interrupt_close(opened);
    return result;
}
