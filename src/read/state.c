#include "config.h"

#include "read/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/io.h"
#include "file/mark.h"
#include "file/place.h"
#include "lock/record_lock.h"

/* How often a FILE that is replaced meanwhile is looked at again. */
enum { MOST_ROUNDS = 8 };

/* Asks the NFS server, which /proc/locks does not speak for. There the two kinds of
   lock are one; elsewhere F_GETLK does not see content locks. */
static void
ask_server(struct state *state, const char *locked)
{
    int fd = io_open(AT_FDCWD, locked, O_RDONLY);
    enum record_lock_result lock = RECORD_LOCK_FAILED;
    pid_t holder;

    if (fd != -1) {
        lock = record_lock_ask(fd, &holder);
        io_close(&fd);
    }
    state->server_has_lock = lock == RECORD_LOCK_HELD;
    state->server_is_mute = lock == RECORD_LOCK_FAILED;
}

/* Prepares the question for the lock of LOCKED, open as FD. */
static void
look_at_lock(struct state *state, const char *locked, int fd, const struct stat *file)
{
    holders_prepare(&state->holders, fd, file, HOLDERS_FLOCK);
    if (S_ISREG(file->st_mode) && file_system_is_nfs(fd))
        ask_server(state, locked);
}

static void
look_at_lock_file(struct state *state)
{
    struct stat file;
    int fd = open(state->lock_file, O_PATH | O_CLOEXEC);

    if (fd == -1 || fstat(fd, &file) == -1)
        state->lock_reason = errno;
    else if (!S_ISREG(file.st_mode) && !S_ISDIR(file.st_mode))
        state->lock_is_odd = true;
    else
        look_at_lock(state, state->lock_file, fd, &file);
    io_close(&fd);
}

void
state_look(struct state *state, const char *name, const char *lock_file)
{
    int fd = open(name, O_PATH | O_CLOEXEC);

    *state = (struct state){.name = name, .lock_file = lock_file, .word = "unknown"};
    state->exists = fd != -1 && fstat(fd, &state->file) == 0;
    if (!state->exists) {
        state->reason = errno == ENOENT || errno == ENOTDIR ? 0 : errno;
        state->word = state->reason == 0 ? "missing" : "unknown";
    } else if (lock_file == NULL) {
        look_at_lock(state, name, fd, &state->file);
    } else {
        look_at_lock_file(state);
        holders_prepare(&state->writer, fd, &state->file, HOLDERS_FLOCK);
    }
    io_close(&fd);
}

static bool
has_question(const struct state *state)
{
    return state->exists && state->lock_reason == 0 && !state->lock_is_odd;
}

/* Whether a FILE with the mark of unfinished ones needs a question of its own. */
static bool
asks_for_writer(const struct state *state)
{
    return state->lock_file != NULL && mark_is_unfinished(&state->file);
}

/* 0, or -1 with errno. */
static int
ask(struct state **list, size_t count)
{
    struct holders **questions = calloc(count, 2 * sizeof(struct holders *));
    size_t asked = 0;

    if (questions == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (has_question(list[i]))
            questions[asked++] = &list[i]->holders;
        if (has_question(list[i]) && asks_for_writer(list[i]))
            questions[asked++] = &list[i]->writer;
    }
    holders_ask(questions, asked);
    free(questions);
    return 0;
}

static const char *
word_of_lock(const struct state *state)
{
    if (holders_are_exclusive(&state->holders))
        return "locked";
    if (state->holders.answer == HOLDERS_SOME)
        return "shared";
    if (state->server_has_lock)
        return "locked";
    return state->holders.answer == HOLDERS_NONE && !state->server_is_mute ? "free"
                                                                           : "unknown";
}

/* Whether the writer of FILE, which has the mark, is known to be dead: nobody can have
   an exclusive lock where nobody has any, or somebody has a shared one. */
static bool
has_no_writer(const struct state *state)
{
    const struct holders *writer =
        state->lock_file == NULL ? &state->holders : &state->writer;

    return writer->answer == HOLDERS_NONE ||
           (writer->answer == HOLDERS_SOME && !holders_are_exclusive(writer));
}

/* What the answers come to. IS_CURRENT: the name led to that file after they were
   given, and FILE tells what it was then. */
static void
conclude(struct state *state, bool is_current)
{
    state->word = word_of_lock(state);
    if (!mark_is_unfinished(&state->file) || holders_are_exclusive(&state->holders))
        return;
    if (state->lock_file != NULL && holders_are_exclusive(&state->writer))
        state->word = "locked";
    else
        state->word = is_current && has_no_writer(state) && !state->server_is_mute &&
                              !state->server_has_lock
                          ? "unfinished"
                          : "unknown";
}

/* The mode is looked at again after the lock: it may just have been finished. */
static bool
is_current(struct state *state)
{
    struct stat there;

    if (stat(state->name, &there) == -1 || !place_same_inode(&there, &state->file))
        return false;
    state->file = there;
    return true;
}

int
state_settle(struct state **list, size_t count)
{
    for (unsigned round = 1; count > 0; round++) {
        size_t left = 0;

        if (ask(list, count) == -1)
            return -1;
        for (size_t i = 0; i < count; i++) {
            struct state *state = list[i];
            bool current;

            if (!has_question(state))
                continue;
            current = is_current(state);
            if (current || round == MOST_ROUNDS) {
                conclude(state, current);
                continue;
            }
            /* It was replaced or removed: what is there now? */
            state_release(state);
            state_look(state, state->name, state->lock_file);
            list[left++] = state;
        }
        count = left;
    }
    return 0;
}

void
state_release(struct state *state)
{
    holders_release(&state->holders);
    holders_release(&state->writer);
}
