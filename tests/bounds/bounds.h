/*
 * bounds - what the harnesses have in common: values of which nothing is known.
 */
#ifndef BOUNDS_H
#define BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool nondet_bool(void);
uint64_t nondet_u64(void);
int64_t nondet_i64(void);
size_t nondet_size(void);
char nondet_char(void);

/* Fills TEXT of SIZE bytes with any string that fits. */
static inline void
any_string(char *text, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++)
        text[i] = nondet_char();
    text[size - 1] = '\0';
}

#endif
