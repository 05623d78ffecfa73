#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "paths.h"

#define ALWAYS(number, error)                                                          \
    {                                                                                  \
        number, 0, 0, 0, error                                                         \
    }
#define WITH(number, argument, flags, error)                                           \
    {                                                                                  \
        number, argument, flags, flags, error                                          \
    }

#define NO_TMPFILE    WITH(SYS_openat, 2, O_TMPFILE, EOPNOTSUPP)
#define NO_EMPTY_PATH WITH(SYS_linkat, 4, AT_EMPTY_PATH, ENOENT)
#define NO_LINK       ALWAYS(SYS_linkat, EPERM)
#define NO_NOREPLACE  ALWAYS(SYS_renameat2, EINVAL)
#define NO_RECORD_LOCK                                                                 \
    {                                                                                  \
        SYS_fcntl, 1, ~0UL, F_SETLK, ENOLCK                                            \
    }

/* Each is what some system or file system is like. */
const struct fallback fallbacks[] = {
    {"", {{0}}, true},
    {"no O_TMPFILE", {NO_TMPFILE}, true},
    {"no privilege for AT_EMPTY_PATH", {NO_EMPTY_PATH}, true},
    {"no links (EPERM)", {NO_LINK}, true},
    {"no links (ENOENT)", {ALWAYS(SYS_linkat, ENOENT)}, true},
    {"no RENAME_NOREPLACE", {NO_NOREPLACE}, true},
    {"no O_TMPFILE, no RENAME_NOREPLACE", {NO_TMPFILE, NO_NOREPLACE}, true},
    {"no O_TMPFILE, no links, no RENAME_NOREPLACE", {NO_TMPFILE, NO_LINK, NO_NOREPLACE},
        true},
    {"no copy_file_range", {ALWAYS(SYS_copy_file_range, EXDEV)}, true},
    {"no owners, modes or attributes",
        {ALWAYS(SYS_fchown, EPERM), ALWAYS(SYS_fchmod, EPERM),
            ALWAYS(SYS_fsetxattr, EOPNOTSUPP)},
        true},
    {"no fcntl locks", {NO_RECORD_LOCK}, false},
    {"no flock", {ALWAYS(SYS_flock, ENOLCK)}, false},
    {"no fsync", {ALWAYS(SYS_fsync, EIO)}, false},
    {"no memory from mmap", {ALWAYS(SYS_mmap, ENOMEM)}, false},
};

const size_t fallback_count = sizeof(fallbacks) / sizeof(fallbacks[0]);

bool
fallback_is_named(const struct fallback *fallback)
{
    return fallback->fixed[0].error != 0 && fallback->fixed[0].number == SYS_openat;
}
