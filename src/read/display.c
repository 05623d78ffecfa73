#include "config.h"

#include "read/display.h"

#include <bsd/stdlib.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "cli/utf8.h"

/* Whether the environment asks for UTF-8, in the order of setlocale(3). */
static bool
is_utf8_asked_for(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && value[0] != '\0')
            return strcasestr(value, ".utf-8") != NULL ||
                   strcasestr(value, ".utf8") != NULL;
    }
    return false;
}

/* Not nl_langinfo_l(3), which a static program with glibc gets the C locale's from. */
static bool
is_utf8(locale_t locale)
{
    locale_t before = uselocale(locale);
    bool result = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

    (void)uselocale(before);
    return result;
}

void
display_start(struct display *display)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);

    *display = (struct display){.is_utf8 = false};
    if (locale == (locale_t)0 && is_utf8_asked_for()) {
        display->is_utf8 = true;
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    }
    if (locale == (locale_t)0)
        return;
    if (is_utf8(locale)) {
        display->is_utf8 = true;
        display->locale = locale;
    } else {
        freelocale(locale);
    }
}

void
display_finish(struct display *display)
{
    if (display->locale != (locale_t)0)
        freelocale(display->locale);
    *display = (struct display){.is_utf8 = false};
}

/* The character of LENGTH bytes at TEXT. Not mbrtowc(3): libc may want to load a module
   for it, which a static program must not. */
static wchar_t
character_at(const char *text, size_t length)
{
    unsigned character = (unsigned char)text[0];

    if (length > 1)
        character &= 0x7fU >> length;
    for (size_t i = 1; i < length; i++)
        character = character << 6 | ((unsigned char)text[i] & 0x3f);
    return (wchar_t)character;
}

/* The length of the character that TEXT, which is not empty, begins with; *COLUMNS
   becomes what it takes up. */
static size_t
measure(const struct display *display, const char *text, int *columns)
{
    size_t length = display->is_utf8 ? utf8_length(text) : 1;
    locale_t before;

    *columns = 1;
    if (length <= 1 || display->locale == (locale_t)0)
        /* What is not UTF-8 is shown as a sign for that, byte by byte. */
        return length == 0 ? 1 : length;
    before = uselocale(display->locale);
    *columns = wcwidth(character_at(text, length));
    (void)uselocale(before);
    if (*columns < 0)
        *columns = 1;
    return length;
}

int
display_width(const struct display *display, const char *text)
{
    int width = 0;
    int columns;

    while (*text != '\0') {
        text += measure(display, text, &columns);
        width += columns;
    }
    return width;
}

size_t
display_fitting(const struct display *display, const char *text, int columns)
{
    size_t size = 0;
    int width;

    while (text[size] != '\0') {
        size_t length = measure(display, text + size, &width);

        if (width > columns)
            break;
        columns -= width;
        size += length;
    }
    return size;
}

int
display_columns(int descriptor)
{
    const char *said = getenv("COLUMNS");
    const char *problem;
    struct winsize size;
    int columns;

    if (isatty(descriptor) != 1)
        return 0;
    columns = said == NULL ? 0 : (int)strtonum(said, 1, INT_MAX, &problem);
    if (columns > 0)
        return columns;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
