#include "created.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Whether TEXT is what ACTOR may put into one file. */
static bool
is_of(const struct oracle *oracle, unsigned actor, const char *text)
{
    const struct scene_process *process = oracle->processes[actor].process;
    const char *line = process->input;
    size_t length = strlen(text);

    if (process->operation != SCENE_CREATE_LINES)
        return strcmp(text, line) == 0;
    for (; *line != '\0'; line = strchr(line, '\n') + 1) {
        if ((size_t)(strchr(line, '\n') + 1 - line) == length &&
            memcmp(line, text, length) == 0)
            return true;
    }
    return false;
}

static void
check_new(struct oracle *oracle, const struct oracle_created *created)
{
    const struct oracle_process *maker = &oracle->processes[created->maker];

    if (created->maker >= oracle->process_count)
        return;
    if (maker->process->operation == SCENE_CLAIM) {
        if (created->file.is_finished)
            oracle_violated(
                oracle, "not yet: %s looks finished from the start", created->name);
    } else if (maker->process->operation != SCENE_CREATE &&
               maker->process->operation != SCENE_RETAIN &&
               maker->process->operation != SCENE_CREATE_LINES) {
        oracle_violated(
            oracle, "whole: process %u made %s", created->maker, created->name);
    } else if (!is_of(oracle, created->maker, created->file.text)) {
        oracle_violated(oracle, "whole: %s came into being with \"%s\"", created->name,
            created->file.text);
    }
}

static void
check_known(struct oracle *oracle, struct oracle_created *created, unsigned actor,
    const struct world_file *now)
{
    struct world_file old = created->file;

    created->file = *now;
    if (now->inode != old.inode) {
        oracle_violated(
            oracle, "never over: process %u replaced %s", actor, created->name);
        return;
    }
    if (now->is_finished == old.is_finished && strcmp(now->text, old.text) == 0)
        return;
    if (old.is_finished || actor != created->maker)
        oracle_violated(oracle, "whole: process %u changed %s from \"%s\" to \"%s\"",
            actor, created->name, old.text, now->text);
    if (now->is_finished && created->maker < oracle->process_count &&
        !is_of(oracle, created->maker, now->text))
        oracle_violated(
            oracle, "whole: %s was finished with \"%s\"", created->name, now->text);
}

static struct oracle_created *
find(struct oracle *oracle, const char *name)
{
    for (unsigned i = 0; i < oracle->created_count; i++) {
        if (!oracle->created[i].is_gone && strcmp(oracle->created[i].name, name) == 0)
            return &oracle->created[i];
    }
    return NULL;
}

/* What was taken has been handled by whoever took it, and by nobody before. */
static void
check_taken(struct oracle *oracle, struct oracle_created *created, unsigned actor)
{
    char output[SCENE_TEXT_SIZE];
    ssize_t size = pread(oracle->outputs[actor], output, sizeof(output) - 1, 0);

    output[size < 0 ? 0 : size] = '\0';
    created->was_taken = true;
    if (!created->file.is_finished)
        oracle_violated(oracle, "not yet: process %u took %s, which was not finished",
            actor, created->name);
    if (strcmp(output, created->file.text) != 0)
        oracle_violated(oracle,
            "taken: process %u removed %s with \"%s\", and handled \"%s\"", actor,
            created->name, created->file.text, output);
}

/* How many are there, finished, with a counter of more than AFTER. */
static unsigned
count_newer(const struct oracle *oracle, unsigned long after)
{
    const size_t head = strlen(SCENE_OLD_HEAD);
    unsigned count = 0;

    for (unsigned i = 0; i < oracle->created_count; i++) {
        const struct oracle_created *created = &oracle->created[i];

        if (!created->is_gone && created->file.is_finished &&
            strncmp(created->name, SCENE_OLD_HEAD, head) == 0 &&
            strtoul(created->name + head, NULL, 10) > after)
            count++;
    }
    return count;
}

unsigned
created_left(const struct oracle *oracle)
{
    return count_newer(oracle, 0);
}

/* What was removed as too old is. */
static void
check_retained(struct oracle *oracle, struct oracle_created *created, unsigned actor)
{
    unsigned newer =
        count_newer(oracle, strtoul(strrchr(created->name, '-') + 1, NULL, 10));

    created->was_taken = true;
    if (!created->file.is_finished)
        oracle_violated(oracle,
            "not yet: process %u removed %s, which was not finished", actor,
            created->name);
    if (newer < SCENE_RETAINED)
        oracle_violated(oracle, "retained: process %u removed %s, with %u newer ones",
            actor, created->name, newer);
}

/* Anybody else can lock it if ACTOR has not. */
void
created_about_to_go(struct oracle *oracle, unsigned actor, const char *name)
{
    int fd;

    if (strncmp(name, SCENE_PREFIX, strlen(SCENE_PREFIX)) != 0)
        return;
    fd = openat(oracle->dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1)
        return;
    if (flock(fd, LOCK_SH | LOCK_NB) == 0)
        oracle_violated(
            oracle, "retained: process %u removes %s without its lock", actor, name);
    close(fd);
}

/* What was there and is not any more: only a claim may be taken back, by its maker, who
   failed, and holds its lock still. */
static void
check_gone(struct oracle *oracle, unsigned actor, const struct world_names *names)
{
    for (unsigned i = 0; i < oracle->created_count; i++) {
        struct oracle_created *created = &oracle->created[i];
        bool is_there = created->is_gone;

        for (unsigned j = 0; !is_there && j < names->count; j++)
            is_there = strcmp(names->list[j], created->name) == 0;
        if (is_there)
            continue;
        created->is_gone = true;
        if (oracle->processes[actor].process->operation == SCENE_TAKE)
            check_taken(oracle, created, actor);
        else if (oracle->processes[actor].process->operation == SCENE_RETAIN)
            check_retained(oracle, created, actor);
        else if (created->maker != actor || !oracle->processes[actor].was_failed ||
                 oracle->processes[actor].process->operation != SCENE_CLAIM)
            oracle_violated(
                oracle, "kept: process %u removed %s", actor, created->name);
    }
}

void
created_look(struct oracle *oracle, unsigned actor)
{
    struct world_names names;

    world_list(oracle->dir, &names);
    check_gone(oracle, actor, &names);
    for (unsigned i = 0; i < names.count; i++) {
        struct oracle_created *created = find(oracle, names.list[i]);
        struct world_file now;

        if (strncmp(names.list[i], SCENE_PREFIX, strlen(SCENE_PREFIX)) != 0)
            continue;
        world_look(oracle->dir, names.list[i], &now);
        if (created != NULL) {
            check_known(oracle, created, actor, &now);
        } else if (now.exists && oracle->created_count < ORACLE_MOST_CREATED) {
            created = &oracle->created[oracle->created_count++];
            *created = (struct oracle_created){.maker = actor, .file = now};
            snprintf(created->name, sizeof(created->name), "%s", names.list[i]);
            check_new(oracle, created);
        }
    }
}

unsigned
created_count(const struct oracle *oracle, unsigned actor, const char **name)
{
    unsigned count = 0;

    *name = "";
    for (unsigned i = 0; i < oracle->created_count; i++) {
        const struct oracle_created *created = &oracle->created[i];

        if (created->maker != actor || (created->is_gone && !created->was_taken) ||
            !created->file.is_finished)
            continue;
        *name = created->name;
        count++;
    }
    return count;
}
