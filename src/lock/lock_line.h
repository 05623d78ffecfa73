/*
 * lock_line - one line of proc_locks(5), or a "lock:" line of proc_pid_fdinfo(5).
 *
 *     1: FLOCK  ADVISORY  WRITE 23653 fe:00:10957809 0 EOF
 *     lock:  1: FLOCK  ADVISORY  WRITE 23653 fe:00:10957809 0 EOF
 *
 * On a machine with 20,000 locks all but a few of the lines are of other files:
 * lock_line_inode is a cheap look at which ones are worth parsing.
 */
#ifndef WHOLEFILE_LOCK_LOCK_LINE_H
#define WHOLEFILE_LOCK_LOCK_LINE_H

#include <stdbool.h>
#include <sys/types.h>

enum lock_line_kind {
    LOCK_LINE_FLOCK,  /* flock(2): content locks */
    LOCK_LINE_RECORD, /* fcntl(2), F_SETLK ("POSIX"): turns and stages */
    LOCK_LINE_OTHER,  /* F_OFD_SETLK, leases, delegations */
};

struct lock_line {
    enum lock_line_kind kind;
    bool exclusive;
    pid_t pid; /* of the process that took it, which may be dead; 0 where that is not
                  of the PID name space of /proc; -1 where the kernel does not say */
    unsigned major; /* the device of the file system, which on btrfs and overlay is */
    unsigned minor; /* not the st_dev of stat(2) */
    ino_t inode;
};

/* Whether TEXT, a line, tells an inode; *INODE gets it. */
bool lock_line_inode(const char *text, ino_t *inode);

/* Parses TEXT, a line. False where it tells of no lock that somebody holds: of a waiter
   ("->"), of a lease that was given up, or of something else altogether. */
bool lock_line_parse(struct lock_line *line, const char *text);

#endif
