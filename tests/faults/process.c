#include "process.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_late;

static void
note_lateness(int number)
{
    (void)number;
    is_late = 1;
}

void
process_start_clock(void)
{
    struct sigaction action = {.sa_handler = note_lateness};
    /* Again each second: one that came just before waitpid(2) would be lost. */
    struct itimerval limit = {{.tv_sec = 1}, {.tv_sec = PROCESS_LIMIT_S}};

    is_late = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &limit, NULL);
}

void
process_stop_clock(void)
{
    struct itimerval never = {.it_value = {.tv_sec = 0}};

    setitimer(ITIMER_REAL, &never, NULL);
}

bool
process_is_late(void)
{
    return is_late != 0;
}

pid_t
process_fork(
    const char *const argv[], const char *dir, const int fds[3], bool is_traced)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    for (int i = 0; i < 3; i++) {
        /* FDS are above 2, so none is overwritten before it was copied. */
        if (dup2(fds[i], i) == -1)
            _exit(125);
    }
    if (chdir(dir) == -1 || (is_traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1))
        _exit(125);
    execvp(argv[0], (char *const *)(void *)argv);
    _exit(125);
}

int
process_run(const char *const argv[], const char *dir, const int fds[3])
{
    pid_t pid = process_fork(argv, dir, fds, false);
    int status = -1;

    process_start_clock();
    while (pid != -1 && waitpid(pid, &status, 0) == -1) {
        if (errno == EINTR && process_is_late())
            kill(pid, SIGKILL);
    }
    process_stop_clock();
    return process_is_late() ? -1 : status;
}

void
process_reap(void)
{
    process_start_clock();
    while (!process_is_late() && (waitpid(-1, NULL, __WALL) != -1 || errno == EINTR))
        continue;
    process_stop_clock();
}

/* What the kernel told the program that PID has just been given; 0 if it did not. */
static unsigned long
auxiliary(pid_t pid, unsigned long type)
{
    Elf64_auxv_t auxv[64];
    char path[64];
    ssize_t size;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/auxv", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    size = fd == -1 ? -1 : read(fd, auxv, sizeof(auxv));
    if (fd != -1)
        close(fd);
    for (size_t i = 0; size > 0 && i < (size_t)size / sizeof(auxv[0]); i++) {
        if (auxv[i].a_type == type)
            return auxv[i].a_un.a_val;
    }
    return 0;
}

unsigned long
process_entry(pid_t pid)
{
    return auxiliary(pid, AT_ENTRY);
}

bool
process_has_loader(pid_t pid)
{
    return auxiliary(pid, AT_BASE) != 0;
}

void
process_read_text(pid_t pid, unsigned long address, char *text, size_t size)
{
    struct iovec ours = {text, size - 1};
    struct iovec theirs = {(void *)(uintptr_t)address, size - 1};
    ssize_t got = process_vm_readv(pid, &ours, 1, &theirs, 1, 0);

    text[got < 0 ? 0 : got] = '\0';
}
