/*
 * acl - access control lists in the form that they have as an extended attribute.
 *
 * A list has an entry for the owner (ACL_USER_OBJ), for the group (ACL_GROUP_OBJ) and
 * for others (ACL_OTHER), and where it names users or groups, a mask: what they and the
 * group can have at most. The group's part of the mode *is* the mask then. acl(5)
 *
 * Nothing here calls the kernel, and nothing owns memory: a list is the caller's.
 */
#ifndef WHOLEFILE_FILE_ACL_H
#define WHOLEFILE_FILE_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct acl {
    char *bytes; /* a header, then entries; what does not make an entry is left alone */
    size_t size;
};

/* The mode (0 to 0777) that ACL stands for. False: it lacks an entry for it. */
bool acl_mode(const struct acl *acl, mode_t *mode);

/* Does to ACL what chmod(2) with MODE would do to its file. */
void acl_set_mode(struct acl *acl, mode_t mode);

/* What each of the group, the named groups and the others may do (0 to 07): a group
   that comes in the place of this one MUST NOT get more. */
mode_t acl_least_of_groups(const struct acl *acl);

/* The same of the named users as well: what is left without the list. */
mode_t acl_least(const struct acl *acl);

/* Gives the group no more than acl_least_of_groups. */
void acl_leave_group(struct acl *acl);

#endif
