/*
 * chance - numbers that look random and are the same in every run.
 *
 * splitmix64 (Steele, Lea, Flood 2014): one word of state, any seed will do.
 */
#ifndef CRASH_CHANCE_H
#define CRASH_CHANCE_H

#include <stdint.h>

static inline uint64_t
chance_mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return word ^ (word >> 31);
}

static inline uint64_t
chance_next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    return chance_mix(*state);
}

/* A number below LIMIT, which MUST NOT be 0. */
static inline uint64_t
chance_below(uint64_t *state, uint64_t limit)
{
    return chance_next(state) % limit;
}

#endif
