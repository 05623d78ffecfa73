/*
 * tracee - the processes: made from a template that has done its start-up, and moved
 * from one system call to the next.
 *
 * A template is one of the programs, stopped before its first call of interest; each
 * run gets a copy of it by fork(2), which costs a tenth of starting it anew. A filter
 * of seccomp(2) stops a copy only at the calls of call.h, so that all others run at
 * full speed.
 */
#ifndef SCHEDULES_TRACEE_H
#define SCHEDULES_TRACEE_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/user.h>

struct template
{
    pid_t pid;
    struct user_regs_struct start; /* of its first call */
};

/*
 * Starts PATH with ARGV and ENVIRONMENT in the directory DIR, with FDS as descriptors
 * 0 to 2. 0, or -1 with errno.
 */
int template_start(struct template *template, const char *path,
    const char *const argv[], const char *const environment[], int dir,
    const int fds[3]);

/* A stopped copy, to be resumed. Its PID, or -1 with errno. */
pid_t template_copy(const struct template *template);

void template_end(struct template *template);

/* From now on nothing may take long, in real time. */
void tracee_start_clock(void);

/* Waits until PID stops or ends. Its wait(2) status, or -1: nothing came for long. */
int tracee_wait(pid_t pid);

/* Hides the vDSO from a program that was just executed: its clock is not ours. */
void tracee_hide_vdso(pid_t pid);

/* The call at which PID is stopped is not made, and answers RESULT. */
void tracee_answer(pid_t pid, long result);

/* Lets PID make its call, and stop after it; *RESULT is its answer. 0, or -1 where it
   has ended, with *STATUS as of wait(2). */
int tracee_finish_call(pid_t pid, long *result, int *status);

/* Argument 1 of the call at which PID is stopped; the old one. */
unsigned long tracee_change_second(pid_t pid, unsigned long value);

/* After tracee_finish_call: the call is made once more, with its argument 1 as
   SECOND; or, if not AGAIN, only that register is put back. */
void tracee_put_back(pid_t pid, unsigned long second, bool again, long number);

/* Writes SIZE bytes to ADDRESS in PID. */
void tracee_write(pid_t pid, unsigned long address, const void *data, size_t size);

/* Whether the descriptor FD of PID is ready for EVENTS, poll(2). */
bool tracee_is_ready(pid_t pid, int fd, short events);

#endif
