#include "config.h"

#include "cli/waiting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/say.h"
#include "lock/holder_text.h"

static void
notice(const void *context, pid_t holder, int dir, const char *what)
{
    const struct writer *writer = context;

    if (!writer->options->is_verbose && isatty(STDERR_FILENO) != 1)
        return;
    /* A content lock tells nobody who has it. */
    say(writer->object, NULL, "waiting for %s",
        holder > 0 ? holder_text(holder).text : holder_text_of_lock(dir, what).text);
}

void
waiting_start(struct wait *wait, const struct writer *writer)
{
    *wait = (struct wait){
        .limit_ns = writer->options->wait_ns,
        .notice = notice,
        .context = writer,
    };
}

enum status
waiting_said_busy(
    const struct writer *writer, int dir, const char *name, const char *lock)
{
    say(writer->object, "wait longer with -w", "%s: %s locked by %s", writer->outcome,
        lock, holder_text_of_lock(dir, name).text);
    return STATUS_LOCKED;
}

enum status
waiting_said_deadlock(const struct writer *writer, pid_t holder)
{
    say(writer->object, "do not wait for each other",
        "%s: deadlock: %s holds this lock and is waiting for us", writer->outcome,
        holder_text(holder).text);
    return STATUS_LOCKED;
}

void
waiting_note_inherited(
    const struct writer *writer, const struct content_lock *lock, const char *name)
{
    if (writer->options->is_verbose && lock->is_inherited)
        say(writer->object, NULL, "going on under the inherited lock of %s", name);
}

enum status
waiting_said_no_turn(const struct writer *writer, const struct place *place,
    enum turn_result result, const char *turn_name, pid_t holder)
{
    char *path = NULL;
    int reason = errno;

    switch (result) {
    case TURN_BUSY:
        say(writer->object, "wait longer with -w", "%s: being replaced by %s",
            writer->outcome, holder_text(holder).text);
        return STATUS_LOCKED;
    case TURN_DEADLOCK:
        return waiting_said_deadlock(writer, holder);
    case TURN_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case TURN_FOREIGN:
    case TURN_STRANGE:
        if (asprintf(&path, "%s%s", place->prefix, turn_name) == -1)
            path = NULL;
        say(path == NULL ? turn_name : path,
            result == TURN_FOREIGN ? "its owner or root must remove it" : "remove it",
            "%s",
            result == TURN_FOREIGN ? "left behind by a dead process of another user"
                                   : "in the way, and not a regular file");
        free(path);
        return result == TURN_FOREIGN ? STATUS_DENIED : STATUS_NOT_CREATED;
    case TURN_TAKEN:
    case TURN_FAILED:
        break;
    }
    errno = reason;
    return writer_failed(writer, "take its turn");
}
