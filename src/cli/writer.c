#include "config.h"

#include "cli/writer.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/interrupt.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "data/feed.h"
#include "file/mark.h"
#include "lock/content_lock.h"

enum status
writer_refuse(
    const struct writer *writer, enum status status, const char *hint, const char *what)
{
    say(writer->object, hint, "%s: %s", writer->outcome, what);
    return status;
}

enum status
writer_failed(const struct writer *writer, const char *doing)
{
    int reason = errno;

    if (reason == EFBIG)
        interrupt_file_limit();
    if (interrupt_look() != 0)
        return STATUS_INTERRUPTED;
    say_errno(reason, writer->object, "%s: cannot %s", writer->outcome, doing);
    return status_of_errno(reason);
}

static const char *
command_name(const struct writer *writer)
{
    return writer->command == NULL ? "standard input" : writer->command[0];
}

static enum status
command_failed(const struct writer *writer, int ended)
{
    if (WIFSIGNALED(ended))
        say(writer->object, NULL, "%s: %s was killed by signal %d (%s)",
            writer->outcome, command_name(writer), WTERMSIG(ended),
            strsignal(WTERMSIG(ended)));
    else
        say(writer->object, NULL, "%s: %s exited with status %d", writer->outcome,
            command_name(writer), WEXITSTATUS(ended));
    return (enum status)command_status(ended);
}

static enum status
cannot_run(const struct writer *writer)
{
    int reason = errno;
    const char *hint = NULL;
    enum status status = STATUS_CANNOT_RUN;

    if (reason == ENOENT) {
        status = STATUS_NOT_FOUND;
        hint = "check its spelling and PATH";
    } else if (reason == ENOEXEC) {
        hint = "a script must begin with a line like #!/bin/sh";
    } else if (reason == EAGAIN || reason == ENOMEM || reason == EMFILE ||
               reason == ENFILE) {
        status = STATUS_NO_PROCESS;
    }
    say(writer->object, hint, "%s: cannot run %s: %s", writer->outcome,
        command_name(writer), strerror(reason));
    return status;
}

static enum status
status_of_feed(const struct writer *writer, enum feed_result result, int ended)
{
    switch (result) {
    case FEED_DONE:
        return STATUS_DONE;
    case FEED_READ_FAILED:
        say_errno(errno, writer->object, "%s: cannot read %s", writer->outcome,
            writer->command == NULL ? "standard input" : "the output of COMMAND");
        return STATUS_IO_ERROR;
    case FEED_WRITE_FAILED:
        return writer_failed(writer, "write the new content");
    case FEED_CANNOT_RUN:
        return cannot_run(writer);
    case FEED_COMMAND_FAILED:
        return command_failed(writer, ended);
    case FEED_INTERRUPTED:
        break;
    }
    return STATUS_INTERRUPTED;
}

static enum status
feed_ahead(const struct writer *writer, int out)
{
    const struct pour_options options = {.write_behind = !writer->options->no_sync};

    switch (pour(writer->ahead, out, &options)) {
    case POUR_DONE:
        return STATUS_DONE;
    case POUR_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case POUR_READ_FAILED:
        return writer_failed(writer, "read back the new content");
    default:
        return writer_failed(writer, "write the new content");
    }
}

enum status
writer_feed(const struct writer *writer, int command_in, int out)
{
    struct progress progress;
    struct pour_options options = {.write_behind = !writer->options->no_sync};
    enum feed_result result;
    int ended = 0;

    if (writer->ahead != -1)
        return feed_ahead(writer, out);
    if (writer->command == NULL && writer->descriptors->was_closed[STDIN_FILENO]) {
        say(writer->object, "give it input, or </dev/null",
            "%s: standard input is closed", writer->outcome);
        return STATUS_IO_ERROR;
    }
    if (writer->options->shows_progress) {
        progress_start(
            &progress, writer->object, writer->command == NULL ? STDIN_FILENO : -1);
        options.moved = progress_moved;
        options.context = &progress;
    }
    result = writer->command == NULL
                 ? feed_standard_input(out, &options)
                 : feed_command(writer->command, command_in, out, &options, &ended);
    if (writer->options->shows_progress) {
        int saved = errno;

        progress_end(&progress);
        errno = saved;
    }
    return status_of_feed(writer, result, ended);
}

enum status
writer_accept_form(const struct writer *writer, int fd)
{
    const struct accept *accept = &writer->options->accept;
    off_t size_bytes = 0;

    switch (accept_form(fd, accept, &size_bytes)) {
    case ACCEPT_OK:
        return STATUS_DONE;
    case ACCEPT_TOO_SMALL:
        if (size_bytes == 0)
            say(writer->object, NULL, "%s: the input is empty", writer->outcome);
        else
            say(writer->object, NULL,
                "%s: the input has %lld bytes, less than the %lld of --min-size",
                writer->outcome, (long long)size_bytes,
                (long long)accept->min_size_bytes);
        return STATUS_REFUSED;
    case ACCEPT_NO_MARKER:
        say(writer->object, "its producer did not finish",
            "%s: the last line is not the end marker", writer->outcome);
        return STATUS_REFUSED;
    default:
        return writer_failed(writer, "read back the new content");
    }
}

/*
 * The path under which the check finds the staged content: by our descriptor, for it
 * may have no name; without /proc by its hidden one. To be freed; NULL: none.
 */
static char *
staged_path(const struct place *place, const struct stage *stage)
{
    struct stat there;
    char *path = NULL;

    if (asprintf(&path, "/proc/%ld/fd/%d", (long)getpid(), stage->fd) == -1)
        return NULL;
    /* The /proc of another name space may have a process of this number, too. */
    if (stat(path, &there) == 0 && place_same_inode(&there, &stage->born))
        return path;
    free(path);
    if (stage->name.text[0] == '\0')
        return NULL;
    return asprintf(&path, "%s%s", place->prefix, stage->name.text) == -1 ? NULL : path;
}

/*
 * Sets the time of FD's content back a little, and to what no clock gives, and tells it
 * in *SEALED: whatever is written from now on shows. Where the file system keeps no
 * such times, what shows is the size and the second.
 */
static int
seal(int fd, struct stat *sealed)
{
    const long second_ns = 1000000000;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};

    if (fstat(fd, sealed) == -1)
        return -1;
    times[1] = sealed->st_mtim;
    times[1].tv_nsec = (times[1].tv_nsec + second_ns - 1) % second_ns;
    if (times[1].tv_nsec == second_ns - 1)
        times[1].tv_sec--;
    (void)futimens(fd, times);
    return fstat(fd, sealed);
}

static bool
is_sealed(int fd, const struct stat *sealed)
{
    struct stat now;

    return fstat(fd, &now) == 0 && now.st_size == sealed->st_size &&
           now.st_mtim.tv_sec == sealed->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == sealed->st_mtim.tv_nsec;
}

enum status
writer_check(
    const struct writer *writer, const struct place *place, const struct stage *stage)
{
    const struct accept *accept = &writer->options->accept;
    enum accept_result result;
    struct stat sealed;
    char *staged;
    int status;
    int reason;

    if (accept->check == NULL)
        return STATUS_DONE;
    if (seal(stage->fd, &sealed) == -1)
        return writer_failed(writer, "examine the new content");
    staged = staged_path(place, stage);
    result = accept_check(stage->fd, accept, staged, &status);
    free(staged);
    switch (result) {
    case ACCEPT_OK:
        if (is_sealed(stage->fd, &sealed))
            return STATUS_DONE;
        say(writer->object, "let it only read", "%s: the check changed the content: %s",
            writer->outcome, accept->check);
        return STATUS_REFUSED;
    case ACCEPT_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case ACCEPT_CHECK_FAILED:
        say(writer->object, NULL, "%s: the check failed with status %d: %s",
            writer->outcome, status, accept->check);
        return STATUS_REFUSED;
    default:
        reason = errno;
        say(writer->object, reason == ENOENT ? "check PATH" : NULL,
            "%s: cannot run the check: %s", writer->outcome, strerror(reason));
        return STATUS_NO_PROCESS;
    }
}

void
writer_note_done(
    const struct writer *writer, const char *object, const char *done, int fd)
{
    struct stat file;

    if (writer->options->is_verbose && fstat(fd, &file) == 0)
        say(object, NULL, "%s (%lld bytes)", done, (long long)file.st_size);
}

void
writer_note_losses(const struct writer *writer, const struct meta_result *result)
{
    if (!writer->options->is_verbose)
        return;
    if (result->lost_owner)
        say(writer->object, NULL, "the owner could not be kept");
    if (result->lost_group)
        say(writer->object, NULL, "the group could not be kept");
    if (result->lost_attribute)
        say(writer->object, NULL, "some extended attributes could not be kept");
    if (result->lost_mode)
        say(writer->object, NULL, "the mode could not be kept");
}

enum status
writer_check_mode(const struct writer *writer, mode_t base)
{
    if (meta_wished_mode(&writer->options->wish, base) != MARK_UNFINISHED)
        return STATUS_DONE;
    say(writer->object, "choose another mode or umask",
        "%s: its mode would be 0200, which marks an unfinished file", writer->outcome);
    return STATUS_USAGE;
}

bool
writer_has_to_sync(const struct writer *writer, const struct stage *stage)
{
    return !writer->options->no_sync ||
           (stage->form == STAGE_NAMED && file_system_is_nfs(stage->fd));
}

enum status
writer_end(const struct writer *writer, enum status status)
{
    int number = interrupt_signal();

    if (status != STATUS_INTERRUPTED)
        return status;
    say(writer->object, NULL, "%s: interrupted by signal %d (%s)", writer->outcome,
        number, strsignal(number));
    interrupt_die();
}
