#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors.h"

/* Nobody has to wait as long as that, in the time of the scene. */
#define LONGEST_NS 60000000000LL

const char *const engine_form_words[] = {"unnamed", "named", "mixed"};

bool
engine_is_named(const struct engine *engine, unsigned number)
{
    return engine->form == ENGINE_NAMED ||
           (engine->form == ENGINE_MIXED && number % 2 == 1);
}

static int
memory_file(const char *text)
{
    int fd = memfd_create("schedules", MFD_CLOEXEC);

    if (fd != -1 && write(fd, text, strlen(text)) == -1)
        return -1;
    return fd;
}

static int
open_process(struct engine *engine, unsigned index, const char *command,
    const char *programs, int errors)
{
    struct scene_process *process = &engine->processes[index];
    char path[512];
    char search[512];
    const char *const environment[] = {search, "LC_ALL=C", "LD_BIND_NOW=1", NULL};
    int fds[3];

    scene_prepare(process, command,
        index == engine->process_count ? SCENE_MOST_PROCESSES : index);
    snprintf(path, sizeof(path), "%s/%s", programs, process->arguments[0]);
    snprintf(search, sizeof(search), "PATH=%s", programs);
    engine->inputs[index] = fds[0] = memory_file(process->input);
    engine->outputs[index] = fds[1] = memory_file("");
    fds[2] = errors;
    if (fds[0] == -1 || fds[1] == -1)
        return -1;
    return template_start(&engine->templates[index], path, process->arguments,
        environment, engine->dir, fds);
}

int
engine_open(struct engine *engine, const struct scene *scene, enum engine_form form,
    const char *programs, int dir)
{
    int errors = memory_file("");
    int result = errors == -1 ? -1 : 0;

    memset(engine, 0, sizeof(*engine));
    engine->scene = scene;
    engine->form = form;
    engine->dir = dir;
    engine->process_count = scene_process_count(scene);
    engine->oracle.process_count = engine->process_count;
    engine->oracle.outputs = engine->outputs;
    engine->oracle.is_named = form != ENGINE_UNNAMED;
    engine->oracle.is_mixed = form == ENGINE_MIXED;
    for (unsigned i = 0; i <= SCENE_MOST_PROCESSES; i++)
        engine->inputs[i] = engine->outputs[i] = -1;
    for (unsigned i = 0; result == 0 && i <= engine->process_count; i++) {
        result = open_process(engine, i,
            i < engine->process_count ? scene->commands[i] : scene->after, programs,
            errors);
        engine->oracle.processes[i].process = &engine->processes[i];
    }
    if (errors != -1)
        close(errors);
    return result;
}

void
engine_close(struct engine *engine)
{
    for (unsigned i = 0; i <= engine->process_count; i++) {
        template_end(&engine->templates[i]);
        if (engine->inputs[i] != -1)
            close(engine->inputs[i]);
        if (engine->outputs[i] != -1)
            close(engine->outputs[i]);
    }
}

static bool
start_process(struct engine *engine, unsigned index)
{
    pid_t pid;

    if (lseek(engine->inputs[index], 0, SEEK_SET) == -1 ||
        lseek(engine->outputs[index], 0, SEEK_SET) == -1 ||
        ftruncate(engine->outputs[index], 0) == -1)
        return false;
    pid = template_copy(&engine->templates[index]);
    if (pid == -1) {
        oracle_violated(&engine->oracle, "the bed: cannot copy a process");
        return false;
    }
    actors_go(engine, actors_add(engine, pid, -1));
    return true;
}

static void
find_choice(const struct engine *engine, int current, struct engine_choice *choice)
{
    unsigned count = engine->actor_count;
    int64_t earliest = INT64_MAX;

    *choice = (struct engine_choice){.step = engine->step_count, .current = current};
    choice->chosen = ENGINE_MOST_ACTORS;
    for (unsigned i = 0; i < count; i++) {
        const struct actor *actor = &engine->actors[i];

        if (actor->state != ACTOR_ENDED)
            choice->alive |= 1U << i;
        if (!actor->has_only_looked || engine->step_count == 0)
            choice->had_effect |= 1U << i;
        if (actors_can_run(engine, actor))
            choice->can_run |= 1U << i;
        else if (actors_could_wake(actor))
            choice->could_wake |= 1U << i;
    }
    choice->is_free = current == -1 || (choice->can_run & 1U << current) == 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned each = ((unsigned)(current < 0 ? 0 : current) + i) % count;

        if ((choice->can_run & 1U << each) != 0) {
            choice->chosen = each;
            break;
        }
        if ((choice->could_wake & 1U << each) != 0 &&
            engine->actors[each].wakes_ns < earliest) {
            choice->chosen = each;
            earliest = engine->actors[each].wakes_ns;
        }
    }
    /* Whoever can run goes first, however soon another would wake. */
    for (unsigned i = 0; choice->can_run != 0 && i < count; i++) {
        unsigned each = ((unsigned)(current < 0 ? 0 : current) + i) % count;

        if ((choice->can_run & 1U << each) != 0) {
            choice->chosen = each;
            break;
        }
    }
    if (choice->chosen < count)
        choice->only_fails = engine->actors[choice->chosen].call.kind == CALL_SYNC;
}

static void
tell(const struct engine *engine, const struct tape_entry *entry,
    const struct call *call, bool is_departure, long result)
{
    const struct world_file *file =
        &engine->oracle.versions[engine->oracle.version_count - 1];
    const char *command = entry->actor < engine->process_count
                              ? engine->processes[entry->actor].arguments[0]
                              : "COMMAND";
    char text[160];
    char answer[48];

    call_spell(call, text, sizeof(text));
    if (entry->action == TAPE_KILL)
        snprintf(answer, sizeof(answer), "KILLED before");
    else if (entry->action == TAPE_FAIL)
        snprintf(answer, sizeof(answer), "FAILED: %s", strerrorname_np(entry->error));
    else if (result < 0 && result > -4096)
        snprintf(answer, sizeof(answer), "%s",
            strerrorname_np((int)-result) == NULL ? "interrupted"
                                                  : strerrorname_np((int)-result));
    else
        snprintf(answer, sizeof(answer), "%ld", result);
    fprintf(engine->table, "%5u %9.3f %c %*s%u %-10s %-52s %-16s", engine->step_count,
        (double)engine->now_ns / 1e6, is_departure ? '*' : ' ', (int)entry->actor * 2,
        "", entry->actor, command, text, answer);
    for (const char *c = file->exists ? file->text : "(missing)"; *c != '\0'; c++)
        fputc(*c == '\n' ? '|' : *c, engine->table);
    fputc('\n', engine->table);
}

static void
note(struct engine *engine, const struct engine_choice *choice,
    const struct tape_entry *entry, const struct call *call)
{
    const uint64_t prime = 1099511628211ULL;

    engine->hash =
        (engine->hash ^ (entry->actor * 4 + (unsigned)entry->action)) * prime;
    engine->hash = (engine->hash ^ (uint64_t)call->number) * prime;
    engine->hash = (engine->hash ^ (uint64_t)(unsigned)entry->error) * prime;
    if (entry->action == TAPE_RUN && entry->actor == choice->chosen)
        return;
    tape_add(&engine->tape, entry);
    if (entry->action == TAPE_RUN && !choice->is_free)
        engine->preemptions++;
}

/* ENTRY happens; the call may wake others, or let them have their lock. */
static void
perform(struct engine *engine, const struct engine_choice *choice,
    const struct tape_entry *entry)
{
    struct actor *actor = &engine->actors[entry->actor];
    struct oracle *oracle = &engine->oracle;
    struct call call = actor->call;
    long result = 0;
    bool is_process = entry->actor < engine->process_count;
    struct oracle_process *victim =
        &oracle->processes[is_process ? entry->actor : (unsigned)actor->parent];

    note(engine, choice, entry, &call);
    if (actor->wakes_ns > engine->now_ns && !actors_can_run(engine, actor))
        engine->now_ns = actor->wakes_ns;
    switch (entry->action) {
    case TAPE_RUN:
        oracle_before(oracle, entry->actor, &call);
        actors_make_call(engine, actor, &result);
        break;
    case TAPE_KILL:
        oracle->injuries++;
        if (is_process)
            victim->was_killed = true;
        else
            victim->was_failed = true;
        actors_kill(engine, actor);
        break;
    case TAPE_FAIL:
        oracle->injuries++;
        victim->was_failed = true;
        oracle_before(oracle, entry->actor, &call);
        actors_fail(engine, actor, entry->error);
        break;
    }
    for (unsigned i = 0; !actor->is_refused && i < engine->actor_count; i++)
        engine->actors[i].is_refused = false;
    oracle_after(oracle, entry->actor, &call);
    if (engine->table != NULL)
        tell(engine, entry, &call,
            entry->action != TAPE_RUN || entry->actor != choice->chosen, result);
}

static bool
is_over(struct engine *engine, const struct engine_choice *choice)
{
    if (choice->alive == 0 || engine->oracle.is_void ||
        engine->oracle.violation[0] != '\0')
        return true;
    if (choice->chosen == ENGINE_MOST_ACTORS)
        oracle_violated(&engine->oracle, "an end: all wait for each other");
    else if (engine->step_count == ENGINE_MOST_STEPS || engine->now_ns > LONGEST_NS)
        oracle_violated(&engine->oracle, "an end: somebody waits for ever");
    return engine->oracle.violation[0] != '\0';
}

/* Steps until all have ended or something is wrong. STRATEGY may be NULL. */
static void
play(struct engine *engine, const struct engine_strategy *strategy)
{
    int current = -1;

    for (;;) {
        struct engine_choice choice;
        struct tape_entry entry;

        find_choice(engine, current, &choice);
        if (is_over(engine, &choice))
            return;
        entry = (struct tape_entry){
            .step = engine->step_count, .action = TAPE_RUN, .actor = choice.chosen};
        if (strategy != NULL)
            strategy->decide(strategy->context, engine, &choice, &entry);
        engine->choices[engine->step_count] = choice;
        perform(engine, &choice, &entry);
        engine->step_count++;
        engine->now_ns += (int64_t)engine->tape.tick_us * 1000;
        current = (int)entry.actor;
    }
}

static void
end_all(struct engine *engine)
{
    for (unsigned i = 0; i < engine->actor_count; i++) {
        struct actor *actor = &engine->actors[i];

        if (actor->state != ACTOR_ENDED) {
            (void)kill(actor->pid, SIGKILL);
            actor->status = tracee_wait(actor->pid);
            actor->state = ACTOR_ENDED;
        }
    }
    /* A COMMAND whose parent was killed is ours, too. */
    while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
        continue;
}

static void
read_outputs(struct engine *engine)
{
    for (unsigned i = 0; i < engine->process_count; i++) {
        struct oracle_process *process = &engine->oracle.processes[i];
        ssize_t size =
            pread(engine->outputs[i], process->output, sizeof(process->output) - 1, 0);

        process->output[size < 0 ? 0 : size] = '\0';
        process->status = engine->actors[i].status;
    }
}

/* After a death or a failure: one more run, which nobody disturbs. */
static void
run_once_more(struct engine *engine)
{
    unsigned before = engine->actor_count;
    struct oracle *oracle = &engine->oracle;
    int status;

    if (!start_process(engine, engine->process_count))
        return;
    /* It makes a version like the others, which nobody has to judge. */
    for (unsigned i = 0; i < 1000 && engine->actors[before].state != ACTOR_ENDED; i++) {
        long result;

        if (engine->actors[before].wakes_ns > engine->now_ns)
            engine->now_ns = engine->actors[before].wakes_ns;
        actors_make_call(engine, &engine->actors[before], &result);
    }
    status = engine->actors[before].status;
    if (engine->actors[before].state != ACTOR_ENDED || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0)
        oracle_violated(oracle, "no litter: one more run ends with wait status %#x",
            (unsigned)status);
}

void
engine_run(
    struct engine *engine, const struct engine_strategy *strategy, unsigned tick_us)
{
    engine->actor_count = 0;
    engine->now_ns = 1000000;
    engine->step_count = 0;
    engine->hash = 14695981039346656037ULL;
    engine->preemptions = 0;
    engine->tape = (struct tape){.tick_us = tick_us};
    world_reset(engine->dir, engine->scene->start);
    oracle_start(&engine->oracle, engine->scene, engine->dir);
    tracee_start_clock();
    for (unsigned i = 0; i < engine->process_count; i++) {
        if (!start_process(engine, i))
            break;
    }
    play(engine, strategy);
    if (engine->oracle.violation[0] == '\0' && !engine->oracle.is_void) {
        read_outputs(engine);
        oracle_judge(&engine->oracle);
        if (engine->oracle.injuries > 0)
            run_once_more(engine);
        oracle_judge_litter(&engine->oracle);
    }
    end_all(engine);
}
