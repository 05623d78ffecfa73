#include "config.h"

#include "lock/ancestors.h"

#include <bsd/stdlib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "lock/process.h"

/* Large enough for /proc/PID/stat as far as it is read, and for some children. */
enum { TEXT_SIZE = 4096 };

#define LOOK_AGAIN_NS 1000000

/* The state of PID, as ps(1) shows it, and its parent. proc_pid_stat(5): the name in
   brackets may contain brackets. */
static bool
read_stat(pid_t pid, char *state, pid_t *parent)
{
    char text[TEXT_SIZE];
    const char *after_name;

    if (!process_read(pid, "stat", text, sizeof(text)))
        return false;
    after_name = strrchr(text, ')');
    return after_name != NULL && sscanf(after_name, ") %c %d", state, parent) == 2;
}

/* Our own number in /proc, or 0. */
static pid_t
own_number(void)
{
    char link[32];
    ssize_t length = readlink("/proc/self", link, sizeof(link) - 1);
    const char *error;
    long long number;

    if (length <= 0)
        return 0;
    link[length] = '\0';
    number = strtonum(link, 1, 1 << 30, &error);
    return error == NULL ? (pid_t)number : 0;
}

void
ancestors_find(struct ancestors *ancestors)
{
    pid_t each = own_number();

    ancestors->count = 0;
    ancestors->numbers_are_ours = each == 0 || each == getpid();
    if (each == 0) {
        ancestors->pid[ancestors->count++] = getpid();
        ancestors->pid[ancestors->count++] = getppid();
        return;
    }
    while (each > 0 && ancestors->count < ANCESTORS_MOST) {
        pid_t parent;
        char state;

        ancestors->pid[ancestors->count++] = each;
        each = read_stat(each, &state, &parent) ? parent : 0;
    }
}

/* Whether a process that is blocked at WCHAN, of the kernel's functions, may be waiting
   for a child. "0": it is not told. */
static bool
is_a_wait(const char *wchan)
{
    static const char *const waits[] = {"do_wait", "sigsuspend", "sigtimedwait", "pipe",
        "do_poll", "do_sys_poll", "poll_schedule", "select", "epoll", "ep_poll"};

    if (wchan[0] == '\0' || strcmp(wchan, "0") == 0)
        return true;
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        if (strstr(wchan, waits[i]) != NULL)
            return true;
    }
    return false;
}

static bool
is_blocked(pid_t pid)
{
    char wchan[TEXT_SIZE];
    pid_t parent;
    char state;

    if (!read_stat(pid, &state, &parent))
        return true;
    (void)process_read(pid, "wchan", wchan, sizeof(wchan));
    return (state == 'S' || state == 'D') && is_a_wait(wchan);
}

/* Whether the standard input of PID is the pipe that our descriptor FD writes to. */
static bool
reads_from(pid_t pid, int fd)
{
    struct stat ours;

    return fstat(fd, &ours) == 0 && S_ISFIFO(ours.st_mode) &&
           process_has_open(pid, "0", ours.st_dev, ours.st_ino);
}

/* Whether PID can end only after we have: its standard input is our output. */
static bool
reads_from_us(pid_t pid)
{
    return reads_from(pid, STDOUT_FILENO) || reads_from(pid, STDERR_FILENO);
}

/* Whether the child PID keeps its parent busy. */
static bool
is_at_work(pid_t pid)
{
    pid_t parent;
    char state;

    return read_stat(pid, &state, &parent) && state != 'Z' && state != 'X' &&
           !reads_from_us(pid);
}

/* Whether a thread of PARENT has another child than CHILD at work. */
static bool
thread_has_other(void *context, pid_t parent, const char *thread)
{
    const pid_t *child = context;
    char name[NAME_MAX + 32];
    char children[TEXT_SIZE];
    char *end;

    snprintf(name, sizeof(name), "task/%s/children", thread);
    if (!process_read(parent, name, children, sizeof(children)))
        return false;
    for (char *each = children; *each != '\0'; each = end) {
        long pid = strtol(each, &end, 10);

        if (end == each)
            break;
        if (pid != *child && is_at_work((pid_t)pid))
            return true;
        end += strspn(end, " ");
    }
    return false;
}

static bool
has_other_child(pid_t parent, pid_t child)
{
    return process_list(parent, "task", thread_has_other, &child) == PROCESS_ENOUGH;
}

static bool
seem_to_wait(const struct ancestors *ancestors, size_t index)
{
    for (size_t i = index; i > 0; i--) {
        if (!is_blocked(ancestors->pid[i]) ||
            has_other_child(ancestors->pid[i], ancestors->pid[i - 1]))
            return false;
    }
    return true;
}

/* The number behind TITLE in /proc/PID/status; 0 where there is none. */
static unsigned long long
read_status(pid_t pid, const char *title)
{
    char text[TEXT_SIZE];
    const char *line = NULL;

    if (process_read(pid, "status", text, sizeof(text)))
        line = strstr(text, title);
    return line == NULL ? 0 : strtoull(line + strlen(title), NULL, 10);
}

/* How often the ancestors up to INDEX have gone to sleep, all together. Our tracer is
   woken by each of our calls. */
static unsigned long long
count_sleeps(const struct ancestors *ancestors, size_t index)
{
    unsigned long long tracer = read_status(ancestors->pid[0], "\nTracerPid:");
    unsigned long long sleeps = 0;

    for (size_t i = index; i > 0; i--) {
        if ((unsigned long long)ancestors->pid[i] != tracer)
            sleeps += read_status(ancestors->pid[i], "\nvoluntary_ctxt_switches:");
    }
    return sleeps;
}

/* One that starts a child again and again has none for moments, between two of them: so
   it is looked at twice, and must not have run meanwhile. */
bool
ancestors_wait(const struct ancestors *ancestors, size_t index)
{
    unsigned long long sleeps = count_sleeps(ancestors, index);

    if (!seem_to_wait(ancestors, index))
        return false;
    (void)interrupt_poll(NULL, 0, LOOK_AGAIN_NS);
    return seem_to_wait(ancestors, index) && count_sleeps(ancestors, index) == sleeps;
}
