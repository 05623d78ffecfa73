/*
 * process - what proc(5) tells of a process: its own files, and the locks that it lives
 * with, one descriptor after the other.
 *
 * Processes have the numbers of the PID name space that /proc was mounted for. Only
 * those tell that we may look into; what is not seen proves nothing.
 */
#ifndef WHOLEFILE_LOCK_PROCESS_H
#define WHOLEFILE_LOCK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Reads /proc/PID/NAME, or what fits of it into SIZE. "" and false where it cannot be
   read. */
bool process_read(pid_t pid, const char *name, char *text, size_t size);

enum process_walk {
    PROCESS_ALL,     /* there was no more */
    PROCESS_ENOUGH,  /* whoever was called has said so */
    PROCESS_REFUSED, /* it is not there, or not for us to see */
};

/* Gets the NAME of an entry. True: enough. */
typedef bool process_entry(void *context, pid_t pid, const char *name);

/* Calls ENTRY for each entry of /proc/PID/DIRECTORY without a leading dot. */
enum process_walk process_list(
    pid_t pid, const char *directory, process_entry *entry, void *context);

/* Gets the TEXT of a lock, for lock_line.h, of the descriptor FD of PID. True: enough.
   proc_pid_fdinfo(5) */
typedef bool process_lock(void *context, pid_t pid, const char *fd, const char *text);

/* Calls LOCK for each lock of PID: of its descriptors of FILE, or where that is NULL of
   all. */
enum process_walk process_locks(
    pid_t pid, const struct stat *file, process_lock *lock, void *context);

/* Calls LOCK for each lock of all processes. */
void process_locks_of_all(process_lock *lock, void *context);

/* Whether the descriptor FD of PID is one of the file with this DEVICE and INODE, as
   stat(2) tells them. It asks the file system of that descriptor, which may hang. */
bool process_has_open(pid_t pid, const char *fd, dev_t device, ino_t inode);

#endif
