#include "config.h"

#include "cli/utf8.h"

/* The ranges of the second byte exclude overlong forms, surrogates and what is beyond
   U+10FFFF. RFC 3629, section 4 */
size_t
utf8_length(const char *characters)
{
    const unsigned char *text = (const unsigned char *)characters;
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
utf8_is_control(const char *text)
{
    unsigned char byte = (unsigned char)text[0];

    if (byte == 0xc2)
        return (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
    return byte < 0x20 || byte == 0x7f;
}
