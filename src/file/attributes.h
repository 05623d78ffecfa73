/*
 * attributes - extended attributes and access control lists, for meta.
 */
#ifndef WHOLEFILE_FILE_ATTRIBUTES_H
#define WHOLEFILE_FILE_ATTRIBUTES_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Copies the extended attributes of FROM, which may be an O_PATH descriptor, to TO,
 * the access ACL last and cut to MODE; an ACL that TO inherited and FROM lacks is
 * removed. *LOST is set where one could not be kept. 0, or -1 with errno.
 * xattr(7), acl(5)
 */
int attributes_copy(int from, int to, mode_t mode, bool *lost);

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
