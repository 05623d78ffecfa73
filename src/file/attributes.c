#include "config.h"

#include "file/attributes.h"

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#define ACCESS_ACL  "system.posix_acl_access"
#define DEFAULT_ACL "system.posix_acl_default"

/* The form of an ACL as an attribute: a version, then entries; all little-endian.
   linux/posix_acl_xattr.h */
struct acl_entry {
    uint16_t tag;
    uint16_t permissions;
    uint32_t id;
};

enum { ACL_HEADER_SIZE = 4 };
enum acl_tag {
    ACL_OWNER = 0x01,
    ACL_GROUP = 0x04,
    ACL_MASK = 0x10,
    ACL_OTHER = 0x20,
};

/* Kernel limits, linux/limits.h: XATTR_SIZE_MAX, XATTR_LIST_MAX. */
enum { LARGEST_VALUE = 65536, LARGEST_LIST = 65536 };

/* O_PATH descriptors have no fgetxattr; their path in /proc has. */
struct source {
    char path[40];
};

static struct source
source_of(int fd)
{
    struct source source;

    snprintf(source.path, sizeof(source.path), "/proc/self/fd/%d", fd);
    return source;
}

static ssize_t
get(int fd, const char *name, void *value, size_t size)
{
    ssize_t length = fgetxattr(fd, name, value, size);

    if (length == -1 && errno == EBADF)
        length = getxattr(source_of(fd).path, name, value, size);
    return length;
}

static ssize_t
list(int fd, char *names, size_t size)
{
    ssize_t length = flistxattr(fd, names, size);

    if (length == -1 && errno == EBADF)
        length = listxattr(source_of(fd).path, names, size);
    return length;
}

/* The entry of TAG in an ACL of SIZE bytes, or NULL. */
static char *
find_entry(char *acl, ssize_t size, enum acl_tag tag)
{
    const ssize_t entry_size = (ssize_t)sizeof(struct acl_entry);

    for (ssize_t at = ACL_HEADER_SIZE; at + entry_size <= size; at += entry_size) {
        struct acl_entry entry;

        memcpy(&entry, acl + at, sizeof(entry));
        if (le16toh(entry.tag) == tag)
            return acl + at;
    }
    return NULL;
}

static void
set_permissions(char *place, mode_t permissions)
{
    uint16_t value = htole16((uint16_t)(permissions & 07));

    if (place != NULL)
        memcpy(place + offsetof(struct acl_entry, permissions), &value, sizeof(value));
}

static mode_t
permissions_of(const char *place)
{
    uint16_t value;

    memcpy(&value, place + offsetof(struct acl_entry, permissions), sizeof(value));
    return le16toh(value) & 07;
}

/* What chmod(2) would make of the ACL, before anybody can see it. */
static void
cut_to_mode(char *acl, ssize_t size, mode_t mode)
{
    char *mask = find_entry(acl, size, ACL_MASK);

    set_permissions(find_entry(acl, size, ACL_OWNER), mode >> 6);
    set_permissions(mask != NULL ? mask : find_entry(acl, size, ACL_GROUP), mode >> 3);
    set_permissions(find_entry(acl, size, ACL_OTHER), mode);
}

enum attributes_default
attributes_default_mode(int dir, mode_t *mode)
{
    static char acl[LARGEST_VALUE];
    ssize_t size = get(dir, DEFAULT_ACL, acl, sizeof(acl));
    const char *owner, *group, *other;

    if (size == -1)
        return errno == ENODATA || errno == ENOTSUP || errno == ENOSYS
                   ? ATTRIBUTES_NO_DEFAULT_ACL
                   : ATTRIBUTES_DEFAULT_FAILED;
    owner = find_entry(acl, size, ACL_OWNER);
    group = find_entry(acl, size, ACL_MASK);
    if (group == NULL)
        group = find_entry(acl, size, ACL_GROUP);
    other = find_entry(acl, size, ACL_OTHER);
    if (owner == NULL || group == NULL || other == NULL)
        return ATTRIBUTES_NO_DEFAULT_ACL;
    *mode &=
        permissions_of(owner) << 6 | permissions_of(group) << 3 | permissions_of(other);
    return ATTRIBUTES_DEFAULT_ACL;
}

/* The integrity hashes are of the old content, and the kernel makes new ones. */
static bool
is_to_be_copied(const char *name)
{
    return strcmp(name, "security.ima") != 0 && strcmp(name, "security.evm") != 0;
}

/* Whether an error of fsetxattr says "not here" or "not by you". */
static bool
is_a_loss(void)
{
    return errno == EPERM || errno == EACCES || errno == EOPNOTSUPP ||
           errno == EINVAL || errno == ENODATA || errno == E2BIG || errno == ERANGE;
}

static int
copy_one(int from, int to, const char *name, mode_t mode, bool *lost)
{
    static char value[LARGEST_VALUE];
    ssize_t size = get(from, name, value, sizeof(value));

    if (size == -1 && errno == ENODATA)
        return 0;
    if (size != -1) {
        if (strcmp(name, ACCESS_ACL) == 0)
            cut_to_mode(value, size, mode);
        if (fsetxattr(to, name, value, (size_t)size, 0) == 0)
            return 0;
    }
    if (!is_a_loss())
        return -1;
    *lost = true;
    return 0;
}

/* Removes what TO inherited from a default ACL. */
static int
remove_inherited(int to)
{
    if (fremovexattr(to, ACCESS_ACL) == 0 || is_a_loss() || errno == ENOSYS)
        return 0;
    return -1;
}

int
attributes_copy(int from, int to, mode_t mode, bool *lost)
{
    static char names[LARGEST_LIST];
    /* Most files have none, and the kernel gets as much memory as it is offered. */
    ssize_t length = list(from, NULL, 0);
    bool has_acl = false;

    if (length > 0)
        length = list(from, names, sizeof(names));

    if (length == -1) {
        if (errno != ENOTSUP && errno != ENOSYS && errno != EPERM && errno != E2BIG)
            return -1;
        *lost = *lost || errno == EPERM || errno == E2BIG;
        length = 0;
    }
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        if (strcmp(name, ACCESS_ACL) == 0)
            has_acl = true;
        else if (is_to_be_copied(name) && copy_one(from, to, name, mode, lost) == -1)
            return -1;
    }
    /* The ACL sets the mode with it, after which others may be refused. */
    return has_acl ? copy_one(from, to, ACCESS_ACL, mode, lost) : remove_inherited(to);
}
