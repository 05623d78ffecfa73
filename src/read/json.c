#include "config.h"

#include "read/json.h"

#include <string.h>

#include "cli/utf8.h"

bool
json_is_utf8(const char *text)
{
    while (*text != '\0') {
        size_t length = utf8_length(text);

        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

void
json_print_string(FILE *output, const char *text)
{
    putc('"', output);
    while (*text != '\0') {
        size_t length = utf8_length(text);

        if (length == 0)
            fputs("\xef\xbf\xbd", output);
        else if (*text == '"' || *text == '\\')
            fprintf(output, "\\%c", *text);
        else if (utf8_is_control(text))
            fprintf(output, "\\u%04x", (unsigned char)text[length - 1]);
        else
            fwrite(text, 1, length, output);
        text += length == 0 ? 1 : length;
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
