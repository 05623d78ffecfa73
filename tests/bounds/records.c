/* records_next: from every valid state it hands out what lies in the buffer, and leaves
   a valid state. */
#include "create/records.c"

#include "bounds.h"

enum { LONGEST = 6 };

static bool
is_valid(const struct records *records)
{
    return records->start <= records->scanned && records->scanned <= records->end &&
           records->end <= records->size;
}

int
main(void)
{
    static char data[LONGEST];
    struct records records = {.data = data, .size = LONGEST};
    struct record record;
    size_t start = nondet_size();

    for (size_t i = 0; i < LONGEST; i++)
        data[i] = nondet_char();
    records.delimiter = nondet_bool() ? '\n' : '\0';
    records.start = start;
    records.end = nondet_size();
    records.scanned = nondet_size();
    records.is_at_end = nondet_bool();
    __CPROVER_assume(is_valid(&records));
    if (records_next(&records, &record)) {
        __CPROVER_assert(
            record.data == data + start, "it begins where the last one ended");
        __CPROVER_assert(
            record.size <= records.start - start, "and ends before the next");
        __CPROVER_assert(records.start > start, "something was handed out");
    }
    __CPROVER_assert(is_valid(&records), "the state stays valid");
    return 0;
}
