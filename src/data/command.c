#include "config.h"

#include "data/command.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"

static int
set_signals(posix_spawnattr_t *attributes)
{
    sigset_t handled;
    sigset_t mask;
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;

    interrupt_defaults(&handled, &mask);
    errno = posix_spawnattr_setsigdefault(attributes, &handled);
    if (errno == 0)
        errno = posix_spawnattr_setsigmask(attributes, &mask);
    if (errno == 0)
        errno = posix_spawnattr_setflags(attributes, flags);
    return errno == 0 ? 0 : -1;
}

static int
set_descriptors(posix_spawn_file_actions_t *actions, const struct command_io *io)
{
    char path[40];

    errno = 0;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", io->in);
    if (io->in != -1 && io->in_anew && access(path, R_OK) == 0) {
        /* Opened by the child: opened and closed by us it would drop our lock. */
        errno = posix_spawn_file_actions_addopen(actions, 0, path, O_RDONLY, 0);
    } else if (io->in != -1) {
        if (io->in_anew && lseek(io->in, 0, SEEK_SET) == -1)
            return -1;
        errno = posix_spawn_file_actions_adddup2(actions, io->in, 0);
    }
    if (errno == 0 && io->out != -1)
        errno = posix_spawn_file_actions_adddup2(actions, io->out, 1);
    return errno == 0 ? 0 : -1;
}

/* What a COMMAND may find in its environment, and the value that it is to have. */
struct variable {
    const char *name; /* with its "=" */
    const char *value;
    bool is_dropped; /* without a value it is not there, else it stays as it is */
};

enum { MOST_VARIABLES = 2 };

static bool
is_kept(const char *assignment, const struct variable variables[MOST_VARIABLES])
{
    for (size_t i = 0; i < MOST_VARIABLES; i++) {
        if ((variables[i].is_dropped || variables[i].value != NULL) &&
            strncmp(assignment, variables[i].name, strlen(variables[i].name)) == 0)
            return false;
    }
    return true;
}

/* Our environment with VARIABLES; ADDED gets the strings to be freed with it. */
static char **
environment_with(
    const struct variable variables[MOST_VARIABLES], char *added[MOST_VARIABLES])
{
    size_t count = 0;
    size_t kept = 0;
    char **changed;

    while (environ[count] != NULL)
        count++;
    changed = reallocarray(NULL, count + MOST_VARIABLES + 1, sizeof(*changed));
    if (changed == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (is_kept(environ[i], variables))
            changed[kept++] = environ[i];
    }
    for (size_t i = 0; i < MOST_VARIABLES; i++) {
        if (variables[i].value == NULL)
            continue;
        if (asprintf(&added[i], "%s%s", variables[i].name, variables[i].value) == -1) {
            added[i] = NULL;
            free(changed);
            return NULL;
        }
        changed[kept++] = added[i];
    }
    changed[kept] = NULL;
    return changed;
}

static int
spawn(struct command *command, char *const argv[], const struct command_io *io,
    const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes)
{
    const struct variable variables[MOST_VARIABLES] = {
        /* What somebody else has staged must not be taken for ours. */
        {.name = "ATOMWRITE_STAGED=", .value = io->staged, .is_dropped = true},
        {.name = "LOCKREAD_FILE=", .value = io->taken},
    };
    char *added[MOST_VARIABLES] = {NULL};
    char **environment = environment_with(variables, added);

    errno = environment == NULL ? ENOMEM
                                : posix_spawnp(&command->pid, argv[0], actions,
                                      attributes, argv, environment);
    free(environment);
    for (size_t i = 0; i < MOST_VARIABLES; i++)
        free(added[i]);
    return errno == 0 ? 0 : -1;
}

int
command_start(struct command *command, char *const argv[], const struct command_io *io)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int result = -1;
    int saved;

    *command = (struct command){.pid = 0};
    errno = posix_spawn_file_actions_init(&actions);
    if (errno != 0)
        return -1;
    errno = posix_spawnattr_init(&attributes);
    if (errno != 0) {
        posix_spawn_file_actions_destroy(&actions);
        errno = ENOMEM;
        return -1;
    }
    interrupt_watch_children();
    if (set_signals(&attributes) == 0 && set_descriptors(&actions, io) == 0)
        result = spawn(command, argv, io, &actions, &attributes);
    saved = errno;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (result == -1)
        command->pid = 0;
    errno = saved;
    return result;
}

bool
command_has_ended(struct command *command)
{
    pid_t reaped;

    if (command->pid == 0)
        return true;
    do
        reaped = waitpid(command->pid, &command->ended, WNOHANG);
    while (reaped == -1 && errno == EINTR);
    if (reaped == 0)
        return false;
    /* ECHILD: our parent made us with SIGCHLD ignored and the child was quicker
       than our handler. How it ended is lost, and so not known to be good. */
    if (reaped == -1)
        command->ended = 0x7f00;
    command->pid = 0;
    return true;
}

int
command_wait(struct command *command)
{
    while (!command_has_ended(command)) {
        if (interrupt_poll(NULL, 0, -1) == -1 && interrupt_signal() != 0) {
            errno = EINTR;
            return -1;
        }
    }
    return 0;
}

void
command_finish(struct command *command, int signal)
{
    if (command->pid == 0)
        return;
    kill(command->pid, signal);
    while (!command_has_ended(command)) {
        /* It is left as a zombie, for its status. */
        siginfo_t ignored;

        (void)waitid(P_PID, (id_t)command->pid, &ignored, WEXITED | WNOWAIT);
    }
}

void
command_abandon(struct command *command, int signal)
{
    int saved = errno;

    if (command->pid == 0)
        return;
    if (signal != 0)
        kill(command->pid, signal);
    command->pid = 0;
    errno = saved;
}

int
command_status(int ended)
{
    return WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
}
