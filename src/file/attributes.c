#include "config.h"

#include "file/attributes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "file/acl.h"

#define ACCESS_ACL  "system.posix_acl_access"
#define DEFAULT_ACL "system.posix_acl_default"

/* Kernel limits, linux/limits.h: XATTR_SIZE_MAX, XATTR_LIST_MAX. */
enum { LARGEST_VALUE = 65536, LARGEST_LIST = 65536 };

enum { PERMISSIONS_OF_ONE = 07 };

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

enum got { GOT_ACL, GOT_NONE, GOT_ERROR };

/* The ACL of FD that is called NAME; its memory lasts to the next call. */
static enum got
get_acl(int fd, const char *name, struct acl *acl)
{
    static char bytes[LARGEST_VALUE];
    ssize_t size = get(fd, name, bytes, sizeof(bytes));

    if (size == -1)
        return errno == ENODATA || errno == ENOTSUP || errno == ENOSYS ? GOT_NONE
                                                                       : GOT_ERROR;
    *acl = (struct acl){bytes, (size_t)size};
    return GOT_ACL;
}

enum attributes_default
attributes_default_mode(int dir, mode_t *mode)
{
    struct acl acl;
    mode_t given;

    switch (get_acl(dir, DEFAULT_ACL, &acl)) {
    case GOT_NONE:
        return ATTRIBUTES_NO_DEFAULT_ACL;
    case GOT_ERROR:
        return ATTRIBUTES_DEFAULT_FAILED;
    case GOT_ACL:
        break;
    }
    if (!acl_mode(&acl, &given))
        return ATTRIBUTES_NO_DEFAULT_ACL;
    *mode &= given;
    return ATTRIBUTES_DEFAULT_ACL;
}

int
attributes_leave_group(int from, mode_t *mode)
{
    mode_t both = (*mode >> 3) & *mode & PERMISSIONS_OF_ONE;
    struct acl acl;

    switch (get_acl(from, ACCESS_ACL, &acl)) {
    case GOT_ERROR:
        return -1;
    case GOT_NONE:
        *mode = (*mode & ~(mode_t)077) | both << 3 | both;
        return 0;
    case GOT_ACL:
        break;
    }
    /* The group's part is the mask, which the named ones need; see acl_leave_group. */
    *mode = (*mode & ~(mode_t)07) | acl_least_of_groups(&acl);
    return 0;
}

/* The integrity hashes are of the old content, and the kernel makes new ones;
   capabilities go with the owner, as chown(2) takes them away. */
static bool
is_to_be_copied(const char *name, const struct attributes_copy *copy)
{
    return strcmp(name, "security.ima") != 0 && strcmp(name, "security.evm") != 0 &&
           (!copy->drops_capabilities || strcmp(name, "security.capability") != 0);
}

/* Whether an error of fsetxattr says "not here" or "not by you". */
static bool
is_a_loss(void)
{
    return errno == EPERM || errno == EACCES || errno == EOPNOTSUPP ||
           errno == EINVAL || errno == ENODATA || errno == E2BIG || errno == ERANGE;
}

static int
copy_one(int from, int to, const char *name, struct attributes_copy *copy)
{
    static char value[LARGEST_VALUE];
    ssize_t size = get(from, name, value, sizeof(value));

    if (size == -1 && errno == ENODATA)
        return 0;
    if (size != -1 && fsetxattr(to, name, value, (size_t)size, 0) == 0)
        return 0;
    if (!is_a_loss())
        return -1;
    copy->is_lossy = true;
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

static int
copy_acl(int from, int to, struct attributes_copy *copy)
{
    mode_t least = 0; /* of an ACL that cannot be read nobody knows whom it denies */
    struct acl acl;

    switch (get_acl(from, ACCESS_ACL, &acl)) {
    case GOT_NONE:
        return remove_inherited(to);
    case GOT_ERROR:
        break;
    case GOT_ACL:
        least = acl_least(&acl);
        if (copy->group_is_lost)
            acl_leave_group(&acl);
        /* What chmod(2) would make of it, before anybody can see it. */
        acl_set_mode(&acl, copy->mode);
        if (fsetxattr(to, ACCESS_ACL, acl.bytes, acl.size, 0) == 0)
            return 0;
        break;
    }
    if (!is_a_loss())
        return -1;
    copy->is_lossy = true;
    copy->least = least;
    return remove_inherited(to);
}

int
attributes_copy(int from, int to, struct attributes_copy *copy)
{
    static char names[LARGEST_LIST];
    /* Most files have none, and the kernel gets as much memory as it is offered. */
    ssize_t length = list(from, NULL, 0);
    bool may_have_acl = false;

    copy->is_lossy = false;
    copy->least = PERMISSIONS_OF_ONE;
    if (length > 0)
        length = list(from, names, sizeof(names));
    if (length == -1) {
        if (errno != ENOTSUP && errno != ENOSYS && errno != EPERM && errno != E2BIG)
            return -1;
        may_have_acl = errno == EPERM || errno == E2BIG;
        copy->is_lossy = may_have_acl;
        length = 0;
    }
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        if (strcmp(name, ACCESS_ACL) == 0)
            may_have_acl = true;
        else if (is_to_be_copied(name, copy) && copy_one(from, to, name, copy) == -1)
            return -1;
    }
    /* The ACL sets the mode with it, after which others may be refused. */
    return may_have_acl ? copy_acl(from, to, copy) : remove_inherited(to);
}
