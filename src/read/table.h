/*
 * table - the lines of lockread -l for people: columns that are aligned with one
 * another.
 *
 * For each block of rows: table_measure each, then table_print each. Columns only
 * grow from block to block. On a terminal there is a line above them that says what
 * they are, and HOLDERS is shortened so that lines fit; the name never is.
 */
#ifndef WHOLEFILE_READ_TABLE_H
#define WHOLEFILE_READ_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "read/display.h"
#include "read/lockread_options.h"

/* As it is shown, but the name, which is as it is. */
struct table_row {
    const char *state;
    const char *holders;
    const char *size;
    const char *age;
    const char *mode;
    const char *name;
};

struct table {
    struct display display;        /* owned */
    bool has_header;               /* still to be printed */
    bool is_raw;                   /* names as they are, and lines end with NUL */
    int terminal;                  /* the columns of standard output; 0: no limit */
    int state, holders, size, age; /* widths so far */
    int least_holders;             /* the least that HOLDERS can be shortened to */
    int name; /* the widest in this block that a line has room for */
};

void table_start(struct table *table, const struct lockread_options *options);

/* The widths of all but the name. */
void table_measure(struct table *table, const struct table_row *row);

/* That of the name, when all rows of the block were measured. */
void table_measure_name(struct table *table, const char *name);

/* Prints what stands above the rows, where that has not been done. */
void table_print_header(struct table *table, FILE *output);

void table_print(const struct table *table, FILE *output, const struct table_row *row);

/* The block is done. */
void table_end_block(struct table *table);

void table_finish(struct table *table);

#endif
