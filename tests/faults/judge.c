#include "judge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "verdict.h"

static const char *const program_names[] = {
    [ATOMWRITE] = "atomwrite",
    [UNIQCREATE] = "uniqcreate",
    [LOCKREAD] = "lockread",
    [WRITES_IN_PLACE] = "tee",
};

void
judge_blame(struct judgement *judgement, const char *format, ...)
{
    va_list arguments;

    if (judgement->violations++ > 0)
        return;
    va_start(arguments, format);
    vsnprintf(judgement->first, sizeof(judgement->first), format, arguments);
    va_end(arguments);
}

bool
verdict_hit(const struct verdict *verdict, long number, long fd)
{
    const struct trace *trace = verdict->run->trace;

    return trace->is_injected && trace->hit.number == number &&
           (fd == -1 || (trace->hit.first_argument == fd && !trace->hit.is_childs)) &&
           verdict->run->fault->kind >= FAULT_ERROR &&
           verdict->run->fault->kind <= FAULT_TERM;
}

bool
verdict_hit_clean_up(const struct verdict *verdict, const char *name)
{
    /* ESTALE for what is there says that it is no longer ours to remove. */
    return verdict_hit(verdict, SYS_unlinkat, -1) ||
           (verdict->run->fault->kind == FAULT_ERROR &&
               verdict->run->fault->error == ESTALE && verdict_is_lied_to(verdict)) ||
           ((verdict_hit(verdict, SYS_newfstatat, -1) ||
                verdict_hit(verdict, SYS_statx, -1)) &&
               strcmp(verdict->run->trace->hit_name, name) == 0);
}

bool
verdict_is_lied_to(const struct verdict *verdict)
{
    const struct fault *fault = verdict->run->fault;

    if (fault->kind != FAULT_ERROR)
        return false;
    switch (fault->number) {
    /* ESTALE says that it was removed on another machine. */
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_fstat:
        return fault->error == ENOENT || fault->error == ESTALE;
    case SYS_openat:
    case SYS_access:
        return fault->error == ENOENT;
    case SYS_fgetxattr:
        return fault->error == ENODATA || fault->error == EOPNOTSUPP;
    default:
        return false;
    }
}

bool
verdict_may_be_placeholder(const struct verdict *verdict)
{
    const struct fixed_fault *fixed = verdict->run->fallback->fixed;
    bool has_no_link = false;
    bool has_no_rename = false;

    for (; fixed->error != 0; fixed++) {
        has_no_link = has_no_link || fixed->number == SYS_linkat;
        has_no_rename = has_no_rename || fixed->number == SYS_renameat2;
    }
    /* Nobody could have removed it: killed, or the unlink itself was hit. */
    return has_no_link && has_no_rename &&
           (verdict->was_killed || verdict_hit(verdict, SYS_unlinkat, -1));
}

void
verdict_same(struct verdict *verdict, const char *name, const char *content)
{
    char text[SCENE_TEXT_SIZE];

    if (scene_read(verdict->run->scene, name, text) == -1)
        judge_blame(verdict->judgement, "%s is gone", name);
    else if (strcmp(text, content) != 0)
        judge_blame(verdict->judgement, "%s has changed", name);
}

void
verdict_lockread(
    struct verdict *verdict, const char *name, const char *content, int status)
{
    const struct run *run = verdict->run;
    const char *const argv[] = {run->lockread, "--", name, NULL};
    char text[SCENE_TEXT_SIZE];
    int ended;

    if (scene_set_input(run->scene, "", false) == -1) {
        judge_blame(verdict->judgement, "no descriptors for lockread");
        return;
    }
    ended = process_run(argv, run->scene->directory, run->scene->fds);
    scene_output(run->scene, 1, text);
    if (content != NULL)
        status = 0;
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status)
        judge_blame(verdict->judgement, "lockread %s answers %d, not %d", name,
            WIFEXITED(ended) ? WEXITSTATUS(ended) : -1, status);
    else if (strcmp(text, content == NULL ? "" : content) != 0)
        judge_blame(verdict->judgement, "lockread %s prints something else", name);
}

static bool
is_documented(int status)
{
    static const int documented[] = {
        0, 3, 64, 65, 66, 69, 71, 73, 74, 75, 76, 77, 126, 127};

    for (size_t i = 0; i < sizeof(documented) / sizeof(documented[0]); i++) {
        if (status == documented[i])
            return true;
    }
    return status > 128; /* COMMAND's own end */
}

static void
judge_end(struct verdict *verdict)
{
    const struct trace *trace = verdict->run->trace;
    int status = trace->status;

    if (trace->has_timed_out) {
        judge_blame(verdict->judgement, "it hangs");
        return;
    }
    verdict->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (WIFSIGNALED(status)) {
        verdict->was_killed = verdict->run->fault->kind == FAULT_KILL &&
                              WTERMSIG(status) == SIGKILL && !trace->hit.is_childs;
        if (!verdict->was_killed &&
            !(verdict->run->fault->kind == FAULT_TERM && WTERMSIG(status) == SIGTERM))
            judge_blame(verdict->judgement, "it died by signal %d", WTERMSIG(status));
    } else if (!is_documented(verdict->status)) {
        judge_blame(verdict->judgement, "status %d is not documented", verdict->status);
    }
    if (verdict->run->fault->kind == FAULT_NONE &&
        verdict->run->fallback->name[0] == '\0' &&
        verdict->status != verdict->run->path->status)
        judge_blame(verdict->judgement, "status %d without any fault", verdict->status);
    /* What was disturbed everywhere but prevented nowhere ends as if it were not. */
    if ((verdict->run->fault->kind == FAULT_SHORT ||
            verdict->run->fault->kind == FAULT_EINTR) &&
        verdict->run->fallback->name[0] == '\0' &&
        verdict->status != verdict->run->path->status)
        judge_blame(verdict->judgement, "status %d", verdict->status);
}

/* What could not be synced is not done; EINVAL only asks for another way to do it. */
static void
judge_sync(struct verdict *verdict)
{
    const struct run *run = verdict->run;
    bool has_failed =
        run->fallback->fixed[0].number == SYS_fsync && run->trace->fixed_hits > 0;

    if (run->fault->kind == FAULT_ERROR && run->fault->error != EINVAL)
        has_failed = has_failed || verdict_hit(verdict, SYS_fsync, -1) ||
                     verdict_hit(verdict, SYS_syncfs, -1);
    if (has_failed && verdict->status == 0)
        judge_blame(verdict->judgement, "status 0, but a sync has failed");
}

/* Whether a line of TEXT is one that PROGRAM says. */
static bool
has_line_of(const char *text, const char *program)
{
    size_t length = strlen(program);

    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, program, length) == 0 && strncmp(line + length, ": ", 2) == 0)
            return true;
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    return false;
}

/* A signal before the program has said that it wants to handle it. */
static bool
came_too_early(const struct verdict *verdict)
{
    return verdict->run->fault->kind == FAULT_TERM &&
           (verdict->run->path->program == LOCKREAD ||
               !verdict->run->trace->handles_signals);
}

static void
judge_message(struct verdict *verdict)
{
    if (came_too_early(verdict))
        return;
    if (verdict->status == 0 || verdict->was_killed ||
        verdict_hit(verdict, SYS_write, 2) || verdict->run->trace->has_timed_out)
        return;
    if (!has_line_of(verdict->err, program_names[verdict->run->path->program]))
        judge_blame(verdict->judgement, "status %d without a message", verdict->status);
}

static void
judge_hidden(struct verdict *verdict)
{
    const struct path *path = verdict->run->path;
    struct judgement *judgement = verdict->judgement;

    for (size_t i = 0; i < verdict->names.count; i++) {
        const char *name = scene_leaf(verdict->names.name[i]);

        if (name[0] != '.')
            continue;
        judgement->left_some = true;
        if (scene_had(path, name)) {
            if (path->flags & (SCENE_DEAD | SCENE_DEAD_STAGE) &&
                verdict->run->fault->kind == FAULT_NONE && verdict->status == 0 &&
                strstr(name, program_names[path->program]))
                judge_blame(judgement, "%s of a dead writer is still there", name);
            else if (verdict_hit(verdict, SYS_unlinkat, -1) &&
                     strcmp(name, verdict->run->trace->hit_name) == 0)
                judgement->apart = APART_UNLINK;
        } else if (verdict_hit_clean_up(verdict, name) && !verdict->was_killed) {
            judgement->apart = APART_UNLINK;
        } else if (!verdict->was_killed) {
            judge_blame(judgement, "%s is left (status %d)", name, verdict->status);
        }
    }
}

/* Those of --parents may be there once the input was accepted, and are for the next
   run, too. */
static void
judge_directories(struct verdict *verdict)
{
    const struct path *path = verdict->run->path;
    struct judgement *judgement = verdict->judgement;

    for (size_t i = 0; i < verdict->names.count; i++) {
        const char *name = verdict->names.name[i];
        struct stat status;

        if (!verdict->names.is_directory[i] || scene_had(path, name))
            continue;
        judgement->left_some = judgement->left_some || verdict->status != 0;
        if (!(path->flags & MAKES_PARENTS) ||
            (strcmp(name, "a") != 0 && strcmp(name, "a/b") != 0))
            judge_blame(judgement, "a stray directory: %s", name);
        else if (path->after == NULL)
            judge_blame(judgement, "%s is made, but the input was refused", name);
        else if (verdict->input_left > 0 && !(path->flags & MAKES_THEM_FIRST))
            judge_blame(judgement, "%s is made, but %zd bytes of the input are left",
                name, verdict->input_left);
        if (fstatat(verdict->run->scene->fd, name, &status, 0) == -1 ||
            (status.st_mode & 07777) != 0755)
            judge_blame(judgement, "the directory %s has another mode", name);
    }
}

/* Without O_TMPFILE tmpfile(3) has a name in /tmp for a moment, which only a fault
   right then leaves there. Nobody but the bed can remove it. */
static void
remove_temporary(struct verdict *verdict)
{
    const struct trace *trace = verdict->run->trace;

    if (!trace->is_injected || trace->hit.number != SYS_unlink ||
        trace->hit_name[0] != '/' || unlink(trace->hit_name) == -1)
        return;
    if (!verdict->was_killed)
        verdict->judgement->apart = APART_UNLINK;
}

void
judge_run(struct judgement *judgement, const struct run *run)
{
    struct verdict verdict = {.run = run, .judgement = judgement};

    *judgement = (struct judgement){.violations = 0};
    scene_output(run->scene, 1, verdict.out);
    scene_output(run->scene, 2, verdict.err);
    verdict.input_left = scene_input_left(run->scene);
    judge_end(&verdict);
    judge_message(&verdict);
    judge_sync(&verdict);
    if (scene_list(run->scene, &verdict.names) == -1)
        judge_blame(judgement, "the directory cannot be read");
    judge_hidden(&verdict);
    judge_directories(&verdict);
    remove_temporary(&verdict);
    scene_let_go(run->scene);
    switch (run->path->program) {
    case ATOMWRITE:
    case WRITES_IN_PLACE:
        verdict_on_atomwrite(&verdict);
        break;
    case UNIQCREATE:
        verdict_on_uniqcreate(&verdict);
        break;
    case LOCKREAD:
        verdict_on_lockread(&verdict);
        break;
    }
}

void
judge_next(struct judgement *judgement, const struct run *run, int status)
{
    const char *program = program_names[run->path->program];
    struct names names;
    char text[SCENE_TEXT_SIZE];

    bool fails_again =
        run->path->flags & SCENE_FAILED && status == W_EXITCODE(run->path->status, 0);

    if ((!WIFEXITED(status) || WEXITSTATUS(status) != 0) && !fails_again) {
        scene_output(run->scene, 2, text);
        judge_blame(judgement, "the next run ends with status %d: %s",
            WIFEXITED(status) ? WEXITSTATUS(status) : -1, text);
        return;
    }
    if (scene_list(run->scene, &names) == -1)
        judge_blame(judgement, "the directory cannot be read");
    for (size_t i = 0; i < names.count; i++) {
        const char *name = scene_leaf(names.name[i]);

        /* What could not be removed is met again by as many writers as there were. */
        if (name[0] == '.' && strstr(name, program) != NULL &&
            (judgement->apart != APART_UNLINK ||
                strcmp(name, run->trace->hit_name) != 0))
            judge_blame(judgement, "%s is left after the next run", names.name[i]);
    }
    if (run->path->program == LOCKREAD)
        verdict_on_next_take(judgement, run);
    if (run->path->program == ATOMWRITE &&
        (scene_read(run->scene, path_file(run->path), text) == -1 ||
            strcmp(text, CONTENT_NEXT) != 0))
        judge_blame(judgement, "the next run did not replace it");
}
