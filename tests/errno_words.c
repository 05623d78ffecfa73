/*
 * Prints GLIBC=OURS for each errno that the libc of this build has other words for than
 * glibc, whose words the tests have.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int number;
    const char *words;
} errors[] = {
    {EBUSY, "Device or resource busy"},
    {EDQUOT, "Disk quota exceeded"},
    {EEXIST, "File exists"},
    {EFBIG, "File too large"},
    {EIO, "Input/output error"},
    {ELOOP, "Too many levels of symbolic links"},
    {EMFILE, "Too many open files"},
    {ENAMETOOLONG, "File name too long"},
    {ENOLCK, "No locks available"},
    {ENOMEM, "Cannot allocate memory"},
    {ENOSPC, "No space left on device"},
    {ENXIO, "No such device or address"},
    {EOPNOTSUPP, "Operation not supported"},
    {EPERM, "Operation not permitted"},
    {EROFS, "Read-only file system"},
    {ESTALE, "Stale file handle"},
};

int
main(void)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        const char *ours = strerror(errors[i].number);

        if (strcmp(ours, errors[i].words) != 0)
            printf("%s=%s\n", errors[i].words, ours);
    }
    return 0;
}
