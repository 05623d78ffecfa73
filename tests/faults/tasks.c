#include "tasks.h"

struct task *
tasks_find(struct tasks *tasks, pid_t pid)
{
    for (size_t i = 0; i < tasks->count; i++) {
        if (tasks->list[i].pid == pid)
            return &tasks->list[i];
    }
    return NULL;
}

struct task *
tasks_add(struct tasks *tasks, pid_t pid)
{
    struct task *task;

    if (tasks->count == TASKS_MOST)
        return NULL;
    task = &tasks->list[tasks->count++];
    *task = (struct task){.pid = pid, .is_new = true};
    return task;
}

void
tasks_remove(struct tasks *tasks, const struct task *task)
{
    tasks->list[task - tasks->list] = tasks->list[--tasks->count];
}
