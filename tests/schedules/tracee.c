#include "tracee.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"

#if !defined __x86_64__
#error "the registers of this CPU are not described here yet"
#endif

/* The `syscall' instruction is two bytes long. */
enum { CALL_SIZE = 2, MOST_SECONDS = 20 };

static const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
                                     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                                     PTRACE_O_TRACESECCOMP;

static volatile sig_atomic_t is_late;

static void
note_lateness(int number)
{
    (void)number;
    is_late = 1;
}

int
tracee_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, __WALL) == -1) {
        if (errno != EINTR || is_late)
            return -1;
    }
    return status;
}

void
tracee_start_clock(void)
{
    struct sigaction action = {.sa_handler = note_lateness};
    struct itimerval limit = {{.tv_sec = MOST_SECONDS}, {.tv_sec = MOST_SECONDS}};

    sigaction(SIGALRM, &action, NULL);
    is_late = 0;
    setitimer(ITIMER_REAL, &limit, NULL);
}

/* Stops at all of call_numbers. */
static int
install_filter(void)
{
    struct sock_filter code[2 + 64 + 2];
    struct sock_fprog program = {.filter = code};
    unsigned short used = 0;

    code[used++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < call_number_count; i++)
        code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
            (uint32_t)call_numbers[i], (uint8_t)(call_number_count - i), 0);
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    program.len = used;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void
become(const char *path, const char *const argv[], const char *const environment[],
    int dir, const int fds[3])
{
    for (int i = 0; i < 3; i++) {
        if (dup2(fds[i], i) == -1)
            _exit(125);
    }
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    signal(SIGALRM, SIG_DFL);
    if (fchdir(dir) == -1 || personality(ADDR_NO_RANDOMIZE) == -1 ||
        ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
        _exit(125);
    raise(SIGSTOP);
    if (install_filter() == -1)
        _exit(125);
    execve(path, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
    _exit(125);
}

/* Finds entry TYPE of the vector of PID; *ADDRESS is where its value is. */
static unsigned long
find_auxiliary(pid_t pid, unsigned long type, unsigned long *address)
{
    struct user_regs_struct registers;
    unsigned long at;

    if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == -1)
        return 0;
    at = registers.rsp;
    at += sizeof(long) * ((size_t)ptrace(PTRACE_PEEKDATA, pid, at, NULL) + 2);
    while (ptrace(PTRACE_PEEKDATA, pid, at, NULL) != 0)
        at += sizeof(long);
    for (at += sizeof(long);; at += 2 * sizeof(long)) {
        unsigned long found = (unsigned long)ptrace(PTRACE_PEEKDATA, pid, at, NULL);

        *address = at + sizeof(long);
        if (found == AT_NULL)
            return 0;
        if (found == type)
            return (unsigned long)ptrace(PTRACE_PEEKDATA, pid, *address, NULL);
    }
}

void
tracee_hide_vdso(pid_t pid)
{
    unsigned long address;

    if (find_auxiliary(pid, AT_SYSINFO_EHDR, &address) != 0)
        ptrace(PTRACE_POKEDATA, pid, address - sizeof(long), AT_IGNORE);
}

/* Runs PID on, through all its calls, until it hits the breakpoint at ENTRY. */
static int
run_to(pid_t pid, unsigned long entry)
{
    struct user_regs_struct registers;
    long word;
    int status;

    errno = 0;
    word = ptrace(PTRACE_PEEKTEXT, pid, entry, NULL);
    if (errno != 0 || ptrace(PTRACE_POKETEXT, pid, entry,
                          ((unsigned long)word & ~0xffUL) | 0xcc) == -1)
        return -1;
    do {
        if (ptrace(PTRACE_CONT, pid, NULL, NULL) == -1)
            return -1;
        status = tracee_wait(pid);
        if (status == -1 || !WIFSTOPPED(status))
            return -1;
    } while (status >> 8 != SIGTRAP);
    if (ptrace(PTRACE_POKETEXT, pid, entry, word) == -1 ||
        ptrace(PTRACE_GETREGS, pid, NULL, &registers) == -1)
        return -1;
    registers.rip = entry;
    return ptrace(PTRACE_SETREGS, pid, NULL, &registers) == -1 ? -1 : 0;
}

/* From the exec to the first call of interest, after which PID is parked. */
static int
park(struct template *template)
{
    pid_t pid = template->pid;
    unsigned long address;
    int status;

    tracee_hide_vdso(pid);
    if (run_to(pid, find_auxiliary(pid, AT_ENTRY, &address)) == -1 ||
        ptrace(PTRACE_CONT, pid, NULL, NULL) == -1)
        return -1;
    status = tracee_wait(pid);
    if (status == -1 || status >> 8 != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) ||
        ptrace(PTRACE_GETREGS, pid, NULL, &template->start) == -1)
        return -1;
    tracee_answer(pid, 0);
    if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == -1)
        return -1;
    status = tracee_wait(pid);
    return status != -1 && WIFSTOPPED(status) ? 0 : -1;
}

int
template_start(struct template *template, const char *path, const char *const argv[],
    const char *const environment[], int dir, const int fds[3])
{
    int status;

    tracee_start_clock();
    template->pid = fork();
    if (template->pid == 0)
        become(path, argv, environment, dir, fds);
    if (template->pid == -1)
        return -1;
    status = tracee_wait(template->pid);
    if (status != -1 && WIFSTOPPED(status) &&
        ptrace(PTRACE_SETOPTIONS, template->pid, NULL, options) == 0 &&
        ptrace(PTRACE_CONT, template->pid, NULL, NULL) == 0) {
        status = tracee_wait(template->pid);
        if (status != -1 && status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8) &&
            park(template) == 0)
            return 0;
    }
    template_end(template);
    errno = EPERM;
    return -1;
}

pid_t
template_copy(const struct template *template)
{
    struct user_regs_struct registers = template->start;
    pid_t pid = template->pid;
    unsigned long child = 0;
    int status;

    /* We are the parent of the copy, too: its end is for us alone to wait for. */
    registers.rip -= CALL_SIZE;
    registers.orig_rax = ~0ULL;
    registers.rax = SYS_clone;
    registers.rdi = CLONE_PARENT | SIGCHLD;
    registers.rsi = registers.rdx = registers.r10 = registers.r8 = 0;
    if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) == -1 ||
        ptrace(PTRACE_CONT, pid, NULL, NULL) == -1)
        return -1;
    status = tracee_wait(pid);
    if (status == -1 || status >> 16 == 0 ||
        ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == -1 ||
        ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == -1 || tracee_wait(pid) == -1)
        return -1;
    status = tracee_wait((pid_t)child);
    if (status == -1 || !WIFSTOPPED(status))
        return -1;
    registers = template->start;
    registers.rip -= CALL_SIZE;
    registers.rax = template->start.orig_rax;
    registers.orig_rax = ~0ULL;
    return ptrace(PTRACE_SETREGS, (pid_t)child, NULL, &registers) == -1 ? -1
                                                                        : (pid_t)child;
}

void
template_end(struct template *template)
{
    if (template->pid > 0) {
        kill(template->pid, SIGKILL);
        while (waitpid(template->pid, NULL, __WALL) == -1 && errno == EINTR)
            continue;
    }
    template->pid = 0;
}

void
tracee_answer(pid_t pid, long result)
{
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == -1)
        return;
    /* No call has this number, so nothing happens. */
    registers.orig_rax = ~0ULL;
    registers.rax = (unsigned long)result;
    ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

int
tracee_finish_call(pid_t pid, long *result, int *status)
{
    struct user_regs_struct registers;

    ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
    *status = tracee_wait(pid);
    *result = 0;
    if (*status == -1 || !WIFSTOPPED(*status))
        return -1;
    if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == 0)
        *result = (long)registers.rax;
    return 0;
}

unsigned long
tracee_change_second(pid_t pid, unsigned long value)
{
    struct user_regs_struct registers;
    unsigned long old = 0;

    if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == 0) {
        old = registers.rsi;
        registers.rsi = value;
        ptrace(PTRACE_SETREGS, pid, NULL, &registers);
    }
    return old;
}

void
tracee_put_back(pid_t pid, unsigned long second, bool again, long number)
{
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == -1)
        return;
    registers.rsi = second;
    if (again) {
        registers.rip -= CALL_SIZE;
        registers.rax = (unsigned long)number;
        registers.orig_rax = ~0ULL;
    }
    ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

void
tracee_write(pid_t pid, unsigned long address, const void *data, size_t size)
{
    struct iovec ours = {(void *)(uintptr_t)data, size};
    struct iovec theirs = {(void *)(uintptr_t)address, size};

    (void)process_vm_writev(pid, &ours, 1, &theirs, 1, 0);
}

bool
tracee_is_ready(pid_t pid, int fd, short events)
{
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int copy = process == -1 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    struct pollfd ready = {.fd = copy, .events = events};
    bool is = copy != -1 && poll(&ready, 1, 0) > 0;

    if (copy != -1)
        close(copy);
    if (process != -1)
        close(process);
    return is;
}
