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

bool
voice_is_off(const struct voice *voice)
{
    return voice->is_silent || voice->is_quiet;
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
refusal_say(const struct voice *voice, const char *file, enum status status,
    const char *hint, const char *format, ...)
{
    va_list arguments;

    if (!voice_is_off(voice)) {
        va_start(arguments, format);
        say_formatted(file, hint, format, arguments);
        va_end(arguments);
    }
    return (struct reading){READING_REFUSED, status};
}

struct reading
refusal_missing(const struct voice *voice, const char *file)
{
    if (!voice_is_off(voice) && !voice->skips_missing)
        say(file, NULL, "no such file");
    return (struct reading){READING_MISSING, STATUS_NO_INPUT};
}

struct reading
refusal_failed(const struct voice *voice, const char *file, const char *doing)
{
    int reason = errno;

    if (!voice_is_off(voice))
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
refusal_locked(const struct voice *voice, const char *file, const char *locked)
{
    if (!voice_is_off(voice) && !voice->skips_locked)
        say_locked(file, locked);
    return (struct reading){READING_LOCKED, STATUS_LOCKED};
}

struct reading
refusal_deadlock(const struct voice *voice, const char *file, pid_t holder)
{
    char command[32];

    if (!voice_is_off(voice) && !voice->skips_locked) {
        holders_command(holder, command, sizeof(command));
        say(file, "do not wait for each other",
            "deadlock: PID %ld (%s) holds this lock and is waiting for us",
            (long)holder, command[0] == '\0' ? "?" : command);
    }
    return (struct reading){READING_DEADLOCK, STATUS_LOCKED};
}

struct reading
refusal_unfinished(const struct voice *voice, const char *file)
{
    if (!voice_is_off(voice) && !voice->skips_locked)
        say(file, "remove it, or wait for its successor",
            "left unfinished by a process that died");
    return (struct reading){READING_UNFINISHED, STATUS_REFUSED};
}

struct reading
refusal_no_output(const struct voice *voice)
{
    int reason = errno;

    if (!voice->is_quiet)
        say_errno(reason, "standard output", "cannot write");
    return (struct reading){READING_NO_OUTPUT, STATUS_IO_ERROR};
}
