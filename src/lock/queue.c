#include "config.h"

#include "lock/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/sys.h"

/*
 * An offset is 20 bits of the name, and 43 of the time in microseconds. Two names that
 * share theirs share a queue, and those who began before the 43 bits ran over, after a
 * hundred days, are taken for younger: both only make it slower.
 */
enum { TIME_BITS = 43 };
#define TIME_MASK ((INT64_C(1) << TIME_BITS) - 1)

/*
 * How many are awake: the one that has the turn, which stays in the queue until it
 * ends, and the next, which asks. Those behind sleep until the one that stands so many
 * before them has ended.
 */
enum { AWAKE = 2 };

/* Those before us are looked for in this span of time, and then in longer ones. How
   many questions that may cost is bounded: anybody may hold thousands of such locks. */
enum { FIRST_SPAN_US = 1000, SPAN_FACTOR = 8, MOST_QUESTIONS = 64 };

/* Those who began so close to each other count as one. */
enum { PRECISION_US = 64 };

/*
 * After so many in a row have ended and left us as far as before we do without a queue.
 * Of those who only wait mostly the first end brings us nearer; whoever makes locks and
 * processes in order to keep us busy could go on for ever.
 */
enum { MOST_IN_VAIN = 64 };

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

/* The last byte of the oldest lock that somebody else has from FROM to before END, or
   -1: the kernel lists them as they were taken. */
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

    while (found == -1 && from > lowest) {
        from = end - lowest > span ? end - span : lowest;
        found = ask(search, from, end);
        span *= SPAN_FACTOR;
    }
    /* Mostly few have come in that time. Else it is halved, for to go from one to the
       next would be a question for each. */
    while (found != -1 && end - found > PRECISION_US) {
        int64_t middle;
        int64_t next = ask(search, found + 1, end);

        if (next == -1)
            break;
        found = next;
        middle = found + 1 + (end - found - 1) / 2;
        next = ask(search, middle, end);
        if (next == -1)
            end = middle;
        else
            found = next;
    }
    return found;
}

static bool
has_ended(int process)
{
    struct pollfd ended = {.fd = process, .events = POLLIN};

    return poll(&ended, 1, 0) != 0;
}

/*
 * Opens whom we stand behind. In another PID name space it has no number. One that has
 * ended and has its lock all the same, as where it shared its descriptors (CLONE_FILES)
 * and nobody has waited for it, would never let us sleep, nor come to its turn.
 */
static void
stand_behind(struct queue *queue, pid_t process)
{
    queue->first = process == 0 ? -1 : sys_open_process(process);
    if (queue->first != -1 && has_ended(queue->first))
        io_close(&queue->first);
}

/* Takes our place, or takes it again, and opens whom we stand behind. */
static enum queue_position
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
        return QUEUE_UP_TO_US;
    found = ask(&search, lowest, queue->place);
    if (found == -1)
        return QUEUE_UP_TO_US;
    /* Few questions where the one found is alone, as for each that is woken. */
    if (ask(&search, lowest, found) == -1 &&
        ask(&search, found + 1, queue->place) == -1) {
        stand_behind(queue, search.holder);
        return queue->first == -1 ? QUEUE_UP_TO_US : QUEUE_NEXT;
    }
    found = queue->place;
    for (unsigned i = 0; i < AWAKE && found != -1; i++)
        found = last_before(&search, lowest, found);
    if (found == -1)
        return QUEUE_UP_TO_US;
    stand_behind(queue, search.holder);
    return queue->first == -1 ? QUEUE_UP_TO_US : QUEUE_FAR;
}

bool
queue_has_moved(const struct queue *queue)
{
    return queue->first == -1 || has_ended(queue->first);
}

/* line_up, unless it has been in vain too often. */
static enum queue_position
line_up_if_useful(struct queue *queue, int dir, const char *name)
{
    enum queue_position position;

    if (queue->vain == MOST_IN_VAIN)
        return QUEUE_UP_TO_US;
    position = line_up(queue, dir, name);
    queue->vain = position == QUEUE_FAR ? queue->vain + 1 : 0;
    return position;
}

enum queue_position
queue_look(struct queue *queue, int dir, const char *name, pid_t holder)
{
    bool is_of_holder = queue->watched != 0;

    /* The search is dear, and those who wait behind each other do not change. */
    if (!queue_has_moved(queue) && (!is_of_holder || queue->watched == holder))
        return queue->position;
    queue_leave(queue);
    queue->position = line_up_if_useful(queue, dir, name);
    if (queue->position != QUEUE_UP_TO_US || holder == 0)
        return queue->position;
    /* Nobody is to come before us, so it is the holder's end that is waited for. */
    stand_behind(queue, holder);
    queue->watched = holder;
    return queue->position;
}

void
queue_leave(struct queue *queue)
{
    io_close(&queue->first);
    queue->watched = 0;
}
