#include "config.h"

#include "file/acl.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#ifdef HAVE_LINUX_POSIX_ACL_XATTR_H
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#else
/* As they are there. */
struct posix_acl_xattr_header {
    uint32_t a_version;
};
struct posix_acl_xattr_entry {
    uint16_t e_tag;
    uint16_t e_perm;
    uint32_t e_id;
};
enum {
    ACL_USER_OBJ = 0x01,
    ACL_USER = 0x02,
    ACL_GROUP_OBJ = 0x04,
    ACL_GROUP = 0x08,
    ACL_MASK = 0x10,
    ACL_OTHER = 0x20,
};
#endif

enum { ALL = 07 };

static size_t
count_of(const struct acl *acl)
{
    const size_t header = sizeof(struct posix_acl_xattr_header);

    return acl->size < header
               ? 0
               : (acl->size - header) / sizeof(struct posix_acl_xattr_entry);
}

static char *
entry_at(const struct acl *acl, size_t number)
{
    return acl->bytes + sizeof(struct posix_acl_xattr_header) +
           number * sizeof(struct posix_acl_xattr_entry);
}

/* Entries are little-endian, and nothing says that they are aligned. */
static unsigned
tag_of(const char *entry)
{
    struct posix_acl_xattr_entry copy;

    memcpy(&copy, entry, sizeof(copy));
    return le16toh(copy.e_tag);
}

static mode_t
permissions_of(const char *entry)
{
    struct posix_acl_xattr_entry copy;

    memcpy(&copy, entry, sizeof(copy));
    return le16toh(copy.e_perm) & ALL;
}

static void
set_permissions(char *entry, mode_t permissions)
{
    struct posix_acl_xattr_entry copy;

    if (entry == NULL)
        return;
    memcpy(&copy, entry, sizeof(copy));
    copy.e_perm = htole16((uint16_t)(permissions & ALL));
    memcpy(entry, &copy, sizeof(copy));
}

/* The first entry of TAG, or NULL. */
static char *
find(const struct acl *acl, unsigned tag)
{
    for (size_t i = 0; i < count_of(acl); i++) {
        char *entry = entry_at(acl, i);

        if (tag_of(entry) == tag)
            return entry;
    }
    return NULL;
}

/* What the group's part of the mode stands for. */
static char *
find_group_class(const struct acl *acl)
{
    char *mask = find(acl, ACL_MASK);

    return mask != NULL ? mask : find(acl, ACL_GROUP_OBJ);
}

bool
acl_mode(const struct acl *acl, mode_t *mode)
{
    const char *owner = find(acl, ACL_USER_OBJ);
    const char *group = find_group_class(acl);
    const char *other = find(acl, ACL_OTHER);

    if (owner == NULL || group == NULL || other == NULL)
        return false;
    *mode =
        permissions_of(owner) << 6 | permissions_of(group) << 3 | permissions_of(other);
    return true;
}

void
acl_set_mode(struct acl *acl, mode_t mode)
{
    set_permissions(find(acl, ACL_USER_OBJ), mode >> 6);
    set_permissions(find_group_class(acl), mode >> 3);
    set_permissions(find(acl, ACL_OTHER), mode);
}

/* What all entries whose tag is in TAGS allow, as far as the mask lets them. */
static mode_t
least_of(const struct acl *acl, unsigned tags)
{
    mode_t least = ALL;

    for (size_t i = 0; i < count_of(acl); i++) {
        const char *entry = entry_at(acl, i);

        if ((tag_of(entry) & tags) != 0)
            least &= permissions_of(entry);
    }
    return least;
}

/*
 * All groups, for a process is denied only if *no* entry of its groups allows what it
 * asks for: a member of the new group that is in a named one as well, which is to be
 * kept out, would come in by the new group's entry.
 */
mode_t
acl_least_of_groups(const struct acl *acl)
{
    return least_of(acl, ACL_GROUP_OBJ | ACL_GROUP | ACL_MASK | ACL_OTHER);
}

mode_t
acl_least(const struct acl *acl)
{
    return acl_least_of_groups(acl) & least_of(acl, ACL_USER);
}

void
acl_leave_group(struct acl *acl)
{
    set_permissions(find(acl, ACL_GROUP_OBJ), acl_least_of_groups(acl));
}
