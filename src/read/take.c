#include "config.h"

#include "read/take.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cli/say.h"
#include "data/command.h"

static const struct taking others = {TAKING_OTHERS, STATUS_DONE};
static const struct taking interrupted = {TAKING_STOP, STATUS_INTERRUPTED};

enum status
take_start(struct taker *taker, struct reader *reader)
{
    const struct lockread_options *options = reader->options;
    int reason;

    *taker = (struct taker){.reader = reader, .failed = STATUS_DONE};
    if (spool_open(&taker->spool, options->failed) == -1) {
        reason = errno;
        if (!options->quiet)
            say_errno(reason, options->failed, "cannot open the directory");
        return status_of_errno(reason);
    }
    if (interrupt_catch() == 0)
        return STATUS_DONE;
    reason = errno;
    say_errno(reason, "signals", "cannot catch them");
    return STATUS_NO_PROCESS;
}

static enum status
not_synced(const struct taker *taker)
{
    const char *prefix = taker->spool.place.prefix;
    int reason = errno;

    if (interrupt_signal() != 0)
        return STATUS_INTERRUPTED;
    if (!taker->reader->options->quiet)
        say_errno(reason, prefix[0] == '\0' ? "." : prefix,
            "files were taken, but may come back after a power cut: cannot sync it");
    return STATUS_UNCONFIRMED;
}

/* Opens the directory of FILE; false where TAKING says why not. */
static bool
enter(struct taker *taker, const char *file, struct taking *taking)
{
    const struct lockread_options *options = taker->reader->options;
    const struct voice *voice = &taker->reader->voice;
    int reason;

    switch (spool_enter(&taker->spool, file)) {
    case SPOOL_ENTERED:
        return true;
    case SPOOL_FAR:
        if (!options->quiet)
            say(options->failed, "choose a directory beside it",
                "not on the file system of %s", file);
        *taking = (struct taking){TAKING_FAILED, STATUS_NOT_CREATED};
        return false;
    case SPOOL_ITSELF:
        if (!options->quiet)
            say(options->failed, "choose another directory", "%s is in it already",
                file);
        *taking = (struct taking){TAKING_FAILED, STATUS_NOT_CREATED};
        return false;
    case SPOOL_NOT_SYNCED:
        *taking = (struct taking){TAKING_STOP, not_synced(taker)};
        return false;
    case SPOOL_READ_ONLY:
        /* Not what reading comes to: 66 would be "not yet" to --await. */
        reason = errno;
        (void)refusal_failed(voice, file, "remove names there");
        *taking = (struct taking){TAKING_FAILED, status_of_errno(reason)};
        return false;
    case SPOOL_CANNOT_ENTER:
        if (errno == ENOENT) {
            *taking = others;
            return false;
        }
        break;
    }
    *taking = (struct taking){
        TAKING_FAILED, refusal_failed(voice, file, "open the directory").status};
    return false;
}

/* Runs COMMAND for FILE, to its end. 0, or -1 with errno: it could not be started. */
static int
run(struct command *command, const char *text, const char *file, int fd)
{
    char shell[] = "sh";
    char option[] = "-c";
    const struct command_io io = {.in = fd, .out = -1, .taken = file};
    char *copy = strdup(text);
    int started;

    if (copy == NULL)
        return -1;
    started = command_start(command, (char *[]){shell, option, copy, NULL}, &io);
    free(copy);
    if (started == -1)
        return -1;
    /* It is told, and may finish; until then FILE is its. */
    if (command_wait(command) == -1)
        command_finish(command, interrupt_signal());
    return 0;
}

/* FILE was left or, where NAME is not NULL, moved to that one. */
static void
say_failed(const struct lockread_options *options, const char *file, int ended,
    const char *name)
{
    char what[PATH_MAX + NAME_MAX + 32] = "left as it was";

    if (options->quiet)
        return;
    if (name != NULL)
        (void)snprintf(what, sizeof(what), "moved to %s/%s", options->failed, name);
    if (WIFSIGNALED(ended))
        say(file, NULL, "%s: %s was killed by signal %d (%s)", what, options->take,
            WTERMSIG(ended), strsignal(WTERMSIG(ended)));
    else
        say(file, NULL, "%s: %s exited with status %d", what, options->take,
            WEXITSTATUS(ended));
}

/* COMMAND has failed: FILE stays, or goes to the others that failed. */
static struct taking
put_aside(struct taker *taker, const char *file, const struct content_lock *content,
    int ended)
{
    const struct lockread_options *options = taker->reader->options;
    char name[NAME_MAX + 1];
    int reason;

    if (taker->failed == STATUS_DONE)
        taker->failed = (enum status)command_status(ended);
    if (taker->spool.failed == NULL) {
        say_failed(options, file, ended, NULL);
        return (struct taking){TAKING_HANDLED, STATUS_DONE};
    }
    switch (spool_move(&taker->spool, content, name)) {
    case SPOOL_GONE:
        say_failed(options, file, ended, name);
        return (struct taking){TAKING_HANDLED, STATUS_DONE};
    case SPOOL_REPLACED:
        say_failed(options, file, ended, NULL);
        return (struct taking){TAKING_HANDLED, STATUS_DONE};
    case SPOOL_FAILED:
        break;
    }
    reason = errno;
    say_failed(options, file, ended, NULL);
    if (!options->quiet)
        say_errno(reason, file, "cannot move it to %s", taker->spool.failed);
    return (struct taking){TAKING_FAILED, status_of_errno(reason)};
}

static struct taking
finish_with(struct taker *taker, const char *file, const struct content_lock *content,
    int ended)
{
    const struct lockread_options *options = taker->reader->options;
    int reason;

    if (command_status(ended) != 0) {
        /* It did not fail of itself: the next one is to try again. */
        if (interrupt_signal() != 0)
            return interrupted;
        taker->handled++;
        return put_aside(taker, file, content, ended);
    }
    taker->handled++;
    if (spool_remove(&taker->spool, content) == SPOOL_FAILED) {
        reason = errno;
        if (!options->quiet)
            say_errno(reason, file, "handled, but cannot remove it");
        return (struct taking){TAKING_FAILED, status_of_errno(reason)};
    }
    if (options->shared.is_verbose)
        say(file, NULL, "handled (%lld bytes)", (long long)content->file.st_size);
    return (struct taking){TAKING_HANDLED, STATUS_DONE};
}

static struct taking
handle(struct taker *taker, const char *file, const struct content_lock *content)
{
    const struct lockread_options *options = taker->reader->options;
    struct command command;
    int reason;

    if (run(&command, options->take, file, content->fd) == -1) {
        reason = errno;
        if (!options->quiet)
            say(file, reason == ENOENT ? "check PATH" : NULL,
                "left as it was: cannot run sh: %s", strerror(reason));
        return (struct taking){
            TAKING_STOP, reason == ENOENT ? STATUS_NOT_FOUND : STATUS_NO_PROCESS};
    }
    return finish_with(taker, file, content, command.ended);
}

static struct taking
taking_of(struct reading reading)
{
    switch (reading.result) {
    case READING_DEADLOCK:
        return (struct taking){TAKING_DEADLOCK, STATUS_DONE};
    case READING_LOCK_FILE_DEADLOCK:
        return (struct taking){TAKING_LOCK_FILE_DEADLOCK, reading.status};
    case READING_LOCKED:
        return (struct taking){TAKING_LOCKED, STATUS_DONE};
    case READING_UNFINISHED:
    case READING_MISSING:
        return others;
    case READING_REFUSED:
        return (struct taking){TAKING_REFUSED, reading.status};
    default:
        return (struct taking){TAKING_FAILED, reading.status};
    }
}

enum look {
    LOOK_DIRECTORY,
    LOOK_FAILED, /* errno */
    LOOK_ELSE,   /* a file, or nothing */
};

/*
 * A directory must not be locked, not even to find out that it is one: it would look
 * locked to others. "dir/" is one, or wrong.
 */
static enum look
look_at(const char *file)
{
    struct stat there;

    if (stat(file, &there) == -1)
        return place_has_leaf(file) ? LOOK_ELSE : LOOK_FAILED;
    return S_ISDIR(there.st_mode) ? LOOK_DIRECTORY : LOOK_ELSE;
}

struct taking
take_file(struct taker *taker, const char *file)
{
    struct taking taking;
    struct reading reading;
    struct locks locks;

    if (interrupt_look() != 0)
        return interrupted;
    switch (look_at(file)) {
    case LOOK_DIRECTORY:
        return (struct taking){TAKING_DIRECTORY, STATUS_DONE};
    case LOOK_FAILED:
        reading = refusal_failed(&taker->reader->voice, file, "open the directory");
        return (struct taking){TAKING_FAILED, reading.status};
    case LOOK_ELSE:
        break;
    }
    if (!enter(taker, file, &taking))
        return taking;
    reading = reader_lock(taker->reader, file, CONTENT_LOCK_EXCLUSIVE, &locks);
    if (interrupt_look() != 0)
        taking = interrupted;
    else if (reading.result == READING_DONE)
        taking = handle(taker, file, &locks.content);
    else
        taking = taking_of(reading);
    /* The lock goes after the name. */
    locks_release(&locks);
    if (taking.result != TAKING_STOP && spool_sync_group(&taker->spool) == -1)
        return (struct taking){TAKING_STOP, not_synced(taker)};
    return taking;
}

enum status
take_finish(struct taker *taker)
{
    enum status status = STATUS_DONE;

    if (spool_sync(&taker->spool) == -1)
        status = not_synced(taker);
    spool_close(&taker->spool);
    if (interrupt_signal() != 0)
        interrupt_die();
    return status;
}
