/* hashes - see hashes.h. */
#include "hashes.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024 };

/* Open addressing; the hashes are even enough to be their own place. */
static bool
put(uint64_t *slots, size_t size, uint64_t hash)
{
    size_t at = (size_t)hash & (size - 1);

    while (slots[at] != 0) {
        if (slots[at] == hash)
            return false;
        at = (at + 1) & (size - 1);
    }
    slots[at] = hash;
    return true;
}

static void
grow(struct hashes *set)
{
    size_t size = set->size == 0 ? FIRST_SIZE : set->size * 2;
    uint64_t *slots = calloc(size, sizeof(*slots));

    if (slots == NULL)
        err(71, "hashes");
    for (size_t i = 0; i < set->size; i++)
        if (set->slots[i] != 0)
            put(slots, size, set->slots[i]);
    free(set->slots);
    set->slots = slots;
    set->size = size;
}

bool
hashes_add(struct hashes *set, uint64_t hash)
{
    /* 0 marks a free slot. */
    if (hash == 0)
        hash = 1;
    if (2 * set->count >= set->size)
        grow(set);
    if (!put(set->slots, set->size, hash))
        return false;
    set->count++;
    return true;
}

void
hashes_close(struct hashes *set)
{
    free(set->slots);
    memset(set, 0, sizeof(*set));
}
