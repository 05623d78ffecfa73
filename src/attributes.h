/*
 * attributes - extended attributes and access control lists, for meta.
 */
#ifndef WHOLEFILE_ATTRIBUTES_H
#define WHOLEFILE_ATTRIBUTES_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Copies the extended attributes of FROM, which may be an O_PATH descriptor, to TO,
 * the access ACL last and cut to MODE; an ACL that TO inherited and FROM lacks is
 * removed. *LOST is set where one could not be kept. 0, or -1 with errno.
 * xattr(7), acl(5)
 */
int attributes_copy(int from, int to, mode_t mode, bool *lost);

/*
 * The mode that the default ACL of the directory DIR gives a new file which asks
 * for MODE. False where it has none. The caller may pass an O_PATH descriptor.
 */
bool attributes_default_mode(int dir, mode_t *mode);

#endif
