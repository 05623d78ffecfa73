/*
 * machine - the registers of a stopped process, the only part that knows the CPU.
 *
 * All functions return 0, or -1 with errno; ESRCH means that the process was killed
 * meanwhile, which callers take as its end. ptrace(2)
 */
#ifndef FAULTS_MACHINE_H
#define FAULTS_MACHINE_H

#include <sys/types.h>

/* Stopped at the entry of a system call: it will not be made. */
int machine_skip_call(pid_t pid);

/* Stopped at the entry of a system call: its argument INDEX (from 0) becomes VALUE. */
int machine_set_argument(pid_t pid, unsigned index, unsigned long value);

/* Stopped at the exit of a system call: RESULT is what it returns. */
int machine_set_result(pid_t pid, long result);

/* Runs the process, which has just been started, as far as the instruction at ENTRY. */
int machine_run_to(pid_t pid, unsigned long entry);

#endif
