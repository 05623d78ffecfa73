#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITE "atomwrite f"
#define MAKE  "uniqcreate -f T p-"
/* A COMMAND of the shell alone; a tab, for words end at a space. */
#define TAKE_OPTION "--take=read\tline;echo\t$line"
#define TAKE        "lockread " TAKE_OPTION " p-T-1"
#define LIVE        "uniqcreate -l -f T p-"

#define YEAR   " -f %Y --time=@0 p-"
#define RETAIN "uniqcreate --retain=2" YEAR

const struct scene scenes[] = {
    /* Pairs: every schedule of theirs is tried, up to a number of preemptions. */
    {"plain+plain", SCENE_NUMBER, {WRITE, WRITE}, WRITE},
    {"plain+plain, new", SCENE_MISSING, {WRITE, WRITE}, WRITE},
    {"plain+append", SCENE_NUMBER, {WRITE, "atomwrite -a f"}, WRITE},
    {"append+append", SCENE_NUMBER, {"atomwrite -a f", "atomwrite -a f"}, WRITE},
    {"append+append, new", SCENE_MISSING, {"atomwrite -a f", "atomwrite -a f"}, WRITE},
    {"update+update", SCENE_NUMBER, {"atomwrite -u f add", "atomwrite -u f add"},
        WRITE},
    {"update+append", SCENE_NUMBER, {"atomwrite -u f add", "atomwrite -a f"}, WRITE},
    {"update+plain", SCENE_MISSING, {"atomwrite -u f add", WRITE}, WRITE},
    {"new+new", SCENE_MISSING, {"atomwrite -n f", "atomwrite -n f"}, WRITE},
    {"new+plain", SCENE_MISSING, {"atomwrite -n f", WRITE}, WRITE},
    {"new+append", SCENE_MISSING, {"atomwrite -n f", "atomwrite -a f"}, WRITE},
    {"changed+changed", SCENE_NUMBER, {"atomwrite -c f", "atomwrite -c f"}, WRITE},
    {"changed+append", SCENE_NUMBER, {"atomwrite -c f", "atomwrite -a f"}, WRITE},
    {"keep+keep", SCENE_NUMBER, {"atomwrite -k 2 f", "atomwrite -k 2 f"}, WRITE},
    {"keep+plain", SCENE_NUMBER, {"atomwrite -k 2 f", WRITE}, WRITE},
    {"link+link", SCENE_LINK, {"atomwrite -P f", "atomwrite -P f"}, "atomwrite -P f"},
    {"lock file+flock", SCENE_NUMBER,
        {"atomwrite --lock-file=l -a f", "flock -F l add f"}, WRITE},
    {"plain+lockread", SCENE_NUMBER, {WRITE, "lockread f"}, WRITE},
    {"append+lockread", SCENE_NUMBER, {"atomwrite -a f", "lockread f"}, WRITE},
    {"keep+newest", SCENE_NUMBER, {"atomwrite -k 2 f", "lockread --newest f f.1"},
        WRITE},
    {"create+create", SCENE_MISSING, {MAKE, MAKE}, MAKE},
    {"create+create, taken", SCENE_CLAIMED, {MAKE, MAKE}, MAKE},
    {"create+lines", SCENE_MISSING, {MAKE, "uniqcreate --lines -f T p-"}, MAKE},
    {"live+live", SCENE_MISSING, {LIVE, LIVE}, MAKE},
    {"live+create", SCENE_MISSING, {LIVE, MAKE}, MAKE},
    {"live+lockread", SCENE_MISSING, {LIVE, "lockread p-T-1"}, MAKE},
    {"create+lockread", SCENE_MISSING, {MAKE, "lockread p-T-1"}, MAKE},
    {"after a death: append+append", SCENE_DEAD, {"atomwrite -a f", "atomwrite -a f"},
        WRITE},
    {"after a death: update+new", SCENE_DEAD, {"atomwrite -u f add", "atomwrite -n f"},
        WRITE},
    {"litter: append+append", SCENE_LITTER, {"atomwrite -a f", "atomwrite -a f"},
        WRITE},
    {"after a death: keep+keep", SCENE_DEAD, {"atomwrite -k 2 f", "atomwrite -k 2 f"},
        WRITE},
    {"rm+append", SCENE_NUMBER, {"rm -f .f.atomwrite", "atomwrite -a f"}, WRITE},
    {"take+take", SCENE_CLAIMED, {TAKE, TAKE}, MAKE},
    {"take+create", SCENE_CLAIMED, {TAKE, MAKE}, MAKE},
    {"live+take", SCENE_MISSING, {LIVE, TAKE}, MAKE},
    {"retain+retain", SCENE_OLD, {RETAIN, RETAIN}, MAKE},
    {"retain+lockread", SCENE_OLD, {RETAIN, "lockread " SCENE_OLDEST}, MAKE},
    {"retain+live", SCENE_OLD, {RETAIN, "uniqcreate -l" YEAR}, MAKE},
    /* Triples and more, by chance. */
    {"retain+retain+retain", SCENE_OLD, {RETAIN, RETAIN, RETAIN}, MAKE},
    {"retain+retain+create", SCENE_OLD, {RETAIN, RETAIN, "uniqcreate" YEAR}, MAKE},
    {"retain+retain+live+lockread", SCENE_OLD,
        {RETAIN, RETAIN, "uniqcreate -l" YEAR, "lockread " SCENE_OLDEST}, MAKE},
    {"take+take+create", SCENE_CLAIMED, {TAKE, TAKE, MAKE}, MAKE},
    {"take+take+live+create", SCENE_CLAIMED, {TAKE, TAKE, LIVE, MAKE}, MAKE},
    {"take+live+lockread", SCENE_MISSING, {TAKE, LIVE, "lockread p-T-1"}, MAKE},
    {"rm+append+append", SCENE_NUMBER,
        {"rm -f .f.atomwrite", "atomwrite -a f", "atomwrite -a f"}, WRITE},
    {"rm+update+plain+lockread", SCENE_NUMBER,
        {"rm -f .f.atomwrite", "atomwrite -u f add", WRITE, "lockread f"}, WRITE},
    {"after a death: keep+keep+keep", SCENE_DEAD,
        {"atomwrite -k 2 f", "atomwrite -k 2 f", "atomwrite -k 2 f"}, WRITE},
    {"append+append+append", SCENE_NUMBER,
        {"atomwrite -a f", "atomwrite -a f", "atomwrite -a f"}, WRITE},
    {"append+append+lockread", SCENE_NUMBER,
        {"atomwrite -a f", "atomwrite -a f", "lockread f"}, WRITE},
    {"append+append+plain+lockread", SCENE_NUMBER,
        {"atomwrite -a f", "atomwrite -a f", WRITE, "lockread f"}, WRITE},
    {"update+update+lockread", SCENE_NUMBER,
        {"atomwrite -u f add", "atomwrite -u f add", "lockread f"}, WRITE},
    {"update+append+new", SCENE_MISSING,
        {"atomwrite -u f add", "atomwrite -a f", "atomwrite -n f"}, WRITE},
    {"new+new+append+lockread", SCENE_MISSING,
        {"atomwrite -n f", "atomwrite -n f", "atomwrite -a f", "lockread f"}, WRITE},
    {"changed+append+append", SCENE_NUMBER,
        {"atomwrite -c f", "atomwrite -a f", "atomwrite -a f"}, WRITE},
    {"keep+keep+newest", SCENE_NUMBER,
        {"atomwrite -k 2 f", "atomwrite -k 2 f", "lockread --newest f f.1"}, WRITE},
    {"keep+append+keep+newest", SCENE_NUMBER,
        {"atomwrite -k 2 f", "atomwrite -a f", "atomwrite -k 2 f",
            "lockread --newest f f.1"},
        WRITE},
    {"lock file+flock+lockread", SCENE_NUMBER,
        {"atomwrite --lock-file=l -a f", "flock -F l add f",
            "atomwrite --lock-file=l -u f add", "lockread f"},
        WRITE},
    {"link+link+lockread", SCENE_LINK,
        {"atomwrite -P f", "atomwrite -P f", "lockread f"}, "atomwrite -P f"},
    {"create+lines+live+lockread", SCENE_MISSING,
        {MAKE, "uniqcreate --lines -f T p-", LIVE, "lockread p-T-1"}, MAKE},
    {"live+live+create+lockread", SCENE_MISSING, {LIVE, LIVE, MAKE, "lockread p-T-1"},
        MAKE},
    {"create+create+create", SCENE_MISSING, {MAKE, MAKE, MAKE}, MAKE},
    {"after a death: append+append+append", SCENE_DEAD,
        {"atomwrite -a f", "atomwrite -a f", "atomwrite -a f"}, WRITE},
    {"litter: append+append+append", SCENE_LITTER,
        {"atomwrite -a f", "atomwrite -a f", "atomwrite -a f"}, WRITE},
};

const size_t scene_count = sizeof(scenes) / sizeof(scenes[0]);

unsigned
scene_process_count(const struct scene *scene)
{
    unsigned count = 0;

    while (count < SCENE_MOST_PROCESSES && scene->commands[count] != NULL)
        count++;
    return count;
}

const struct scene *
scene_find(const char *name)
{
    for (size_t i = 0; i < scene_count; i++) {
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    }
    return NULL;
}

/* What the one option that matters makes of the programs. */
static const struct {
    const char *program;
    const char *option;
    enum scene_operation operation;
} meanings[] = {
    {"atomwrite", "-n", SCENE_PUT_NEW},
    {"atomwrite", "-c", SCENE_PUT_DIFFERENT},
    {"atomwrite", "-a", SCENE_APPEND},
    {"atomwrite", "-u", SCENE_ADD},
    {"atomwrite", NULL, SCENE_PUT},
    {"flock", NULL, SCENE_ADD},
    {"rm", NULL, SCENE_CLEAN},
    {"lockread", "--newest", SCENE_READ_NEWEST},
    {"lockread", TAKE_OPTION, SCENE_TAKE},
    {"lockread", NULL, SCENE_READ},
    {"uniqcreate", "-l", SCENE_CLAIM},
    {"uniqcreate", "--lines", SCENE_CREATE_LINES},
    {"uniqcreate", "--retain=2", SCENE_RETAIN},
    {"uniqcreate", NULL, SCENE_CREATE},
};

static bool
has_option(const struct scene_process *process, const char *option)
{
    for (int i = 1; process->arguments[i] != NULL; i++) {
        if (strcmp(process->arguments[i], option) == 0)
            return true;
    }
    return false;
}

void
scene_prepare(struct scene_process *process, const char *command, unsigned index)
{
    static const char *const inputs[] = {"A\n", "B\n", "C\n", "D\n", "Z\n"};
    static const char *const lines[] = {"A\nA'\n", "B\nB'\n", "C\nC'\n", "D\nD'\n"};
    char *word;
    unsigned count = 0;

    snprintf(process->words, sizeof(process->words), "%s", command);
    for (word = strtok(process->words, " "); word != NULL; word = strtok(NULL, " "))
        process->arguments[count++] = word;
    process->arguments[count] = NULL;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (strcmp(process->arguments[0], meanings[i].program) == 0 &&
            (meanings[i].option == NULL || has_option(process, meanings[i].option))) {
            process->operation = meanings[i].operation;
            break;
        }
    }
    process->keeps = has_option(process, "-k");
    process->input =
        process->operation == SCENE_CREATE_LINES ? lines[index % 4] : inputs[index];
    /* Both write the same, so that one of them finds nothing to do. */
    if (process->operation == SCENE_PUT_DIFFERENT)
        process->input = "S\n";
}

bool
scene_apply(enum scene_operation operation, const char *input, const char *old,
    char result[SCENE_TEXT_SIZE])
{
    char *rest;
    long number;

    switch (operation) {
    case SCENE_PUT_NEW:
        if (old != NULL)
            return false;
        break;
    case SCENE_PUT_DIFFERENT:
        if (old != NULL && strcmp(old, input) == 0)
            return false;
        break;
    case SCENE_APPEND:
        snprintf(result, SCENE_TEXT_SIZE, "%s%s", old == NULL ? "" : old, input);
        return true;
    case SCENE_ADD:
        number = old == NULL ? 0 : strtol(old, &rest, 10);
        snprintf(
            result, SCENE_TEXT_SIZE, "%ld%s", number + 1, old == NULL ? "\n" : rest);
        return true;
    case SCENE_PUT:
        break;
    case SCENE_READ:
    case SCENE_READ_NEWEST:
    case SCENE_CREATE:
    case SCENE_CLAIM:
    case SCENE_CREATE_LINES:
    case SCENE_RETAIN:
    case SCENE_TAKE:
    case SCENE_CLEAN:
        return false;
    }
    snprintf(result, SCENE_TEXT_SIZE, "%s", input);
    return true;
}
