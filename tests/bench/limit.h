/*
 * limit - what the two halves of the program share. Any failure ends it.
 */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

/* What atomwrite(1) moves at once, and what goes to a pipe at once. */
enum { LIMIT_BUFFER_SIZE = 256 * 1024, LIMIT_COLLECT_SIZE = 64 * 1024 };

/* For reading; the second part is what a full first one may still be added to. */
extern char limit_buffer[LIMIT_BUFFER_SIZE + LIMIT_COLLECT_SIZE];

/* RESULT, unless it is -1. */
int limit_demand(int result);

void limit_put(int fd, const char *data, size_t size);

/* All of standard input to FD. */
enum limit_pour { LIMIT_SMALL, LIMIT_LARGE, LIMIT_WRITTEN_BEHIND };
void limit_pour(int fd, enum limit_pour how);

/* Each is a job of limit_names.c. */
void limit_claim(const char *prefix, bool gallops);
void limit_lines(const char *prefix);

#endif
