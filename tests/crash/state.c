/* state - one state of the disk: the part of replay.h that mounts it and looks. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay.h"

enum { HIDDEN_MORE_OFTEN = 10 };

static bool
is_sampled(struct replay *replay, const struct seen *seen)
{
    size_t hidden_every = replay->every / HIDDEN_MORE_OFTEN;

    if (seen->hidden > 0 && replay->hidden % (hidden_every + 1) == 0)
        return true;
    return replay->states.count % replay->every == 0;
}

bool
state_is_cut_again(const struct replay *replay)
{
    return replay->cut_again_every != 0 && !replay->is_second &&
           replay->states.count % replay->cut_again_every == 0;
}

/*
 * Nameless stages: at most each writer's turn. Named ones: one stage for each
 * writer, or two while it appends, and the turn. And a kept version on its way.
 */
static size_t
most_hidden(const struct replay *replay)
{
    const struct workload *workload = replay->workload;
    size_t most = workload->writers + (workload->rule == RULE_KEPT);

    if (replay->after.preload == NULL)
        return most;
    if (workload->feeding == FEED_LINE)
        most += workload->writers;
    if (workload->feeding == FEED_LINES)
        most += (EVENTS - 1) * workload->writers;
    return most + (workload->files == 0 ? 0 : workload->files);
}

static bool
look(struct replay *replay, int work_fd, char finding[FINDING_BYTES])
{
    struct seen seen;
    bool is_right = check_look(&seen, work_fd, finding) &&
                    check_state(replay->workload, &replay->marks, &seen,
                        most_hidden(replay), finding);

    replay->hidden += seen.hidden > 0;
    replay->claims += seen.claims > 0;
    if (is_right && (state_is_cut_again(replay) || is_sampled(replay, &seen)))
        is_right = after_read(&replay->after, &seen, work_fd, finding) &&
                   after_run(&replay->after, work_fd, finding);
    check_forget(&seen);
    return is_right;
}

bool
state_look(struct replay *replay, char finding[FINDING_BYTES])
{
    bool is_right;
    char *path;
    int work_fd;

    replay->is_refused = !bed_mount(&replay->bed, replay->filesystem);
    if (replay->is_refused) {
        snprintf(finding, FINDING_BYTES, "cannot be mounted: %s", strerror(errno));
        return false;
    }
    if (asprintf(&path, "%s/%s", replay->bed.mountpoint, WORK_DIRECTORY) == -1)
        err(71, "replay");
    work_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(path);
    if (work_fd == -1) {
        snprintf(finding, FINDING_BYTES, "no directory: %s", strerror(errno));
        is_right = false;
    } else {
        is_right = look(replay, work_fd, finding);
        close(work_fd);
    }
    bed_unmount(&replay->bed);
    return is_right;
}
