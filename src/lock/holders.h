/*
 * holders - who holds a lock on a file, asked of the kernel without taking any.
 *
 * proc_locks(5) lists the locks whose takers are processes of our PID namespace.
 * Outside of the initial one it hides those whose taker is dead or elsewhere;
 * proc_pid_fdinfo(5) shows them, with PID 0, at the processes that live with them. Its
 * device numbers are not those of stat(2) on btrfs and overlay file systems; there the
 * inode is matched, and the process is asked which file it has open.
 */
#ifndef WHOLEFILE_LOCK_HOLDERS_H
#define WHOLEFILE_LOCK_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

enum holders_kind {
    HOLDERS_FLOCK,  /* content locks, flock(2) */
    HOLDERS_RECORD, /* turns and stages, fcntl(2) */
};

struct holder {
    pid_t pid; /* 0 where it is not known */
    bool exclusive;
};

struct holders {
    struct holder *list; /* owned; freed by holders_release */
    size_t count;
};

/*
 * Finds the holders of FILE, which lies on the file system of the descriptor
 * NEIGHBOUR. 0, or -1 with errno where /proc/locks cannot be read.
 */
int holders_find(struct holders *holders, int neighbour, const struct stat *file,
    enum holders_kind kind);

void holders_release(struct holders *holders);

/*
 * Writes the name of the command of PID into NAME, or "" where it is not known.
 * /proc/PID/comm, proc_pid_comm(5)
 */
void holders_command(pid_t pid, char *name, size_t size);

#endif
