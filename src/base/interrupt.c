#include "config.h"

#include "base/interrupt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int caught[] = {SIGHUP, SIGINT, SIGTERM, SIGXCPU, SIGXFSZ, SIGPIPE};

enum { CAUGHT_COUNT = sizeof(caught) / sizeof(caught[0]) };

/* The one slot of a handler, and what it takes to hold it back. */
static volatile sig_atomic_t arrived;
static struct {
    unsigned depth;
    sigset_t handled;
    sigset_t before;
} hold;

static void
set_next_alarm(int number)
{
    (void)number;
    alarm(1);
}

static void
note(int number)
{
    struct sigaction again = {.sa_handler = set_next_alarm};
    int saved = errno;

    if (arrived == 0)
        arrived = number;
    sigaction(SIGALRM, &again, NULL);
    alarm(1);
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
    struct sigaction action = {.sa_handler = note};
    struct sigaction before;

    /* No SA_RESTART: a blocking read has to return. */
    sigemptyset(&action.sa_mask);
    sigemptyset(&hold.handled);
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        if (sigaction(caught[i], &action, &before) == -1)
            return -1;
        if (before.sa_handler == SIG_IGN)
            sigaction(caught[i], &before, NULL);
        else
            sigaddset(&hold.handled, caught[i]);
    }
    return 0;
}

int
interrupt_signal(void)
{
    return arrived;
}

void
interrupt_hold(void)
{
    if (hold.depth++ == 0)
        sigprocmask(SIG_BLOCK, &hold.handled, &hold.before);
}

void
interrupt_release(void)
{
    int saved = errno;

    if (--hold.depth == 0)
        sigprocmask(SIG_SETMASK, &hold.before, NULL);
    errno = saved;
}

void
interrupt_hold_for_child(void)
{
    struct sigaction action = {.sa_handler = ignore_child, .sa_flags = SA_NOCLDSTOP};
    sigset_t child;

    interrupt_hold();
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
}

int
interrupt_poll(struct pollfd *descriptors, nfds_t count, long long timeout_ns)
{
    const long long second_ns = 1000000000LL;
    struct timespec limit = {
        .tv_sec = (time_t)(timeout_ns / second_ns),
        .tv_nsec = (long)(timeout_ns % second_ns),
    };
    sigset_t open;
    int ready;

    interrupt_hold();
    open = hold.before;
    sigdelset(&open, SIGCHLD);
    if (arrived != 0) {
        errno = EINTR;
        ready = -1;
    } else {
        ready = ppoll(descriptors, count, timeout_ns < 0 ? NULL : &limit, &open);
    }
    interrupt_release();
    return ready;
}

void
interrupt_defaults(sigset_t *handled, sigset_t *mask)
{
    /* hold.before is the mask we were started with: COMMAND starts under hold. */
    *handled = hold.handled;
    sigaddset(handled, SIGCHLD);
    sigaddset(handled, SIGALRM);
    if (hold.depth > 0)
        *mask = hold.before;
    else
        sigprocmask(SIG_SETMASK, NULL, mask);
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
