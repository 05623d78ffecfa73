/*
 * judge - the part of the oracle that speaks when all processes have ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "created.h"
#include "oracle.h"

enum {
    STATUS_REFUSED = 65,
    STATUS_NO_INPUT = 66,
    STATUS_NOT_CREATED = 73,
    STATUS_LOCKED = 75,
    STATUS_UNCONFIRMED = 76,
};

/* How many missing numbers end the search for stages of dead writers: MOST_MISSING of
   stage.c. */
enum { LOOKED_AT = 3 };

/* Which of the versions that were there while PROCESS ran. */
enum wanted { MISSING, PRESENT, UNFINISHED, WITH_TEXT };

static bool
has_seen(const struct oracle *oracle, const struct oracle_process *process,
    enum wanted wanted, const char *text, unsigned before)
{
    unsigned first = process->first < before ? 0 : process->first - before;

    for (unsigned i = first; i <= process->last; i++) {
        const struct world_file *version = &oracle->versions[i];

        if ((wanted == MISSING && !version->exists) ||
            (wanted == PRESENT && version->exists) ||
            (wanted == UNFINISHED && version->exists && !version->is_finished) ||
            (wanted == WITH_TEXT && version->exists && version->is_finished &&
                strcmp(version->text, text) == 0))
            return true;
    }
    return false;
}

static void
judge_writer(struct oracle *oracle, unsigned actor, int status)
{
    const struct oracle_process *process = &oracle->processes[actor];

    if (status == 0) {
        if (process->versions == 0 &&
            (process->process->operation != SCENE_PUT_DIFFERENT ||
                !has_seen(oracle, process, WITH_TEXT, process->process->input, 0)))
            oracle_violated(
                oracle, "kept: process %u said 0, and made no version", actor);
        return;
    }
    if (process->versions > 0 && status != STATUS_UNCONFIRMED)
        oracle_violated(
            oracle, "kept: process %u said %d, and made a version", actor, status);
    if (process->was_failed || (oracle->was_cleaned && status == STATUS_LOCKED))
        return;
    if (process->process->operation != SCENE_PUT_NEW || status != STATUS_NOT_CREATED ||
        !has_seen(oracle, process, PRESENT, NULL, 0))
        oracle_violated(oracle, "an answer: process %u said %d", actor, status);
}

static void
judge_creator(struct oracle *oracle, unsigned actor, int status)
{
    const struct oracle_process *process = &oracle->processes[actor];
    enum scene_operation operation = process->process->operation;
    char expected[WORLD_NAME_SIZE + 1];
    const char *name;
    unsigned count = created_count(oracle, actor, &name);
    unsigned wanted = operation == SCENE_CREATE_LINES ? 2 : 1;

    if (status == 0) {
        snprintf(expected, sizeof(expected), "%s\n", name);
        if (count != wanted)
            oracle_violated(
                oracle, "kept: process %u said 0, and made %u files", actor, count);
        else if (wanted == 1 && strcmp(process->output, expected) != 0)
            oracle_violated(oracle, "kept: process %u made %s, and printed \"%s\"",
                actor, name, process->output);
        return;
    }
    if (operation == SCENE_CLAIM && oracle->is_named && status == STATUS_NOT_CREATED)
        return;
    if (!process->was_failed)
        oracle_violated(oracle, "an answer: process %u said %d", actor, status);
    if (operation != SCENE_CREATE_LINES && count > 0 && status != STATUS_UNCONFIRMED)
        oracle_violated(
            oracle, "kept: process %u said %d, and made %s", actor, status, name);
}

static void
judge_reader(struct oracle *oracle, unsigned actor, int status)
{
    const struct oracle_process *process = &oracle->processes[actor];
    bool has_answered = status == 0;

    unsigned before = 0;

    /* FILE.1 may be older than what was there when it started; and older than the one
       before that, if FILE could not be read and it was not -k that replaced it. */
    if (process->process->operation == SCENE_READ_NEWEST)
        before = process->was_failed ? ORACLE_MOST_VERSIONS : 1;
    if (status == 0 && !has_seen(oracle, process, WITH_TEXT, process->output, before))
        oracle_violated(oracle,
            "not yet: process %u printed \"%s\", which was no finished version then",
            actor, process->output);
    if (status != 0 && process->output[0] != '\0')
        oracle_violated(
            oracle, "not yet: process %u said %d, and printed", actor, status);
    if (status == STATUS_NO_INPUT)
        has_answered = has_seen(oracle, process, MISSING, NULL, 0);
    if (status == STATUS_LOCKED)
        has_answered =
            process->met_lock || has_seen(oracle, process, UNFINISHED, NULL, 0);
    if (status == STATUS_REFUSED)
        has_answered =
            oracle->injuries > 0 && has_seen(oracle, process, UNFINISHED, NULL, 0);
    if (!has_answered && !process->was_failed)
        oracle_violated(oracle, "an answer: process %u said %d", actor, status);
}

static void
judge_taker(struct oracle *oracle, unsigned actor, int status)
{
    const struct oracle_process *process = &oracle->processes[actor];

    if (process->was_failed)
        return;
    /* 0 also where others have what was to be handled. */
    if (status != 0 && (process->output[0] != '\0' ||
                           (status != STATUS_NO_INPUT && status != STATUS_LOCKED &&
                               (status != STATUS_REFUSED || oracle->injuries == 0))))
        oracle_violated(oracle, "an answer: process %u said %d, and handled \"%s\"",
            actor, status, process->output);
    for (unsigned i = 0; oracle->injuries == 0 && i < actor; i++) {
        const struct oracle_process *other = &oracle->processes[i];

        if (other->process->operation == SCENE_TAKE && other->output[0] != '\0' &&
            strcmp(other->output, process->output) == 0)
            oracle_violated(oracle, "taken: processes %u and %u both handled \"%s\"", i,
                actor, process->output);
    }
}

/* Where something is in use, or old by its name and new, more are left for a while. */
static void
judge_retained(struct oracle *oracle)
{
    unsigned left = created_left(oracle);

    if (oracle->scene->start != SCENE_OLD || oracle->injuries > 0)
        return;
    for (unsigned i = 0; i < oracle->process_count; i++) {
        if (oracle->processes[i].process->operation != SCENE_RETAIN)
            return;
    }
    if (left != SCENE_RETAINED)
        oracle_violated(oracle, "retained: %u files are left", left);
}

void
oracle_judge(struct oracle *oracle)
{
    for (unsigned i = 0; i < oracle->process_count; i++) {
        const struct oracle_process *process = &oracle->processes[i];
        int status = WEXITSTATUS(process->status);

        if (process->was_killed || !process->has_ended)
            continue;
        if (!WIFEXITED(process->status)) {
            oracle_violated(oracle, "an answer: process %u died of signal %d", i,
                WTERMSIG(process->status));
            return;
        }
        switch (process->process->operation) {
        case SCENE_PUT:
        case SCENE_PUT_NEW:
        case SCENE_PUT_DIFFERENT:
        case SCENE_APPEND:
        case SCENE_ADD:
            judge_writer(oracle, i, status);
            break;
        case SCENE_TAKE:
            judge_taker(oracle, i, status);
            break;
        case SCENE_CLEAN:
            break;
        case SCENE_READ:
        case SCENE_READ_NEWEST:
            judge_reader(oracle, i, status);
            break;
        case SCENE_CREATE:
        case SCENE_CLAIM:
        case SCENE_CREATE_LINES:
        case SCENE_RETAIN:
            judge_creator(oracle, i, status);
            break;
        }
    }
    judge_retained(oracle);
}

/* The number of a stage's name, or 0. */
static unsigned
stage_number(const char *name)
{
    const char *digits = name[0] == '.' ? strrchr(name, '-') : NULL;

    return digits == NULL ? 0 : (unsigned)strtoul(digits + 1, NULL, 10);
}

/* A run looks for stages of dead writers a few numbers beyond its own: one that is
   farther is left to the next time that as many run at once. */
static bool
is_far_beyond(const struct world_names *names, unsigned number)
{
    if (number <= LOOKED_AT + 1)
        return false;
    for (unsigned i = 0; i < names->count; i++) {
        unsigned other = stage_number(names->list[i]);

        if (other != 0 && other < number && other + LOOKED_AT >= number &&
            !is_far_beyond(names, other))
            return false;
    }
    return true;
}

/* Whether NAME is a stage that one more run need not have found. One that needs no
   stage with a name does not look for any. */
static bool
is_left(const struct oracle *oracle, const struct world_names *names, const char *name)
{
    unsigned number = stage_number(name);

    return number != 0 && (oracle->is_mixed || is_far_beyond(names, number));
}

void
oracle_judge_litter(struct oracle *oracle)
{
    struct world_names names;

    world_list(oracle->dir, &names);
    for (unsigned i = 0; i < names.count; i++) {
        const char *name = names.list[i];

        if (name[0] == '.' && !(oracle->injuries > 0 && is_left(oracle, &names, name)))
            oracle_violated(oracle, "no litter: %s is left", name);
    }
}
