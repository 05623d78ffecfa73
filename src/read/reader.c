#include "config.h"

#include "read/reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "data/pour.h"
#include "file/place.h"
#include "read/judge.h"

/* How often a file may be replaced while it is read, before that is an error. */
enum { MOST_TRIES = 100 };

/* What came of one try to read a FILE that is locked. */
enum try {
    TRY_DONE,
    TRY_REPLACED, /* on another machine, while it was read (NFS): there is a new one */
    TRY_FAILED,   /* errno */
    TRY_NO_OUTPUT,
};

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
static enum try
pass_on(struct reader *reader, int fd, struct progress *progress)
{
    const struct pour_options options = {
        .moved = reader->options->shared.shows_progress ? progress_moved : NULL,
        .context = progress,
    };

    if (outbox_flush(&reader->outbox) == -1)
        return TRY_NO_OUTPUT;
    if (lseek(fd, 0, SEEK_SET) == -1)
        return TRY_FAILED;
    sys_widen_pipe(STDOUT_FILENO);
    switch (pour_through_memory(fd, STDOUT_FILENO, &options)) {
    case POUR_DONE:
        return TRY_DONE;
    case POUR_WRITE_FAILED:
        return TRY_NO_OUTPUT;
    default:
        return TRY_FAILED;
    }
}

/* Reads FILE, whose lock is held, into the outbox, or passes it on. */
static enum try
read_content(struct reader *reader, const char *file,
    const struct content_lock *content, struct progress *progress)
{
    struct outbox *outbox = &reader->outbox;
    size_t before = outbox->used;
    bool was_first = reader->is_first;
    size_t added = 0;

    if (add_header(reader, file) == -1)
        return TRY_FAILED;
    switch (outbox_read(outbox, content->fd, content->file.st_size, &added)) {
    case OUTBOX_DONE:
        if (reader->options->shared.shows_progress)
            progress_moved(progress, (off_t)added);
        return TRY_DONE;
    case OUTBOX_TOO_LARGE:
        return pass_on(reader, content->fd, progress);
    case OUTBOX_READ_FAILED:
        break;
    }
    outbox->used = before; /* and its header */
    reader->is_first = was_first;
    return errno == ESTALE ? TRY_REPLACED : TRY_FAILED;
}

static enum try
read_locked(struct reader *reader, const char *file, const struct content_lock *content)
{
    struct progress progress;
    enum try try;

    if (reader->options->shared.shows_progress)
        progress_start(&progress, file, content->fd);
    try = read_content(reader, file, content, &progress);
    if (reader->options->shared.shows_progress)
        progress_end(&progress);
    if (try == TRY_DONE && reader->options->shared.is_verbose)
        say(file, NULL, "read (%lld bytes)", (long long)content->file.st_size);
    return try;
}

struct reading
reader_lock(struct reader *reader, const char *file, enum content_lock_kind kind,
    struct locks *locks)
{
    const struct voice *voice = &reader->voice;
    const struct stat *there = &locks->content.file;
    struct reading reading = locks_take(
        locks, reader->options->shared.lock_file, file, kind, &reader->wait, voice);

    if (reading.result == READING_DONE)
        reading = judge(reader->options, voice, file, &locks->content);
    /* To be printed it would be read without an end; where it is empty so far there is
       nothing to print, and cat(1) refuses the same. To be taken: what COMMANDs print
       is in it, or comes to be, and would be removed with it. */
    if (reading.result == READING_DONE && place_same_inode(&reader->output, there) &&
        (there->st_size > 0 || kind == CONTENT_LOCK_EXCLUSIVE))
        reading = refusal_say(voice, file, STATUS_IO_ERROR, "write to another file",
            "it is the standard output");
    return reading;
}

void
reader_start(struct reader *reader, const struct lockread_options *options)
{
    *reader = (struct reader){
        .options = options,
        /* With --await a lock is waited for as everything is: see await.h. */
        .wait = {.limit_ns = options->await ? 0 : options->shared.wait_ns,
            .is_awaited = options->await && options->shared.wait_ns != 0},
        .voice = {.is_quiet = options->quiet,
            .skips_locked = options->skip,
            .takes = options->take != NULL},
        .is_first = true,
    };
    if (fstat(STDOUT_FILENO, &reader->output) == -1)
        reader->output = (struct stat){.st_size = 0};
}

struct reading
reader_take(struct reader *reader, const char *file)
{
    struct reading reading = {READING_DONE, STATUS_DONE};
    enum try try = TRY_REPLACED;

    for (unsigned tries = 0; try == TRY_REPLACED && tries < MOST_TRIES; tries++) {
        struct locks locks;

        reading = reader_lock(reader, file, CONTENT_LOCK_SHARED, &locks);
        if (reading.result == READING_DONE)
            try = read_locked(reader, file, &locks.content);
        locks_release(&locks);
        if (reading.result != READING_DONE)
            return reading;
    }
    if (try == TRY_REPLACED || try == TRY_FAILED)
        return refusal_failed(&reader->voice, file, "read");
    /* With no lock held, for this may take as long as it likes. */
    if (try == TRY_NO_OUTPUT || outbox_flush_if_full(&reader->outbox) == -1)
        return refusal_no_output(&reader->voice);
    return reading;
}

enum status
reader_status(struct reading reading, bool skips)
{
    bool is_not_yet = reading.result == READING_LOCKED ||
                      reading.result == READING_DEADLOCK ||
                      reading.result == READING_LOCK_FILE_DEADLOCK ||
                      reading.result == READING_UNFINISHED;

    return skips && is_not_yet ? STATUS_DONE : reading.status;
}

enum status
reader_finish(struct reader *reader)
{
    enum status status = STATUS_DONE;

    /* Nothing is left where a write has failed. */
    if (outbox_flush(&reader->outbox) == -1)
        status = refusal_no_output(&reader->voice).status;
    outbox_release(&reader->outbox);
    return status;
}
