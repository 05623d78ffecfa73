/* The steps of waiting for a lock: how long each is, and when they end. */
#include "config.h"

#include "lock/wait.h"

#include "unit.h"

#define MS_NS INT64_C(1000000)

enum { MANY = 1000, START_NS = 12345 };

static struct wait
start(int64_t limit_ns)
{
    return (struct wait){.limit_ns = limit_ns, .jitter = 88172645463325252U};
}

/* A step, and the time that it and a question of QUESTION_NS after it take. */
static int64_t
step(struct wait *wait, int64_t *now_ns, int64_t question_ns)
{
    int64_t pause = wait_pause(wait, *now_ns);

    if (pause == WAIT_NO_MORE)
        return pause;
    *now_ns += pause;
    wait->asking_since_ns = *now_ns;
    *now_ns += question_ns;
    return pause;
}

/* Half a step to one and a half. */
static void
growth(void)
{
    static const int64_t steps_us[] = {
        200, 300, 450, 675, 1012, 1518, 2278, 3417, 4000};
    struct wait wait = start(WAIT_FOR_EVER);
    int64_t now_ns = START_NS;

    for (size_t i = 0; i < sizeof(steps_us) / sizeof(steps_us[0]); i++) {
        int64_t pause = step(&wait, &now_ns, 1);

        EXPECT(pause >= steps_us[i] * 500);
        EXPECT(pause <= (steps_us[i] + 1) * 1500);
    }
    for (int i = 0; i < MANY; i++) {
        int64_t pause = step(&wait, &now_ns, 1);

        EXPECT(pause >= 2 * MS_NS && pause <= 6 * MS_NS);
    }
}

static void
no_limit(void)
{
    struct wait wait = start(WAIT_FOR_EVER);
    int64_t now_ns = START_NS;

    EXPECT(wait_pause(&wait, now_ns) > 0);
    EXPECT(wait_pause(&wait, INT64_MAX) > 0);
}

static void
no_wait(void)
{
    struct wait wait = start(0);

    EXPECT_NUMBER(wait_pause(&wait, START_NS), WAIT_NO_MORE);
    EXPECT_NUMBER(wait_pause(&wait, START_NS), WAIT_NO_MORE);
}

/* The steps add up to the limit, to the nanosecond. */
static void
limits(void)
{
    for (int64_t limit_ns = 1; limit_ns < 4000 * MS_NS; limit_ns = limit_ns * 3 + 1) {
        struct wait wait = start(limit_ns);
        int64_t now_ns = START_NS;

        for (int i = 0; i < 10 * MANY; i++) {
            int64_t pause = step(&wait, &now_ns, 0);

            if (pause == WAIT_NO_MORE)
                break;
            EXPECT(pause > 0);
        }
        EXPECT_NUMBER(now_ns - START_NS, limit_ns);
    }
}

/* The limit counts from the first wait, not from the start of the program, and what a
   question took counts, too. */
static void
clock_of_the_run(void)
{
    struct wait wait = start(10 * MS_NS);
    int64_t now_ns = 5000 * MS_NS;

    EXPECT(step(&wait, &now_ns, 0) > 0);
    EXPECT_NUMBER(wait.start_ns, 5000 * MS_NS);
    EXPECT(wait_pause(&wait, wait.start_ns + 10 * MS_NS - 1) == 1);
    EXPECT_NUMBER(wait_pause(&wait, wait.start_ns + 10 * MS_NS), WAIT_NO_MORE);
}

/* The pause that waiting with questions of QUESTION_NS arrives at, on average. */
static int64_t
settled(int64_t question_ns)
{
    struct wait wait = start(WAIT_FOR_EVER);
    int64_t now_ns = START_NS;
    int64_t sum = 0;

    for (int i = 0; i < MANY; i++)
        (void)step(&wait, &now_ns, question_ns);
    for (int i = 0; i < MANY; i++)
        sum += step(&wait, &now_ns, question_ns);
    return sum / MANY;
}

static void
expect_about(int64_t is, int64_t wanted)
{
    EXPECT(is > wanted * 9 / 10);
    EXPECT(is < wanted * 11 / 10);
}

static void
slow_questions(void)
{
    expect_about(settled(1), 4 * MS_NS);
    expect_about(settled(MS_NS / 2), 4 * MS_NS);
    expect_about(settled(MS_NS), 8 * MS_NS);
    expect_about(settled(5 * MS_NS), 40 * MS_NS);
    expect_about(settled(20 * MS_NS), 100 * MS_NS);
    /* Never shorter than the questions are. */
    expect_about(settled(1000 * MS_NS), 4000 * MS_NS);
}

/* One question that was held up says nothing of the server. */
static void
least_question(void)
{
    struct wait wait = start(WAIT_FOR_EVER);
    int64_t now_ns = START_NS;

    (void)step(&wait, &now_ns, MS_NS / 10);
    for (int i = 0; i < MANY; i++)
        (void)step(&wait, &now_ns, 1000 * MS_NS);
    EXPECT(step(&wait, &now_ns, 0) <= 6 * MS_NS);
}

static void
out_of_step(void)
{
    struct wait one = start(WAIT_FOR_EVER);
    struct wait other = start(WAIT_FOR_EVER);
    int same = 0;

    other.jitter++;
    for (int64_t i = 1; i <= MANY; i++)
        same += wait_pause(&one, i) == wait_pause(&other, i);
    EXPECT(same < MANY / 100);
}

/* Whoever is woken by something else pauses 50 to 150 ms, and is quick after that. */
static void
woken(void)
{
    struct wait wait = start(WAIT_FOR_EVER);
    struct wait limited = start(10 * MS_NS);
    int64_t now_ns = START_NS;

    wait.pace = limited.pace = WAIT_FAR;
    for (int i = 0; i < MANY; i++) {
        int64_t pause;

        wait.far_ns = 0;
        pause = step(&wait, &now_ns, 1);
        EXPECT(pause >= 50 * MS_NS && pause <= 150 * MS_NS);
    }
    /* Where nobody starts it again, for it goes on. */
    for (int i = 0; i < MANY; i++)
        EXPECT(step(&wait, &now_ns, 1) <= 600 * MS_NS);
    EXPECT(step(&wait, &now_ns, 1) >= 200 * MS_NS);
    EXPECT_NUMBER(wait_pause(&limited, START_NS), 10 * MS_NS);
    EXPECT_NUMBER(wait_pause(&limited, START_NS + 10 * MS_NS), WAIT_NO_MORE);
    wait.pace = WAIT_UNTOLD;
    EXPECT(step(&wait, &now_ns, 1) <= MS_NS * 3 / 10);
}

/* Where the end of a process tells of most turns the steps begin with 1 ms. */
static void
near(void)
{
    struct wait wait = start(WAIT_FOR_EVER);
    int64_t now_ns = START_NS;

    wait.pace = WAIT_NEAR;
    for (int i = 0; i < MANY; i++) {
        int64_t pause = step(&wait, &now_ns, 1);

        EXPECT(pause >= MS_NS / 2 && pause <= 6 * MS_NS);
    }
}

int
main(void)
{
    unit_test("steps grow by half, from 0.2 ms to 4 ms, with jitter", growth);
    unit_test("without a limit there is always another step", no_limit);
    unit_test("with a limit of 0 there is no step", no_wait);
    unit_test("steps add up to the limit exactly", limits);
    unit_test("the limit counts from the first wait", clock_of_the_run);
    unit_test(
        "where questions take long the pauses are 8 times that, or 4 beyond 100 ms",
        slow_questions);
    unit_test("the shortest question is what counts", least_question);
    unit_test(
        "whoever is woken by something else pauses long, within the limit", woken);
    unit_test("near the turn steps grow from 1 ms to 4 ms", near);
    unit_test("two waiters do not march in step", out_of_step);
    return unit_end();
}
