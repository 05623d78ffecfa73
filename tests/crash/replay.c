/*
 * replay - builds what a power cut could have left, and looks at each.
 *
 * Usage: replay [-a EVERY] [-c EVERY] [-k KIND] [-l LIMIT] [-o SAVED] [-p LIBRARY]
 *               [-s SEED] DISK DIR GROUND IMAGE LOG FILESYSTEM WORKLOAD PROGRAMS
 *
 * DISK, DIR, FILESYSTEM, WORKLOAD, PROGRAMS as for record, whose record LOG is.
 * GROUND is the file system before it, IMAGE a copy of it, which is changed.
 *
 * -a  on each EVERY-th state the programs are run as well (after.h), and on
 *     each (EVERY / 10)-th that holds something hidden
 * -c  on each EVERY-th state the power goes a second time: the programs are run
 *     as well, and what the recovery, they and the unmount wrote is cut in the
 *     same ways as the record
 * -k  states of this kind alone (plan.c), and with "second" no findings but
 *     those after a second cut
 * -l  about so many states
 * -o  write the image of the first bad state to the file SAVED
 * -p  preload LIBRARY into the programs, which then have named stages
 * -s  the seed for the random states
 *
 * Prints the findings, but not more than a few, and at last one line
 *   states=N images=N bad=N hidden=N claims=N runs=N reads=N sectors=N
 *   reordered=N second=N refused=N
 * states: images with what had been acknowledged by then, each checked once;
 * images: different ones among them; hidden, claims: states with a hidden name
 * or an unfinished claim; runs, reads: programs run on the sample; sectors,
 * reordered, second: states with a torn sector, another order, a second cut;
 * refused: of those with a torn sector the ones that the file system, whose own
 * blocks are larger, refuses to mount. It loses nothing in silence then, and what
 * it says is no promise of these programs, so that this is not bad.
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
#include "replay.h"
#include "workload.h"

enum { FINDINGS_SHOWN = 4 };
enum { DEFAULT_LIMIT = 1000, DEFAULT_EVERY = 50 };
/* States of one second cut, of what some ten thousand blocks can tell. */
enum { SECOND_LIMIT = 24 };

/* Draws of the writes of EPOCH what STATE chose, in its order. */
static void
draw_epoch(struct replay *replay, const struct log *log, const struct epoch *epoch,
    const struct state *state)
{
    const struct log_entry **writes = calloc(state->count + 1, sizeof(const void *));
    size_t count = 0;

    if (writes == NULL)
        err(71, "replay");
    for (size_t i = epoch->first; i < epoch->end; i++)
        if (log->entries[i].kind == LOG_WRITE)
            writes[count++] = &log->entries[i];
    for (size_t i = 0; i < count; i++) {
        size_t at = state->order[i];

        canvas_draw(&replay->canvas, writes[at], state->choices[at]);
    }
    free(writes);
}

static bool
is_reordered(const struct state *state)
{
    for (size_t i = 0; i < state->count; i++)
        if (state->order[i] != i)
            return true;
    return false;
}

static void
draw(struct replay *replay, const struct state *state)
{
    draw_epoch(replay, &replay->log, replay->epoch, state);
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
        printf("  %sepoch %td of %zu, %s %zu of %zu writes, mark %zu: "
               "%s\n",
            replay->is_second ? "second cut, of " : "",
            replay->epoch - replay->plan.epochs, replay->plan.count, state->kind,
            state->index, state->count, replay->marks.now, finding);
    if (replay->saved_path != NULL && !replay->is_second)
        save(replay, state);
}

/*
 * Looks at what has been drawn, unless it is known. True where it is new; then
 * *is_right says whether all that was promised holds.
 */
static bool
examine(struct replay *replay, const struct state *state, bool *is_right)
{
    char finding[FINDING_BYTES] = "";
    uint64_t hash = canvas_hash(&replay->canvas);

    hashes_add(&replay->images, hash);
    /* The same image may be worse later, when more was promised. */
    if (!hashes_add(&replay->states, hash + chance_mix(replay->marks.now + 1)))
        return false;
    replay->sectors += state->tears_sectors;
    replay->reordered += is_reordered(state);
    replay->second += replay->is_second;
    canvas_show(&replay->canvas);
    *is_right = state_look(replay, finding);
    if (*is_right)
        return true;
    if (replay->tears_sectors && replay->is_refused)
        replay->refused++;
    else if (replay->is_second || !replay->is_second_only)
        report(replay, state, finding);
    return true;
}

/* A state after a second cut: the first state, all before the epoch, and some of it. */
struct second {
    struct replay *replay;
    const struct state *first;
    const struct plan *plan;
    const struct epoch *epoch;
};

static bool
visit_second(void *context, const struct state *state)
{
    const struct second *second = context;
    struct replay *replay = second->replay;
    const struct log *log = second->plan->log;
    bool had_torn = replay->tears_sectors, is_right, is_new;

    replay->tears_sectors = had_torn || state->tears_sectors;
    draw(replay, second->first);
    for (size_t i = 0; i < second->epoch->first; i++)
        if (log->entries[i].kind == LOG_WRITE)
            canvas_draw(
                &replay->canvas, &log->entries[i], (struct choice){PART_ALL, 0});
    draw_epoch(replay, log, second->epoch, state);
    is_new = examine(replay, state, &is_right);
    canvas_wipe(&replay->canvas);
    replay->tears_sectors = had_torn;
    return is_new;
}

/*
 * The power goes again. What the disk has got since the first time, for the
 * recovery, the next run and the unmount, is cut as the record itself was.
 */
static void
cut_again(struct replay *replay, const struct state *first)
{
    static struct marks marks;
    struct log log;
    struct plan plan;
    struct second second = {replay, first, &plan, NULL};

    marks = replay->marks;
    log_take(&log, replay->bed.log_fd);
    canvas_wipe(&replay->canvas);
    plan_open(&plan, &log, PLAN_FROM_START, SECOND_LIMIT, replay->states.count);
    replay->is_second = true;
    for (size_t e = 0; e < plan.count; e++) {
        second.epoch = &plan.epochs[e];
        for (size_t i = second.epoch->first; i < second.epoch->end; i++)
            if (log.entries[i].kind == LOG_MARK)
                marks_take(&replay->marks, &log.entries[i]);
        plan_visit_epoch(&plan, second.epoch, visit_second, &second);
    }
    replay->is_second = false;
    plan_close(&plan);
    log_free(&log);
    replay->marks = marks;
}

static bool
visit(void *context, const struct state *state)
{
    struct replay *replay = context;
    bool is_right, is_new;

    replay->tears_sectors = state->tears_sectors;
    draw(replay, state);
    is_new = examine(replay, state, &is_right);
    if (is_new && is_right && state_is_cut_again(replay))
        cut_again(replay, state);
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
run(struct replay *replay, char *const operands[], const char *kind, size_t limit,
    uint64_t seed)
{
    replay->filesystem = bed_filesystem(operands[5]);
    replay->workload = workload_find(operands[6]);
    if (replay->filesystem == NULL || replay->workload == NULL)
        errx(64, "no such file system or workload");
    replay->after.workload = replay->workload;
    replay->after.programs = operands[7];
    marks_clear(&replay->marks);
    read_log(&replay->log, operands[4]);
    plan_open(&replay->plan, &replay->log, PLAN_FROM_READY, limit, seed);
    replay->plan.only = kind;
    bed_open(&replay->bed, operands[1], operands[0], operands[3], FLUSHES_KEPT);
    replay->after.marks_fd = replay->bed.marks_fd;
    canvas_open(&replay->canvas, &replay->bed, operands[2]);
    play(replay);
    canvas_close(&replay->canvas);
    bed_close(&replay->bed);
    plan_close(&replay->plan);
    log_free(&replay->log);
    printf("states=%zu images=%zu bad=%zu hidden=%zu claims=%zu runs=%zu "
           "reads=%zu sectors=%zu reordered=%zu second=%zu refused=%zu\n",
        replay->states.count, replay->images.count, replay->bad, replay->hidden,
        replay->claims, replay->after.runs, replay->after.reads, replay->sectors,
        replay->reordered, replay->second, replay->refused);
    hashes_close(&replay->states);
    hashes_close(&replay->images);
}

int
main(int argc, char **argv)
{
    /* Static: the table of marks is large. */
    static struct replay replay;
    size_t limit = DEFAULT_LIMIT;
    const char *kind = NULL;
    uint64_t seed = 1;
    int option;

    replay.every = DEFAULT_EVERY;
    while ((option = getopt(argc, argv, "a:c:k:l:o:p:s:")) != -1) {
        switch (option) {
        case 'a':
            replay.every = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            replay.cut_again_every = strtoull(optarg, NULL, 10);
            break;
        case 'k':
            replay.is_second_only = strcmp(optarg, "second") == 0;
            kind = replay.is_second_only ? NULL : optarg;
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
    run(&replay, argv + optind, kind, limit, seed);
    return 0;
}
