#include "config.h"

#include "lock/proc_view.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sys.h"

/* Whether the link PATH leads to TEXT. */
static bool
leads_to(const char *path, const char *text)
{
    char target[64];
    ssize_t length = readlink(path, target, sizeof(target));

    return length == (ssize_t)strlen(text) && memcmp(target, text, (size_t)length) == 0;
}

bool
proc_view_is_whole(void)
{
    return leads_to("/proc/self/ns/pid", "pid:[4026531836]");
}

bool
proc_view_lives(pid_t pid)
{
    char own[32];
    char path[32];
    struct stat process;

    snprintf(own, sizeof(own), "%ld", (long)getpid());
    /* Its numbers are ours: this tells of processes that hidepid hides, too. */
    if (leads_to("/proc/self", own))
        return kill(pid, 0) == 0 || errno != ESRCH;
    snprintf(path, sizeof(path), "/proc/%ld", (long)pid);
    return stat(path, &process) == 0 || errno != ENOENT;
}

/* As fdinfo says it, for kernels before 5.8 and headers that do not know of it. */
static uint64_t
mount_by_fdinfo(int fd)
{
    char path[64];
    char text[256];
    const char *at;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    at = fd != -1 && io_read_file(path, text, sizeof(text)) ? strstr(text, "mnt_id:")
                                                            : NULL;
    return at == NULL ? 0 : strtoull(at + strlen("mnt_id:"), NULL, 10);
}

uint64_t
proc_view_mount_of(int fd)
{
    uint64_t mount = fd == -1 ? 0 : sys_mount_of(fd);

    return mount == 0 ? mount_by_fdinfo(fd) : mount;
}

/* A decimal number at *TEXT, and END after it; *TEXT goes to what follows. */
static bool
take_number(const char **text, char end, unsigned long long *number)
{
    char *after;

    if (!isdigit((unsigned char)**text))
        return false;
    errno = 0;
    *number = strtoull(*text, &after, 10);
    if (errno != 0 || *after != end)
        return false;
    *text = after + 1;
    return true;
}

bool
proc_view_parse_mount(const char *text, uint64_t *mount, dev_t *device)
{
    unsigned long long id, parent, major, minor;

    if (!take_number(&text, ' ', &id) || !take_number(&text, ' ', &parent) ||
        !take_number(&text, ':', &major) || !take_number(&text, ' ', &minor) ||
        major > UINT_MAX || minor > UINT_MAX)
        return false;
    *mount = id;
    *device = makedev((unsigned)major, (unsigned)minor);
    return true;
}

bool
proc_view_device_of(uint64_t mount, dev_t *device)
{
    FILE *mounts = mount == 0 ? NULL : fopen("/proc/self/mountinfo", "re");
    bool found = false;
    size_t size = 0;
    char *text = NULL;

    if (mounts == NULL)
        return false;
    while (!found && getline(&text, &size, mounts) != -1) {
        uint64_t each;

        found = proc_view_parse_mount(text, &each, device) && each == mount;
    }
    free(text);
    fclose(mounts);
    return found;
}
