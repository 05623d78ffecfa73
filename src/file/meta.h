/*
 * meta - with which metadata: mode, owner, group, ACL and extended attributes.
 *
 * A stage is made with mode 0600 and gets the metadata of the file that it
 * replaces, or of a new one, right before it is published: owner and group, then
 * extended attributes, then the ACL with its mask cut to the new mode, then the
 * mode. In that order no moment is more open than before or after: chown(2) clears
 * setuid, and a mode of 0400 or less keeps attributes from being set.
 */
#ifndef WHOLEFILE_FILE_META_H
#define WHOLEFILE_FILE_META_H

#include <stdbool.h>
#include <sys/stat.h>

#include "file/place.h"

/* What the user asked for; all zero asks for nothing. */
struct meta_wish {
    void *mode; /* of setmode(3), or NULL; freed by the exit */
    bool has_owner, has_group;
    uid_t owner;
    gid_t group;
};

/* What could not be kept: worth a note, no error. */
struct meta_result {
    bool lost_owner, lost_group, lost_attribute, lost_mode;
    mode_t mode; /* what the file has now */
};

/* The mode of a new file in the directory of PLACE: 0666 less the umask, or what a
   default ACL gives. 0, or -1 with errno. acl(5), umask(2) */
int meta_newborn_mode(const struct place *place, mode_t *mode);

/*
 * Whether a file that was made with 0666, and came out as BORN, has the mode of a new
 * file: some file systems ignore the umask for files without a name. Then it has all
 * that it asked for, and meta_newborn_mode has to be asked.
 */
bool meta_is_newborn(const struct stat *born);

/*
 * The mode that a file is to have which had BASE: what WISH makes of it. A wish for
 * 0200, the mark of an unfinished claim, is the caller's to refuse.
 */
mode_t meta_wished_mode(const struct meta_wish *wish, mode_t base);

/*
 * Dresses the new file FD as a copy of OLD_FD, which may be an O_PATH descriptor,
 * with WISH on top. BORN and OLD are their fstat. 0, or -1 with errno: EPERM where
 * an owner, group or mode that WISH asks for is refused.
 */
int meta_replace(int fd, const struct stat *born, int old_fd, const struct stat *old,
    const struct meta_wish *wish, struct meta_result *result);

/* The same, of all that the file has, without a wish. */
int meta_copy(int fd, const struct stat *born, int old_fd, const struct stat *old,
    struct meta_result *result);

/* The mode of a file whose mode is not known. */
#define META_NO_MODE ((mode_t)-1)

/* Dresses the new file FD, which has mode CURRENT, with MODE (see meta_newborn_mode)
   and WISH. */
int meta_create(int fd, const struct stat *born, mode_t current, mode_t mode,
    const struct meta_wish *wish, struct meta_result *result);

#endif
