#include "config.h"

#include "create/dated_name.h"

#include <string.h>

/* What the conversions of a FORMAT with an order mean. */
enum field {
    YEAR,
    MONTH,
    DAY,
    YEAR_DAY,
    WEEK_YEAR,
    WEEK,
    WEEK_DAY,
    HOUR,
    MINUTE,
    SECOND,
    NANOSECONDS,
    EPOCH,
    ZONE,
    FIELDS, /* how many; of a conversion: it is none of these */
};

#define BIT(field) (1U << (field))

enum {
    DATE = BIT(YEAR) | BIT(MONTH) | BIT(DAY) | BIT(YEAR_DAY) | BIT(WEEK_YEAR) |
           BIT(WEEK) | BIT(WEEK_DAY),
};

/* The letter, its digits, the least and the greatest number. %s has as many digits as
   it needs, %z a sign besides. */
static const struct {
    char conversion;
    int digits;
    int64_t least;
    int64_t greatest;
} known[FIELDS] = {
    [YEAR] = {'Y', 4, 1000, 9999},
    [MONTH] = {'m', 2, 1, 12},
    [DAY] = {'d', 2, 1, 31},
    [YEAR_DAY] = {'j', 3, 1, 366},
    [WEEK_YEAR] = {'G', 4, 1000, 9999},
    [WEEK] = {'V', 2, 1, 53},
    [WEEK_DAY] = {'u', 1, 1, 7},
    [HOUR] = {'H', 2, 0, 23},
    [MINUTE] = {'M', 2, 0, 59},
    [SECOND] = {'S', 2, 0, 59},
    [NANOSECONDS] = {'N', 9, 0, 999999999},
    [EPOCH] = {'s', 0, 0, 0},
    [ZONE] = {'z', 5, 0, 0},
};

static enum field
field_of(char conversion)
{
    enum field at = YEAR;

    while (at < FIELDS && known[at].conversion != conversion)
        at++;
    return at;
}

/* --- from FORMAT to its form */

static bool
add_literal(struct dated_form *form, char literal)
{
    if (form->count == NAME_MAX)
        return false;
    form->parts[form->count].conversion = '\0';
    form->parts[form->count++].literal = literal;
    form->fixed_size++;
    return true;
}

static bool add_text(struct dated_form *form, const char *text);

/* Adds what stands after a %; false where that has no order, or no room. */
static bool
add_conversion(struct dated_form *form, char conversion)
{
    enum field field;

    switch (conversion) {
    case '%':
        return add_literal(form, '%');
    case 'F':
        return add_text(form, "%Y-%m-%d");
    case 'T':
        return add_text(form, "%H:%M:%S");
    case 'R':
        return add_text(form, "%H:%M");
    default:
        break;
    }
    field = field_of(conversion);
    /* Twice %s, and nobody could tell where the one ends. */
    if (field == FIELDS || form->count == NAME_MAX ||
        (conversion == 's' && (form->fields & BIT(EPOCH)) != 0))
        return false;
    form->parts[form->count++].conversion = conversion;
    form->fixed_size += (size_t)known[field].digits;
    form->fields |= BIT(field);
    return true;
}

static bool
add_text(struct dated_form *form, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '%' ? !add_conversion(form, *++text) : !add_literal(form, *text))
            return false;
    }
    return true;
}

static bool
has_all(unsigned fields, unsigned wanted)
{
    return (fields & wanted) == wanted;
}

/* Whether FIELDS tell one moment, with nothing left out before their smallest part. */
static bool
tell_moment(unsigned fields)
{
    const unsigned date = fields & DATE;
    bool tells_day = has_all(fields, BIT(YEAR) | BIT(MONTH) | BIT(DAY)) ||
                     has_all(fields, BIT(YEAR) | BIT(YEAR_DAY)) ||
                     has_all(fields, BIT(WEEK_YEAR) | BIT(WEEK) | BIT(WEEK_DAY));
    bool tells_more = tells_day || date == BIT(YEAR) || date == BIT(WEEK_YEAR) ||
                      date == (BIT(YEAR) | BIT(MONTH)) ||
                      date == (BIT(WEEK_YEAR) | BIT(WEEK));
    unsigned larger = 0;

    if ((fields & BIT(EPOCH)) != 0)
        return true;
    for (enum field field = HOUR; field <= NANOSECONDS; field++) {
        if ((fields & BIT(field)) != 0 && (!tells_day || !has_all(fields, larger)))
            return false;
        larger |= BIT(field);
    }
    return tells_more;
}

int
dated_form_of(
    struct dated_form *form, const char *format, bool is_local, const char **problem)
{
    *form = (struct dated_form){.count = 0};
    if (!add_text(form, format))
        *problem = "it takes no conversions but %Y %m %d %j %G %V %u %H %M %S %N %s %z "
                   "%F %T %R";
    else if (!tell_moment(form->fields))
        *problem = "a part of the time is missing between the year and the smallest";
    /* Zones are some minutes from each other, so they need the minutes to be told. */
    else if ((form->fields & BIT(EPOCH)) == 0 &&
             (form->fields & (BIT(ZONE) | BIT(MINUTE))) == BIT(ZONE))
        *problem = "%z needs %M";
    else if (is_local && (form->fields & (BIT(EPOCH) | BIT(ZONE))) == 0)
        *problem = "local time can go back (add %z)";
    else
        return 0;
    return -1;
}

/* --- from a name to its time */

/* What the parts of a name say; those that are missing say the first. */
struct moment {
    unsigned seen;
    int64_t values[FIELDS];
};

static bool
read_digits(const char *text, size_t count, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value = *value * 10 + (text[i] - '0');
    }
    return true;
}

/* The seconds since 1970, as they are printed: no zero before them, and no -0. */
static bool
read_epoch(const char *text, size_t size, int64_t *value)
{
    const bool is_negative = size > 0 && text[0] == '-';

    text += is_negative;
    size -= is_negative;
    /* 18 digits cannot overflow; no calendar reaches so far. */
    if (size == 0 || size > 18 || !read_digits(text, size, value) ||
        (text[0] == '0' && (size > 1 || is_negative)))
        return false;
    if (is_negative)
        *value = -*value;
    return true;
}

/* +hhmm, in seconds. */
static bool
read_zone(const char *text, int64_t *value)
{
    int64_t hours;
    int64_t minutes;

    if ((text[0] != '+' && text[0] != '-') || !read_digits(text + 1, 2, &hours) ||
        !read_digits(text + 3, 2, &minutes) || hours > 24 || minutes > 59)
        return false;
    *value = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return true;
}

/* Reads a part that is SIZE bytes of TEXT. What is there twice says the same twice. */
static bool
read_part(struct moment *moment, enum field field, const char *text, size_t size)
{
    int64_t value;

    if (field == EPOCH) {
        if (!read_epoch(text, size, &value))
            return false;
    } else if (field == ZONE) {
        if (!read_zone(text, &value))
            return false;
    } else if (!read_digits(text, size, &value) || value < known[field].least ||
               value > known[field].greatest) {
        return false;
    }
    if ((moment->seen & BIT(field)) != 0 && moment->values[field] != value)
        return false;
    moment->seen |= BIT(field);
    moment->values[field] = value;
    return true;
}

static bool
read_parts(
    struct moment *moment, const char *text, size_t size, const struct dated_form *form)
{
    size_t at = 0;

    if (size < form->fixed_size)
        return false;
    for (size_t i = 0; i < form->count; i++) {
        char conversion = form->parts[i].conversion;
        enum field field = field_of(conversion);
        size_t length = 1;

        if (conversion == '\0') {
            if (at == size || text[at] != form->parts[i].literal)
                return false;
        } else {
            length = conversion == 's' ? size - form->fixed_size
                                       : (size_t)known[field].digits;
            if (length > size - at || !read_part(moment, field, text + at, length))
                return false;
        }
        at += length;
    }
    return at == size;
}

/* Days from 1970 to a day of the Gregorian calendar; see stamp_utc. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month > 2 ? year : year - 1;
    int64_t era = shifted / 400 - (shifted % 400 < 0);
    int64_t in_era = shifted - era * 400;
    int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

/* The Monday of the first week of YEAR: the one that 4 January is in. ISO 8601 */
static int64_t
first_monday(int64_t year)
{
    int64_t day = days_of(year, 1, 4);

    return day - ((day + 3) % 7 + 7) % 7;
}

/* The day that the FIELDS of MOMENT tell, or the first of those that they do; false
   where there is none such. */
static bool
find_day(const struct moment *moment, int64_t *day)
{
    const int64_t *values = moment->values;
    const int64_t year = values[YEAR];
    const int64_t month = (moment->seen & BIT(MONTH)) != 0 ? values[MONTH] : 1;
    const int64_t week = (moment->seen & BIT(WEEK)) != 0 ? values[WEEK] : 1;
    const int64_t week_day = (moment->seen & BIT(WEEK_DAY)) != 0 ? values[WEEK_DAY] : 1;

    if ((moment->seen & BIT(YEAR)) == 0) {
        *day = first_monday(values[WEEK_YEAR]) + (week - 1) * 7 + week_day - 1;
        return *day < first_monday(values[WEEK_YEAR] + 1);
    }
    if ((moment->seen & BIT(YEAR_DAY)) != 0) {
        *day = days_of(year, 1, 1) + values[YEAR_DAY] - 1;
        return *day < days_of(year + 1, 1, 1);
    }
    *day = days_of(year, month, (moment->seen & BIT(DAY)) != 0 ? values[DAY] : 1);
    return *day < (month == 12 ? days_of(year + 1, 1, 1) : days_of(year, month + 1, 1));
}

static bool
find_seconds(const struct moment *moment, int64_t *seconds)
{
    const int64_t *values = moment->values;
    int64_t day;

    if ((moment->seen & BIT(EPOCH)) != 0) {
        *seconds = values[EPOCH];
        return true;
    }
    if (!find_day(moment, &day))
        return false;
    *seconds = day * 86400 + values[HOUR] * 3600 + values[MINUTE] * 60 +
               values[SECOND] - values[ZONE];
    return true;
}

bool
dated_name_parse(const char *name, const struct dated_form *form, const char *leaf,
    const struct stamp *stamp, struct dated_key *key)
{
    const size_t before = strlen(leaf);
    const size_t after = strlen(stamp->suffix);
    const size_t size = strlen(name);
    struct moment moment = {.seen = 0};
    const char *dash;

    if (size < before + after || memcmp(name, leaf, before) != 0)
        return false;
    /* A counter has none, but the time and the suffix may. */
    dash = memrchr(name + before, '-', size - after - before);
    if (dash == NULL || !stamp_read_counter(stamp, dash + 1, &key->counter) ||
        !read_parts(&moment, name + before, (size_t)(dash - name) - before, form) ||
        !find_seconds(&moment, &key->seconds))
        return false;
    key->nanoseconds = (int)moment.values[NANOSECONDS];
    return true;
}

int
dated_compare(const struct dated_key *one, const struct dated_key *other)
{
    if (one->seconds != other->seconds)
        return one->seconds < other->seconds ? -1 : 1;
    if (one->nanoseconds != other->nanoseconds)
        return one->nanoseconds < other->nanoseconds ? -1 : 1;
    return (one->counter > other->counter) - (one->counter < other->counter);
}
