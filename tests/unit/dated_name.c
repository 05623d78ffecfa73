/* Names that are read back: of which formats, which names, and in what order. */
#include "config.h"

#include "create/dated_name.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void
expect_form(const char *format, bool is_local, bool is_known)
{
    struct dated_form form;
    const char *problem;

    unit_expect((dated_form_of(&form, format, is_local, &problem) == 0) == is_known,
        __FILE__, __LINE__, format);
}

static void
formats_with_an_order(void)
{
    static const char *const formats[] = {"%Y%m%dT%H%M%SZ", "%Y", "%Y-%m", "%F",
        "%F_%R", "%F %T.%N", "%d.%m.%Y", "%Y%j", "%Y-%j %H", "%G-W%V", "%G%V%u", "%s",
        "%s%N", "%d%s", "%F%d", "%Y %%d", "%FT%R%z"};

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        expect_form(formats[i], false, true);
    expect_form("%FT%R%z", true, true);
    expect_form("%s", true, true);
}

static void
formats_without_an_order(void)
{
    static const char *const formats[] = {"", "x", "%%", "%", "%d", "%m%d", "%y%m%d",
        "%y", "%Y%d", "%H%M", "%Y%H", "%Y%m%H", "%F%M", "%F%H%S", "%F%R%N", "%N",
        "%s%s", "%Y%V", "%G%m%d", "%Y%m%V", "%F %I", "%F %I%p", "%Y%b%d", "%B", "%a",
        "%c", "%e", "%-d", "%Ey", "%F%z", "%F%H%z", "%Z", "%n", "%F%"};

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        expect_form(formats[i], false, false);
    expect_form("%F", true, false);
    expect_form("%F%T%N", true, false);
}

static bool
parse_as(const char *format, const char *name, struct dated_key *key)
{
    static const struct stamp plain = {.suffix = "", .width = 1};
    struct dated_form form;
    const char *problem;

    EXPECT_NUMBER(dated_form_of(&form, format, false, &problem), 0);
    return dated_name_parse(name, &form, "", &plain, key);
}

static void
expect_time(const char *format, const char *name, int64_t seconds)
{
    struct dated_key key = {0, 0, 0};

    unit_expect(parse_as(format, name, &key), __FILE__, __LINE__, name);
    EXPECT_NUMBER(key.seconds, seconds);
}

static void
times(void)
{
    expect_time("%Y%m%dT%H%M%SZ", "20231114T221320Z-1", 1700000000);
    expect_time("%Y%m%dT%H%M%SZ", "19691231T235959Z-1", -1);
    expect_time("%F", "2000-02-29-1", 951782400);
    expect_time("%Y", "1970-1", 0);
    expect_time("%Y%m", "197002-1", 31 * 86400);
    expect_time("%Y-%j", "2000-366-1", 978220800);
    expect_time("%G-W%V-%u", "2020-W53-7-1", 1609632000);
    expect_time("%G-W%V", "1970-W01-1", -3 * 86400);
    expect_time("%s", "1700000000-1", 1700000000);
    expect_time("%s", "-7-1", -7);
    expect_time("%s", "0-1", 0);
    expect_time("%s%N", "7000000009-1", 7);
    expect_time("%FT%R%z", "1970-01-01T01:30+0130-1", 0);
    expect_time("%FT%R%z", "1969-12-31T23:00-0100-1", 0);
}

static void
days_of_every_month(void)
{
    struct stamp stamp = {.suffix = "", .width = 1};

    for (int64_t day = 0; day < 146097; day++) {
        struct timespec now = {(time_t)(day * 86400 + day % 86400), 5};
        char name[NAME_MAX + 1];
        struct dated_key key = {0, 0, 0};

        EXPECT_NUMBER(stamp_set_time(&stamp, "", "%F%T%N", false, &now), 0);
        EXPECT_NUMBER(stamp_spell(&stamp, 1, name), 0);
        if (parse_as("%F%T%N", name, &key) && key.seconds == now.tv_sec &&
            key.nanoseconds == 5)
            continue;
        EXPECT_TEXT(name, "");
        return;
    }
}

static void
expect_none(const char *format, const char *name)
{
    struct dated_key key;

    unit_expect(!parse_as(format, name, &key), __FILE__, __LINE__, name);
}

static void
names_of_another_form(void)
{
    static const char *const names[] = {"", "-", "-1", "20231114-", "20231114-0",
        "20231114-01", "20231114-007", "20231114--1", "20231114-+1", "20231114-1 ",
        "20231114-1\n", "20231114-1.gz", "x20231114-1", "2023111-1", "202311145-1",
        "20231314-1", "20230014-1", "20230229-1", "20231100-1", "2023111a-1",
        "02311141-1", "20231114-18446744073709551616", "20231114-99999999999999999999",
        "20231114-1-1", "20231114T-1"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect_none("%Y%m%d", names[i]);
    expect_none("%F", "20231114-1");
    expect_none("%F %H", "2023-11-14 24-1");
    expect_none("%F %T", "2023-11-14 23:59:60-1");
    expect_none("%F%d", "2023-11-1415-1");
    expect_none("%Y%j", "2023366-1");
    expect_none("%Y%j", "2023000-1");
    expect_none("%G%V", "202153-1");
    expect_none("%G%V%u", "2023018-1");
    expect_none("%s", "07-1");
    expect_none("%s", "-0-1");
    expect_none("%s", "--1");
    expect_none("%s", "-1");
    expect_none("%s", "9223372036854775808-1");
    expect_none("%s%N", "000000009-1");
    expect_none("%FT%R%z", "1970-01-01T01:30 0130-1");
    expect_none("%FT%R%z", "1970-01-01T01:30+0160-1");
}

static void
what_is_around_the_time(void)
{
    const struct stamp stamp = {.suffix = "1-2.gz", .width = 3};
    struct dated_form form;
    struct dated_key key = {0, 0, 0};
    const char *problem;

    EXPECT_NUMBER(dated_form_of(&form, "%Y", false, &problem), 0);
    EXPECT(dated_name_parse("a-2000-0071-2.gz", &form, "a-", &stamp, &key));
    EXPECT_NUMBER((long long)key.counter, 7);
    EXPECT(dated_name_parse("a-2000-12341-2.gz", &form, "a-", &stamp, &key));
    EXPECT_NUMBER((long long)key.counter, 1234);
    EXPECT(!dated_name_parse("a-2000-071-2.gz", &form, "a-", &stamp, &key));
    EXPECT(!dated_name_parse("a-2000-00071-2.gz", &form, "a-", &stamp, &key));
    EXPECT(!dated_name_parse("b-2000-0071-2.gz", &form, "a-", &stamp, &key));
    EXPECT(!dated_name_parse("a-2000-007", &form, "a-", &stamp, &key));
    EXPECT(!dated_name_parse("a-1-2.gz", &form, "a-", &stamp, &key));
    EXPECT(!dated_name_parse("a", &form, "a-", &stamp, &key));
}

static void
order(void)
{
    struct dated_key older;
    struct dated_key newer;

    EXPECT(parse_as("%d.%m.%Y %T.%N", "31.12.1999 00:00:00.000000000-1", &older));
    EXPECT(parse_as("%d.%m.%Y %T.%N", "01.01.2000 00:00:00.000000000-1", &newer));
    EXPECT(dated_compare(&older, &newer) < 0 && dated_compare(&newer, &older) > 0);
    EXPECT(parse_as("%d.%m.%Y %T.%N", "31.12.1999 00:00:00.000000001-1", &newer));
    EXPECT(dated_compare(&older, &newer) < 0 && dated_compare(&newer, &older) > 0);
    EXPECT(parse_as("%Y", "1999-9", &older) && parse_as("%Y", "1999-10", &newer));
    EXPECT(dated_compare(&older, &newer) < 0 && dated_compare(&newer, &older) > 0);
    EXPECT(parse_as("%Y", "1999-18446744073709551615", &newer));
    EXPECT(dated_compare(&older, &newer) < 0 && dated_compare(&newer, &older) > 0);
    EXPECT_NUMBER(dated_compare(&older, &older), 0);
}

int
main(void)
{
    unit_test("a format that can be read back has an order", formats_with_an_order);
    unit_test("a format that leaves doubt has none", formats_without_an_order);
    unit_test("a name tells its time", times);
    unit_test("every day of 400 years is read back", days_of_every_month);
    unit_test("a name of another form is not read", names_of_another_form);
    unit_test("prefix, suffix and width are part of the form", what_is_around_the_time);
    unit_test("order is that of time, then of the counter", order);
    return unit_end();
}
