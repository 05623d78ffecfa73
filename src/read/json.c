#include "config.h"

#include "read/json.h"

#include <string.h>

/*
 * The length of the well-formed UTF-8 sequence that TEXT begins with, or 0. The
 * ranges of the second byte exclude overlong forms, surrogates and what is beyond
 * U+10FFFF. RFC 3629, section 4
 */
static size_t
sequence_length(const unsigned char *text)
{
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t length;

    if (text[0] < 0x80)
        return 1;
    if (text[0] >= 0xc2 && text[0] <= 0xdf)
        length = 2;
    else if (text[0] >= 0xe0 && text[0] <= 0xef)
        length = 3;
    else if (text[0] >= 0xf0 && text[0] <= 0xf4)
        length = 4;
    else
        return 0;
    if (text[0] == 0xe0)
        low = 0xa0;
    else if (text[0] == 0xed)
        high = 0x9f;
    else if (text[0] == 0xf0)
        low = 0x90;
    else if (text[0] == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < length; i++) {
        if (text[i] < low || text[i] > high)
            return 0;
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

bool
json_is_utf8(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;

    while (*byte != '\0') {
        size_t length = sequence_length(byte);

        if (length == 0)
            return false;
        byte += length;
    }
    return true;
}

void
json_print_string(FILE *output, const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;

    putc('"', output);
    while (*byte != '\0') {
        size_t length = sequence_length(byte);

        if (length == 0)
            fputs("\xef\xbf\xbd", output);
        else if (*byte == '"' || *byte == '\\')
            fprintf(output, "\\%c", *byte);
        else if (*byte < 0x20 || *byte == 0x7f)
            fprintf(output, "\\u%04x", *byte);
        else
            fwrite(byte, 1, length, output);
        byte += length == 0 ? 1 : length;
    }
    putc('"', output);
}

void
json_print_base64(FILE *output, const char *text)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *byte = (const unsigned char *)text;
    size_t left = strlen(text);

    putc('"', output);
    for (; left >= 3; left -= 3, byte += 3) {
        putc(digits[byte[0] >> 2], output);
        putc(digits[(byte[0] & 3) << 4 | byte[1] >> 4], output);
        putc(digits[(byte[1] & 15) << 2 | byte[2] >> 6], output);
        putc(digits[byte[2] & 63], output);
    }
    if (left > 0) {
        putc(digits[byte[0] >> 2], output);
        putc(digits[(byte[0] & 3) << 4 | byte[1] >> 4], output);
        putc(left == 2 ? digits[(byte[1] & 15) << 2] : '=', output);
        putc('=', output);
    }
    putc('"', output);
}
