#include "config.h"

#include "file/hidden.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Longest leaf that is spelled out. 100 bytes and what is added to them fit into
 * the shortest NAME_MAX in use, the 143 bytes of an encrypting overlay. It is a
 * constant and not asked of the file system, for all writers MUST agree on it.
 */
enum { LONGEST_SPELLED_LEAF = 100 };

static const char *const family_words[] = {
    [HIDDEN_ATOMWRITE] = "atomwrite",
    [HIDDEN_UNIQCREATE] = "uniqcreate",
};

/* FNV-1a, 64 bits. */
static uint64_t
hash_of(const char *leaf)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *leaf != '\0'; leaf++)
        hash = (hash ^ (unsigned char)*leaf) * UINT64_C(0x100000001b3);
    return hash;
}

/* By hand, for this is in the way of every run, and printf(3) is a large thing. */
static void
append(struct hidden_name *name, const char *text, size_t length)
{
    size_t used = strlen(name->text);

    if (length > NAME_MAX - used)
        length = NAME_MAX - used;
    memcpy(name->text + used, text, length);
    name->text[used + length] = '\0';
}

/* The common beginning of LEAF's hidden names in FAMILY. */
static struct hidden_name
stem_of(enum hidden_family family, const char *leaf)
{
    struct hidden_name name = {"."};
    size_t length = strlen(leaf);

    if (length <= LONGEST_SPELLED_LEAF)
        append(&name, leaf, length);
    else
        snprintf(name.text, sizeof(name.text), ".#%016" PRIx64, hash_of(leaf));
    append(&name, ".", 1);
    append(&name, family_words[family], strlen(family_words[family]));
    return name;
}

struct hidden_name
hidden_turn(const char *leaf)
{
    return stem_of(HIDDEN_ATOMWRITE, leaf);
}

struct hidden_name
hidden_version(const char *leaf)
{
    struct hidden_name name = stem_of(HIDDEN_ATOMWRITE, leaf);

    append(&name, "-kept", strlen("-kept"));
    return name;
}

struct hidden_name
hidden_stage(enum hidden_family family, const char *leaf, unsigned number)
{
    struct hidden_name name = stem_of(family, leaf);
    char text[16];

    snprintf(text, sizeof(text), "-%u", number);
    append(&name, text, strlen(text));
    return name;
}

/* Whether TEXT is "-K". */
static bool
is_number(const char *text)
{
    return text[0] == '-' && text[1] != '\0' &&
           text[1 + strspn(text + 1, "0123456789")] == '\0';
}

bool
hidden_is_one(const char *name)
{
    if (name[0] != '.')
        return false;
    for (const char *dot = strchr(name + 1, '.'); dot != NULL;
         dot = strchr(dot + 1, '.')) {
        for (size_t i = 0; i < sizeof(family_words) / sizeof(family_words[0]); i++) {
            size_t length = strlen(family_words[i]);
            const char *tail = dot + 1 + length;

            if (strncmp(dot + 1, family_words[i], length) == 0 &&
                (*tail == '\0' || strcmp(tail, "-kept") == 0 || is_number(tail)))
                return true;
        }
    }
    return false;
}

bool
hidden_is_at(const char *path)
{
    const char *slash = strrchr(path, '/');

    return hidden_is_one(slash == NULL ? path : slash + 1);
}

bool
hidden_is_stage_of(const char *name, enum hidden_family family, const char *leaf)
{
    struct hidden_name stem = stem_of(family, leaf);
    size_t length = strlen(stem.text);

    return strncmp(name, stem.text, length) == 0 && is_number(name + length);
}
