/*
 * content - versions that say by themselves which one they are, and whole.
 *
 * Version V of writer W has a first line that names W, V and its size, and goes
 * on with bytes that follow from W and V. A line is the same in one line of
 * text, for files that grow. What is cut, mixed or empty is not taken for one.
 */
#ifndef CRASH_CONTENT_H
#define CRASH_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

/* Which run of a workload: writer and version, both from 0. */
struct version {
    unsigned writer;
    unsigned number;
};

enum { LINE_BYTES = 240 };

/* Fills size_bytes bytes; size_bytes MUST be at least 64. */
void content_make(struct version version, char *bytes, size_t size_bytes);
/* True, and sets *version, where bytes are exactly one whole version. */
bool content_read(const char *bytes, size_t size_bytes, struct version *version);

/* Fills LINE_BYTES bytes, the last of which is a newline. */
void content_make_line(struct version version, char *bytes);
/* COUNT of them, whose numbers go on from FIRST times COUNT. */
void content_make_lines(unsigned writer, unsigned first, unsigned count, char *bytes);
/* True, and sets *version, where LINE_BYTES bytes are exactly one line. */
bool content_read_line(const char *bytes, struct version *version);

#endif
