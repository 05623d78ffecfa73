/* Tries every input that the fuzzer kept: the files of $SRCDIR/tests/fuzz/corpus. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "parsers.h"

enum { LARGEST_INPUT = 1 << 20 };

static int
try_file(int dir, const char *name)
{
    static unsigned char data[LARGEST_INPUT];
    FILE *input;
    size_t size;

    if (fchdir(dir) == -1)
        return -1;
    input = fopen(name, "re");
    if (input == NULL)
        return -1;
    size = fread(data, 1, sizeof(data), input);
    fclose(input);
    parsers_try(data, size);
    return 0;
}

int
main(void)
{
    const char *source = getenv("SRCDIR");
    char path[4096];
    struct dirent *entry;
    unsigned tried = 0;
    struct descriptors descriptors;
    DIR *corpus;

    /* A parser is given a standard input of its own. */
    if (descriptors_secure(&descriptors) == -1)
        return 1;
    snprintf(path, sizeof(path), "%s/tests/fuzz/corpus", source == NULL ? "." : source);
    corpus = opendir(path);
    if (corpus == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    while ((entry = readdir(corpus)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (try_file(dirfd(corpus), entry->d_name) == -1) {
            fprintf(stderr, "%s: %s\n", entry->d_name, strerror(errno));
            return 1;
        }
        tried++;
    }
    closedir(corpus);
    printf("%u inputs\n", tried);
    /* An empty corpus would prove nothing. */
    return tried > 0 ? 0 : 1;
}
