#include "config.h"

#include "cli/say.h"

/* Only vis() is used here, on which the BSDs agree. */
#define LIBBSD_OPENBSD_VIS
#include <bsd/stdlib.h>
#include <bsd/vis.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/utf8.h"

/* Longer lines are cut; a name of PATH_MAX bytes, escaped, still fits. */
enum { LONGEST_LINE = 20480 };

static const char *program = "wholefile";

static struct {
    bool is_on;
    char *lines; /* owned */
    size_t size;
} held;

void
say_program(const char *name)
{
    program = name;
}

/* How many bytes at TEXT go out as they are; 0: the first is escaped. That are those
   that a terminal acts on, be it one that knows UTF-8 or one that knows bytes only and
   takes 0x80 to 0x9f for controls, and the backslash, which would be ambiguous. */
static size_t
plain_length(const char *text)
{
    unsigned char byte = (unsigned char)*text;
    size_t length = utf8_length(text);

    if (utf8_is_control(text) || byte == '\\' ||
        (length == 0 && byte >= 0x80 && byte < 0xa0))
        return 0;
    return length == 0 ? 1 : length;
}

/* As vis(3) does. It reads a byte as a character of the locale, and on musl, which has
   one for each byte, lets those above 127 through. */
static char *
escape_byte(char *end, char byte, char next)
{
    unsigned char low = (unsigned char)byte & 0x7f;

    if ((unsigned char)byte == low)
        return vis(end, byte, VIS_CSTYLE | VIS_NL | VIS_TAB, next);
    *end++ = '\\';
    *end++ = 'M';
    *end++ = low < ' ' || low == 0x7f ? '^' : '-';
    *end++ = (char)(low < ' ' || low == 0x7f ? low ^ '@' : low);
    return end;
}

char *
say_escaped(const char *name)
{
    /* Four bytes at most for each. */
    char *escaped = reallocarray(NULL, strlen(name) + 1, 4);
    char *end = escaped;

    if (escaped == NULL) {
        static const char lament[] = "wholefile: out of memory\n";

        (void)!write(STDERR_FILENO, lament, sizeof(lament) - 1);
        _exit(STATUS_NO_PROCESS);
    }
    while (*name != '\0') {
        size_t length = plain_length(name);

        end =
            length == 0 ? escape_byte(end, *name, name[1]) : mempcpy(end, name, length);
        name += length == 0 ? 1 : length;
    }
    *end = '\0';
    return escaped;
}

/* Keeps LINE, where it would have to wait. Without memory it does wait. */
static bool
hold(const char *line, size_t length)
{
    char *larger;

    if (!held.is_on ||
        (held.size == 0 && length <= PIPE_BUF && io_takes_line(STDERR_FILENO)))
        return false;
    larger = realloc(held.lines, held.size + length);
    if (larger == NULL)
        return false;
    memcpy(larger + held.size, line, length);
    held.lines = larger;
    held.size += length;
    return true;
}

void
say_hold(void)
{
    held.is_on = true;
}

bool
say_is_holding(void)
{
    return held.size > 0;
}

void
say_release(void)
{
    int saved = errno;

    if (held.size > 0)
        (void)io_send(STDERR_FILENO, held.lines, held.size);
    free(held.lines);
    held.lines = NULL;
    held.size = 0;
    held.is_on = false;
    errno = saved;
}

static void
say_parts(const char *object, const char *text, const char *reason, const char *hint)
{
    char line[LONGEST_LINE];
    char *name = say_escaped(object);
    char *words = say_escaped(text);
    int length = snprintf(line, sizeof(line), "%s: %s: %s%s%s%s%s%s\n", program, name,
        words, reason == NULL ? "" : ": ", reason == NULL ? "" : reason,
        hint == NULL ? "" : " (", hint == NULL ? "" : hint, hint == NULL ? "" : ")");

    free(name);
    free(words);
    if (length >= (int)sizeof(line)) {
        length = (int)sizeof(line) - 1;
        line[length - 1] = '\n';
    }
    /* Where that fails there is nobody left to tell. */
    if (length > 0 && !hold(line, (size_t)length))
        (void)io_send(STDERR_FILENO, line, (size_t)length);
}

static void say_format(const char *object, const char *reason, const char *hint,
    const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static void
say_format(const char *object, const char *reason, const char *hint, const char *format,
    va_list arguments)
{
    char text[LONGEST_LINE];
    int saved = errno;

    if (vsnprintf(text, sizeof(text), format, arguments) < 0)
        text[0] = '\0';
    say_parts(object, text, reason, hint);
    errno = saved;
}

void
say(const char *object, const char *hint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_format(object, NULL, hint, format, arguments);
    va_end(arguments);
}

void
say_errno(int errnum, const char *object, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_format(object, strerror(errnum), status_hint(errnum), format, arguments);
    va_end(arguments);
}

enum status
say_usage(const char *object, const char *format, ...)
{
    char hint[64];
    va_list arguments;

    snprintf(hint, sizeof(hint), "see %s --help", program);
    va_start(arguments, format);
    say_format(object, NULL, hint, format, arguments);
    va_end(arguments);
    return STATUS_USAGE;
}

int
say_output(const char *text, size_t size)
{
    return io_send(STDOUT_FILENO, text, size);
}
