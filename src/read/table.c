#include "config.h"

#include "read/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"

/* Between two columns, and that of the mode, as strmode(3) writes it without the blank
   for an ACL. */
enum { GAP = 2, MODE_WIDTH = 10 };

/* Stands for what was cut off, as in ps(1). */
static const char cut_mark[] = "+";

static const struct table_row header = {
    .state = "STATE",
    .holders = "HOLDERS",
    .size = "SIZE",
    .age = "AGE",
    .mode = "MODE      ",
    .name = "NAME",
};

static int
max(int one, int other)
{
    return one > other ? one : other;
}

void
table_start(struct table *table, const struct lockread_options *options)
{
    *table = (struct table){.is_raw = options->zero};
    display_start(&table->display);
    /* -z is for programs, wherever they have standard output. */
    if (!options->zero)
        table->terminal = display_columns(STDOUT_FILENO);
    table->has_header =
        options->headers || (!options->zero && isatty(STDOUT_FILENO) == 1);
    if (table->has_header)
        table_measure(table, &header);
}

/* A PID is not cut, for what is left of it would be another's: "PID +" of HOLDERS. */
static int
least_width(const struct table *table, const char *holders)
{
    const char *blank = strchr(holders, ' ');

    return blank == NULL ? display_width(&table->display, holders)
                         : (int)(blank - holders) + 2;
}

void
table_measure(struct table *table, const struct table_row *row)
{
    table->state = max(table->state, display_width(&table->display, row->state));
    table->holders = max(table->holders, display_width(&table->display, row->holders));
    table->least_holders = max(table->least_holders, least_width(table, row->holders));
    table->size = max(table->size, display_width(&table->display, row->size));
    table->age = max(table->age, display_width(&table->display, row->age));
}

/* What is left for HOLDERS and the name. */
static int
room(const struct table *table)
{
    return table->terminal - table->state - table->size - table->age - MODE_WIDTH -
           5 * GAP;
}

void
table_measure_name(struct table *table, const char *name)
{
    char *escaped;
    int width;

    if (table->terminal == 0)
        return;
    escaped = say_escaped(name);
    width = display_width(&table->display, escaped);
    free(escaped);
    /* A line that has no room for its name is not helped by shorter ones. */
    if (width <= room(table) - table->least_holders)
        table->name = max(table->name, width);
}

static int
holders_width(const struct table *table)
{
    int left = room(table) - table->name;

    if (table->terminal == 0 || table->name == 0 || left >= table->holders)
        return table->holders;
    return max(left, table->least_holders);
}

static void
print_blanks(FILE *output, int count)
{
    fprintf(output, "%*s", max(count, 0), "");
}

static void
print_holders(const struct table *table, FILE *output, const char *holders)
{
    int width = holders_width(table);
    int own = display_width(&table->display, holders);

    if (own > width) {
        size_t size = display_fitting(&table->display, holders, width - 1);

        fprintf(output, "%.*s%s", (int)size, holders, cut_mark);
        own -= display_width(&table->display, holders + size);
        own++;
    } else {
        fputs(holders, output);
    }
    /* A wide character may have left a column free. */
    print_blanks(output, width - own);
}

void
table_print(const struct table *table, FILE *output, const struct table_row *row)
{
    char *name = say_escaped(row->name);

    fprintf(output, "%-*s  ", table->state, row->state);
    print_holders(table, output, row->holders);
    fprintf(output, "  %*s  %*s  %.*s  %s%c", table->size, row->size, table->age,
        row->age, MODE_WIDTH, row->mode, table->is_raw ? row->name : name,
        table->is_raw ? '\0' : '\n');
    free(name);
}

void
table_print_header(struct table *table, FILE *output)
{
    if (table->has_header)
        table_print(table, output, &header);
    table->has_header = false;
}

void
table_end_block(struct table *table)
{
    table->name = 0;
}

void
table_finish(struct table *table)
{
    display_finish(&table->display);
}
