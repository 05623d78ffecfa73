/* noise - see noise.h. */
#include "noise.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chance.h"

/* The calls whose order matters; what a system lacks is left out. */
static const long worth_a_stop[] = {
    SYS_write,
    SYS_writev,
    SYS_pwrite64,
    SYS_copy_file_range,
    SYS_sendfile,
    SYS_linkat,
    SYS_renameat2,
    SYS_unlinkat,
    SYS_fsync,
    SYS_fdatasync,
    SYS_syncfs,
    SYS_fchmod,
    SYS_fchown,
    SYS_ftruncate,
    SYS_fsetxattr,
    SYS_sync_file_range,
    SYS_exit_group,
#ifdef SYS_link
    SYS_link,
    SYS_rename,
    SYS_unlink,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
};

/* No program here has more at a time. */
enum { MOST_DESCRIPTORS = 32 };

struct noise {
    int root_fd;
    int file_fd; /* the other file */
    uint64_t seed;
};

static void
commit_metadata(struct noise *noise)
{
    /* START_SYNC commits without writing delayed data first. */
    __u64 transaction;

    if (ioctl(noise->root_fd, BTRFS_IOC_START_SYNC, &transaction) == 0) {
        ioctl(noise->root_fd, BTRFS_IOC_WAIT_SYNC, &transaction);
        return;
    }
    if (pwrite(noise->file_fd, &noise->seed, sizeof(noise->seed), 0) !=
            (ssize_t)sizeof(noise->seed) ||
        fsync(noise->file_fd) != 0)
        err(74, "noise");
}

/*
 * What the process PID has open of the file system goes to the disk, as when the
 * kernel's own time for it has come. Nothing but regular files is opened, and no
 * lock of the program goes when ours is closed, for it is another process's.
 */
static void
write_data(const struct noise *noise, pid_t pid)
{
    struct stat root, file;
    char path[64];

    if (fstat(noise->root_fd, &root) != 0)
        err(74, "noise");
    for (int i = 0; i < MOST_DESCRIPTORS; i++) {
        int fd = -1;

        snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, i);
        if (stat(path, &file) == 0 && S_ISREG(file.st_mode) &&
            file.st_dev == root.st_dev)
            fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd == -1)
            continue;
        (void)sync_file_range(fd, 0, 0,
            SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                SYNC_FILE_RANGE_WAIT_AFTER);
        close(fd);
    }
}

static void
make_noise(struct noise *noise, pid_t pid)
{
    switch (chance_below(&noise->seed, 8)) {
    case 0:
    case 1:
    case 2:
        commit_metadata(noise);
        break;
    case 4:
        write_data(noise, pid);
        break;
    case 3:
        if (syncfs(noise->root_fd) != 0)
            err(74, "noise");
        break;
    default:
        break;
    }
}

static bool
is_worth_a_stop(pid_t pid)
{
    /* glibc's name; the kernel's header clashes with <sys/ptrace.h>. */
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    for (size_t i = 0; i < sizeof(worth_a_stop) / sizeof(long); i++)
        if (info.entry.nr == (__u64)worth_a_stop[i])
            return true;
    return false;
}

/* What to hand on to a stopped process: a signal of its own, or nothing. */
static long
signal_to_deliver(int status)
{
    int number = WSTOPSIG(status);

    /* Bit 7: a system call. An event, or the stop of a new child: ours. */
    if ((number & 0x80) != 0 || status >> 16 != 0)
        return 0;
    return number;
}

static int
trace(struct noise *noise, pid_t program)
{
    int status, result = -1;
    pid_t pid;

    while ((pid = waitpid(-1, &status, __WALL)) != -1 || errno == EINTR) {
        if (pid == -1)
            continue;
        if (!WIFSTOPPED(status)) {
            if (pid == program)
                result = status;
            continue;
        }
        if (WSTOPSIG(status) == (SIGTRAP | 0x80) && is_worth_a_stop(pid))
            make_noise(noise, pid);
        /* ESRCH: killed meanwhile; waitpid will say so. */
        ptrace(PTRACE_SYSCALL, pid, 0, signal_to_deliver(status));
    }
    return result;
}

int
noise_run(char *const arguments[], int root_fd, uint64_t seed)
{
    struct noise noise = {root_fd, -1, seed};
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    pid_t program;
    int status;

    noise.file_fd = openat(root_fd, "noise", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (noise.file_fd == -1)
        err(73, "noise");
    program = fork();
    if (program == -1)
        err(71, "fork");
    if (program == 0) {
        raise(SIGSTOP);
        execv(arguments[0], arguments);
        err(71, "%s", arguments[0]);
    }
    /* Else the program's reader or writer would wait for us as well. */
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    if (waitpid(program, &status, WUNTRACED) == -1 ||
        ptrace(PTRACE_SEIZE, program, 0, options) != 0)
        err(71, "ptrace");
    kill(program, SIGCONT);
    return trace(&noise, program);
}
