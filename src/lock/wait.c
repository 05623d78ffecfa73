#include "config.h"

#include "lock/wait.h"

#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"

/*
 * The first step is about what a short turn takes, and longer where the end of a
 * process tells of that at once: then it is for a turn that ends before its process.
 * The longest is what a person does not notice, and costs an idle waiter less than one
 * per cent of a CPU. Where it takes long to ask, as on NFS, a waiter must not keep the
 * server from those who have the turn: it pauses some times as long as it asks, up to a
 * limit; but where one question takes longer than that, always longer than it.
 */
#define FIRST_STEP_NS   200000
#define NEAR_STEP_NS    1000000
#define LONG_STEP_NS    4000000
#define LONGEST_STEP_NS 100000000
#define FARTHEST_NS     400000000
#define NOTICE_AFTER_NS 1000000000
enum { PAUSE_PER_QUESTION = 8, LEAST_PER_QUESTION = 4 };

/* A step that something else will end doubles as long as that is seen to come nearer.
 */
static int64_t
far_step(struct wait *wait)
{
    int64_t step_ns = wait->far_ns == 0 ? LONGEST_STEP_NS : wait->far_ns;

    wait->far_ns = step_ns * 2 > FARTHEST_NS ? FARTHEST_NS : step_ns * 2;
    return step_ns;
}

/* xorshift64: it only has to keep waiters from marching in step. */
static int64_t
jittered(struct wait *wait, int64_t step_ns)
{
    wait->jitter ^= wait->jitter << 13;
    wait->jitter ^= wait->jitter >> 7;
    wait->jitter ^= wait->jitter << 17;
    return step_ns / 2 + (int64_t)(wait->jitter % (uint64_t)step_ns);
}

/* The least that a question has taken counts: the others were kept waiting, too. */
static int64_t
longest_step(struct wait *wait, int64_t now)
{
    int64_t longest;

    if (wait->asking_since_ns != 0) {
        int64_t took = now - wait->asking_since_ns;

        if (wait->question_ns == 0 || took < wait->question_ns)
            wait->question_ns = took;
    }
    longest = wait->question_ns * PAUSE_PER_QUESTION;
    /* No limit may be less than some questions: they would be all that is done. */
    if (longest > LONGEST_STEP_NS)
        longest = LONGEST_STEP_NS;
    if (longest < wait->question_ns * LEAST_PER_QUESTION)
        longest = wait->question_ns * LEAST_PER_QUESTION;
    return longest > LONG_STEP_NS ? longest : LONG_STEP_NS;
}

int64_t
wait_pause(struct wait *wait, int64_t now_ns)
{
    int64_t longest = longest_step(wait, now_ns);
    int64_t pause;

    if (wait->start_ns == 0)
        wait->start_ns = now_ns;
    if (wait->limit_ns != WAIT_FOR_EVER && now_ns - wait->start_ns >= wait->limit_ns)
        return WAIT_NO_MORE;
    if (wait->step_ns == 0)
        wait->step_ns = FIRST_STEP_NS;
    if (wait->pace == WAIT_NEAR && wait->step_ns < NEAR_STEP_NS)
        wait->step_ns = NEAR_STEP_NS;
    if (wait->question_ns > LONGEST_STEP_NS && wait->step_ns < wait->question_ns)
        wait->step_ns = wait->question_ns;
    pause = jittered(wait, wait->pace == WAIT_FAR ? far_step(wait) : wait->step_ns);
    if (wait->limit_ns != WAIT_FOR_EVER &&
        pause > wait->limit_ns - (now_ns - wait->start_ns))
        pause = wait->limit_ns - (now_ns - wait->start_ns);
    /* Whoever is woken asks in short steps. */
    if (wait->pace != WAIT_FAR)
        wait->step_ns += wait->step_ns / 2;
    if (wait->step_ns > longest)
        wait->step_ns = longest;
    return pause;
}

enum wait_result
wait_step(struct wait *wait, pid_t holder, int dir, const char *what)
{
    return wait_step_behind(wait, WAIT_UNTOLD, -1, holder, dir, what);
}

enum wait_result
wait_step_behind(struct wait *wait, enum wait_pace pace, int first, pid_t holder,
    int dir, const char *what)
{
    struct pollfd ready = {.fd = first, .events = POLLIN};
    int64_t now = clock_ns();
    int64_t pause;

    if (wait->jitter == 0)
        wait->jitter = ((uint64_t)now ^ ((uint64_t)getpid() << 32)) | 1;
    wait->pace = pace;
    pause = wait_pause(wait, now);
    if (pause == WAIT_NO_MORE)
        return WAIT_OVER;
    if (!wait->noticed && now - wait->start_ns >= NOTICE_AFTER_NS &&
        wait->notice != NULL) {
        wait->noticed = true;
        wait->notice(wait->context, holder, dir, what);
    }
    wait->was_woken = interrupt_poll(&ready, first == -1 ? 0 : 1, pause) == 1;
    wait->asking_since_ns = clock_ns();
    return interrupt_signal() != 0 ? WAIT_INTERRUPTED : WAIT_AGAIN;
}
