#include "config.h"

#include "read/await.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/sys.h"
#include "lock/wait.h"

/* A look costs some ten microseconds: four in a second are nothing, and nobody notices
   a quarter of one. */
#define FIRST_STEP_NS 1000000
#define LOCK_STEP_NS  250000000
#define IDLE_STEP_NS  10000000000

/*
 * Where events come all the time, of other names or of our own opening of FILE, there
 * are no more than ten looks in a second.
 */
#define FIRST_PAUSE_NS   1000000
#define LONGEST_PAUSE_NS 100000000

/* 16,384 events without a name, of 16 bytes. */
#define DRAIN_READS 64

/*
 * All that can make a FILE what is wanted: no name that goes does, of which a spool has
 * many. Not IN_CLOSE_NOWRITE, although flock(1) closes its FILE so: each look would be
 * one for all who wait.
 */
static const uint32_t changes = IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY |
                                IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF;

void
await_start(struct await *await, int64_t limit_ns)
{
    *await = (struct await){.fd = -1, .step_ns = FIRST_STEP_NS};
    await->deadline_ns = WAIT_FOR_EVER;
    if (limit_ns != WAIT_FOR_EVER && limit_ns < INT64_MAX - clock_ns())
        await->deadline_ns = clock_ns() + limit_ns;
    await->pause_ns = FIRST_PAUSE_NS;
}

/* Where the names in DIRECTORY come by without this machine, no watch tells. */
static void
note_blindness(struct await *await, const char *directory)
{
    int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat ignored;

    if (fd == -1)
        return;
    if (!file_system_is_watchable(fd)) {
        await->is_blind = true;
        /* Or the look that follows may be answered by what an NFS client remembers of
           the directory, for up to a minute: that there is no such name. */
        (void)sys_stat_fresh(fd, "", &ignored);
    }
    io_close(&fd);
}

/* Cuts the last part off PATH. */
static void
go_up(char *path)
{
    size_t length = strlen(path);
    char *slash;

    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL)
        memcpy(path, ".", sizeof("."));
    else if (slash == path)
        path[1] = '\0';
    else
        *slash = '\0';
}

/* Watches the directory of FILE, or the nearest one above that is there. */
static void
watch_directory(struct await *await, const char *file)
{
    char path[PATH_MAX];

    if (strlcpy(path, file, sizeof(path)) >= sizeof(path)) {
        await->is_blind = true;
        return;
    }
    for (;;) {
        bool is_top;

        go_up(path);
        is_top = strcmp(path, ".") == 0 || strcmp(path, "/") == 0;
        if (inotify_add_watch(await->fd, path, changes | IN_ONLYDIR) != -1)
            break;
        /* It may not be read, or there are too many watches. */
        if (is_top || (errno != ENOENT && errno != ENOTDIR)) {
            await->is_blind = true;
            return;
        }
    }
    note_blindness(await, path);
}

void
await_watch(struct await *await, const char *file)
{
    if (await->fd == -1)
        await->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (await->fd == -1) {
        await->is_blind = true;
        return;
    }
    watch_directory(await, file);
    if (inotify_add_watch(await->fd, file, changes) == -1 && errno == ENOSPC)
        await->is_blind = true;
    else
        note_blindness(await, file);
}

/* Takes the events that are there: what they say, the next look says better. Not more
   than a queue has by default, for where they come faster it would never end. */
static void
drain(struct await *await)
{
    _Alignas(struct inotify_event) char events[4096];

    for (int reads = 0; reads < DRAIN_READS; reads++) {
        if (read(await->fd, events, sizeof(events)) <= 0)
            return;
    }
}

/* The least of both, and of what is left; 0 where nothing is. */
static int64_t
cut_by_deadline(const struct await *await, int64_t step_ns, int64_t now)
{
    if (await->deadline_ns == WAIT_FOR_EVER || now + step_ns < await->deadline_ns)
        return step_ns;
    return now < await->deadline_ns ? await->deadline_ns - now : 0;
}

/* An event is there. The first after some rest is obeyed at once. */
static void
obey_event(struct await *await)
{
    int64_t now = clock_ns();

    if (now - await->woken_ns > 2 * (int64_t)LONGEST_PAUSE_NS)
        await->pause_ns = FIRST_PAUSE_NS;
    else
        (void)interrupt_poll(NULL, 0, cut_by_deadline(await, await->pause_ns, now));
    await->pause_ns *= 2;
    if (await->pause_ns > LONGEST_PAUSE_NS)
        await->pause_ns = LONGEST_PAUSE_NS;
    await->woken_ns = clock_ns();
    await->step_ns = FIRST_STEP_NS;
    drain(await);
}

enum await_result
await_change(struct await *await, enum await_reason reason)
{
    int64_t now = clock_ns();
    int64_t longest =
        reason == AWAIT_LOCK || await->is_blind ? LOCK_STEP_NS : IDLE_STEP_NS;
    struct pollfd ready = {.fd = await->fd, .events = POLLIN};
    int64_t step_ns;

    if (interrupt_signal() != 0)
        return AWAIT_INTERRUPTED;
    if (await->deadline_ns != WAIT_FOR_EVER && now >= await->deadline_ns)
        return AWAIT_OVER;
    /* Nothing but events will tell: no need to begin with short steps. */
    if (longest == IDLE_STEP_NS && reason == AWAIT_NOTHING)
        await->step_ns = IDLE_STEP_NS;
    else if (await->step_ns > longest)
        await->step_ns = longest;
    step_ns = cut_by_deadline(await, await->step_ns, now);
    await->step_ns *= 2;
    if (interrupt_poll(&ready, 1, step_ns) > 0)
        obey_event(await);
    return interrupt_signal() != 0 ? AWAIT_INTERRUPTED : AWAIT_CHANGE;
}

void
await_forget(struct await *await)
{
    io_close(&await->fd);
    await->is_blind = false;
}
