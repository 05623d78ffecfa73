#include "unit.h"

#include <stdio.h>
#include <string.h>

static unsigned tests;
static unsigned failed_tests;
static bool has_failed; /* the test that runs */

void
unit_test(const char *promise, void (*test)(void))
{
    has_failed = false;
    test();
    tests++;
    failed_tests += has_failed;
    printf("%s %u - %s\n", has_failed ? "not ok" : "ok", tests, promise);
}

void
unit_expect(bool condition, const char *file, int line, const char *text)
{
    if (condition)
        return;
    has_failed = true;
    printf("# %s:%d: %s\n", file, line, text);
}

void
unit_expect_number(
    long long is, long long wanted, const char *file, int line, const char *text)
{
    if (is == wanted)
        return;
    has_failed = true;
    printf("# %s:%d: %s is %lld, not %lld\n", file, line, text, is, wanted);
}

void
unit_expect_text(
    const char *is, const char *wanted, const char *file, int line, const char *text)
{
    if (strcmp(is, wanted) == 0)
        return;
    has_failed = true;
    printf("# %s:%d: %s is \"%s\", not \"%s\"\n", file, line, text, is, wanted);
}

int
unit_end(void)
{
    printf("1..%u\n", tests);
    return failed_tests == 0 && tests > 0 ? 0 : 1;
}
