#include "config.h"

#include "cli/waiting.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/say.h"
#include "lock/holders.h"

/* "PID 123 (name)", or "somebody". */
struct holder_text {
    char text[80];
};

static struct holder_text
holder_text(pid_t pid)
{
    struct holder_text holder_text = {"another process"};
    char command[32];

    if (pid <= 0)
        return holder_text;
    holders_command(pid, command, sizeof(command));
    snprintf(holder_text.text, sizeof(holder_text.text),
        command[0] == '\0' ? "PID %ld" : "PID %ld (%s)", (long)pid, command);
    return holder_text;
}

static pid_t
flock_holder(int dir, const char *name)
{
    int fd = openat(dir, name, O_PATH | O_CLOEXEC);
    struct holders holders;
    struct stat file;
    pid_t pid = 0;

    if (fd == -1)
        return 0;
    if (fstat(fd, &file) == 0) {
        holders_find(&holders, fd, &file, HOLDERS_FLOCK);
        pid = holders_first(&holders);
        holders_release(&holders);
    }
    io_close(&fd);
    return pid;
}

static void
notice(const void *context, pid_t holder, int dir, const char *what)
{
    const struct writer *writer = context;

    if (!writer->options->is_verbose && isatty(STDERR_FILENO) != 1)
        return;
    /* A content lock tells nobody who has it. */
    if (holder <= 0)
        holder = flock_holder(dir, what);
    say(writer->object, NULL, "waiting for %s", holder_text(holder).text);
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
        lock, holder_text(flock_holder(dir, name)).text);
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
        say(writer->object, NULL, "going on under the lock of %s that was inherited",
            name);
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
