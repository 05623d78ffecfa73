/*
 * The states of a stage, and the functions that lead from one to the next:
 *
 *                    stage_open
 *     EMPTY ------------------------------+---------------.
 *       ^                                 |               |
 *       |                                 v               v
 *       |  stage_discard             UNNAMED ------>   NAMED
 *       |<---------------------------  fd,    moved      fd, .FILE.atomwrite-K,
 *       |                            no name  by         record lock
 *       |                                 |   stage_move_to_named
 *       |                       turn_take |               |
 *       |  stage_discard    or stage_link v               |
 *       |<-------------------------- IS THE TURN, LINKED  |
 *       |                            fd, .FILE.atomwrite, |
 *       |                            .PREFIX.uniqcreate-K |
 *       |                            record lock          |
 *       |                                 |   publish_*   |
 *       |  stage_close                    v               v
 *       '----------------------------------- PUBLISHED ---'
 *                                    fd, no hidden name
 */
#include "config.h"

#include "stage/stage.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/sys.h"
#include "data/pour.h"
#include "stage/owner.h"

/*
 * More stages of one FILE than there can be processes; a directory in which so
 * many names are taken by strangers is an attack or a fault.
 */
enum { MOST_STAGES = 1 << 22 };

/* How many numbers in a row without a stage end the search for dead ones. */
enum { MOST_MISSING = 3 };

/* EMPTY -> NAMED, UNNAMED -> LINKED */
static enum owner_create_result
take_name(struct stage *stage, int dir, const struct hidden_name *name)
{
    enum owner_create_result result;

    result = stage->form == STAGE_UNNAMED
                 ? owner_link(dir, name->text, stage->fd)
                 : owner_create(dir, name->text, &stage->fd, &stage->born);
    if (result == OWNER_CREATED)
        stage->name = *name;
    return result;
}

void
stage_clear_dead(const struct place *place, enum hidden_family family, unsigned number,
    const struct owner_files *own)
{
    unsigned missing = 0;
    int saved = errno;

    while (missing < MOST_MISSING && number < MOST_STAGES && interrupt_look() == 0) {
        struct hidden_name name = hidden_stage(family, place->leaf, ++number);
        pid_t holder;

        if (owner_take_over(place->dir, name.text, NULL, own, &holder) == OWNER_GONE)
            missing++;
        else
            missing = 0;
    }
    errno = saved;
}

/* Beyond NUMBER, which is ours now. */
static void
clear_beyond(const struct stage *stage, const struct place *place, unsigned number,
    const struct stage *sibling)
{
    const struct owner_files own = {
        {&stage->born, sibling == NULL ? NULL : &sibling->born}};

    stage_clear_dead(place, stage->family, number, &own);
}

/* A pause that is hardly ever as long as that of a rival. */
static void
back_off(void)
{
    (void)interrupt_poll(NULL, 0, 50000 + (clock_ns() / 16 + getpid()) % 500000);
}

/*
 * Finds a hidden name for STAGE, the lowest number that is free. All below are asked,
 * one by one, and none is jumped over: the names of the dead among them would be met by
 * nobody while the lowest are in use, and come to be more than there ever were writers
 * at once. What that costs: tests/README.
 */
static int
find_name(struct stage *stage, const struct place *place, const struct stage *sibling)
{
    const struct owner_files own = {{sibling == NULL ? NULL : &sibling->born}};
    unsigned number = 1;
    unsigned vain = 0;

    while (number < MOST_STAGES) {
        struct hidden_name name = hidden_stage(stage->family, place->leaf, number);
        pid_t holder;

        /* Not before the first try, for a batch takes many names. */
        if (number + vain > 1 && interrupt_look() != 0) {
            errno = EINTR;
            return -1;
        }
        if (++vain > OWNER_MOST_VAIN) {
            vain = 0;
            number++;
            continue;
        }
        switch (take_name(stage, place->dir, &name)) {
        case OWNER_CREATED:
            /* A linked stage has its name for a moment only, and so had the dead. */
            if (stage->form == STAGE_NAMED)
                clear_beyond(stage, place, number, sibling);
            return 0;
        case OWNER_NOT_CREATED:
            return -1;
        case OWNER_LOST:
            continue;
        case OWNER_EXISTS:
            break;
        }
        switch (owner_take_over(place->dir, name.text, NULL, &own, &holder)) {
        case OWNER_REMOVED:
            /* A writer died: others may have left theirs behind, too. */
            owner_sweep(place, stage->family, &own);
            break;
        case OWNER_GONE:
            break;
        case OWNER_RIVAL:
            /* The same number again: to go on would use up more numbers than there
               are writers. */
            back_off();
            break;
        case OWNER_FAILED:
            return -1;
        default:
            vain = 0;
            number++;
        }
    }
    errno = EEXIST;
    return -1;
}

static int
open_named(struct stage *stage, const struct place *place, const struct stage *sibling)
{
    stage->form = STAGE_NAMED;
    return find_name(stage, place, sibling);
}

int
stage_open(struct stage *stage, const struct place *place, enum hidden_family family,
    mode_t mode, const struct stage *sibling)
{
    *stage = STAGE_EMPTY;
    stage->family = family;
    stage->fd = sys_open_unnamed(place->dir, mode);
    if (stage->fd != -1) {
        stage->form = STAGE_UNNAMED;
        if (fstat(stage->fd, &stage->born) == 0)
            return 0;
        stage_discard(stage, place);
        return -1;
    }
    if (errno != EOPNOTSUPP)
        return -1;
    return open_named(stage, place, sibling);
}

int
stage_move_to_named(
    struct stage *stage, const struct place *place, const struct stage *sibling)
{
    struct stage named = STAGE_EMPTY;

    named.family = stage->family;
    if (open_named(&named, place, sibling) == -1)
        return -1;
    if (lseek(stage->fd, 0, SEEK_SET) == -1 ||
        pour(stage->fd, named.fd, &POUR_PLAIN) != POUR_DONE) {
        stage_discard(&named, place);
        return -1;
    }
    stage_discard(stage, place);
    *stage = named;
    return 0;
}

int
stage_link(struct stage *stage, const struct place *place)
{
    /* To take the name back it has to be known whose it is. */
    if (stage->born.st_ino == 0 && fstat(stage->fd, &stage->born) == -1)
        return -1;
    /* Step 1 of owner.h: it is locked first, so that it never seems dead. */
    if (owner_lock(stage->fd) == -1)
        return -1;
    return find_name(stage, place, NULL);
}

void
stage_forget_name(struct stage *stage)
{
    stage->name.text[0] = '\0';
}

void
stage_discard(struct stage *stage, const struct place *place)
{
    int saved = errno;

    /* Step 6 of owner.h: the name goes before the lock. */
    if (stage->name.text[0] != '\0')
        owner_remove(place->dir, stage->name.text, stage->fd, &stage->born);
    stage_forget_name(stage);
    (void)stage_close(stage);
    errno = saved;
}

int
stage_close(struct stage *stage)
{
    int fd = stage->fd;

    stage->fd = -1;
    /* EINTR: on Linux the descriptor is closed all the same; close(2). */
    if (fd != -1 && close(fd) == -1 && errno != EINTR)
        return -1;
    return 0;
}
