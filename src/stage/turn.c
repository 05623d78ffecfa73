/*
 * The states of a turn, and the functions that lead from one to the next:
 *
 *                   turn_take
 *     EMPTY --------------------------> WAITING <---.
 *       ^                                |  |   |   | name taken: its owner lives
 *       |          busy, interrupted     |  |   '---' (wait), or is dead (remove)
 *       |<-------------------------------'  |
 *       |                                   | link of the locked stage (unnamed),
 *       |                                   | O_EXCL, lock, compare (named)
 *       |          turn_give_up             v
 *       |<-------------------------------- HELD
 *       |                                   |
 *       |   turn_give_up (named: unlink)    v  publish_* (unnamed: the rename)
 *       '-------------------------------- PUBLISHED
 *
 * Steps are those of owner.h. The model of all this is tests/model/turn.pml.
 */
#include "config.h"

#include "stage/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/io.h"
#include "lock/lineage.h"
#include "lock/queue.h"
#include "stage/owner.h"

/*
 * How often in a row a name that nobody holds and that we may not touch is looked
 * at before it counts as dead: its owner may be between creating and locking it.
 */
enum { FOREIGN_LOOKS = 20, FOREIGN_PAUSE_NS = 1000000 };

/* How many short steps in the queue there are to a try: some 50 ms. */
enum { LOOKS_PER_TRY = 16 };

/* WAITING -> HELD with an unnamed stage: the stage becomes the turn. */
static enum owner_create_result
link_stage(struct turn *turn, const struct place *place, struct stage *stage)
{
    enum owner_create_result result =
        owner_link(place->dir, turn->name.text, stage->fd);

    if (result == OWNER_CREATED) {
        stage->name = turn->name;
        turn->id = stage->born;
        turn->held = true;
    }
    return result;
}

/* WAITING -> HELD with a named stage: a file of its own, owned once compared. */
static enum owner_create_result
create_turn(struct turn *turn, const struct place *place)
{
    enum owner_create_result result;

    result = owner_create(place->dir, turn->name.text, &turn->fd, &turn->id);
    turn->held = result == OWNER_CREATED;
    return result;
}

static enum owner_create_result
attempt(struct turn *turn, const struct place *place, struct stage *stage,
    const struct stage *sibling)
{
    if (stage->form == STAGE_UNNAMED) {
        enum owner_create_result result;

        result = link_stage(turn, place, stage);
        if (result != OWNER_NOT_CREATED || errno != EOPNOTSUPP)
            return result;
        /* Files without a name, but no link for them: go on by name. */
        if (stage_move_to_named(stage, place, sibling) == -1)
            return OWNER_NOT_CREATED;
    }
    return create_turn(turn, place);
}

/* Whether the turn is tried for again, or the attempt has its result. */
enum step { STEP_TRY_AGAIN, STEP_ENDS };

/* What waiting for the turn has come to know. */
struct wait_state {
    struct owner_files own;
    unsigned foreign_looks; /* in a row */
    unsigned vain;          /* tries, in a row */
    bool has_cleared;       /* or need not look for stages of the dead */
    struct queue queue;
    bool is_far;    /* in the queue, at the last step */
    unsigned looks; /* since the last try, from near */
    ino_t seen;     /* the turn at the last look */
    pid_t holder;
    pid_t last_holder; /* at the last wait */
    pid_t held_up;     /* a holder, seen while our lineage had FILE's content lock */
    struct lineage_pace pace;
    enum turn_result result; /* of STEP_ENDS */
};

static enum step
end(struct wait_state *wait_state, enum turn_result result)
{
    wait_state->result = result;
    return STEP_ENDS;
}

/* Whether the turn is an ancestor's that is waiting for us. */
static bool
is_our_ancestors(
    const struct turn *turn, const struct place *place, struct wait_state *wait_state)
{
    pid_t holder = wait_state->holder;
    struct stat file;

    if (fstatat(place->dir, turn->name.text, &file, AT_SYMLINK_NOFOLLOW) == -1 ||
        lineage_of_turn(&file, place->dir, turn->name.text, &holder) !=
            LINEAGE_WAITS_FOR_US)
        return false;
    wait_state->holder = holder;
    return true;
}

/*
 * Whether the owner of the turn waits for FILE's content lock, which is held by us or
 * by an ancestor that is waiting for us: three parties in a circle. While that lock is
 * held exclusively an owner that has got past it cannot be long, so one that is seen
 * twice is waiting for it.
 */
static bool
waits_for_our_lock(const struct place *place, struct wait_state *wait_state)
{
    enum lineage_result result = LINEAGE_OTHERS;
    bool was_seen =
        wait_state->held_up != 0 && wait_state->held_up == wait_state->holder;
    struct stat file;
    pid_t ours;

    if (fstatat(place->dir, place->leaf, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(file.st_mode))
        result = lineage_of_content_lock(&file, place->dir, &ours);
    wait_state->held_up = result == LINEAGE_INHERITED || result == LINEAGE_WAITS_FOR_US
                              ? wait_state->holder
                              : 0;
    return was_seen && wait_state->held_up != 0;
}

/* A run with an unnamed stage meets no name of a dead one's stage, which one on another
   mount may have left. While it has to wait, to look for them costs nothing. */
static void
clear_once(const struct place *place, struct wait_state *wait_state)
{
    if (!wait_state->has_cleared)
        stage_clear_dead(place, HIDDEN_ATOMWRITE, 0, &wait_state->own);
    wait_state->has_cleared = true;
}

/* The inode that the turn's name leads to; 0: to none. */
static ino_t
look_at_turn(const struct turn *turn, const struct place *place)
{
    struct stat file;

    return fstatat(place->dir, turn->name.text, &file, AT_SYMLINK_NOFOLLOW) == -1
               ? 0
               : file.st_ino;
}

/*
 * Whether a try would be in vain, for the turn's name is there. A look costs a tenth of
 * a try, which is due all the same now and then, for it alone tells whether the owner
 * lives: after some short steps, or after a long one in which the owner did not change.
 */
static bool
is_vain(const struct turn *turn, const struct place *place,
    struct wait_state *wait_state, enum queue_position position)
{
    ino_t last = wait_state->seen;

    wait_state->seen = look_at_turn(turn, place);
    if (wait_state->seen == 0)
        return false;
    return position == QUEUE_FAR ? wait_state->seen != last
                                 : ++wait_state->looks < LOOKS_PER_TRY;
}

/* A step in the queue, with its RESULT: true where a try is not worth it after that. */
static bool
step_in_queue(const struct turn *turn, const struct place *place,
    struct wait_state *wait_state, struct wait *wait, enum wait_result *result)
{
    struct queue *queue = &wait_state->queue;
    bool was_far = wait_state->is_far;
    enum queue_position position =
        queue_look(queue, place->dir, turn->name.text, wait_state->holder);
    enum wait_pace pace = position == QUEUE_FAR ? WAIT_FAR : WAIT_NEAR;

    wait_state->is_far = position == QUEUE_FAR;
    /* It has come to be up to us while we slept. */
    if (was_far && position == QUEUE_UP_TO_US)
        return false;
    if (!was_far && position == QUEUE_FAR)
        wait_state->seen = look_at_turn(turn, place);
    *result = wait_step_behind(wait, queue->first == -1 ? WAIT_UNTOLD : pace,
        queue->first, wait_state->holder, place->dir, turn->name.text);
    if (*result != WAIT_AGAIN || queue->first == -1)
        return false;
    /* Of two who wait for one end the one that is nearer is to try. */
    return wait->was_woken ? position == QUEUE_FAR
                           : is_vain(turn, place, wait_state, position);
}

/* Waits, by steps of WAIT, until it is up to us to ask again. Every owner is given
   short steps first: a turn may be short, and whoever has waited long MUST NOT ask less
   often than those who come. */
static enum wait_result
wait_in_queue(const struct turn *turn, const struct place *place,
    struct wait_state *wait_state, struct wait *wait)
{
    enum wait_result result = WAIT_AGAIN;

    if (wait_state->holder != wait_state->last_holder)
        wait->step_ns = 0;
    wait_state->last_holder = wait_state->holder;
    if (wait->limit_ns == 0)
        return wait_step(wait, wait_state->holder, place->dir, turn->name.text);
    wait_state->is_far = false;
    wait_state->looks = 0;
    wait->far_ns = 0;
    while (step_in_queue(turn, place, wait_state, wait, &result))
        ;
    return result;
}

static enum step
wait_for_owner(const struct turn *turn, const struct place *place,
    struct wait_state *wait_state, struct wait *wait)
{
    /* Whom it would never end with stays: nothing is asked in a crowd that goes on. */
    bool is_the_same = wait_state->holder == wait_state->last_holder;

    clear_once(place, wait_state);
    if (is_the_same && lineage_is_due(&wait_state->pace) &&
        (is_our_ancestors(turn, place, wait_state) ||
            waits_for_our_lock(place, wait_state)))
        return end(wait_state, TURN_DEADLOCK);
    switch (wait_in_queue(turn, place, wait_state, wait)) {
    case WAIT_OVER:
        return end(wait_state, TURN_BUSY);
    case WAIT_INTERRUPTED:
        return end(wait_state, TURN_INTERRUPTED);
    case WAIT_AGAIN:
        break;
    }
    return STEP_TRY_AGAIN;
}

/* After a try that nobody living was in the way of. In the end that is waited for like
   a living owner, and -w counts. */
static enum step
try_again(const struct turn *turn, const struct place *place,
    struct wait_state *wait_state, struct wait *wait)
{
    if (++wait_state->vain > OWNER_MOST_VAIN)
        return wait_for_owner(turn, place, wait_state, wait);
    if (interrupt_look() != 0)
        return end(wait_state, TURN_INTERRUPTED);
    return STEP_TRY_AGAIN;
}

/* What to do about a name that is taken. */
static enum step
handle_taken(const struct turn *turn, const struct place *place,
    struct wait_state *wait_state, struct wait *wait)
{
    const struct hidden_name kept = hidden_version(place->leaf);
    unsigned foreign_looks = wait_state->foreign_looks;

    wait_state->foreign_looks = 0;
    switch (owner_take_over(place->dir, turn->name.text, kept.text, &wait_state->own,
        &wait_state->holder)) {
    case OWNER_LIVING:
    case OWNER_RIVAL:
        wait_state->vain = 0;
        return wait_for_owner(turn, place, wait_state, wait);
    case OWNER_REMOVED:
        /* A writer died: others may have left theirs behind, too. */
        owner_sweep(place, HIDDEN_ATOMWRITE, &wait_state->own);
        break;
    case OWNER_FOREIGN:
        wait_state->foreign_looks = foreign_looks + 1;
        if (wait_state->foreign_looks >= FOREIGN_LOOKS)
            return end(wait_state, TURN_FOREIGN);
        /* It is nobody's, so -w does not bound these few looks. */
        (void)interrupt_poll(NULL, 0, FOREIGN_PAUSE_NS);
        break;
    case OWNER_GONE:
    case OWNER_OURS:
        break;
    case OWNER_STRANGE:
        return end(wait_state, TURN_STRANGE);
    case OWNER_FAILED:
        return end(wait_state, TURN_FAILED);
    }
    return try_again(turn, place, wait_state, wait);
}

static enum turn_result
take(struct turn *turn, const struct place *place, struct stage *stage,
    const struct stage *sibling, struct wait_state *wait_state, struct wait *wait)
{
    enum step step = STEP_TRY_AGAIN;

    while (step == STEP_TRY_AGAIN) {
        switch (attempt(turn, place, stage, sibling)) {
        case OWNER_CREATED:
            return TURN_TAKEN;
        case OWNER_NOT_CREATED:
            return TURN_FAILED;
        case OWNER_LOST:
            step = try_again(turn, place, wait_state, wait);
            break;
        case OWNER_EXISTS:
            step = handle_taken(turn, place, wait_state, wait);
            break;
        }
    }
    return wait_state->result;
}

enum turn_result
turn_take(struct turn *turn, const struct place *place, struct stage *stage,
    const struct stage *sibling, struct wait *wait, pid_t *holder)
{
    struct wait_state wait_state = {
        .own = {{&stage->born, sibling == NULL ? NULL : &sibling->born}},
        .has_cleared = stage->form == STAGE_NAMED,
        .queue = QUEUE_EMPTY,
    };
    enum turn_result result;

    *turn = TURN_EMPTY;
    lineage_put_off(&wait_state.pace);
    turn->name = hidden_turn(place->leaf);
    /* Step 1: locked before it has a name. */
    if (stage->form == STAGE_UNNAMED && owner_lock(stage->fd) == -1)
        return TURN_FAILED;
    result = take(turn, place, stage, sibling, &wait_state, wait);
    queue_leave(&wait_state.queue);
    *holder = wait_state.holder;
    return result;
}

bool
turn_confirm(
    const struct turn *turn, const struct place *place, const struct stage *stage)
{
    if (!turn->held)
        return false;
    /* Step 5. */
    if (turn->fd == -1)
        return owner_has(place->dir, turn->name.text, -1, &turn->id);
    /* And the stage: whoever removed its name has made room for another's. */
    return owner_has(place->dir, turn->name.text, turn->fd, &turn->id) &&
           owner_has(place->dir, stage->name.text, stage->fd, &stage->born);
}

void
turn_give_up(struct turn *turn, const struct place *place, struct stage *stage)
{
    int saved = errno;

    if (turn->held)
        owner_remove(place->dir, turn->name.text, turn->fd == -1 ? stage->fd : turn->fd,
            &turn->id);
    if (turn->held && turn->fd == -1)
        stage_forget_name(stage);
    turn->held = false;
    /* Step 6: the name goes before the lock. */
    io_close(&turn->fd);
    errno = saved;
}
