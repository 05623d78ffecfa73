/*
 * tasks - the processes that are traced, and what each is in the middle of.
 */
#ifndef FAULTS_TASKS_H
#define FAULTS_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TASKS_MOST = 8 };

struct task {
    pid_t pid;
    bool answers; /* RESULT is to be returned by the call it is in */
    bool if_it_worked;
    long result;
    bool is_changed; /* its argument INDEX was VALUE and has to be so again */
    unsigned index;
    uint64_t value;
    bool is_new; /* its first SIGSTOP is ptrace's own */
};

struct tasks {
    size_t count;
    struct task list[TASKS_MOST];
};

/* That of PID, or NULL; pointers hold until the next one is removed. */
struct task *tasks_find(struct tasks *tasks, pid_t pid);

/* A new one, or NULL where there are too many. */
struct task *tasks_add(struct tasks *tasks, pid_t pid);

void tasks_remove(struct tasks *tasks, const struct task *task);

#endif
