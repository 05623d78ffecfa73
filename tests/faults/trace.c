#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* After that of the C library, which it contradicts otherwise. */
#include <linux/ptrace.h>

#include "calls.h"
#include "machine.h"
#include "process.h"
#include "tasks.h"

enum { HIGHEST_CALL = 512 };

struct tracer {
    struct trace *trace;
    const struct fault *fault;
    const struct fixed_fault *fixed;
    pid_t main;
    bool has_begun;   /* the libc's part is over */
    bool has_blocked; /* the signals that it is to handle */
    struct tasks tasks;
    unsigned seen[HIGHEST_CALL];
    bool was_interrupted[HIGHEST_CALL];
};

static void
resume(pid_t pid, int number)
{
    /* ESRCH: it was killed; waitpid(2) will say so. */
    (void)ptrace(PTRACE_SYSCALL, pid, NULL, number);
}

static const struct fixed_fault *
find_fixed(const struct tracer *tracer, const struct ptrace_syscall_info *info)
{
    const struct fixed_fault *fixed = tracer->fixed;

    for (; fixed != NULL && fixed->error != 0; fixed++) {
        if ((uint64_t)fixed->number == info->entry.nr &&
            (info->entry.args[fixed->argument] & fixed->mask) == fixed->value)
            return fixed;
    }
    return NULL;
}

/* The program counts on finding its registers as they were: undone at the exit. */
static void
change_argument(struct task *task, const struct ptrace_syscall_info *info,
    unsigned index, uint64_t value)
{
    task->is_changed = true;
    task->index = index;
    task->value = info->entry.args[index];
    (void)machine_set_argument(task->pid, index, value);
}

static void
fail_call(struct task *task, const struct ptrace_syscall_info *info, int error)
{
    const struct call *call = call_find((long)info->entry.nr);

    if (info->entry.nr == SYS_brk) {
        /* It has no errno: what fails returns the end as it was. */
        change_argument(task, info, 0, 0);
        return;
    }
    if (call == NULL || !call->happens_anyway)
        (void)machine_skip_call(task->pid);
    task->answers = true;
    task->if_it_worked = false;
    task->result = -error;
}

/* The name that a call like fstatat(2) is about; "" if it is none. */
static void
read_name(pid_t pid, const struct ptrace_syscall_info *info, char name[TRACE_NAME_SIZE])
{
    uint64_t address = 0;

    switch (info->entry.nr) {
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_unlinkat:
        address = info->entry.args[1];
        break;
    case SYS_unlink:
        address = info->entry.args[0];
        break;
    default:
        break;
    }
    process_read_text(pid, address, name, TRACE_NAME_SIZE);
}

/* The fault has found its call. */
static void
strike(struct tracer *tracer, struct task *task, const struct ptrace_syscall_info *info)
{
    const struct fault *fault = tracer->fault;

    switch (fault->kind) {
    case FAULT_ERROR:
        fail_call(task, info, fault->error);
        break;
    case FAULT_DONE_ERROR:
        task->answers = true;
        task->if_it_worked = true;
        task->result = -fault->error;
        break;
    case FAULT_KILL:
        kill(task->pid, SIGKILL);
        break;
    case FAULT_TERM:
        kill(tracer->main, SIGTERM);
        break;
    default:
        break;
    }
}

/* Whether a signal could end the call early: it has to be handled, and of what fcntl(2)
   does only locking can wait. */
static bool
can_be_interrupted(const struct tracer *tracer, const struct call *call,
    const struct ptrace_syscall_info *info)
{
    return call->is_interruptible && tracer->seen[SYS_rt_sigaction] > 0 &&
           (call->number != SYS_fcntl || info->entry.args[1] == F_SETLK ||
               info->entry.args[1] == F_GETLK);
}

/* What happens to every call of a kind. */
static void
disturb(
    struct tracer *tracer, struct task *task, const struct ptrace_syscall_info *info)
{
    const struct fault *fault = tracer->fault;
    const struct call *call = call_find((long)info->entry.nr);
    bool *was_interrupted;

    if (call == NULL || task->pid != tracer->main)
        return;
    if (fault->kind == FAULT_SHORT && call->count_argument >= 0) {
        unsigned argument = (unsigned)call->count_argument;

        if (info->entry.args[argument] <= (uint64_t)fault->error)
            return;
        change_argument(task, info, argument, (uint64_t)fault->error);
        tracer->trace->is_injected = true;
    } else if (fault->kind == FAULT_EINTR && can_be_interrupted(tracer, call, info)) {
        was_interrupted = &tracer->was_interrupted[info->entry.nr];
        *was_interrupted = !*was_interrupted;
        if (*was_interrupted) {
            fail_call(task, info, EINTR);
            tracer->trace->is_injected = true;
        }
    }
}

/* Whether it blocks those that the program is to handle. setmode(3) blocks all, for a
   moment, and others only SIGCHLD. */
static bool
blocks_ours(const struct task *task, const struct ptrace_syscall_info *info)
{
    unsigned long set;

    if (info->entry.nr != SYS_rt_sigprocmask || info->entry.args[0] != SIG_BLOCK ||
        info->entry.args[1] == 0)
        return false;
    set = (unsigned long)ptrace(PTRACE_PEEKDATA, task->pid, info->entry.args[1], 0);
    return (set >> (SIGTERM - 1) & 1) != 0 && (set >> (SIGCHLD - 1) & 1) == 0;
}

static void
on_entry(
    struct tracer *tracer, struct task *task, const struct ptrace_syscall_info *info)
{
    struct trace *trace = tracer->trace;
    const struct fault *fault = tracer->fault;
    const struct fixed_fault *fixed;
    struct trace_call call = {
        .number = (long)info->entry.nr,
        .first_argument = (long)info->entry.args[0],
        .is_of_descriptor = info->entry.nr == SYS_newfstatat &&
                            (info->entry.args[3] & AT_EMPTY_PATH) != 0,
        .is_childs = task->pid != tracer->main,
    };

    task->answers = false;
    /* What each program does first: descriptors 0 to 2, or the signals. */
    tracer->has_begun = tracer->has_begun || info->entry.nr == SYS_poll ||
                        info->entry.nr == SYS_rt_sigprocmask;
    if (info->entry.nr >= HIGHEST_CALL || !tracer->has_begun)
        return;
    call.occurrence = ++tracer->seen[info->entry.nr];
    if (trace->call_count < TRACE_MOST_CALLS)
        trace->calls[trace->call_count++] = call;
    if (fault->number == call.number && fault->occurrence == call.occurrence &&
        fault->kind >= FAULT_ERROR && fault->kind <= FAULT_TERM) {
        trace->is_injected = true;
        trace->hit = call;
        read_name(task->pid, info, trace->hit_name);
        trace->handles_signals = tracer->has_blocked;
        strike(tracer, task, info);
        if (fault->kind != FAULT_TERM)
            return;
    }
    tracer->has_blocked = tracer->has_blocked || blocks_ours(task, info);
    fixed = find_fixed(tracer, info);
    if (fixed != NULL) {
        if (trace->fixed_hits++ == 0)
            trace->first_fixed = trace->call_count - 1;
        fail_call(task, info, fixed->error);
        return;
    }
    disturb(tracer, task, info);
}

/* Once the fault has happened, nobody need watch: that is what makes it quick. */
static bool
can_let_go(const struct tracer *tracer, const struct task *task)
{
    return tracer->trace->is_injected && tracer->fixed == NULL &&
           tracer->tasks.count == 1 && task->pid == tracer->main &&
           (tracer->fault->kind == FAULT_ERROR ||
               tracer->fault->kind == FAULT_DONE_ERROR);
}

static void
on_syscall(struct tracer *tracer, struct task *task)
{
    struct ptrace_syscall_info info;
    pid_t pid = task->pid;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        on_entry(tracer, task, &info);
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        if (task->answers && (!task->if_it_worked || !info.exit.is_error))
            (void)machine_set_result(pid, task->result);
        if (task->is_changed)
            (void)machine_set_argument(pid, task->index, task->value);
        task->answers = false;
        task->is_changed = false;
        if (can_let_go(tracer, task)) {
            (void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
            return;
        }
    }
    resume(pid, 0);
}

static void
on_stop(struct tracer *tracer, struct task *task, int status)
{
    int number = WSTOPSIG(status);

    if (number == (SIGTRAP | 0x80)) {
        on_syscall(tracer, task);
    } else if (status >> 16 == PTRACE_EVENT_EXEC && task->pid != tracer->main) {
        /* From here on it is COMMAND, and not ours to hamper. */
        (void)ptrace(PTRACE_DETACH, task->pid, NULL, NULL);
        tasks_remove(&tracer->tasks, task);
    } else if (status >> 16 != 0) {
        resume(task->pid, 0);
    } else if (number == SIGSTOP && task->is_new) {
        task->is_new = false;
        resume(task->pid, 0);
    } else {
        resume(task->pid, number);
    }
}

static void
on_change(struct tracer *tracer, pid_t pid, int status)
{
    struct task *task = tasks_find(&tracer->tasks, pid);

    if (WIFSTOPPED(status)) {
        if (task == NULL)
            task = tasks_add(&tracer->tasks, pid);
        if (task != NULL)
            on_stop(tracer, task, status);
        return;
    }
    if (task == NULL)
        return; /* a COMMAND whose parent was killed */
    if (pid == tracer->main)
        tracer->trace->status = status;
    tasks_remove(&tracer->tasks, task);
}

static void
follow(struct tracer *tracer)
{
    while (tracer->tasks.count > 0) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);

        if (pid != -1) {
            on_change(tracer, pid, status);
        } else if (errno == EINTR && process_is_late()) {
            tracer->trace->has_timed_out = true;
            for (size_t i = 0; i < tracer->tasks.count; i++)
                kill(tracer->tasks.list[i].pid, SIGKILL);
        } else if (errno != EINTR) {
            return;
        }
    }
}

static int
start(
    struct tracer *tracer, const char *const argv[], const char *dir, const int fds[3])
{
    const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
                                  PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    pid_t pid = process_fork(argv, dir, fds, true);
    int status;

    if (pid == -1)
        return -1;
    tracer->main = pid;
    while (waitpid(pid, &status, __WALL) == -1) {
        if (errno != EINTR)
            return -1;
    }
    if (!WIFSTOPPED(status)) {
        errno = EPERM;
        return -1;
    }
    tasks_add(&tracer->tasks, pid)->is_new = false;
    tracer->has_begun = process_has_loader(pid);
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, options) == 0 &&
        (!tracer->has_begun || machine_run_to(pid, process_entry(pid)) == 0))
        return 0;
    kill(pid, SIGKILL);
    (void)waitpid(pid, &status, __WALL);
    return -1;
}

static void
trace_clear(struct trace *trace)
{
    trace->status = -1;
    trace->has_timed_out = trace->is_injected = trace->handles_signals = false;
    trace->hit_name[0] = '\0';
    trace->fixed_hits = 0;
    trace->first_fixed = 0;
    trace->call_count = 0;
}

int
trace_run(struct trace *trace, const char *const argv[], const char *dir,
    const int fds[3], const struct fault *fault, const struct fixed_fault *fixed)
{
    struct tracer tracer = {
        .trace = trace,
        .fault = fault,
        .fixed = fixed != NULL && fixed->error != 0 ? fixed : NULL,
    };

    trace_clear(trace);
    process_start_clock();
    if (start(&tracer, argv, dir, fds) == -1) {
        process_stop_clock();
        return -1;
    }
    resume(tracer.main, 0);
    follow(&tracer);
    process_stop_clock();
    return 0;
}
