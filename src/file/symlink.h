/*
 * symlink - where the symlinks at a path lead, as the kernel sees it.
 */
#ifndef WHOLEFILE_FILE_SYMLINK_H
#define WHOLEFILE_FILE_SYMLINK_H

#include <limits.h>
#include <sys/stat.h>

enum symlink_result {
    SYMLINK_RESOLVED,
    SYMLINK_DANGLING,
    SYMLINK_UNTRUSTED, /* see below */
    SYMLINK_FAILED,    /* errno: ELOOP */
};

/*
 * Follows PATH. *TARGET gets what is there, *END its own path, which the caller
 * frees, or NULL where it is not a regular file. A symlink in a sticky directory that
 * all may write to is followed only if it belongs to the caller or to the owner of
 * that directory: the rule of fs.protected_symlinks (proc_sys_fs(5)), kept here
 * even where that is 0.
 */
enum symlink_result symlink_resolve(const char *path, struct stat *target, char **end);

/*
 * Writes into END the path that the symlinks which end PATH lead to, be anything there
 * or not, by the same rule: for what is to be created there. 0, or -1 with errno:
 * EACCES where one of them is not trusted.
 */
int symlink_find_end(const char *path, char end[PATH_MAX]);

#endif
