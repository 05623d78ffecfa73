/*
 * fdinfo - the locks that processes live with, one descriptor after the other.
 * proc_pid_fdinfo(5)
 *
 * Only of processes that we may look into; what is not seen proves nothing.
 */
#ifndef WHOLEFILE_LOCK_FDINFO_H
#define WHOLEFILE_LOCK_FDINFO_H

#include <stdbool.h>
#include <sys/types.h>

/* Gets the TEXT of a lock, for lock_line.h, of the descriptor FD of PID. True: enough.
 */
typedef bool fdinfo_lock(void *context, pid_t pid, const char *fd, const char *text);

/* Calls LOCK for each lock of PID, or of all processes, by their numbers in /proc.
   True where it was enough. */
bool fdinfo_of_process(pid_t pid, fdinfo_lock *lock, void *context);
bool fdinfo_of_all(fdinfo_lock *lock, void *context);

/* Whether the descriptor FD of PID is one of the file with this DEVICE and INODE, as
   stat(2) tells them. It asks the file system of that descriptor, which may hang. */
bool fdinfo_is_of(pid_t pid, const char *fd, dev_t device, ino_t inode);

#endif
