#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FAILED "bad/"

/* The names that one event may come to be under, and where it begins. */
enum { IN_SPOOL, IN_FAILED, IN_FAILED_AS_SECOND, MOST_PLACES };

struct event {
    const char *name;
    const char *content;
    bool fails; /* its COMMAND does */
};

struct whereabouts {
    bool is_in[MOST_PLACES];
    unsigned count;
    bool is_torn;     /* what is there is not the event */
    bool is_one_file; /* all of its names lead to one inode */
};

/* The events of PATH in their order. Of several only g is one that fails. */
static size_t
list_events(const struct path *path, struct event events[3])
{
    bool are_many = (path->flags & SCENE_SIBLINGS) != 0;

    events[0] = (struct event){"f", path->before, path->status != 0 && !are_many};
    events[1] = (struct event){"g", CONTENT_G, path->status != 0};
    events[2] = (struct event){"h", CONTENT_H, false};
    return are_many ? 3 : 1;
}

static struct whereabouts
find_event(const struct run *run, const struct event *event)
{
    const char *const forms[] = {"%s", FAILED "%s", FAILED "%s-2"};
    struct whereabouts found = {.is_one_file = true};
    ino_t inode = 0;

    for (int i = 0; i < MOST_PLACES; i++) {
        char name[SCENE_NAME_SIZE];
        char text[SCENE_TEXT_SIZE];
        struct stat status;

        snprintf(name, sizeof(name), forms[i], event->name);
        if ((i != IN_SPOOL && scene_had(run->path, name)) ||
            fstatat(run->scene->fd, name, &status, AT_SYMLINK_NOFOLLOW) == -1)
            continue;
        found.is_in[i] = true;
        found.is_one_file =
            found.count++ == 0 || (found.is_one_file && inode == status.st_ino);
        inode = status.st_ino;
        if (scene_read(run->scene, name, text) == -1 ||
            strcmp(text, event->content) != 0)
            found.is_torn = true;
    }
    return found;
}

static bool
is_failed(const struct whereabouts *found)
{
    return found->is_in[IN_FAILED] || found->is_in[IN_FAILED_AS_SECOND];
}

/* Where nothing can be moved without replacing, it is linked and then removed. A death
   in between, a removal that fails, or a link that is there although it failed, leaves
   both names for the next run. */
static bool
may_be_half_moved(const struct verdict *verdict)
{
    const struct fixed_fault *fixed = verdict->run->fallback->fixed;
    bool has_no_rename = false;

    for (; fixed->error != 0; fixed++)
        has_no_rename = has_no_rename || fixed->number == SYS_renameat2;
    return has_no_rename &&
           (verdict->was_killed || verdict_hit(verdict, SYS_unlinkat, -1) ||
               (verdict->run->fault->kind == FAULT_DONE_ERROR &&
                   verdict_hit(verdict, SYS_linkat, -1)));
}

/* It was told that the event is gone, or somebody else's. */
static bool
is_said_to_be_others(const struct verdict *verdict)
{
    return verdict_is_lied_to(verdict) || verdict_hit(verdict, SYS_flock, -1) ||
           verdict_hit(verdict, SYS_unlinkat, -1);
}

/* In one of the two directories, and whole: gone is only what was handled. */
static void
judge_place(
    struct verdict *verdict, const struct event *event, const struct whereabouts *found)
{
    struct judgement *judgement = verdict->judgement;
    int status = verdict->status;

    if (found->is_torn)
        judge_blame(judgement, "%s has changed (status %d)", event->name, status);
    if (found->count == 0 &&
        (event->fails || strstr(verdict->out, event->content) == NULL))
        judge_blame(judgement, "%s is lost (status %d)", event->name, status);
    if (found->count <= 1)
        return;
    judgement->left_some = true;
    if (found->is_one_file && may_be_half_moved(verdict))
        judgement->apart = APART_UNLINK;
    else
        judge_blame(judgement, "%s is in two places (status %d)", event->name, status);
}

/* COMMAND was hit itself, or how it ended could not be known: then it has failed with
   another status, whatever it does otherwise. */
static bool
may_have_ended_else(const struct verdict *verdict)
{
    const struct trace *trace = verdict->run->trace;

    return (trace->is_injected && trace->hit.is_childs) ||
           verdict_hit(verdict, SYS_wait4, -1);
}

/* Its calls said the truth, or what a request that was sent again is answered. */
static bool
could_know(const struct verdict *verdict)
{
    const struct fault *fault = verdict->run->fault;

    return verdict_is_responsible(verdict) ||
           (fault->kind == FAULT_DONE_ERROR &&
               (fault->error == EEXIST || fault->error == ENOENT));
}

static bool
is_said_to_be_left(const struct verdict *verdict, const struct event *event)
{
    char said[SCENE_NAME_SIZE];

    snprintf(said, sizeof(said), "lockread: %s: left as it was", event->name);
    return strstr(verdict->err, said) != NULL;
}

/* The status, and what is said, agree with where the event has been moved to. */
static void
judge_moved(
    struct verdict *verdict, const struct event *event, const struct whereabouts *found)
{
    const struct run *run = verdict->run;
    struct judgement *judgement = verdict->judgement;

    if (!(run->path->flags & SCENE_FAILED) ||
        !(event->fails || may_have_ended_else(verdict)))
        judge_blame(judgement, "%s was moved, but did not fail", event->name);
    if (!could_know(verdict) || run->fault->kind == FAULT_TERM)
        return;
    if (verdict->status != run->path->status &&
        (verdict->status == 0 || !may_have_ended_else(verdict)))
        judge_blame(
            judgement, "status %d, but %s was moved", verdict->status, event->name);
    if (!found->is_in[IN_SPOOL] && is_said_to_be_left(verdict, event))
        judge_blame(judgement, "%s was moved, but is said to be left", event->name);
}

static void
judge_answer(
    struct verdict *verdict, const struct event *event, const struct whereabouts *found)
{
    const struct run *run = verdict->run;
    bool is_disturbed = run->trace->is_injected || run->fallback->name[0] != '\0';

    if (verdict->status == 0 && found->is_in[IN_SPOOL] &&
        !is_said_to_be_others(verdict))
        judge_blame(verdict->judgement, "status 0, but %s was not taken", event->name);
    if (is_failed(found))
        judge_moved(verdict, event, found);
    else if (run->path->flags & SCENE_FAILED && event->fails && !is_disturbed)
        judge_blame(verdict->judgement, "%s was not moved", event->name);
}

static void
judge_strays(struct verdict *verdict, const struct event events[], size_t count)
{
    for (size_t i = 0; i < verdict->names.count; i++) {
        const char *name = verdict->names.name[i];
        bool is_known = scene_had(verdict->run->path, name);

        for (size_t k = 0; k < count; k++) {
            char first[SCENE_NAME_SIZE];
            char second[SCENE_NAME_SIZE];

            snprintf(first, sizeof(first), FAILED "%s", events[k].name);
            snprintf(second, sizeof(second), FAILED "%s-2", events[k].name);
            is_known =
                is_known || strcmp(name, first) == 0 || strcmp(name, second) == 0;
        }
        if (!is_known)
            judge_blame(verdict->judgement, "a stray file: %s", name);
    }
}

/* At least once: what is gone was handled, and what was not is there. */
void
verdict_on_take(struct verdict *verdict)
{
    const struct path *path = verdict->run->path;
    struct event events[3];
    size_t count = list_events(path, events);

    judge_strays(verdict, events, count);
    if (path->flags & SCENE_FAILED_TAKEN)
        verdict_same(verdict, FAILED "f", CONTENT_TAKEN);
    for (size_t i = 0; i < count; i++) {
        struct whereabouts found = find_event(verdict->run, &events[i]);

        judge_place(verdict, &events[i], &found);
        judge_answer(verdict, &events[i], &found);
        if (found.is_in[IN_SPOOL])
            verdict->judgement->left_some = true;
    }
}

void
verdict_on_next_take(struct judgement *judgement, const struct run *run)
{
    struct event events[3];
    size_t count = list_events(run->path, events);

    for (size_t i = 0; i < count; i++) {
        struct whereabouts found = find_event(run, &events[i]);

        if (found.is_torn || found.count > 1 || (events[i].fails && found.count == 0))
            judge_blame(judgement, "after the next run %s is in %u places%s",
                events[i].name, found.count, found.is_torn ? ", and torn" : "");
        if (run->fallback->commits && run->fallback->name[0] == '\0' &&
            found.is_in[IN_SPOOL])
            judge_blame(judgement, "the next run left %s", events[i].name);
    }
}
