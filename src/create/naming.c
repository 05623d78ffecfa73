#include "config.h"

#include "create/naming.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/sys.h"
#include "cli/say.h"
#include "create/finish.h"
#include "create/live_claim.h"
#include "stage/publish.h"

enum status
naming_set_time(struct run *run)
{
    struct timespec now = run->options.time;

    if (!run->options.has_time)
        clock_gettime(CLOCK_REALTIME, &now);
    if (stamp_set_time(&run->stamp, run->place.leaf, run->options.format,
            run->options.is_local, &now) == -1 ||
        stamp_spell(&run->stamp, STAMP_FIRST, run->name) == -1)
        return writer_failed(&run->writer, "make a name");
    if (!hidden_is_one(run->name))
        return STATUS_DONE;
    say(run->options.prefix, "choose another prefix or suffix",
        "%s: its name would be one of those that writers hide behind",
        run->writer.outcome);
    return STATUS_NOT_CREATED;
}

enum status
naming_no_live(const struct run *run)
{
    say(run->options.prefix, "leave out -l",
        "%s: this file system cannot hold a live claim", run->writer.outcome);
    return STATUS_NOT_CREATED;
}

static enum publish_result
give_name(struct run *run)
{
    return run->options.live ? live_claim(&run->stage, &run->place, run->name)
                             : publish_as(&run->place, &run->stage, run->name);
}

/* The stage has no name and can be given none by a link: goes on by a hidden one,
   in a new file that needs all that the first one had. */
static enum status
move_stage(struct run *run)
{
    enum status status;

    if (run->options.live)
        return naming_no_live(run);
    if (stage_move_to_named(&run->stage, &run->place, NULL) == -1)
        return writer_failed(&run->writer, "make a file in its directory");
    status = finish_metadata(run);
    return status == STATUS_DONE ? finish_sync(run) : status;
}

enum status
naming_claim_from(struct run *run, uint64_t *counter)
{
    enum status status;

    for (;;) {
        if (interrupt_signal() != 0)
            return STATUS_INTERRUPTED;
        if (stamp_spell(&run->stamp, *counter, run->name) == -1)
            return writer_failed(&run->writer, "make a name");
        switch (give_name(run)) {
        case PUBLISH_DONE:
            return STATUS_DONE;
        case PUBLISH_FAILED:
            return writer_failed(&run->writer, "give it a name");
        case PUBLISH_NAMELESS:
            status = move_stage(run);
            if (status != STATUS_DONE)
                return status;
            continue;
        case PUBLISH_EXISTS:
            break;
        }
        if (stamp_find_free(&run->stamp, run->place.dir, counter) == -1)
            return writer_failed(&run->writer, "find a free name");
    }
}

enum status
naming_claim(struct run *run)
{
    uint64_t counter = STAMP_FIRST;
    enum status status = naming_set_time(run);

    return status == STATUS_DONE ? naming_claim_from(run, &counter) : status;
}

void
naming_spell_path(struct run *run)
{
    (void)stpcpy(stpcpy(run->path, run->place.prefix), run->name);
}

enum status
naming_unconfirmed(const struct run *run, const char *doing)
{
    say_errno(errno, run->path,
        "created, but it may not survive a power cut: cannot %s", doing);
    return STATUS_UNCONFIRMED;
}

/* Makes the name durable. On btrfs the fsync of a file without a name has kept
   nothing of this one. 0, or -1 with errno. */
int
naming_sync(const struct run *run)
{
    if (run->options.shared.no_sync)
        return 0;
    if (run->stage.rung == STAGE_NAMELESS &&
        sys_is_btrfs(run->stage.fd, run->stage.born.st_dev) &&
        fsync(run->stage.fd) == -1)
        return -1;
    return place_sync(&run->place, run->stage.fd);
}

/* The path and its terminator in one write, so that no reader sees half of it.
   0, or -1 with errno. */
int
naming_print(const struct run *run)
{
    char line[sizeof(run->path) + 1];
    size_t length = strlen(run->path);

    if (run->options.quiet)
        return 0;
    memcpy(line, run->path, length);
    line[length] = run->options.terminator;
    return say_output(line, length + 1);
}

void
naming_note(const struct run *run)
{
    writer_note_done(&run->writer, run->path, "created", run->stage.fd);
}
