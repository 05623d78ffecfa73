#include "config.h"

#include "read/judge.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/io.h"

static const struct reading accepted = {READING_DONE, STATUS_DONE};

int64_t
judge_age_s(const struct stat *there, time_t now)
{
    int64_t age_s;

    if (__builtin_sub_overflow((int64_t)now, (int64_t)there->st_mtim.tv_sec, &age_s))
        return now < there->st_mtim.tv_sec ? INT64_MIN : INT64_MAX;
    return age_s;
}

static struct reading
judge_age(const struct lockread_options *options, const struct voice *voice,
    const char *file, const struct stat *there)
{
    const int64_t second_ns = 1000000000;
    struct timespec now;
    int64_t age_s;
    int64_t age_ns;

    if (!options->has_max_age)
        return accepted;
    clock_gettime(CLOCK_REALTIME, &now);
    age_s = judge_age_s(there, now.tv_sec);
    /* 292 years are the most that nanoseconds can say. */
    age_ns = age_s > INT64_MAX / second_ns - 1
                 ? INT64_MAX
                 : age_s * second_ns + now.tv_nsec - there->st_mtim.tv_nsec;
    if (age_s < 0 || age_ns <= options->max_age_ns)
        return accepted;
    return refusal_say(voice, file, STATUS_STALE, NULL,
        "it is %lld seconds old, more than --max-age allows", (long long)age_s);
}

/* The size of CONTENT, or MOST_BYTES where it has more than that and does not say so:
   the files of proc(5) and its like have a size of 0, and content. -1 with errno. */
static int64_t
find_size(const struct content_lock *content, int64_t most_bytes)
{
    char buffer[4096];
    int64_t size_bytes = content->file.st_size;
    ssize_t got = 1;

    if (size_bytes != 0)
        return size_bytes;
    while (got != 0 && size_bytes < most_bytes) {
        got = io_read_at(content->fd, buffer, sizeof(buffer), (off_t)size_bytes);
        if (got == -1)
            return -1;
        size_bytes += got;
    }
    return size_bytes;
}

static struct reading
judge_size(int64_t least_bytes, const struct voice *voice, const char *file,
    const struct content_lock *content)
{
    int64_t size_bytes;

    if (content->file.st_size >= least_bytes)
        return accepted;
    size_bytes = find_size(content, least_bytes);
    if (size_bytes == -1)
        return refusal_failed(voice, file, "read");
    if (size_bytes >= least_bytes)
        return accepted;
    if (size_bytes == 0)
        return refusal_say(voice, file, STATUS_REFUSED, NULL, "it is empty");
    return refusal_say(voice, file, STATUS_REFUSED, NULL,
        "it has %lld bytes, less than the %lld of --min-size", (long long)size_bytes,
        (long long)least_bytes);
}

/* Signals are caught while the check runs, so that it gets them, too. ARE_CAUGHT: they
   are all the time, and there is something to clean up. */
static enum accept_result
run_check(const struct accept *accept, bool are_caught, int fd, int *status)
{
    enum accept_result result;

    if (accept->check == NULL)
        return ACCEPT_OK;
    if (are_caught)
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
judge_by_check(const struct accept *accept, bool are_caught, const struct voice *voice,
    const char *file, int fd)
{
    struct reading reading;
    int check_status;
    int reason;

    switch (run_check(accept, are_caught, fd, &check_status)) {
    case ACCEPT_OK:
        return accepted;
    case ACCEPT_CHECK_FAILED:
        return refusal_say(voice, file, STATUS_REFUSED, NULL,
            "the check failed with status %d: %s", check_status, accept->check);
    case ACCEPT_INTERRUPTED:
        return (struct reading){READING_FAILED, STATUS_INTERRUPTED};
    default:
        reason = errno;
        reading = refusal_say(voice, file, STATUS_NO_PROCESS,
            reason == ENOENT ? "check PATH" : NULL, "cannot run the check: %s",
            strerror(reason));
        return (struct reading){READING_FAILED, reading.status};
    }
}

struct reading
judge(const struct lockread_options *options, const struct voice *voice,
    const char *file, const struct content_lock *content)
{
    const struct accept *accept = &options->shared.accept;
    struct reading reading = judge_age(options, voice, file, &content->file);

    if (reading.result == READING_DONE)
        reading = judge_size(accept->min_size_bytes, voice, file, content);
    /* With --take signals are caught from the start. */
    if (reading.result == READING_DONE)
        reading =
            judge_by_check(accept, options->take != NULL, voice, file, content->fd);
    return reading;
}
