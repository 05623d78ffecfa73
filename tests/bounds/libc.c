/*
 * What the checker has no body for, of libc and libbsd, as simple as their manuals say
 * it. Any answer that the manual allows is given, so that what holds here holds there.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"

size_t
strspn(const char *text, const char *accept)
{
    size_t length = 0;

    while (text[length] != '\0') {
        const char *each = accept;

        while (*each != '\0' && *each != text[length])
            each++;
        if (*each == '\0')
            break;
        length++;
    }
    return length;
}

size_t
strcspn(const char *text, const char *reject)
{
    size_t length = 0;

    while (text[length] != '\0') {
        const char *each = reject;

        while (*each != '\0' && *each != text[length])
            each++;
        if (*each != '\0')
            break;
        length++;
    }
    return length;
}

long long
strtonum(const char *text, long long min, long long max, const char **problem)
{
    long long value = nondet_i64();

    (void)text;
    *problem = nondet_bool() ? NULL : (nondet_bool() ? "invalid" : "too large");
    if (*problem != NULL)
        return 0;
    __CPROVER_assume(value >= min && value <= max);
    return value;
}

int
expand_number(const char *text, uint64_t *number)
{
    (void)text;
    *number = nondet_u64();
    return nondet_bool() ? 0 : -1;
}

void *
memchr(const void *text, int wanted, size_t size)
{
    const unsigned char *byte = text;

    for (size_t i = 0; i < size; i++) {
        if (byte[i] == (unsigned char)wanted)
            return (void *)(byte + i);
    }
    return NULL;
}

/* Of a text that begins with a digit; the sign and the blanks before it are nobody's.
 */
unsigned long long
strtoull(const char *text, char **after, int base)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = 0;

    for (;;) {
        const char *digit = text[length] == '\0' ? NULL : strchr(digits, text[length]);

        if (digit == NULL || digit - digits >= base)
            break;
        length++;
    }
    *after = (char *)text + length;
    if (nondet_bool())
        errno = ERANGE;
    return nondet_u64();
}
