#include "config.h"

#include "stage/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sys.h"
#include "file/mark.h"
#include "lock/content_lock.h"

/* A resent request of NFS may say that it failed although it was done. */
static bool
was_done(const struct place *place, const struct stage *stage, const char *name)
{
    int saved = errno;
    bool done = place_compare_fresh(place->dir, name, -1, &stage->born) == PLACE_SAME;

    errno = saved;
    return done;
}

/*
 * Claims NAME with an empty file and renames the stage over it: for file systems
 * with neither links nor a rename that spares its target. To lockread it is not
 * finished: locked as long as we live, and marked where modes stick, from its first
 * moment on, should we die. Whoever got the lock first has seen the mark.
 */
static enum publish_result
over_placeholder(const struct place *place, struct stage *stage, const char *name)
{
    int fd = sys_create_new(place->dir, name, MARK_UNFINISHED);
    enum publish_result result = PUBLISH_DONE;
    int saved;

    if (fd == -1)
        return errno == EEXIST ? PUBLISH_EXISTS : PUBLISH_FAILED;
    (void)content_lock_descriptor(fd, CONTENT_LOCK_EXCLUSIVE);
    if (renameat(place->dir, stage->name.text, place->dir, name) == -1) {
        saved = errno;
        (void)unlinkat(place->dir, name, 0);
        errno = saved;
        result = PUBLISH_FAILED;
    }
    io_close(&fd);
    return result;
}

int
publish_announce(const struct place *place, const char *name)
{
    /* It may be another's by now. */
    return io_open(place->dir, name, O_WRONLY | O_NOFOLLOW);
}

/* By link and unlink: between them the stage has both names, and a death there
   leaves the hidden one to the next writer. */
static enum publish_result
by_link(const struct place *place, struct stage *stage, const char *name)
{
    int fd;

    if (sys_link(place->dir, stage->name.text, name) == -1) {
        if (errno == EOPNOTSUPP)
            return over_placeholder(place, stage, name);
        if (errno != EEXIST)
            return PUBLISH_FAILED;
        if (!was_done(place, stage, name))
            return PUBLISH_EXISTS;
    }
    (void)unlinkat(place->dir, stage->name.text, 0);
    /* A link tells watchers nothing; where the mode forbids this, they are not told. */
    fd = publish_announce(place, name);
    io_close(&fd);
    return PUBLISH_DONE;
}

static enum publish_result
never_over(const struct place *place, struct stage *stage, const char *name)
{
    enum publish_result result = PUBLISH_DONE;

    if (sys_rename_never_over(place->dir, stage->name.text, name) == -1) {
        if (errno == EEXIST)
            result = PUBLISH_EXISTS;
        else if (errno == EOPNOTSUPP)
            result = by_link(place, stage, name);
        else if (errno != ENOENT || !was_done(place, stage, name))
            result = PUBLISH_FAILED;
    }
    if (result == PUBLISH_DONE)
        stage_forget_name(stage);
    return result;
}

/* With an unnamed stage the turn's name was the stage's, and is gone with it. */
static void
end_turn(struct turn *turn, const struct place *place, struct stage *stage)
{
    if (turn->fd == -1)
        turn->held = false;
    turn_give_up(turn, place, stage);
}

enum publish_result
publish_replace(struct turn *turn, const struct place *place, struct stage *stage)
{
    enum publish_result result = PUBLISH_DONE;

    if (renameat(place->dir, stage->name.text, place->dir, place->leaf) == -1 &&
        (errno != ENOENT || !was_done(place, stage, place->leaf)))
        result = PUBLISH_FAILED;
    if (result == PUBLISH_DONE) {
        stage_forget_name(stage);
        end_turn(turn, place, stage);
    }
    return result;
}

enum publish_result
publish_never_over(struct turn *turn, const struct place *place, struct stage *stage)
{
    enum publish_result result;

    result = never_over(place, stage, place->leaf);
    if (result == PUBLISH_DONE)
        end_turn(turn, place, stage);
    return result;
}

enum publish_result
publish_unfinished(const struct place *place, struct stage *stage, const char *name)
{
    if (sys_link_descriptor(stage->fd, place->dir, name) == 0)
        return PUBLISH_DONE;
    /* No file system that resends its requests has unnamed files. */
    if (errno == EEXIST)
        return PUBLISH_EXISTS;
    return errno == EOPNOTSUPP ? PUBLISH_CANNOT_LINK : PUBLISH_FAILED;
}

enum publish_result
publish_as(const struct place *place, struct stage *stage, const char *name)
{
    /* No comparison comes between this link and the rename: it would not be closer to
       the rename than the link is. */
    if (stage->form == STAGE_UNNAMED && stage->name.text[0] == '\0' &&
        stage_link(stage, place) == -1)
        return errno == EOPNOTSUPP ? PUBLISH_CANNOT_LINK : PUBLISH_FAILED;
    return never_over(place, stage, name);
}
