#include "oracle.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "created.h"

void
oracle_violated(struct oracle *oracle, const char *format, ...)
{
    va_list arguments;

    if (oracle->violation[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(oracle->violation, sizeof(oracle->violation), format, arguments);
    va_end(arguments);
    for (char *c = oracle->violation; *c != '\0'; c++) {
        if (*c == '\n')
            *c = '|';
    }
}

void
oracle_start(struct oracle *oracle, const struct scene *scene, int dir)
{
    bool creates = strncmp(scene->after, "uniqcreate", 10) == 0;

    oracle->scene = scene;
    oracle->dir = dir;
    oracle->watched = creates ? SCENE_CLAIM_NAME : SCENE_FILE;
    if (scene->start == SCENE_OLD)
        oracle->watched = SCENE_OLDEST;
    oracle->version_count = 1;
    oracle->created_count = 0;
    oracle->injuries = 0;
    oracle->was_cleaned = oracle->is_void = false;
    oracle->violation[0] = '\0';
    memset(oracle->has_kept, 0, sizeof(oracle->has_kept));
    world_look(dir, oracle->watched, &oracle->versions[0]);
    oracle->turn = world_inode(dir, SCENE_TURN);
    for (unsigned i = 0; i < oracle->process_count; i++) {
        struct oracle_process *process = &oracle->processes[i];

        *process = (struct oracle_process){.process = process->process};
    }
    if (creates)
        created_look(oracle, oracle->process_count);
}

static const char *
text_of(const struct world_file *file)
{
    return file->exists ? file->text : "(missing)";
}

/* FILE.1 is what was replaced, and no FILE.i that was there is missing. */
static void
check_kept(struct oracle *oracle, const struct world_file *replaced)
{
    for (unsigned i = 1; i <= 2; i++) {
        const char *name = i == 1 ? SCENE_FILE ".1" : SCENE_FILE ".2";
        struct world_file kept;

        world_look(oracle->dir, name, &kept);
        if (!kept.exists && oracle->has_kept[i])
            oracle_violated(oracle, "whole: %s is missing", name);
        oracle->has_kept[i] = kept.exists;
        if (i == 1 && replaced != NULL && replaced->exists &&
            (!kept.exists || strcmp(kept.text, replaced->text) != 0))
            oracle_violated(oracle, "kept: %s is \"%s\" and not \"%s\", the one before",
                name, text_of(&kept), replaced->text);
    }
}

/* FILE is another than before the last call of ACTOR. */
static void
check_version(struct oracle *oracle, unsigned actor, const struct world_file *old,
    const struct world_file *new)
{
    struct oracle_process *process = &oracle->processes[actor];
    char expected[SCENE_TEXT_SIZE] = "";

    if (!new->exists) {
        oracle_violated(oracle, "whole: FILE is missing");
        return;
    }
    if (old->exists && old->inode == new->inode) {
        oracle_violated(oracle,
            "whole: FILE was changed in place, from \"%s\" to \"%s\"", old->text,
            new->text);
        return;
    }
    if (actor >= oracle->process_count) {
        oracle_violated(oracle, "whole: a COMMAND changed FILE");
        return;
    }
    if (!scene_apply(process->process->operation, process->process->input,
            old->exists ? old->text : NULL, expected))
        oracle_violated(oracle, "never over: process %u may not replace \"%s\"", actor,
            text_of(old));
    else if (strcmp(expected, new->text) != 0)
        oracle_violated(oracle,
            "one at a time: process %u made \"%s\" of \"%s\" and not \"%s\"", actor,
            new->text, text_of(old), expected);
    if (++process->versions > 1)
        oracle_violated(oracle, "one at a time: process %u changed FILE twice", actor);
    if (process->process->keeps)
        check_kept(oracle, old);
}

static void
look_at_file(struct oracle *oracle, unsigned actor)
{
    struct world_file *old = &oracle->versions[oracle->version_count - 1];
    struct world_file *new = &oracle->versions[oracle->version_count];
    bool creates = oracle->watched[0] == SCENE_PREFIX[0];

    world_look(oracle->dir, oracle->watched, new);
    if (new->exists == old->exists &&new->inode == old->inode &&new->is_finished ==
            old->is_finished &&
        strcmp(new->text, old->text) == 0)
        return;
    if (!creates)
        check_version(oracle, actor, old, new);
    if (oracle->version_count < ORACLE_MOST_VERSIONS - 1)
        oracle->version_count++;
}

static bool
is_of_turn(const struct call *call, long number)
{
    return call->number == number && strcmp(call->name[0], SCENE_TURN) == 0;
}

/* Whether CALL publishes or removes the turn's name. */
static bool
ends_turn(const struct call *call)
{
    if (is_of_turn(call, SYS_unlinkat))
        return true;
    return (call->number == SYS_renameat || call->number == SYS_renameat2) &&
           strcmp(call->name[1], SCENE_FILE) == 0;
}

/* The turn is taken away from whoever has it. */
static void
clean(struct oracle *oracle)
{
    oracle->was_cleaned = true;
    for (unsigned i = 0; i < oracle->process_count; i++) {
        struct oracle_process *process = &oracle->processes[i];

        if (process->has_confirmed && !process->has_ended)
            oracle->is_void = true;
        process->has_made_turn = process->is_in_turn = false;
    }
}

static bool
locks_content(const struct oracle_process *process)
{
    return process->process->operation == SCENE_CLAIM ||
           process->process->operation == SCENE_RETAIN ||
           process->process->operation == SCENE_TAKE;
}

static void
start(struct oracle *oracle, unsigned actor)
{
    struct oracle_process *process = &oracle->processes[actor];

    process->has_started = true;
    process->first = oracle->version_count - 1;
    for (unsigned i = 0; i < oracle->process_count; i++) {
        struct oracle_process *other = &oracle->processes[i];

        if (i == actor || !other->has_started || other->has_ended)
            continue;
        process->met_lock = process->met_lock || locks_content(other);
        other->met_lock = other->met_lock || locks_content(process);
    }
}

void
oracle_before(struct oracle *oracle, unsigned actor, const struct call *call)
{
    struct oracle_process *process = &oracle->processes[actor];

    if (actor >= oracle->process_count)
        return;
    if (!process->has_started)
        start(oracle, actor);
    /* A taker that compared before the cleaner came removes what may be another's by
       now: CLEANER_ANYTIME of the model. */
    if (is_of_turn(call, SYS_unlinkat) &&
        (process->process->operation == SCENE_CLEAN ||
            (oracle->was_cleaned && !process->has_made_turn)))
        clean(oracle);
    if (process->process->operation == SCENE_RETAIN && call->number == SYS_unlinkat)
        created_about_to_go(oracle, actor, call->name[0]);
    if (!process->has_made_turn)
        return;
    if (call->kind == CALL_SLEEP ||
        (is_of_turn(call, SYS_openat) && !call_creates(call)))
        process->has_made_turn = process->is_in_turn = false;
    if (process->is_in_turn &&
        (is_of_turn(call, SYS_newfstatat) || is_of_turn(call, SYS_statx)))
        process->has_confirmed = true;
    if (process->has_made_turn && strcmp(call->name[0], SCENE_FILE) == 0)
        process->is_in_turn = true;
    for (unsigned i = 0; process->is_in_turn && i < oracle->process_count; i++) {
        const struct oracle_process *other = &oracle->processes[i];

        if (i != actor && other->is_in_turn && !other->has_ended)
            oracle_violated(
                oracle, "the turn: processes %u and %u have it at once", i, actor);
    }
}

void
oracle_after(struct oracle *oracle, unsigned actor, const struct call *call)
{
    ino_t turn;

    if (!call->changes)
        return;
    if (oracle->watched[0] == SCENE_PREFIX[0]) {
        created_look(oracle, actor);
        look_at_file(oracle, actor);
        return;
    }
    look_at_file(oracle, actor);
    for (unsigned i = 0; i < oracle->process_count; i++) {
        if (oracle->processes[i].process->keeps) {
            check_kept(oracle, NULL);
            break;
        }
    }
    if (actor >= oracle->process_count)
        return;
    turn = world_inode(oracle->dir, SCENE_TURN);
    if (turn != 0 && turn != oracle->turn)
        oracle->processes[actor].has_made_turn = true;
    oracle->turn = turn;
    if (ends_turn(call)) {
        oracle->processes[actor].has_made_turn = false;
        oracle->processes[actor].is_in_turn = false;
        oracle->processes[actor].has_confirmed = false;
    }
}

void
oracle_ended(struct oracle *oracle, unsigned actor)
{
    if (actor >= oracle->process_count)
        return;
    oracle->processes[actor].has_ended = true;
    oracle->processes[actor].last = oracle->version_count - 1;
}
