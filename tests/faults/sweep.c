#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "judge.h"
#include "process.h"

/* A call that depends on who is quicker, COMMAND or the program, may need it. */
enum {
    MOST_ATTEMPTS = 5,
    MOST_REPORTS = 20,
    MOST_HANGS = 3,
    MOST_ALIKE = 4, /* in the short form: of one kind at either end of a run */
    MOST_WORDS = PATH_MOST_ARGUMENTS + 2
};

struct sweeper {
    const struct sweep_options *options;
    const struct path *path;
    const struct fallback *fallback;
    struct tally *tally;
    struct scene scene;
    struct trace *trace;
    struct trace *next_trace;
    char lockread[512];
    char program[512];
    unsigned hangs; /* each takes its time: after some the sweep is given up */
    const char *argv[MOST_WORDS];
    const char *next_argv[MOST_WORDS];
};

static const char *const files[] = {
    [ATOMWRITE] = "atomwrite",
    [UNIQCREATE] = "uniqcreate",
    [LOCKREAD] = "lockread",
};

/* The command lines: that of the path, and that of a plain run for the same FILE. */
static void
spell(struct sweeper *sweeper)
{
    const struct path *path = sweeper->path;
    size_t next = 0;

    snprintf(sweeper->lockread, sizeof(sweeper->lockread), "%s/lockread",
        sweeper->options->programs);
    if (path->program == WRITES_IN_PLACE)
        snprintf(sweeper->program, sizeof(sweeper->program), "tee");
    else
        snprintf(sweeper->program, sizeof(sweeper->program), "%s/%s",
            sweeper->options->programs, files[path->program]);
    sweeper->argv[0] = sweeper->program;
    for (size_t i = 0; i + 1 < PATH_MOST_ARGUMENTS; i++)
        sweeper->argv[i + 1] = path->arguments[i];
    sweeper->next_argv[next++] = sweeper->program;
    /* Those that were not moved fail again. */
    if (path->flags & SCENE_FAILED) {
        memcpy(sweeper->next_argv, sweeper->argv, sizeof(sweeper->argv));
        return;
    }
    if (path->flags & REPLACES_LINK)
        sweeper->next_argv[next++] = "-P";
    if (path->flags & MAKES_PARENTS)
        sweeper->next_argv[next++] = "-p";
    for (size_t i = 0; path->arguments[i] != NULL; i++) {
        const char *word = path->arguments[i];

        if (strcmp(word, path_file(path)) == 0 || strcmp(word, "link") == 0 ||
            strcmp(word, "u-") == 0 || strcmp(word, "./") == 0 ||
            strcmp(word, "a/b/u-") == 0) {
            sweeper->next_argv[next++] = word;
            break;
        }
    }
    sweeper->next_argv[next] = NULL;
}

static const char *
word_for(const struct fault *fault, char *text, size_t size)
{
    const struct call *call = call_find(fault->number);
    const char *name = call == NULL ? "?" : call->name;

    switch (fault->kind) {
    case FAULT_NONE:
        return "no fault";
    case FAULT_ERROR:
        snprintf(text, size, "%s #%u fails with %s", name, fault->occurrence,
            call_error_name(fault->error));
        break;
    case FAULT_DONE_ERROR:
        snprintf(text, size, "%s #%u is done and answers %s", name, fault->occurrence,
            call_error_name(fault->error));
        break;
    case FAULT_KILL:
        snprintf(text, size, "SIGKILL before %s #%u", name, fault->occurrence);
        break;
    case FAULT_TERM:
        snprintf(text, size, "SIGTERM at %s #%u", name, fault->occurrence);
        break;
    case FAULT_SHORT:
        snprintf(text, size, "at most %d bytes at once", fault->error);
        break;
    case FAULT_EINTR:
        return "EINTR before every call";
    }
    return text;
}

static void
report(struct sweeper *sweeper, const struct fault *fault, const char *what)
{
    const struct path *path = sweeper->path;
    char words[128];
    char line[1024];
    int length;

    if (++sweeper->tally->violations > MOST_REPORTS || path->program == WRITES_IN_PLACE)
        return;
    length =
        snprintf(line, sizeof(line), "# %s, %s%s%s: %s: %s\n", files[path->program],
            path->name, sweeper->fallback->name[0] == '\0' ? "" : ", ",
            sweeper->fallback->name, word_for(fault, words, sizeof(words)), what);
    /* In one piece: several sweeps write at once. */
    if (length > 0)
        (void)!write(STDOUT_FILENO, line, strnlen(line, sizeof(line)));
}

static int
run_once(struct sweeper *sweeper, const struct fault *fault)
{
    if (scene_set(&sweeper->scene, sweeper->path) == -1)
        return -1;
    return trace_run(sweeper->trace, sweeper->argv, sweeper->scene.directory,
        sweeper->scene.fds, fault, sweeper->fallback->fixed);
}

/* What a killed run left, a plain one takes over. */
static void
run_next(struct sweeper *sweeper, struct run *run, struct judgement *judgement)
{
    static const struct fault none = {.kind = FAULT_NONE};

    /* While COMMAND lives, the event is its, and locked. */
    if (sweeper->path->flags & TAKES)
        process_reap();
    if (scene_set_input(&sweeper->scene, CONTENT_NEXT, false) == -1 ||
        trace_run(sweeper->next_trace, sweeper->next_argv, sweeper->scene.directory,
            sweeper->scene.fds, &none,
            sweeper->fallback->commits ? sweeper->fallback->fixed : NULL) == -1) {
        judge_blame(judgement, "the next run cannot be started");
        return;
    }
    judge_next(judgement, run, sweeper->next_trace->status);
}

/* Runs with FAULT and judges. Whether the fault found its call. */
static bool
try_fault(struct sweeper *sweeper, const struct fault *fault)
{
    struct run run = {&sweeper->scene, sweeper->path, sweeper->fallback, fault,
        sweeper->trace, sweeper->lockread};
    struct judgement judgement;
    bool is_injected;

    if (run_once(sweeper, fault) == -1) {
        sweeper->tally->is_broken = true;
        report(sweeper, fault, strerror(errno));
        return true;
    }
    is_injected = sweeper->trace->is_injected;
    sweeper->hangs += sweeper->trace->has_timed_out;
    judge_run(&judgement, &run);
    if (judgement.left_some &&
        (sweeper->path->program != LOCKREAD || sweeper->path->flags & SCENE_FAILED))
        run_next(sweeper, &run, &judgement);
    if (judgement.violations > 0)
        report(sweeper, fault, judgement.first);
    else if (judgement.apart == APART_UNLINK)
        sweeper->tally->unlinks++;
    else if (judgement.apart == APART_PLACEHOLDER)
        sweeper->tally->placeholders++;
    sweeper->tally->injected += is_injected;
    return is_injected;
}

static void
try_call(struct sweeper *sweeper, enum fault_kind kind, const struct trace_call *call,
    int error)
{
    const struct fault fault = {kind, call->number, call->occurrence, error};

    if (sweeper->hangs >= MOST_HANGS)
        return;
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        if (try_fault(sweeper, &fault))
            return;
    }
    sweeper->tally->missed++;
}

/* Where a file system is asked over a network, a request may be carried out and its
   repetition be refused. Such file systems have no O_TMPFILE. */
static void
try_done(struct sweeper *sweeper, const struct trace_call *call)
{
    if (!fallback_is_named(sweeper->fallback) || call->is_childs)
        return;
    switch (call->number) {
    case SYS_linkat:
    case SYS_mkdirat:
        try_call(sweeper, FAULT_DONE_ERROR, call, EEXIST);
        break;
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_unlinkat:
        try_call(sweeper, FAULT_DONE_ERROR, call, ENOENT);
        break;
    default:
        return;
    }
    try_call(sweeper, FAULT_DONE_ERROR, call, EIO);
}

static void
try_all_of(struct sweeper *sweeper, const struct trace_call *call)
{
    const struct call *known =
        call_find(call->is_of_descriptor ? SYS_fstat : call->number);
    unsigned most = sweeper->options->most_errors;

    if (known == NULL) {
        const struct fault fault = {FAULT_ERROR, call->number, call->occurrence, 0};
        char text[64];

        snprintf(
            text, sizeof(text), "system call %ld is not in the table", call->number);
        report(sweeper, &fault, text);
        return;
    }
    if (sweeper->fallback->name[0] == '\0' || most == 0)
        most = ~0U;
    for (unsigned i = 0; i < most && known->errors[i] != 0; i++)
        try_call(sweeper, FAULT_ERROR, call, known->errors[i]);
    try_call(sweeper, FAULT_KILL, call, 0);
    if (!call->is_childs && most == ~0U)
        try_call(sweeper, FAULT_TERM, call, 0);
    try_done(sweeper, call);
}

static void
try_everywhere(struct sweeper *sweeper)
{
    static const int sizes[] = {1, 7, 32};
    struct fault fault = {.kind = FAULT_SHORT};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        fault.error = sizes[i];
        (void)try_fault(sweeper, &fault);
    }
    fault.kind = FAULT_EINTR;
    (void)try_fault(sweeper, &fault);
}

/* The 64 that a child of posix_spawn(3) sets to their defaults one after the other, and
   the two for each line by which fgetpwent(3) notes where it is: nothing outside of it
   changes from one to the next. */
static bool
is_repeated(const struct trace_call *call, const struct trace_call *before)
{
    if (call->number == SYS_lseek && before->number == SYS_lseek &&
        call->first_argument == before->first_argument)
        return true;
    return call->is_childs && before->is_childs && call->number == SYS_rt_sigaction &&
           before->number == SYS_rt_sigaction;
}

/* In the short form: whether CALL is in the middle of a long row of its kind, as to
   walk through /proc makes them. */
static bool
is_one_of_many(const struct sweeper *sweeper, const struct trace_call *call,
    const struct trace_call calls[], size_t count)
{
    unsigned all = 0;

    if (sweeper->options->most_errors == 0 || call->occurrence <= MOST_ALIKE)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (calls[i].number == call->number && calls[i].occurrence > all)
            all = calls[i].occurrence;
    }
    return call->occurrence + MOST_ALIKE <= all;
}

static void
sweep_calls(struct sweeper *sweeper)
{
    static const struct fault none = {.kind = FAULT_NONE};
    size_t count;
    size_t first;
    struct trace_call *calls;

    (void)try_fault(sweeper, &none);
    count = sweeper->trace->call_count;
    /* Before a fallback is met a run is as without it. */
    first = sweeper->options->most_errors == 0 ? 0 : sweeper->trace->first_fixed;
    calls = calloc(count, sizeof(*calls));
    /* One without a call has tried nothing. */
    if (calls == NULL || sweeper->tally->is_broken || count == 0 ||
        count == TRACE_MOST_CALLS) {
        sweeper->tally->is_broken = true;
        free(calls);
        return;
    }
    memcpy(calls, sweeper->trace->calls, count * sizeof(*calls));
    for (size_t i = first; i < count; i++) {
        if ((i == 0 || !is_repeated(&calls[i], &calls[i - 1])) &&
            !is_one_of_many(sweeper, &calls[i], calls, count))
            try_all_of(sweeper, &calls[i]);
    }
    try_everywhere(sweeper);
    free(calls);
}

/* Whether a run on the fallback is another one than without. */
static bool
is_met(struct sweeper *sweeper)
{
    static const struct fault none = {.kind = FAULT_NONE};

    if (sweeper->path->flags & SCENE_DEAD_STAGE &&
        !fallback_is_named(sweeper->fallback))
        return false;
    if (sweeper->fallback->name[0] == '\0')
        return true;
    /* The walk through /proc takes long, and is the same on each. */
    if (sweeper->options->most_errors != 0 && sweeper->path->flags & HELD_BY_ANCESTOR)
        return false;
    if (run_once(sweeper, &none) == -1) {
        sweeper->tally->is_broken = true;
        report(sweeper, &none, strerror(errno));
        return false;
    }
    return sweeper->trace->fixed_hits > 0;
}

void
sweep(struct tally *tally, const struct sweep_options *options, const struct path *path,
    const struct fallback *fallback)
{
    struct sweeper sweeper = {.options = options,
        .path = path,
        .fallback = fallback,
        .tally = tally,
        .trace = calloc(1, sizeof(struct trace)),
        .next_trace = calloc(1, sizeof(struct trace))};

    *tally = (struct tally){.injected = 0};
    spell(&sweeper);
    if (sweeper.trace == NULL || sweeper.next_trace == NULL ||
        scene_open(&sweeper.scene, options->directory) == -1)
        tally->is_broken = true;
    else if (is_met(&sweeper))
        sweep_calls(&sweeper);
    else
        tally->is_same = !tally->is_broken;
    scene_close(&sweeper.scene);
    free(sweeper.trace);
    free(sweeper.next_trace);
}
