/*
 * display - how many columns text takes up on a terminal, and how many it has.
 *
 * That is the user's locale to say: wcwidth(3). It is used for that question alone, so
 * that all else is the same in each. A locale of UTF-8 that is not installed is
 * replaced by C.UTF-8, and where there is none either each character is one column. In
 * a locale of another character set each byte is.
 */
#ifndef WHOLEFILE_READ_DISPLAY_H
#define WHOLEFILE_READ_DISPLAY_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

struct display {
    bool is_utf8;
    locale_t locale; /* owned; it knows widths, or is (locale_t)0 */
};

/* newlocale(3), for LC_CTYPE only */
void display_start(struct display *display);

/* The columns that TEXT takes up. Control characters in it must have been escaped. */
int display_width(const struct display *display, const char *text);

/* How many bytes of TEXT fit into COLUMNS. */
size_t display_fitting(const struct display *display, const char *text, int columns);

void display_finish(struct display *display);

/*
 * The columns of the terminal that DESCRIPTOR is: those of COLUMNS in the environment
 * where that is a number, else what ioctl_tty(2) says; 0 where it is none or does not
 * know.
 */
int display_columns(int descriptor);

#endif
