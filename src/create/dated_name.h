/*
 * dated_name - which names a run of uniqcreate could have made, and their order.
 *
 * A FORMAT has an order if its names can be read back: every conversion is of a known
 * length and means a number, whatever the language, and together they tell one moment
 * from the year down to their smallest part with no part left out. %d alone comes again
 * each month, %y each century, %I without %p twice a day; the names of days and months
 * are of a language. Local time goes back once a year, so it needs %z or %s.
 *
 * Order: dated_form_of, once; then dated_name_parse for any name.
 */
#ifndef WHOLEFILE_CREATE_DATED_NAME_H
#define WHOLEFILE_CREATE_DATED_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "create/stamp.h"

/* What the names of a FORMAT look like. */
struct dated_form {
    struct {
        char conversion; /* as after the %; 0 where LITERAL stands for itself */
        char literal;
    } parts[NAME_MAX];
    size_t count;
    size_t fixed_size; /* bytes of all parts but %s */
    unsigned fields;   /* which there are, a bit each */
};

/* When a name says that it was made. */
struct dated_key {
    int64_t seconds; /* since 1970 */
    int nanoseconds;
    uint64_t counter;
};

/*
 * Finds the FORM of FORMAT. 0, or -1 where its names have no certain order, and in
 * *PROBLEM why, as the end of "the names have no certain order: ".
 */
int dated_form_of(
    struct dated_form *form, const char *format, bool is_local, const char **problem);

/*
 * Whether NAME is LEAF, a time in FORM, "-", and a counter and suffix of STAMP, byte
 * for byte as uniqcreate spells it. The head of STAMP does not matter. *KEY gets its
 * time and counter.
 */
bool dated_name_parse(const char *name, const struct dated_form *form, const char *leaf,
    const struct stamp *stamp, struct dated_key *key);

/* Less than, equal to or greater than 0, as ONE is older than, the same as or newer
   than OTHER. */
int dated_compare(const struct dated_key *one, const struct dated_key *other);

#endif
