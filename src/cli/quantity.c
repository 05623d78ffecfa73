#include "config.h"

#include "cli/quantity.h"

#include <bsd/libutil.h>
#include <bsd/stdlib.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/account.h"
#include "lock/wait.h"

#define SECOND_NS 1000000000.0

static int
fail(const char **problem, const char *what)
{
    *problem = what;
    return -1;
}

static bool
is_digit(char character)
{
    return character >= '0' && character <= '9';
}

int
quantity_number(
    const char *text, int64_t min, int64_t max, int64_t *value, const char **problem)
{
    const char *error;

    /* strtonum(3) takes leading blanks and a sign. */
    if (!is_digit(text[text[0] == '-' ? 1 : 0]))
        return fail(problem, "not a number");
    *value = strtonum(text, min, max, &error);
    if (error == NULL)
        return 0;
    return fail(
        problem, strcmp(error, "invalid") == 0 ? "not a number" : "out of range");
}

int
quantity_size(const char *text, int64_t *bytes, const char **problem)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t size;

    /* expand_number(3) knows more suffixes than we promise, blanks and signs. */
    if (digits == 0 || strlen(text + digits) > 1 ||
        (text[digits] != '\0' && strchr("KMGkmg", text[digits]) == NULL))
        return fail(problem, "not a size (a number of bytes, or with K, M or G)");
    /* To expand_number(3) 010 is octal. */
    for (; digits > 1 && text[0] == '0'; digits--)
        text++;
    if (expand_number(text, &size) == -1 || size > INT64_MAX)
        return fail(problem, "out of range");
    *bytes = (int64_t)size;
    return 0;
}

/* How many seconds SUFFIX stands for, or 0. */
static double
unit_of(const char *suffix)
{
    static const struct {
        const char *suffix;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(suffix, units[i].suffix) == 0)
            return units[i].seconds;
    }
    return 0;
}

int
quantity_duration(const char *text, int64_t *nanoseconds, const char **problem)
{
    const char *point = text + strspn(text, "0123456789");
    const char *suffix =
        *point == '.' ? point + 1 + strspn(point + 1, "0123456789") : point;
    double unit = unit_of(suffix);
    double value;

    /* A digit before or after the point; strtod(3) alone would take "inf", "0x1p3". */
    if (unit == 0 || suffix == text || (*point == '.' && suffix == text + 1))
        return fail(
            problem, "not a duration (a number of seconds, or with s, m, h, d)");
    value = strtod(text, NULL) * unit * SECOND_NS;
    /* The largest double below 2^63. */
    if (value >= 9223372036854774784.0)
        return fail(problem, "out of range");
    *nanoseconds = (int64_t)value;
    return 0;
}

int
quantity_wait(const char *text, int64_t *nanoseconds, const char **problem)
{
    if (strcmp(text, "inf") != 0)
        return quantity_duration(text, nanoseconds, problem);
    *nanoseconds = WAIT_FOR_EVER;
    return 0;
}

/* The greatest id: the next one, -1, says "no change" to chown(2). */
enum { GREATEST_ID = 0xfffffffe };

static int
parse_user(const char *name, uid_t *owner, gid_t *login_group, const char **problem)
{
    const char *ignored;
    int64_t number;

    if (account_of_user(name, owner, login_group))
        return 0;
    *login_group = (gid_t)-1;
    if (quantity_number(name, 0, GREATEST_ID, &number, &ignored) == -1)
        return fail(problem, "not a known user");
    *owner = (uid_t)number;
    return 0;
}

static int
parse_group(const char *name, gid_t *group, const char **problem)
{
    const char *ignored;
    int64_t number;

    if (account_of_group(name, group))
        return 0;
    if (quantity_number(name, 0, GREATEST_ID, &number, &ignored) == -1)
        return fail(problem, "not a known group");
    *group = (gid_t)number;
    return 0;
}

int
quantity_owner(const char *text, uid_t *owner, gid_t *group, const char **problem)
{
    const char *colon = strchr(text, ':');
    gid_t login_group = (gid_t)-1;
    char user[256];
    size_t length = colon == NULL ? strlen(text) : (size_t)(colon - text);

    *owner = (uid_t)-1;
    *group = (gid_t)-1;
    if (length >= sizeof(user) || (length == 0 && (colon == NULL || colon[1] == '\0')))
        return fail(problem, "not an owner (USER, USER:GROUP or :GROUP)");
    memcpy(user, text, length);
    user[length] = '\0';
    if (length > 0 && parse_user(user, owner, &login_group, problem) == -1)
        return -1;
    if (colon == NULL)
        return 0;
    if (colon[1] != '\0')
        return parse_group(colon + 1, group, problem);
    if (login_group == (gid_t)-1)
        return fail(problem, "not a user with a known login group");
    *group = login_group;
    return 0;
}
