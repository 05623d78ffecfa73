#include "config.h"

#include "file/meta.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <unistd.h>

#include "base/file_system.h"
#include "file/attributes.h"

enum { PERMISSIONS = 07777, SET_IDS = S_ISUID | S_ISGID };

static const struct meta_wish no_wish = {.mode = NULL};

int
meta_newborn_mode(const struct place *place, mode_t *mode)
{
    mode_t mask;

    *mode = 0666;
    switch (attributes_default_mode(place->dir, mode)) {
    case ATTRIBUTES_DEFAULT_ACL:
        if (!file_system_is_fuse(place->dir))
            return 0;
        break;
    case ATTRIBUTES_DEFAULT_FAILED:
        return -1;
    case ATTRIBUTES_NO_DEFAULT_ACL:
        break;
    }
    mask = umask(0);
    umask(mask);
    *mode &= ~mask;
    return 0;
}

bool
meta_is_newborn(const struct stat *born)
{
    return (born->st_mode & 0777) != 0666;
}

mode_t
meta_wished_mode(const struct meta_wish *wish, mode_t base)
{
    return wish->mode == NULL ? base & PERMISSIONS
                              : getmode(wish->mode, base) & PERMISSIONS;
}

/*
 * Gives FD the group, and then the owner, that it is to have. What WISH asks for
 * is demanded, what FILE had is tried. Returns 0, or -1 with errno.
 */
static int
set_owner(int fd, const struct stat *born, uid_t owner, gid_t group,
    const struct meta_wish *wish, struct meta_result *result)
{
    if (owner == born->st_uid && group == born->st_gid)
        return 0;
    if (fchown(fd, owner, group) == 0)
        return 0;
    if (errno != EPERM && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
        return -1;
    if (owner != born->st_uid) {
        if (wish->has_owner)
            return -1;
        result->lost_owner = true;
    }
    if (group != born->st_gid && fchown(fd, (uid_t)-1, group) == -1) {
        if (wish->has_group || (errno != EPERM && errno != EINVAL &&
                                   errno != EOPNOTSUPP && errno != ENOSYS))
            return -1;
        result->lost_group = true;
    }
    return 0;
}

static int
set_mode(int fd, mode_t current, mode_t mode, const struct meta_wish *wish,
    struct meta_result *result)
{
    struct stat file;

    result->mode = mode;
    if (current == mode)
        return 0;
    if (fchmod(fd, mode) == 0) {
        if (wish->mode == NULL)
            return 0;
        /* Some file systems take any mode and keep their own. */
        if (fstat(fd, &file) == -1)
            return -1;
        if ((file.st_mode & PERMISSIONS) == mode)
            return 0;
        errno = EOPNOTSUPP;
        return -1;
    }
    /* File systems without modes (FAT) refuse what they cannot say. */
    if (wish->mode != NULL ||
        (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS))
        return -1;
    result->lost_mode = true;
    return 0;
}

/* Whether the file changes hands: then chown(2) takes setuid, setgid and capabilities
   away, and so do we. */
static bool
changes_hands(const struct stat *old, const struct meta_wish *wish,
    const struct meta_result *result)
{
    return result->lost_owner || result->lost_group ||
           (wish->has_owner && wish->owner != old->st_uid) ||
           (wish->has_group && wish->group != old->st_gid);
}

int
meta_replace(int fd, const struct stat *born, int old_fd, const struct stat *old,
    const struct meta_wish *wish, struct meta_result *result)
{
    mode_t mode = old->st_mode & PERMISSIONS;
    struct attributes_copy copy = {.mode = mode};

    *result = (struct meta_result){.mode = mode};
    if (set_owner(fd, born, wish->has_owner ? wish->owner : old->st_uid,
            wish->has_group ? wish->group : old->st_gid, wish, result) == -1)
        return -1;
    copy.group_is_lost = result->lost_group;
    copy.drops_capabilities = changes_hands(old, wish, result);
    /* Unless asked for with MODE. */
    if (copy.drops_capabilities)
        mode &= ~(mode_t)SET_IDS;
    if (copy.group_is_lost && attributes_leave_group(old_fd, &mode) == -1)
        return -1;
    mode = meta_wished_mode(wish, mode);
    copy.mode = mode;
    if (attributes_copy(old_fd, fd, &copy) == -1)
        return -1;
    result->lost_attribute = copy.is_lossy;
    /* Without the ACL the group would get its mask, and those it denied be others. */
    if (wish->mode == NULL)
        mode &= ~(mode_t)077 | copy.least << 3 | copy.least;
    /* The ACL may have changed it. */
    return set_mode(fd, META_NO_MODE, mode, wish, result);
}

int
meta_copy(int fd, const struct stat *born, int old_fd, const struct stat *old,
    struct meta_result *result)
{
    return meta_replace(fd, born, old_fd, old, &no_wish, result);
}

int
meta_create(int fd, const struct stat *born, mode_t current, mode_t mode,
    const struct meta_wish *wish, struct meta_result *result)
{
    *result = (struct meta_result){.mode = mode};
    if (set_owner(fd, born, wish->has_owner ? wish->owner : born->st_uid,
            wish->has_group ? wish->group : born->st_gid, wish, result) == -1)
        return -1;
    return set_mode(fd, current, meta_wished_mode(wish, mode), wish, result);
}
