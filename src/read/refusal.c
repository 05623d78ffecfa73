#include "config.h"

#include "read/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/say.h"
#include "lock/holders.h"

static bool
is_silent(const struct reader *reader)
{
    return reader->is_silent || reader->options->quiet;
}

static void say_formatted(const char *file, const char *hint, const char *format,
    va_list arguments) __attribute__((format(printf, 3, 0)));

static void
say_formatted(const char *file, const char *hint, const char *format, va_list arguments)
{
    char text[4096];

    if (vsnprintf(text, sizeof(text), format, arguments) < 0)
        text[0] = '\0';
    say(file, hint, "%s", text);
}

struct reading
refusal_say(const struct reader *reader, const char *file, enum status status,
    const char *hint, const char *format, ...)
{
    va_list arguments;

    if (!is_silent(reader)) {
        va_start(arguments, format);
        say_formatted(file, hint, format, arguments);
        va_end(arguments);
    }
    return (struct reading){READING_REFUSED, status};
}

struct reading
refusal_missing(const struct reader *reader, const char *file)
{
    if (!is_silent(reader) && reader->options->take == NULL)
        say(file, NULL, "no such file");
    return (struct reading){READING_MISSING, STATUS_NO_INPUT};
}

struct reading
refusal_failed(const struct reader *reader, const char *file, const char *doing)
{
    int reason = errno;

    if (!is_silent(reader))
        say_errno(reason, file, "cannot %s", doing);
    return (struct reading){READING_FAILED, status_of_read_errno(reason)};
}

static void
say_locked(const char *file, const char *locked)
{
    struct holders holders = {.list = NULL};
    char command[32] = "";
    struct stat there;
    int fd = open(locked, O_PATH | O_CLOEXEC);
    pid_t holder;

    if (fd != -1 && fstat(fd, &there) == 0)
        holders_find(&holders, fd, &there, HOLDERS_FLOCK);
    io_close(&fd);
    holder = holders_first(&holders);
    if (holder > 0) {
        holders_command(holder, command, sizeof(command));
        say(file, "use -w to wait", "locked by PID %ld (%s)", (long)holder, command);
    } else {
        say(file, "use -w to wait", "locked by another process");
    }
    holders_release(&holders);
}

struct reading
refusal_locked(const struct reader *reader, const char *file, const char *locked)
{
    if (!is_silent(reader) && !reader->options->skip)
        say_locked(file, locked);
    return (struct reading){READING_LOCKED, STATUS_LOCKED};
}

struct reading
refusal_deadlock(const struct reader *reader, const char *file, pid_t holder)
{
    char command[32];

    if (!is_silent(reader) && !reader->options->skip) {
        holders_command(holder, command, sizeof(command));
        say(file, "do not wait for each other",
            "deadlock: PID %ld (%s) holds this lock and is waiting for us",
            (long)holder, command[0] == '\0' ? "?" : command);
    }
    return (struct reading){READING_DEADLOCK, STATUS_LOCKED};
}

struct reading
refusal_unfinished(const struct reader *reader, const char *file)
{
    if (!is_silent(reader) && !reader->options->skip)
        say(file, "remove it, or wait for its successor",
            "left unfinished by a process that died");
    return (struct reading){READING_UNFINISHED, STATUS_REFUSED};
}

struct reading
refusal_no_output(const struct reader *reader)
{
    int reason = errno;

    if (!reader->options->quiet)
        say_errno(reason, "standard output", "cannot write");
    return (struct reading){READING_NO_OUTPUT, STATUS_IO_ERROR};
}
