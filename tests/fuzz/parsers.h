/*
 * parsers - one input for the parsers; aborts where an answer is wrong.
 */
#ifndef WHOLEFILE_TESTS_PARSERS_H
#define WHOLEFILE_TESTS_PARSERS_H

#include <stddef.h>

void parsers_try(const unsigned char *data, size_t size);

#endif
