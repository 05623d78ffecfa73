#include "config.h"

#include "read/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/sys.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "data/pour.h"
#include "file/mark.h"
#include "lock/holders.h"
#include "read/claim.h"

/* How often a file may be replaced while it is read, before that is an error. */
enum { MOST_TRIES = 100 };

static enum status refuse(const struct reader *reader, const char *file,
    enum status status, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static enum status
refuse(const struct reader *reader, const char *file, enum status status,
    const char *hint, const char *format, ...)
{
    char text[4096];
    va_list arguments;

    if (reader->is_silent || reader->options->quiet)
        return status;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof(text), format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);
    say(file, hint, "%s", text);
    return status;
}

static enum status
failed(const struct reader *reader, const char *file, const char *doing)
{
    int reason = errno;

    if (!reader->is_silent && !reader->options->quiet)
        say_errno(reason, file, "cannot %s", doing);
    return status_of_read_errno(reason);
}

static enum status
said_locked(struct reader *reader, const char *file, const char *locked)
{
    struct holders holders = {.list = NULL};
    char command[32] = "";
    struct stat there;
    int fd;

    reader->is_not_yet = true;
    if (reader->is_silent || reader->options->quiet || reader->options->skip)
        return STATUS_LOCKED;
    fd = open(locked, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (stat(locked, &there) == 0)
        (void)holders_find(&holders, fd, &there, HOLDERS_FLOCK);
    if (fd != -1)
        close(fd);
    if (holders.count > 0 && holders.list[0].pid > 0) {
        holders_command(holders.list[0].pid, command, sizeof(command));
        say(file, "use -w to wait", "locked by PID %ld (%s)", (long)holders.list[0].pid,
            command);
    } else {
        say(file, "use -w to wait", "locked by another process");
    }
    holders_release(&holders);
    return STATUS_LOCKED;
}

static enum status
said_deadlock(struct reader *reader, const char *file, pid_t holder)
{
    char command[32];

    reader->is_not_yet = true;
    if (reader->options->skip)
        return STATUS_LOCKED;
    holders_command(holder, command, sizeof(command));
    return refuse(reader, file, STATUS_LOCKED, "do not wait for each other",
        "deadlock: PID %ld (%s) holds this lock and is waiting for us", (long)holder,
        command[0] == '\0' ? "?" : command);
}

static enum status
said_unfinished(struct reader *reader, const char *file)
{
    reader->is_not_yet = true;
    if (reader->options->skip)
        return STATUS_REFUSED;
    return refuse(reader, file, STATUS_REFUSED, "remove it, or wait for its successor",
        "left unfinished by a process that died");
}

static struct wait
wait_of(const struct reader *reader)
{
    return (struct wait){.limit_ns = reader->options->shared.wait_ns};
}

static enum status
take_lock_file(struct reader *reader, const char *file, struct content_lock *lock)
{
    const char *path = reader->options->shared.lock_file;
    struct wait wait = wait_of(reader);

    if (path == NULL)
        return STATUS_DONE;
    switch (content_lock_take(
        lock, AT_FDCWD, path, CONTENT_LOCK_SHARED, CONTENT_LOCK_FOLLOW_ANY, &wait)) {
    case CONTENT_LOCK_TAKEN:
        return STATUS_DONE;
    case CONTENT_LOCK_BUSY:
        return said_locked(reader, file, path);
    case CONTENT_LOCK_DEADLOCK:
        return said_deadlock(reader, file, lock->holder);
    case CONTENT_LOCK_GONE:
        return refuse(reader, path, STATUS_NO_INPUT,
            "writers create it: check its spelling", "no such lock file");
    case CONTENT_LOCK_UNLOCKABLE:
        content_lock_release(lock);
        errno = EACCES;
        break;
    default:
        break;
    }
    return failed(reader, path, "lock");
}

static enum status
lock(struct reader *reader, const char *file, struct content_lock *content)
{
    struct wait wait = wait_of(reader);
    bool is_unfinished;

    switch (claim_lock(content, file, &wait, &is_unfinished)) {
    case CONTENT_LOCK_TAKEN:
        break;
    case CONTENT_LOCK_UNLOCKABLE:
        if (is_unfinished)
            return said_unfinished(reader, file);
        errno = EACCES;
        return failed(reader, file, "read");
    case CONTENT_LOCK_BUSY:
        return said_locked(reader, file, file);
    case CONTENT_LOCK_DEADLOCK:
        return said_deadlock(reader, file, content->holder);
    case CONTENT_LOCK_GONE:
        return refuse(reader, file, STATUS_NO_INPUT, NULL, "no such file");
    case CONTENT_LOCK_NOT_REGULAR:
        return refuse(reader, file, STATUS_NO_INPUT, NULL, "not a regular file");
    default:
        return failed(reader, file, "open and lock");
    }
    if (mark_is_unfinished(&content->file)) {
        content_lock_release(content);
        return said_unfinished(reader, file);
    }
    if (content->is_readable)
        return STATUS_DONE;
    content_lock_release(content);
    errno = EACCES;
    return failed(reader, file, "read");
}

static enum status
judge_age(const struct reader *reader, const char *file, const struct stat *status)
{
    const int64_t second_ns = 1000000000;
    struct timespec now;
    int64_t age_s;
    int64_t age_ns;

    if (!reader->options->has_max_age)
        return STATUS_DONE;
    clock_gettime(CLOCK_REALTIME, &now);
    age_s = now.tv_sec - status->st_mtim.tv_sec;
    /* 292 years are the most that nanoseconds can say. */
    age_ns = age_s > INT64_MAX / second_ns - 1
                 ? INT64_MAX
                 : age_s * second_ns + now.tv_nsec - status->st_mtim.tv_nsec;
    if (age_s < 0 || age_ns <= reader->options->max_age_ns)
        return STATUS_DONE;
    return refuse(reader, file, STATUS_STALE, NULL, "%lld seconds old, too old",
        (long long)age_s);
}

/* Signals are caught while the check runs, so that it gets them, too. */
static enum accept_result
run_check(int fd, const struct accept *accept, int *status)
{
    enum accept_result result;

    if (accept->check == NULL)
        return ACCEPT_OK;
    if (interrupt_catch() == -1)
        return ACCEPT_FAILED;
    result = accept_check(fd, accept, NULL, status);
    /* Nothing is there that had to be cleaned up. */
    if (result == ACCEPT_INTERRUPTED)
        interrupt_die();
    interrupt_uncatch();
    return result;
}

static enum status
judge(const struct reader *reader, const char *file, const struct content_lock *content)
{
    const struct accept *accept = &reader->options->shared.accept;
    enum status status = judge_age(reader, file, &content->file);
    int check_status;

    if (status != STATUS_DONE)
        return status;
    if (content->file.st_size < accept->min_size_bytes) {
        if (content->file.st_size == 0)
            return refuse(reader, file, STATUS_REFUSED, NULL, "it is empty");
        return refuse(reader, file, STATUS_REFUSED, NULL,
            "it has %lld bytes, less than the %lld of --min-size",
            (long long)content->file.st_size, (long long)accept->min_size_bytes);
    }
    switch (run_check(content->fd, accept, &check_status)) {
    case ACCEPT_OK:
        return STATUS_DONE;
    case ACCEPT_CHECK_FAILED:
        return refuse(reader, file, STATUS_REFUSED, NULL,
            "the check failed with status %d: %s", check_status, accept->check);
    default:
        (void)failed(reader, file, "run the check");
        return STATUS_NO_PROCESS;
    }
}

static enum status
output_failed(struct reader *reader)
{
    int reason = errno;

    reader->has_failed = true;
    if (!reader->options->quiet)
        say_errno(reason, "standard output", "cannot write");
    return STATUS_IO_ERROR;
}

static int
add_header(struct reader *reader, const char *file)
{
    struct outbox *outbox = &reader->outbox;
    const char *before = reader->is_first ? "==> " : "\n==> ";

    reader->is_first = false;
    if (!reader->options->headers)
        return 0;
    if (outbox_add(outbox, before, strlen(before)) == -1 ||
        outbox_add(outbox, file, strlen(file)) == -1)
        return -1;
    return outbox_add(outbox, " <==\n", strlen(" <==\n"));
}

/* What does not fit in memory goes out under its lock. */
static enum status
pass_on(struct reader *reader, const char *file, int fd, struct progress *progress)
{
    const struct pour_options options = {
        .moved = reader->options->shared.shows_progress ? progress_moved : NULL,
        .context = progress,
    };

    if (outbox_flush(&reader->outbox) == -1)
        return output_failed(reader);
    if (lseek(fd, 0, SEEK_SET) == -1)
        return failed(reader, file, "read");
    sys_widen_pipe(STDOUT_FILENO);
    switch (pour_through_memory(fd, STDOUT_FILENO, &options)) {
    case POUR_DONE:
        return STATUS_DONE;
    case POUR_WRITE_FAILED:
        return output_failed(reader);
    default:
        return failed(reader, file, "read");
    }
}

/* Reads FILE, whose lock is held, into the outbox, or passes it on. */
static enum status
read_content(struct reader *reader, const char *file,
    const struct content_lock *content, struct progress *progress)
{
    struct outbox *outbox = &reader->outbox;
    size_t before = outbox->used;
    bool was_first = reader->is_first;
    size_t added = 0;

    if (add_header(reader, file) == -1)
        return failed(reader, file, "read");
    switch (outbox_read(outbox, content->fd, content->file.st_size, &added)) {
    case OUTBOX_DONE:
        if (reader->options->shared.shows_progress)
            progress_moved(progress, (off_t)added);
        return STATUS_DONE;
    case OUTBOX_TOO_LARGE:
        return pass_on(reader, file, content->fd, progress);
    case OUTBOX_READ_FAILED:
        break;
    }
    outbox->used = before; /* and its header */
    reader->is_first = was_first;
    /* It was replaced on another machine while we read (NFS): there is a new one. */
    reader->is_stale = errno == ESTALE && reader->tries < MOST_TRIES;
    return reader->is_stale ? STATUS_IO_ERROR : failed(reader, file, "read");
}

static enum status
read_locked(struct reader *reader, const char *file, const struct content_lock *content)
{
    struct progress progress;
    enum status status;

    if (reader->options->shared.shows_progress)
        progress_start(&progress, file, content->fd);
    status = read_content(reader, file, content, &progress);
    if (reader->options->shared.shows_progress)
        progress_end(&progress);
    if (status == STATUS_DONE && reader->options->shared.is_verbose)
        say(file, NULL, "read (%lld bytes)", (long long)content->file.st_size);
    return status;
}

static enum status
try_file(struct reader *reader, const char *file)
{
    struct content_lock lock_file = CONTENT_LOCK_EMPTY;
    struct content_lock content = CONTENT_LOCK_EMPTY;
    enum status status = take_lock_file(reader, file, &lock_file);

    if (status == STATUS_DONE)
        status = lock(reader, file, &content);
    if (status == STATUS_DONE) {
        status = judge(reader, file, &content);
        if (status == STATUS_DONE)
            status = read_locked(reader, file, &content);
    }
    content_lock_release(&content);
    content_lock_release(&lock_file);
    return status;
}

enum status
reader_take(struct reader *reader, const char *file)
{
    enum status status = STATUS_DONE;

    reader->is_not_yet = false;
    reader->tries = 0;
    do {
        reader->is_stale = false;
        reader->tries++;
        status = try_file(reader, file);
    } while (reader->is_stale);
    /* With no lock held, for this may take as long as it likes. */
    if (status == STATUS_DONE && outbox_flush_if_full(&reader->outbox) == -1)
        return output_failed(reader);
    return status;
}

enum status
reader_finish(struct reader *reader)
{
    enum status status = STATUS_DONE;

    if (!reader->has_failed && outbox_flush(&reader->outbox) == -1)
        status = output_failed(reader);
    outbox_release(&reader->outbox);
    return status;
}
