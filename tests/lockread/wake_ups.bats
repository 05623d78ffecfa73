#!/usr/bin/env bats
# lockread --await: no wake-up is lost, whenever the file comes.
#
# Expressions in single quotes are for an inner shell, and run(1) of bats sets status,
# output and stderr.
# shellcheck disable=SC2016,SC2154

load common

# Right before the call whose number is in AT the file comes; before the first pause, if there
# were not so many calls until then, and that makes "over". A pause that ends although f is
# there, and no event is: then the wake-up was lost, and but for the longest pause it would
# sleep on.
LOST='#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <time.h>
static int has_come;
static void before(int is_last)
{
    static long calls;
    const char *at = getenv("AT");
    if (at == NULL || has_come || (++calls != atol(at) && !is_last))
        return;
    has_come = 1;
    rename("ready", "f");
    if (calls != atol(at))
        close(REAL(open)("over", O_WRONLY | O_CREAT, 0600));
}
int openat(int dir, const char *name, int flags, ...)
{
    before(0);
    return REAL(openat)(dir, name, flags, 0600);
}
int open(const char *name, int flags, ...)
{
    before(0);
    return REAL(open)(name, flags, 0600);
}
int fstatat(int dir, const char *name, struct stat *file, int flags)
{
    before(0);
    return REAL(fstatat)(dir, name, file, flags);
}
int inotify_init1(int flags)
{
    before(0);
    return REAL(inotify_init1)(flags);
}
int inotify_add_watch(int fd, const char *name, uint32_t events)
{
    asked();
    before(0);
    return REAL(inotify_add_watch)(fd, name, events);
}
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit,
    const sigset_t *mask)
{
    const struct timespec now = {0, 0};
    int ready;
    asked();
    before(1);
    ready = REAL(ppoll)(fds, count, limit, mask);
    if (ready == 0 && count > 0 && access("f", F_OK) == 0 &&
        REAL(ppoll)(fds, count, &now, mask) == 0)
        fputs("lost\n", stderr);
    return ready;
}'

@test "await: no wake-up is lost, at whatever call of its the file comes" {
    need_events
    instead "$LOST" bash -c 'for ((at = 1; ; at++)); do
            rm -f f
            echo here >ready
            AT=$at lockread --await -w 60 f >out || exit
            [ "$(<out)" = here ] || exit 1
            [ ! -e over ] || break
        done
        echo "$at"'
    expect 0 ""
    # There are two looks and two watches at least.
    [ "$output" -gt 5 ]
}

@test "await: no wake-up is lost in many races" {
    need_events
    instead "$LOST" bash -c 'for ((i = 0; i < $1; i++)); do
            lockread --await -w 600 f >out &
            echo here | atomwrite --no-sync f
            wait $! || exit
            [ "$(<out)" = here ] || exit 1
            rm f
        done' bash $((5 * MANY))
    expect 0 ""
}

@test "await: a client of NFS that remembers no such name is made to ask again" {
    grep -q '^#define HAVE_STATX 1' "$BUILDDIR/config.h" ||
        skip "needs a libc that has statx(2)"
    echo here >f
    instead '#include <linux/magic.h>
    #include <stdbool.h>
    #include <sys/vfs.h>
    static bool has_asked;
    int fstatfs(int fd, struct statfs *fs)
    {
        int result = REAL(fstatfs)(fd, fs);
        asked();
        fs->f_type = NFS_SUPER_MAGIC;
        return result;
    }
    int fstatat(int dir, const char *name, struct stat *file, int flags)
    {
        if (strcmp(name, "f") == 0 && !has_asked)
            return errno = ENOENT, -1;
        has_asked |= name[0] == 0;
        return REAL(fstatat)(dir, name, file, flags);
    }
    int statx(int dir, const char *name, int flags, unsigned mask, struct statx *file)
    {
        has_asked |= name[0] == 0 && (flags & AT_STATX_FORCE_SYNC) != 0;
        return REAL(statx)(dir, name, flags, mask, file);
    }' lockread --await -w 0.01 f
    expect 0 ""
    [ "$output" = here ]
}
