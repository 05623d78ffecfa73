/*
 * process - starts the programs under test.
 */
#ifndef FAULTS_PROCESS_H
#define FAULTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How long a program may take until it counts as hanging. */
enum { PROCESS_LIMIT_S = 60 };

/* Starts ARGV in DIR with FDS as its descriptors 0 to 2; IS_TRACED: it stops after
   its exec. Returns its PID, or -1 with errno. */
pid_t process_fork(
    const char *const argv[], const char *dir, const int fds[3], bool is_traced);

/* Runs ARGV to its end. Returns its status as of wait(2), or -1: it hung. */
int process_run(const char *const argv[], const char *dir, const int fds[3]);

/* Waits for the COMMANDs that killed programs have left to us. */
void process_reap(void);

/* Where the program that PID has just been given starts, after the loader's part; 0 if
   that cannot be known. getauxval(3), proc(5) */
unsigned long process_entry(pid_t pid);

/* Whether a dynamic loader starts the program that PID has just been given. */
bool process_has_loader(pid_t pid);

/* Reads the string at ADDRESS of PID into TEXT of SIZE bytes, cut off if it is longer;
   "" where nothing can be read. process_vm_readv(2) */
void process_read_text(pid_t pid, unsigned long address, char *text, size_t size);

/* Sets the clock that interrupts waitpid(2) when PROCESS_LIMIT_S are over, and stops
   it. process_is_late() tells whether that has happened. */
void process_start_clock(void);
void process_stop_clock(void);
bool process_is_late(void);

#endif
