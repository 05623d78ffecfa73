#include "config.h"

/*
 * Where times of 64 bits are asked for on a machine of 32, the ppoll(2) of a fortified
 * glibc before 2.38 takes one of 32: each limit is 0 then, and to wait is to spin.
 */
#if defined _TIME_BITS
#undef _FORTIFY_SOURCE
#endif

#include "base/interrupt.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const int caught[] = {SIGHUP, SIGINT, SIGTERM, SIGXCPU, SIGXFSZ, SIGPIPE,
    SIGALRM, SIGVTALRM, SIGUSR1, SIGUSR2};

enum { CAUGHT_COUNT = sizeof(caught) / sizeof(caught[0]) };

/* The one slot of a handler. */
static volatile sig_atomic_t arrived;

/* What the handler only reads, and what it takes to block and let through. */
static struct {
    bool is_caught;
    bool is_open;
    bool is_handled;  /* the handlers are in place */
    sigset_t handled; /* of those caught: neither ignored nor blocked at the start */
    sigset_t before;  /* the mask at the start */
    sigset_t closed;
    sigset_t open;
} signals;

static void handle(int number, siginfo_t *info, void *context);

static struct sigaction
handler(void)
{
    /* No SA_RESTART: a blocking call has to return. */
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};

    sigemptyset(&action.sa_mask);
    return action;
}

/* Notes the first one, and sets the alarm that ends a call which it came just before.
 */
static void
note(int number)
{
    struct sigaction action = handler();

    if (arrived == 0)
        arrived = number;
    /* It may be ignored so far. */
    sigaction(SIGALRM, &action, NULL);
    alarm(1);
}

static void
handle(int number, siginfo_t *info, void *context)
{
    int saved = errno;

    (void)context;
    /* write(2) sends these two to its own process. */
    if ((number == SIGPIPE || number == SIGXFSZ) &&
        (info->si_code == SI_KERNEL || info->si_pid == getpid()))
        return;
    /* Our alarm goes off after a signal has arrived, and only then. */
    if (arrived != 0 || sigismember(&signals.handled, number) == 1)
        note(number);
    errno = saved;
}

static void
ignore_child(int number)
{
    /* It only has to interrupt poll(2); the child is waited for elsewhere. */
    (void)number;
}

int
interrupt_catch(void)
{
    sigemptyset(&signals.handled);
    for (size_t i = 0; i < CAUGHT_COUNT; i++)
        sigaddset(&signals.handled, caught[i]);
    if (sigprocmask(SIG_BLOCK, &signals.handled, &signals.before) == -1)
        return -1;
    signals.open = signals.before;
    signals.closed = signals.before;
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        sigaddset(&signals.closed, caught[i]);
        if (sigismember(&signals.before, caught[i]) == 1)
            sigdelset(&signals.handled, caught[i]);
    }
    /* That our alarm gets through; the user's, blocked at the start, is not noted. */
    sigdelset(&signals.open, SIGALRM);
    signals.is_caught = true;
    signals.is_open = false;
    signals.is_handled = false;
    return 0;
}

/*
 * Not before one is to be let through: a run that never waits, which most short ones
 * are, needs no handler. Where one cannot be installed the signal stays blocked.
 */
static void
install(void)
{
    struct sigaction action = handler();
    struct sigaction previous;

    if (signals.is_handled)
        return;
    signals.is_handled = true;
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        if (sigaction(caught[i], &action, &previous) == -1) {
            sigaddset(&signals.open, caught[i]);
            sigdelset(&signals.handled, caught[i]);
            continue;
        }
        if (previous.sa_handler != SIG_IGN)
            continue;
        sigaction(caught[i], &previous, NULL);
        sigdelset(&signals.handled, caught[i]);
    }
}

void
interrupt_uncatch(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    int saved = errno;

    if (!signals.is_caught)
        return;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        if (signals.is_handled && sigismember(&signals.handled, caught[i]) == 1)
            sigaction(caught[i], &action, NULL);
    }
    signals.is_caught = false;
    sigprocmask(SIG_SETMASK, &signals.before, NULL);
    errno = saved;
}

int
interrupt_signal(void)
{
    return arrived;
}

int
interrupt_look(void)
{
    int saved = errno;
    sigset_t waiting;
    bool waits = false;

    if (arrived == 0 && signals.is_caught && sigpending(&waiting) == 0) {
        for (size_t i = 0; i < CAUGHT_COUNT; i++)
            waits = waits || (sigismember(&waiting, caught[i]) == 1 &&
                                 sigismember(&signals.handled, caught[i]) == 1);
        /* Through the handler, for it says whether it is one of our own making. */
        if (waits)
            interrupt_close(interrupt_open());
    }
    errno = saved;
    return arrived;
}

bool
interrupt_open(void)
{
    int saved = errno;

    if (!signals.is_caught || signals.is_open)
        return false;
    install();
    signals.is_open = true;
    sigprocmask(SIG_SETMASK, &signals.open, NULL);
    errno = saved;
    return true;
}

void
interrupt_close(bool opened)
{
    int saved = errno;

    if (!opened)
        return;
    sigprocmask(SIG_SETMASK, &signals.closed, NULL);
    signals.is_open = false;
    errno = saved;
}

void
interrupt_watch_children(void)
{
    struct sigaction action = {.sa_handler = ignore_child, .sa_flags = SA_NOCLDSTOP};
    sigset_t child;

    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    sigaddset(&signals.closed, SIGCHLD);
    sigaddset(&signals.open, SIGCHLD);
}

int
interrupt_poll(struct pollfd *descriptors, nfds_t count, long long timeout_ns)
{
    const long long second_ns = 1000000000LL;
    struct timespec limit = {
        .tv_sec = (time_t)(timeout_ns / second_ns),
        .tv_nsec = (long)(timeout_ns % second_ns),
    };
    bool was_open = signals.is_open;
    sigset_t open;
    int ready = -1;

    if (signals.is_caught)
        install();
    open = signals.open;
    sigdelset(&open, SIGCHLD);
    /* Blocked while the flag is looked at, so that ppoll(2) misses none. */
    interrupt_close(was_open);
    if (arrived != 0)
        errno = EINTR;
    else
        ready = ppoll(descriptors, count, timeout_ns < 0 ? NULL : &limit,
            signals.is_caught ? &open : NULL);
    if (was_open)
        (void)interrupt_open();
    return ready;
}

void
interrupt_file_limit(void)
{
    struct rlimit limit;
    int saved = errno;

    if (signals.is_caught)
        install();
    /* EFBIG without a limit: the file system has no larger files, and sends nothing. */
    if (arrived == 0 && signals.is_caught &&
        sigismember(&signals.handled, SIGXFSZ) == 1 &&
        getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        note(SIGXFSZ);
    errno = saved;
}

void
interrupt_defaults(sigset_t *handled, sigset_t *mask)
{
    if (signals.is_caught)
        install();
    *handled = signals.handled;
    sigaddset(handled, SIGCHLD);
    *mask = signals.before;
}

void
interrupt_die(void)
{
    int number = arrived;
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t just_this;

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    raise(number);
    sigemptyset(&just_this);
    sigaddset(&just_this, number);
    sigprocmask(SIG_UNBLOCK, &just_this, NULL);
    /* Not reached, unless a debugger swallowed the signal. */
    _exit(128 + number);
}
