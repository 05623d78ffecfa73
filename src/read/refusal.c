#include "config.h"

#include "read/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/say.h"
#include "lock/holder_text.h"

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
    if (!voice_is_off(voice) && !voice->takes)
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

struct reading
refusal_locked(const struct voice *voice, const char *file, const char *locked)
{
    if (!voice_is_off(voice) && !voice->skips_locked)
        say(file, "use -w to wait", "locked by %s",
            holder_text_of_lock(AT_FDCWD, locked).text);
    return (struct reading){READING_LOCKED, STATUS_LOCKED};
}

static void
say_deadlock(const char *file, pid_t holder)
{
    say(file, "do not wait for each other",
        "deadlock: %s holds this lock and is waiting for us", holder_text(holder).text);
}

struct reading
refusal_deadlock(const struct voice *voice, const char *file, pid_t holder)
{
    if (!voice_is_off(voice) && !voice->skips_locked)
        say_deadlock(file, holder);
    return (struct reading){READING_DEADLOCK, STATUS_LOCKED};
}

struct reading
refusal_lock_file_deadlock(const struct voice *voice, const char *file, pid_t holder)
{
    if (!voice_is_off(voice) && (!voice->skips_locked || voice->takes))
        say_deadlock(file, holder);
    return (struct reading){READING_LOCK_FILE_DEADLOCK, STATUS_LOCKED};
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
