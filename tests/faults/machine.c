#include "machine.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#if !defined __x86_64__
#error "the registers of this CPU are not described here yet"
#endif

/* int3 */
#define BREAKPOINT      0xccUL
#define BREAKPOINT_MASK 0xffUL

static int
get(pid_t pid, struct user_regs_struct *registers)
{
    return ptrace(PTRACE_GETREGS, pid, NULL, registers) == -1 ? -1 : 0;
}

static int
set(pid_t pid, const struct user_regs_struct *registers)
{
    return ptrace(PTRACE_SETREGS, pid, NULL, registers) == -1 ? -1 : 0;
}

int
machine_skip_call(pid_t pid)
{
    struct user_regs_struct registers;

    if (get(pid, &registers) == -1)
        return -1;
    /* No call has this number, so nothing happens. */
    registers.orig_rax = ~0ULL;
    return set(pid, &registers);
}

int
machine_set_argument(pid_t pid, unsigned index, unsigned long value)
{
    static const size_t places[] = {
        offsetof(struct user_regs_struct, rdi),
        offsetof(struct user_regs_struct, rsi),
        offsetof(struct user_regs_struct, rdx),
        offsetof(struct user_regs_struct, r10),
        offsetof(struct user_regs_struct, r8),
        offsetof(struct user_regs_struct, r9),
    };
    struct user_regs_struct registers;

    if (get(pid, &registers) == -1)
        return -1;
    *(unsigned long long *)(void *)((char *)&registers + places[index]) = value;
    return set(pid, &registers);
}

int
machine_set_result(pid_t pid, long result)
{
    struct user_regs_struct registers;

    if (get(pid, &registers) == -1)
        return -1;
    registers.rax = (unsigned long long)result;
    return set(pid, &registers);
}

int
machine_run_to(pid_t pid, unsigned long entry)
{
    struct user_regs_struct registers;
    long word;
    int status;

    errno = 0;
    word = ptrace(PTRACE_PEEKTEXT, pid, entry, NULL);
    if (errno != 0 ||
        ptrace(PTRACE_POKETEXT, pid, entry,
            ((unsigned long)word & ~BREAKPOINT_MASK) | BREAKPOINT) == -1 ||
        ptrace(PTRACE_CONT, pid, NULL, NULL) == -1)
        return -1;
    while (waitpid(pid, &status, __WALL) == -1) {
        if (errno != EINTR)
            return -1;
    }
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
        errno = ESRCH;
        return -1;
    }
    if (ptrace(PTRACE_POKETEXT, pid, entry, word) == -1 || get(pid, &registers) == -1)
        return -1;
    registers.rip = entry;
    return set(pid, &registers);
}
