/*
 * replay - builds what a power cut could have left, and looks at each.
 *
 * Usage: replay [-a EVERY] [-l LIMIT] [-o SAVED] [-p LIBRARY] [-s SEED] DISK
 *               DIR GROUND IMAGE LOG FILESYSTEM WORKLOAD PROGRAMS
 *
 * DISK, DIR, FILESYSTEM, WORKLOAD, PROGRAMS as for record, whose record LOG is.
 * GROUND is the file system before it, IMAGE a copy of it, which is changed.
 *
 * -a  on each EVERY-th state the programs are run as well (after.h), and on
 *     each (EVERY / 10)-th that holds something hidden
 * -l  about so many states
 * -o  write the image of the first bad state to the file SAVED
 * -p  preload LIBRARY into the programs, which then have named stages
 * -s  the seed for the random states
 *
 * Prints the findings, but not more than a few, and at last one line
 *   states=N images=N bad=N hidden=N claims=N runs=N reads=N
 * states: images with what had been acknowledged by then, each checked once;
 * images: different ones among them; hidden, claims: states with a hidden name
 * or an unfinished claim; runs, reads: programs run on the sample.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "after.h"
#include "bed.h"
#include "canvas.h"
#include "chance.h"
#include "check.h"
#include "hashes.h"
#include "marks.h"
#include "plan.h"
#include "workload.h"

enum { FINDINGS_SHOWN = 4 };
enum { DEFAULT_LIMIT = 1000, DEFAULT_EVERY = 50, HIDDEN_MORE_OFTEN = 10 };

struct replay {
    const struct workload *workload;
    const struct filesystem *filesystem;
    const struct epoch *epoch;
    const char *saved_path;
    struct bed bed;
    struct canvas canvas;
    struct log log;
    struct plan plan;
    struct marks marks;
    struct hashes states;
    struct hashes images;
    struct after after;
    size_t every;
    size_t bad;
    size_t hidden;
    size_t claims;
};

static bool
is_sampled(struct replay *replay, const struct seen *seen)
{
    size_t hidden_every = replay->every / HIDDEN_MORE_OFTEN;

    if (seen->hidden > 0 && replay->hidden % (hidden_every + 1) == 0)
        return true;
    return replay->states.count % replay->every == 0;
}

/*
 * Nameless stages: at most each writer's turn. Named ones: one stage for each
 * writer, or two while it appends, and the turn. And a kept version on its way.
 */
static size_t
most_hidden(const struct replay *replay)
{
    const struct workload *workload = replay->workload;
    size_t most = workload->writers + (workload->kept > 0);

    if (replay->after.preload == NULL)
        return most;
    if (workload->feeding == FEED_LINE)
        most += workload->writers;
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
    if (is_right && is_sampled(replay, &seen))
        is_right = after_read(&replay->after, &seen, work_fd, finding) &&
                   after_run(&replay->after, work_fd, finding);
    check_forget(&seen);
    return is_right;
}

static bool
mount_and_look(struct replay *replay, char finding[FINDING_BYTES])
{
    bool is_right;
    char *path;
    int work_fd;

    if (!bed_mount(&replay->bed, replay->filesystem)) {
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

static void
draw(struct replay *replay, const struct state *state)
{
    size_t index = 0;

    for (size_t i = replay->epoch->first; i < replay->epoch->end; i++)
        if (replay->log.entries[i].kind == LOG_WRITE)
            canvas_draw(
                &replay->canvas, &replay->log.entries[i], state->choices[index++]);
}

/* The mount has changed the image, so it is drawn again. */
static void
save(struct replay *replay, const struct state *state)
{
    FILE *file = fopen(replay->saved_path, "we");

    if (file == NULL)
        err(73, "%s", replay->saved_path);
    canvas_wipe(&replay->canvas);
    draw(replay, state);
    if (fwrite(replay->bed.image, replay->bed.size_bytes, 1, file) != 1 ||
        fclose(file) != 0)
        err(74, "%s", replay->saved_path);
    replay->saved_path = NULL;
}

static void
report(struct replay *replay, const struct state *state, const char *finding)
{
    replay->bad++;
    if (replay->bad <= FINDINGS_SHOWN)
        printf("  epoch %td of %zu, %s %zu of %zu writes, mark %zu: "
               "%s\n",
            replay->epoch - replay->plan.epochs, replay->plan.count, state->kind,
            state->index, state->count, replay->marks.now, finding);
    if (replay->saved_path != NULL)
        save(replay, state);
}

static bool
visit(void *context, const struct state *state)
{
    struct replay *replay = context;
    char finding[FINDING_BYTES] = "";
    bool is_new;
    uint64_t hash;

    draw(replay, state);
    hash = canvas_hash(&replay->canvas);
    hashes_add(&replay->images, hash);
    /* The same image may be worse later, when more was promised. */
    is_new = hashes_add(&replay->states, hash + chance_mix(replay->marks.now + 1));
    if (is_new) {
        canvas_show(&replay->canvas);
        if (!mount_and_look(replay, finding))
            report(replay, state, finding);
    }
    canvas_wipe(&replay->canvas);
    return is_new;
}

static void
play(struct replay *replay)
{
    const struct log *log = &replay->log;

    for (size_t e = 0; e < replay->plan.count; e++) {
        replay->epoch = &replay->plan.epochs[e];
        for (size_t i = replay->epoch->first; i < replay->epoch->end; i++)
            if (log->entries[i].kind == LOG_MARK)
                marks_take(&replay->marks, &log->entries[i]);
        if (replay->epoch->counts)
            plan_visit_epoch(&replay->plan, replay->epoch, visit, replay);
        for (size_t i = replay->epoch->first; i < replay->epoch->end; i++)
            if (log->entries[i].kind == LOG_WRITE)
                canvas_raise(&replay->canvas, &log->entries[i]);
    }
}

static void
read_log(struct log *log, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        err(66, "%s", path);
    log_take(log, fd);
    close(fd);
}

static void
run(struct replay *replay, char *const operands[], size_t limit, uint64_t seed)
{
    replay->filesystem = bed_filesystem(operands[5]);
    replay->workload = workload_find(operands[6]);
    if (replay->filesystem == NULL || replay->workload == NULL)
        errx(64, "no such file system or workload");
    replay->after.workload = replay->workload;
    replay->after.programs = operands[7];
    marks_clear(&replay->marks);
    read_log(&replay->log, operands[4]);
    plan_open(&replay->plan, &replay->log, limit, seed);
    bed_open(&replay->bed, operands[1], operands[0], operands[3], FLUSHES_KEPT);
    canvas_open(&replay->canvas, &replay->bed, operands[2]);
    play(replay);
    canvas_close(&replay->canvas);
    bed_close(&replay->bed);
    plan_close(&replay->plan);
    log_free(&replay->log);
    printf("states=%zu images=%zu bad=%zu hidden=%zu claims=%zu runs=%zu "
           "reads=%zu\n",
        replay->states.count, replay->images.count, replay->bad, replay->hidden,
        replay->claims, replay->after.runs, replay->after.reads);
    hashes_close(&replay->states);
    hashes_close(&replay->images);
}

int
main(int argc, char **argv)
{
    /* Static: the table of marks is large. */
    static struct replay replay;
    size_t limit = DEFAULT_LIMIT;
    uint64_t seed = 1;
    int option;

    replay.every = DEFAULT_EVERY;
    while ((option = getopt(argc, argv, "a:l:o:p:s:")) != -1) {
        switch (option) {
        case 'a':
            replay.every = strtoull(optarg, NULL, 10);
            break;
        case 'l':
            limit = strtoull(optarg, NULL, 10);
            break;
        case 'o':
            replay.saved_path = optarg;
            break;
        case 'p':
            replay.after.preload = optarg;
            break;
        case 's':
            seed = strtoull(optarg, NULL, 10);
            break;
        default:
            return 64;
        }
    }
    if (argc - optind != 8 || replay.every == 0)
        errx(64, "eight operands, please; see replay.c");
    run(&replay, argv + optind, limit, seed);
    return 0;
}
