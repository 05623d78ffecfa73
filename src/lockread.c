/*
 * lockread - prints files that no writer is at.
 *
 * Each FILE is locked (shared, like any reader), judged, read into memory and let
 * go of before a byte of it is written: see reader.h. With --newest the candidates
 * are sorted by their time first, and the first that can be had is printed.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "cli/say.h"
#include "read/listing.h"
#include "read/lockread_options.h"
#include "read/reader.h"

/* What READING makes of the status: -s passes over what is not there yet. */
static enum status
status_of(const struct reader *reader, struct reading reading)
{
    bool is_not_yet =
        reading.result == READING_LOCKED || reading.result == READING_UNFINISHED;

    return reader->options->skip && is_not_yet ? STATUS_DONE : reading.status;
}

static enum status
print_each(struct reader *reader)
{
    struct reading reading = {READING_DONE, STATUS_DONE};
    enum status worst = STATUS_DONE;

    for (unsigned i = 0;
         i < reader->options->file_count && reading.result != READING_NO_OUTPUT; i++) {
        reading = reader_take(reader, reader->options->files[i]);
        worst = status_worse(worst, status_of(reader, reading));
    }
    return worst;
}

struct candidate {
    const char *file;
    struct timespec mtime; /* the oldest of all where there is no file */
    unsigned position;     /* on the command line */
};

static int
compare_candidates(const void *left, const void *right)
{
    const struct candidate *one = left;
    const struct candidate *other = right;

    if (one->mtime.tv_sec != other->mtime.tv_sec)
        return one->mtime.tv_sec > other->mtime.tv_sec ? -1 : 1;
    if (one->mtime.tv_nsec != other->mtime.tv_nsec)
        return one->mtime.tv_nsec > other->mtime.tv_nsec ? -1 : 1;
    return one->position < other->position ? -1 : 1;
}

static struct candidate *
sort_candidates(const struct lockread_options *options)
{
    struct candidate *candidates = calloc(options->file_count, sizeof(*candidates));

    if (candidates == NULL)
        return NULL;
    for (unsigned i = 0; i < options->file_count; i++) {
        struct stat there;

        candidates[i] = (struct candidate){
            .file = options->files[i], .mtime = {.tv_sec = INT64_MIN}, .position = i};
        if (stat(options->files[i], &there) == 0)
            candidates[i].mtime = there.st_mtim;
    }
    qsort(candidates, options->file_count, sizeof(*candidates), compare_candidates);
    return candidates;
}

/* One round through CANDIDATES, until one is printed. What came of the last one, and
   the worst status of all. */
static struct reading
try_candidates(struct reader *reader, const struct candidate *candidates)
{
    struct reading reading = {READING_REFUSED, STATUS_DONE};
    enum status worst = STATUS_DONE;

    for (unsigned i = 0; i < reader->options->file_count; i++) {
        reading = reader_take(reader, candidates[i].file);
        worst = status_worse(worst, status_of(reader, reading));
        if (reading.result == READING_DONE)
            return reading;
        if (reading.result == READING_NO_OUTPUT)
            break;
    }
    reading.status = worst;
    return reading;
}

/*
 * The first round says nothing, unless -v, for one answer is all that is wanted; if
 * there is none, the second says why.
 */
static enum status
print_newest(struct reader *reader)
{
    struct candidate *candidates = sort_candidates(reader->options);
    struct reading reading;

    if (candidates == NULL) {
        say_errno(errno, "--newest", "cannot sort the files");
        return STATUS_NO_PROCESS;
    }
    reader->is_silent = !reader->options->shared.is_verbose;
    reading = try_candidates(reader, candidates);
    if (reader->is_silent && reading.result != READING_DONE &&
        reading.result != READING_NO_OUTPUT) {
        reader->is_silent = false;
        reading = try_candidates(reader, candidates);
    }
    free(candidates);
    return reading.status;
}

static enum status
print(const struct lockread_options *options)
{
    struct reader reader;
    enum status status;

    reader_start(&reader, options);
    status = options->newest ? print_newest(&reader) : print_each(&reader);
    return status_worse(status, reader_finish(&reader));
}

int
main(int argc, char *argv[])
{
    struct lockread_options options;
    struct descriptors descriptors;
    enum status status;
    bool has_work;

    say_program("lockread");
    status = lockread_parse(&options, argc, argv, &has_work);
    if (!has_work)
        return (int)status;
    if (descriptors_secure(&descriptors) == -1) {
        say_errno(errno, "descriptors 0 to 2", "cannot open them");
        return STATUS_NO_PROCESS;
    }
    if (descriptors.was_closed[STDOUT_FILENO]) {
        if (!options.quiet)
            say("standard output", "open it", "it is closed");
        return STATUS_IO_ERROR;
    }
    return (int)(options.output == LOCKREAD_CONTENT ? print(&options)
                                                    : listing_print(&options));
}
