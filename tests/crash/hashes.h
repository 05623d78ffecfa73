/* hashes - a growing set of 64-bit numbers. An empty one is all zero. */
#ifndef CRASH_HASHES_H
#define CRASH_HASHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hashes {
    uint64_t *slots;
    size_t size;
    size_t count;
};

/* False where it was there already. */
bool hashes_add(struct hashes *set, uint64_t hash);
void hashes_close(struct hashes *set);

#endif
