/*
 * utf8 - what is a character, and which of them a terminal acts on. RFC 3629
 */
#ifndef WHOLEFILE_CLI_UTF8_H
#define WHOLEFILE_CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character has that TEXT begins with; 0: it begins with none. */
size_t utf8_length(const char *text);

/* Whether that is a control: U+0000 to U+001F, U+007F to U+009F. ECMA-48 */
bool utf8_is_control(const char *text);

#endif
