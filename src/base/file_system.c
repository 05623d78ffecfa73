#include "config.h"

#include "base/file_system.h"

#include <errno.h>
#include <linux/magic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* Magic numbers have 32 bits, some with the highest set, and the member that has them
 * has on some machines a sign, and on others none. */
static bool
is_on(int fd, uint32_t magic)
{
    struct statfs file_system;
    int saved = errno;
    bool is = fstatfs(fd, &file_system) == 0 && (uint32_t)file_system.f_type == magic;

    errno = saved;
    return is;
}

bool
file_system_is_btrfs(int fd, dev_t device)
{
    /* Its devices are anonymous: what has a driver is none of them. */
    return major(device) == 0 && is_on(fd, BTRFS_SUPER_MAGIC);
}

bool
file_system_is_ext4(int fd)
{
    return is_on(fd, EXT4_SUPER_MAGIC);
}

bool
file_system_is_nfs(int fd)
{
    return is_on(fd, NFS_SUPER_MAGIC);
}

bool
file_system_is_proc(int fd)
{
    return is_on(fd, PROC_SUPER_MAGIC);
}

bool
file_system_is_fuse(int fd)
{
    return is_on(fd, FUSE_SUPER_MAGIC);
}

bool
file_system_is_watchable(int fd)
{
    static const uint32_t elsewhere[] = {NFS_SUPER_MAGIC, FUSE_SUPER_MAGIC,
        CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, V9FS_MAGIC, CEPH_SUPER_MAGIC};

    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
        if (is_on(fd, elsewhere[i]))
            return false;
    }
    return true;
}
