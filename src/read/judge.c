#include "config.h"

#include "read/judge.h"

#include <time.h>

#include "base/interrupt.h"
#include "read/refusal.h"

static const struct reading accepted = {READING_DONE, STATUS_DONE};

static struct reading
judge_age(const struct reader *reader, const char *file, const struct stat *there)
{
    const int64_t second_ns = 1000000000;
    struct timespec now;
    int64_t age_s;
    int64_t age_ns;

    if (!reader->options->has_max_age)
        return accepted;
    clock_gettime(CLOCK_REALTIME, &now);
    age_s = now.tv_sec - there->st_mtim.tv_sec;
    /* 292 years are the most that nanoseconds can say. */
    age_ns = age_s > INT64_MAX / second_ns - 1
                 ? INT64_MAX
                 : age_s * second_ns + now.tv_nsec - there->st_mtim.tv_nsec;
    if (age_s < 0 || age_ns <= reader->options->max_age_ns)
        return accepted;
    return refusal_say(reader, file, STATUS_STALE, NULL, "%lld seconds old, too old",
        (long long)age_s);
}

static struct reading
judge_size(const struct reader *reader, const char *file, const struct stat *there)
{
    int64_t least_bytes = reader->options->shared.accept.min_size_bytes;

    if (there->st_size >= least_bytes)
        return accepted;
    if (there->st_size == 0)
        return refusal_say(reader, file, STATUS_REFUSED, NULL, "it is empty");
    return refusal_say(reader, file, STATUS_REFUSED, NULL,
        "it has %lld bytes, less than the %lld of --min-size",
        (long long)there->st_size, (long long)least_bytes);
}

/* Signals are caught while the check runs, so that it gets them, too. */
static enum accept_result
run_check(const struct reader *reader, int fd, int *status)
{
    const struct accept *accept = &reader->options->shared.accept;
    enum accept_result result;

    if (accept->check == NULL)
        return ACCEPT_OK;
    /* With --take they are caught all the time, and there is something to clean up. */
    if (reader->options->take != NULL)
        return accept_check(fd, accept, NULL, status);
    if (interrupt_catch() == -1)
        return ACCEPT_FAILED;
    result = accept_check(fd, accept, NULL, status);
    /* Nothing is there that had to be cleaned up. */
    if (result == ACCEPT_INTERRUPTED)
        interrupt_die();
    interrupt_uncatch();
    return result;
}

static struct reading
judge_by_check(const struct reader *reader, const char *file, int fd)
{
    const struct accept *accept = &reader->options->shared.accept;
    int check_status;

    switch (run_check(reader, fd, &check_status)) {
    case ACCEPT_OK:
        return accepted;
    case ACCEPT_CHECK_FAILED:
        return refusal_say(reader, file, STATUS_REFUSED, NULL,
            "the check failed with status %d: %s", check_status, accept->check);
    case ACCEPT_INTERRUPTED:
        return (struct reading){READING_FAILED, STATUS_INTERRUPTED};
    default:
        (void)refusal_failed(reader, file, "run the check");
        return (struct reading){READING_FAILED, STATUS_NO_PROCESS};
    }
}

struct reading
judge(const struct reader *reader, const char *file, const struct content_lock *content)
{
    struct reading reading = judge_age(reader, file, &content->file);

    if (reading.result == READING_DONE)
        reading = judge_size(reader, file, &content->file);
    if (reading.result == READING_DONE)
        reading = judge_by_check(reader, file, content->fd);
    return reading;
}
