#include "actors.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

enum { MOST_POLLED = 4, SECOND_NS = 1000000000 };

/* Of the wall clock when a run starts: most are over within a second, and all within a
   day. The machine's own is later. */
enum { START_S = 1700000000, LONGEST_S = 86400 };

static unsigned
number_of(const struct engine *engine, const struct actor *actor)
{
    return (unsigned)(actor - engine->actors);
}

struct actor *
actors_add(struct engine *engine, pid_t pid, int parent)
{
    struct actor *actor = &engine->actors[engine->actor_count];

    if (engine->actor_count == ENGINE_MOST_ACTORS)
        return NULL;
    engine->actor_count++;
    *actor = (struct actor){.pid = pid, .parent = parent, .wakes_ns = -1};
    actor->has_only_looked = true;
    actor->is_new = actor->is_before_exec = parent != -1;
    return actor;
}

static void
note_end(struct engine *engine, struct actor *actor, int status)
{
    actor->state = ACTOR_ENDED;
    actor->status = status;
    if (actor->parent != -1)
        engine->actors[actor->parent].dead_children++;
    oracle_ended(&engine->oracle, number_of(engine, actor));
}

static void
tell_time(const struct engine *engine, const struct actor *actor)
{
    int64_t now = engine->now_ns;
    struct timespec time = {
        .tv_sec = now / SECOND_NS, .tv_nsec = (long)(now % SECOND_NS)};

    if (actor->call.arguments[0] == CLOCK_REALTIME)
        time.tv_sec += START_S;
    tracee_write(actor->pid, actor->call.arguments[1], &time, sizeof(time));
    tracee_answer(actor->pid, 0);
}

/* What the programs sleep differs with their PIDs, so that no two march in step; here
   it must be the same in each run, and any length will do. It is counted in steps, and
   grows, so that whoever is waited for gets on, however little may be its priority. */
static int64_t
sleep_ns(const struct engine *engine, struct actor *actor)
{
    enum { FIRST = 8, MORE = 6, APART = 2, LEAST_TICK_US = 20 };
    unsigned tick_us = engine->tape.tick_us;
    int64_t steps =
        FIRST + MORE * (int64_t)actor->sleeps++ + APART * number_of(engine, actor);

    return steps * 1000 * (tick_us < LEAST_TICK_US ? LEAST_TICK_US : tick_us);
}

/* A file without a name, or one outside of the scene: its descriptor is nobody else's
   business. Whether ACTOR has ended over it. */
static bool
open_private(struct engine *engine, struct actor *actor)
{
    long fd;
    int status;

    if (engine_is_named(engine, number_of(engine, actor)) &&
        call_is_unnamed(&actor->call)) {
        tracee_answer(actor->pid, -EOPNOTSUPP);
        return false;
    }
    if (tracee_finish_call(actor->pid, &fd, &status) == -1) {
        note_end(engine, actor, status);
        return true;
    }
    if (fd >= 0 && fd < CALL_MOST_DESCRIPTORS) {
        actor->private.is[fd] = true;
        actor->private.is_elsewhere[fd] =
            call_is_elsewhere(&actor->call, &actor->private);
    }
    return false;
}

/* Stopped at a call. Whether ACTOR has to be resumed at once. */
static bool
at_call(struct engine *engine, struct actor *actor)
{
    struct call *call = &actor->call;

    if (call_read(call, actor->pid, &actor->private) == -1)
        return true;
    if (actor->is_before_exec)
        return true;
    if (call->kind == CALL_PRIVATE && call->number == SYS_openat)
        return !open_private(engine, actor);
    if (call->number == SYS_close && call->arguments[0] < CALL_MOST_DESCRIPTORS) {
        actor->private.is[call->arguments[0]] = false;
        actor->private.is_elsewhere[call->arguments[0]] = false;
    }
    if (call->number == SYS_wait4 && actor->dead_children > 0 &&
        call->kind == CALL_PRIVATE)
        actor->dead_children--;
    actor->wakes_ns = -1;
    switch (call->kind) {
    case CALL_PRIVATE:
        return true;
    case CALL_CLOCK:
        tell_time(engine, actor);
        return true;
    case CALL_SLEEP:
    case CALL_POLL: {
        bool is_for_ever = call_patience_ns(call, actor->pid) < 0;

        actor->state = call->kind == CALL_SLEEP ? ACTOR_SLEEPING : ACTOR_WAITING;
        actor->wakes_ns = is_for_ever ? -1 : engine->now_ns + sleep_ns(engine, actor);
        return false;
    }
    case CALL_CHILD:
        actor->state = ACTOR_WAITING;
        return false;
    case CALL_SHARED:
    case CALL_SYNC:
    case CALL_LOCK:
        break;
    }
    actor->state = ACTOR_READY;
    return false;
}

static void settle(struct engine *engine, struct actor *actor);

/* A COMMAND is started: it and its parent run as far as they get. */
static void
start_child(struct engine *engine, struct actor *actor)
{
    unsigned long pid = 0;
    struct actor *child;

    (void)ptrace(PTRACE_GETEVENTMSG, actor->pid, NULL, &pid);
    child = actors_add(engine, (pid_t)pid, (int)number_of(engine, actor));
    (void)ptrace(PTRACE_CONT, actor->pid, NULL, NULL);
    if (child == NULL) {
        oracle_violated(&engine->oracle, "the bed: too many processes");
        kill((pid_t)pid, SIGKILL);
        return;
    }
    settle(engine, child);
}

/* One stop of ACTOR. Whether it is where it should be. */
static bool
on_stop(struct engine *engine, struct actor *actor, int status)
{
    int signal = WSTOPSIG(status);

    switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP:
        if (!at_call(engine, actor))
            return true;
        signal = 0;
        break;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        start_child(engine, actor);
        return false;
    case PTRACE_EVENT_EXEC:
        actor->is_before_exec = false;
        memset(&actor->private, 0, sizeof(actor->private));
        tracee_hide_vdso(actor->pid);
        signal = 0;
        break;
    default:
        if (signal == (SIGTRAP | 0x80) || (signal == SIGSTOP && actor->is_new))
            signal = 0;
        actor->is_new = false;
        break;
    }
    (void)ptrace(PTRACE_CONT, actor->pid, NULL, signal);
    return false;
}

/* Follows ACTOR, which runs, until its next stop that counts. */
static void
settle(struct engine *engine, struct actor *actor)
{
    for (;;) {
        int status = tracee_wait(actor->pid);

        if (status == -1) {
            oracle_violated(&engine->oracle, "an end: process %u does not come back",
                number_of(engine, actor));
            kill(actor->pid, SIGKILL);
            note_end(engine, actor, tracee_wait(actor->pid));
            return;
        }
        if (!WIFSTOPPED(status)) {
            note_end(engine, actor, status);
            return;
        }
        if (on_stop(engine, actor, status) || actor->state == ACTOR_ENDED)
            return;
    }
}

void
actors_go(struct engine *engine, struct actor *actor)
{
    (void)ptrace(PTRACE_CONT, actor->pid, NULL, NULL);
    settle(engine, actor);
}

/* flock(2) that would block is asked not to, and made again later. */
static void
try_lock(struct engine *engine, struct actor *actor, long *result)
{
    unsigned long operation =
        tracee_change_second(actor->pid, actor->call.arguments[1] | LOCK_NB);
    int status;

    if (tracee_finish_call(actor->pid, result, &status) == -1) {
        note_end(engine, actor, status);
        return;
    }
    actor->is_refused = *result == -EWOULDBLOCK;
    tracee_put_back(actor->pid, operation, actor->is_refused, SYS_flock);
    actors_go(engine, actor);
}

/*
 * Makes the time at which a file was last written that of the run, before others see
 * the file: two writers may or may not be in one tick of the machine's clock, and what
 * has the same size and time is compared. A copy with the time of what it was made of
 * has it already.
 */
static void
set_written_time(const struct engine *engine, const struct actor *actor)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
        {START_S + engine->now_ns / SECOND_NS, engine->now_ns % SECOND_NS}};
    struct stat file;
    char path[48];

    snprintf(path, sizeof(path), "/proc/%d/fd/%llu", (int)actor->pid,
        (unsigned long long)actor->call.arguments[0]);
    if (stat(path, &file) == 0 && S_ISREG(file.st_mode) &&
        file.st_mtim.tv_sec > START_S + LONGEST_S)
        (void)utimensat(AT_FDCWD, path, times, 0);
}

void
actors_make_call(struct engine *engine, struct actor *actor, long *result)
{
    int named = call_names_descriptor(&actor->call);
    int status;

    *result = 0;
    if (actor->call.kind == CALL_SYNC)
        set_written_time(engine, actor);
    actor->has_only_looked = call_only_looks(&actor->call);
    if (named >= 0 && named < CALL_MOST_DESCRIPTORS)
        actor->private.is[named] = false;
    if (actor->state == ACTOR_SLEEPING) {
        tracee_answer(actor->pid, 0);
    } else if (actor->call.kind == CALL_POLL && !actors_can_run(engine, actor)) {
        tracee_answer(actor->pid, 0); /* its time is over */
    } else if (actor->call.kind == CALL_CHILD) {
        actor->dead_children--;
    } else if (actor->call.kind == CALL_LOCK) {
        try_lock(engine, actor, result);
        return;
    } else if (engine->table != NULL && actor->call.number != SYS_exit_group) {
        if (tracee_finish_call(actor->pid, result, &status) == -1) {
            note_end(engine, actor, status);
            return;
        }
    }
    actors_go(engine, actor);
}

void
actors_kill(struct engine *engine, struct actor *actor)
{
    (void)kill(actor->pid, SIGKILL);
    note_end(engine, actor, tracee_wait(actor->pid));
}

void
actors_fail(struct engine *engine, struct actor *actor, int error)
{
    tracee_answer(actor->pid, -error);
    actors_go(engine, actor);
}

static bool
is_ready(const struct actor *actor)
{
    struct pollfd polled[MOST_POLLED];
    size_t count = actor->call.arguments[1];
    struct iovec ours = {polled, sizeof(polled)};
    struct iovec theirs = {(void *)(uintptr_t)actor->call.arguments[0], 0};

    if (count > MOST_POLLED)
        count = MOST_POLLED;
    ours.iov_len = theirs.iov_len = count * sizeof(polled[0]);
    if (count == 0 || process_vm_readv(actor->pid, &ours, 1, &theirs, 1, 0) == -1)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (tracee_is_ready(actor->pid, polled[i].fd, polled[i].events))
            return true;
    }
    return false;
}

bool
actors_can_run(const struct engine *engine, const struct actor *actor)
{
    switch (actor->state) {
    case ACTOR_ENDED:
        return false;
    case ACTOR_READY:
        return !actor->is_refused;
    case ACTOR_SLEEPING:
        return actor->wakes_ns >= 0 && actor->wakes_ns <= engine->now_ns;
    case ACTOR_WAITING:
        break;
    }
    if (actor->dead_children > 0)
        return true;
    return actor->call.kind == CALL_POLL && is_ready(actor);
}

bool
actors_could_wake(const struct actor *actor)
{
    return (actor->state == ACTOR_SLEEPING || actor->state == ACTOR_WAITING) &&
           actor->wakes_ns >= 0;
}
