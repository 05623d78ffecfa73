/* content - see content.h. */
#include "content.h"

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"

/* Room for the first line: "version 4294967295 4294967295 SIZE\n". */
enum { TITLE_BYTES = 64 };

static uint64_t
seed_of(struct version version)
{
    return ((uint64_t)version.writer << 32) | (version.number + 1);
}

/* Letters, so that the bytes can be looked at and hold no newline. */
static void
fill(uint64_t seed, char *bytes, size_t size_bytes)
{
    uint64_t word = 0;

    for (size_t i = 0; i < size_bytes; i++) {
        if (i % 8 == 0)
            word = chance_next(&seed);
        bytes[i] = (char)('a' + (word & 15));
        word >>= 8;
    }
}

void
content_make(struct version version, char *bytes, size_t size_bytes)
{
    char title[TITLE_BYTES];
    int length = snprintf(title, sizeof(title), "version %u %u %zu\n", version.writer,
        version.number, size_bytes);

    memcpy(bytes, title, (size_t)length);
    fill(seed_of(version), bytes + length, size_bytes - (size_t)length);
}

bool
content_read(const char *bytes, size_t size_bytes, struct version *version)
{
    char title[TITLE_BYTES] = "", *expected;
    size_t said_bytes;
    bool same;

    if (size_bytes < TITLE_BYTES)
        return false;
    memcpy(title, bytes, TITLE_BYTES - 1);
    if (sscanf(title, "version %u %u %zu\n", &version->writer, &version->number,
            &said_bytes) != 3 ||
        said_bytes != size_bytes)
        return false;
    expected = malloc(size_bytes);
    if (expected == NULL)
        err(71, "content");
    content_make(*version, expected, size_bytes);
    same = memcmp(bytes, expected, size_bytes) == 0;
    free(expected);
    return same;
}

void
content_make_line(struct version version, char *bytes)
{
    char title[TITLE_BYTES];
    int length =
        snprintf(title, sizeof(title), "line %u %u ", version.writer, version.number);

    memcpy(bytes, title, (size_t)length);
    fill(seed_of(version), bytes + length, LINE_BYTES - 1 - (size_t)length);
    bytes[LINE_BYTES - 1] = '\n';
}

void
content_make_lines(unsigned writer, unsigned first, unsigned count, char *bytes)
{
    for (unsigned i = 0; i < count; i++) {
        struct version version = {writer, first * count + i};

        content_make_line(version, bytes + (size_t)i * LINE_BYTES);
    }
}

bool
content_read_line(const char *bytes, struct version *version)
{
    char title[TITLE_BYTES] = "", expected[LINE_BYTES];

    memcpy(title, bytes, TITLE_BYTES - 1);
    if (sscanf(title, "line %u %u ", &version->writer, &version->number) != 2)
        return false;
    content_make_line(*version, expected);
    return memcmp(bytes, expected, LINE_BYTES) == 0;
}
