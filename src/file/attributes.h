/*
 * attributes - extended attributes and access control lists, for meta.
 */
#ifndef WHOLEFILE_FILE_ATTRIBUTES_H
#define WHOLEFILE_FILE_ATTRIBUTES_H

#include <stdbool.h>
#include <sys/types.h>

/* How attributes_copy is to copy, and what came of it. */
struct attributes_copy {
    mode_t mode;             /* of the new file: its ACL is cut to it */
    bool group_is_lost;      /* its group is not the old one's */
    bool drops_capabilities; /* it has another owner or group */

    bool is_lossy; /* out: one could not be kept */
    mode_t least;  /* out: what group and others may have at most, 0 to 07: less
                      than all only where the ACL could not be kept */
};

/*
 * Copies the extended attributes of FROM, which may be an O_PATH descriptor, to TO,
 * the access ACL last; an ACL that TO inherited and FROM lacks is removed. 0, or -1
 * with errno. xattr(7), acl(5)
 */
int attributes_copy(int from, int to, struct attributes_copy *copy);

/*
 * Cuts *MODE, that of the file FROM, to what it may be under another group: others, and
 * without an ACL the group, get what both had. 0, or -1 with errno.
 */
int attributes_leave_group(int from, mode_t *mode);

enum attributes_default {
    ATTRIBUTES_DEFAULT_ACL,
    ATTRIBUTES_NO_DEFAULT_ACL,
    ATTRIBUTES_DEFAULT_FAILED, /* errno: it may have one */
};

/*
 * Cuts *MODE, which a new file asks for, to what the default ACL of the directory
 * DIR, which may be an O_PATH descriptor, gives it.
 */
enum attributes_default attributes_default_mode(int dir, mode_t *mode);

#endif
