#include "config.h"

#include "lock/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

/*
 * An offset is 20 bits of the name, and 43 of the time in microseconds. Two names that
 * share theirs share a queue, and those who began before the 43 bits ran over, after a
 * hundred days, are taken for younger: both only make it slower.
 */
enum { TIME_BITS = 43 };
#define TIME_MASK ((INT64_C(1) << TIME_BITS) - 1)

/*
 * How many ask, besides the one that has the turn: the first, and the next so that it
 * is awake by the time at which the first has it. Those behind sleep until the one
 * that stands so many before them has ended.
 */
enum { AWAKE = 2 };

/* Those before us are looked for in this span of time, and then in longer ones. How
   many questions that may cost is bounded: anybody may hold thousands of such locks. */
enum { FIRST_SPAN_US = 1000, SPAN_FACTOR = 8, MOST_QUESTIONS = 64 };

/* Those who began so close to each other count as one. */
enum { PRECISION_US = 64 };

struct search {
    int dir;
    unsigned questions;
    pid_t holder; /* of what was found last; 0: in another PID name space */
};

/* FNV-1a, folded: names need only be told apart mostly. */
static int64_t
lowest_of(const char *name)
{
    uint32_t hash = 2166136261U;

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    hash = (hash >> 20 ^ hash) & 0xFFFFF;
    return (int64_t)hash << TIME_BITS;
}

/* The last byte of any one lock that somebody else has from FROM to before END, or -1.
 */
static int64_t
ask(struct search *search, int64_t from, int64_t end)
{
    struct flock lock = {
        .l_type = F_WRLCK,
        .l_whence = SEEK_SET,
        .l_start = (off_t)from,
        .l_len = (off_t)(end - from),
    };

    if (search->questions == MOST_QUESTIONS)
        return -1;
    search->questions++;
    if (fcntl(search->dir, F_GETLK, &lock) == -1 || lock.l_type == F_UNLCK)
        return -1;
    search->holder = lock.l_pid > 0 ? lock.l_pid : 0;
    if (lock.l_len == 0 || lock.l_len > end - lock.l_start)
        return end - 1;
    return lock.l_start + lock.l_len - 1;
}

/* The last place from LOWEST to before END that is somebody else's, or -1. */
static int64_t
last_before(struct search *search, int64_t lowest, int64_t end)
{
    int64_t span = FIRST_SPAN_US;
    int64_t from = end;
    int64_t found = -1;

    while (found == -1 && from > lowest && search->questions < MOST_QUESTIONS) {
        from = end - lowest > span ? end - span : lowest;
        found = ask(search, from, end);
        span *= SPAN_FACTOR;
    }
    /* Halved, for to go from one to the next would be a question for each. */
    while (found != -1 && end - found > PRECISION_US) {
        int64_t middle = found + 1 + (end - found - 1) / 2;

        int64_t next = ask(search, middle, end);
        if (next != -1) {
            found = next;
            continue;
        }
        end = middle;
    }
    return found;
}

static int
open_process(pid_t pid)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0U);
#else
    (void)pid;
    return -1;
#endif
}

/* Takes our place, or takes it again, and opens whom we stand behind. */
static int
line_up(struct queue *queue, int dir, const char *name)
{
    int64_t lowest = lowest_of(name);
    struct search search = {.dir = dir};
    struct flock ours = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    int64_t found;

    if (queue->place == 0)
        queue->place = (off_t)(lowest | (clock_ns() / 1000 & TIME_MASK));
    ours.l_start = queue->place;
    if (fcntl(dir, F_SETLK, &ours) == -1)
        return -1;
    found = queue->place;
    for (unsigned i = 0; i < AWAKE && found != -1; i++)
        found = last_before(&search, lowest, found);
    return found == -1 || search.holder == 0 ? -1 : open_process(search.holder);
}

int
queue_look(struct queue *queue, int dir, const char *name)
{
    struct pollfd ended = {.fd = queue->first, .events = POLLIN};

    /* The search is dear, and those who wait behind each other do not change. */
    if (queue->first != -1 && poll(&ended, 1, 0) == 0)
        return queue->first;
    queue_leave(queue);
    queue->first = line_up(queue, dir, name);
    return queue->first;
}

void
queue_leave(struct queue *queue)
{
    io_close(&queue->first);
}
