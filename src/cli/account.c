#include "config.h"

#include "cli/account.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"

#ifdef STATIC_BUILD

/* A line of getent(1) up to its last number is shorter; its end does not matter. */
enum { LONGEST_LINE = 1024 };

/*
 * Starts getent(1) with its output in OUT, and the signals as an ordinary program has
 * them. Not by a shell: NAME is one argument, whatever is in it. -1: not started.
 */
static pid_t
start_getent(const char *database, const char *name, int out)
{
    char *argv[] = {(char *)"getent", (char *)database, (char *)name, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t child;

    sigemptyset(&none);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -1;
    }
    if (posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, out, 1) != 0 ||
        posix_spawnattr_setsigmask(&attributes, &none) != 0 ||
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK) != 0 ||
        posix_spawnp(&child, argv[0], &actions, &attributes, argv, environ) != 0)
        child = -1;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

/*
 * What DATABASE says of NAME, as a line of its file. Its exit status is not needed, for
 * it prints nothing where it fails. A number would be looked up as one, and a leading
 * '-' taken for an option: neither is a name.
 */
static bool
ask_getent(const char *database, const char *name, char line[LONGEST_LINE])
{
    int ends[2];
    pid_t child;

    if (name[0] == '-' || name[strspn(name, "0123456789")] == '\0' ||
        pipe2(ends, O_CLOEXEC) == -1)
        return false;
    child = start_getent(database, name, ends[1]);
    io_close(&ends[1]);
    line[0] = '\0';
    if (child != -1) {
        (void)io_read_text(ends[0], line, LONGEST_LINE);
        while (waitpid(child, NULL, 0) == -1 && errno == EINTR)
            continue;
    }
    io_close(&ends[0]);
    return line[0] != '\0';
}

bool
account_of_user(const char *name, uid_t *user, gid_t *login_group)
{
    FILE *users = fopen("/etc/passwd", "re");
    const struct passwd *entry = NULL;
    char line[LONGEST_LINE];

    if (users != NULL) {
        while ((entry = fgetpwent(users)) != NULL && strcmp(entry->pw_name, name) != 0)
            continue;
        fclose(users);
    }
    if (entry != NULL) {
        *user = entry->pw_uid;
        *login_group = entry->pw_gid;
        return true;
    }
    return ask_getent("passwd", name, line) &&
           sscanf(line, "%*[^:]:%*[^:]:%u:%u:", user, login_group) == 2;
}

bool
account_of_group(const char *name, gid_t *group)
{
    FILE *groups = fopen("/etc/group", "re");
    const struct group *entry = NULL;
    char line[LONGEST_LINE];

    if (groups != NULL) {
        while ((entry = fgetgrent(groups)) != NULL && strcmp(entry->gr_name, name) != 0)
            continue;
        fclose(groups);
    }
    if (entry != NULL) {
        *group = entry->gr_gid;
        return true;
    }
    return ask_getent("group", name, line) &&
           sscanf(line, "%*[^:]:%*[^:]:%u:", group) == 1;
}

#else

bool
account_of_user(const char *name, uid_t *user, gid_t *login_group)
{
    const struct passwd *entry = getpwnam(name);

    if (entry == NULL)
        return false;
    *user = entry->pw_uid;
    *login_group = entry->pw_gid;
    return true;
}

bool
account_of_group(const char *name, gid_t *group)
{
    const struct group *entry = getgrnam(name);

    if (entry == NULL)
        return false;
    *group = entry->gr_gid;
    return true;
}

#endif
