/*
 * unit - what a unit test in C needs. A program tests one module: its main calls
 * unit_test for each promise and returns unit_end().
 */
#ifndef WHOLEFILE_TESTS_UNIT_H
#define WHOLEFILE_TESTS_UNIT_H

#include <stdbool.h>

/* Runs TEST, and says whether PROMISE was kept. */
void unit_test(const char *promise, void (*test)(void));

/* Demands CONDITION; where it is false, says where, and the test goes on. */
#define EXPECT(condition) unit_expect((condition), __FILE__, __LINE__, #condition)

/* The same for two numbers, which are shown, and for two strings. */
#define EXPECT_NUMBER(is, wanted)                                                      \
    unit_expect_number((is), (wanted), __FILE__, __LINE__, #is)
#define EXPECT_TEXT(is, wanted)                                                        \
    unit_expect_text((is), (wanted), __FILE__, __LINE__, #is)

void unit_expect(bool condition, const char *file, int line, const char *text);
void unit_expect_number(
    long long is, long long wanted, const char *file, int line, const char *text);
void unit_expect_text(
    const char *is, const char *wanted, const char *file, int line, const char *text);

/* The exit status: 0 where every promise was kept, and there was one. */
int unit_end(void);

#endif
