/*
 * holders - who holds a lock on a file, asked of the kernel without taking any.
 *
 * Two things tell, both of proc(5), in the numbers of the PID name space that /proc was
 * mounted for:
 *   - proc_locks(5) lists all locks with the process that took each. Where that /proc
 *     is not of the initial PID name space, those are left out whose taker is outside
 *     of it, or is dead (kernel, fs/locks.c, locks_translate_pid).
 *   - proc_pid_fdinfo(5) has the locks of each descriptor. A lock of flock(2) belongs
 *     to the open file: after "( flock 9; ... ) 9>L" its taker is dead, and the
 *     processes that live with the descriptor hold it.
 *
 * So that a holder is seen proves that there is one. That none is seen proves something
 * only where /proc/locks leaves nothing out (proc_view.h); else, and where there is no
 * /proc, it is not known, and MUST NOT be taken for free.
 *
 * All files of one call are asked about together: /proc/locks is read once for them,
 * once more for those that nobody was seen to hold, since it is no snapshot, and the
 * descriptors of all processes are gone through once at most.
 */
#ifndef WHOLEFILE_LOCK_HOLDERS_H
#define WHOLEFILE_LOCK_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum holders_kind {
    HOLDERS_FLOCK,  /* content locks, flock(2) */
    HOLDERS_RECORD, /* turns and stages, fcntl(2) */
};

enum holders_answer {
    HOLDERS_UNKNOWN, /* nobody is seen to hold it, and that proves nothing; where LIST
                        is not empty, each in it may hold this file or another */
    HOLDERS_NONE,    /* nobody holds it */
    HOLDERS_SOME,    /* those in LIST hold it */
};

struct holder {
    pid_t pid;      /* that lives with the lock; 0 where it is not known */
    pid_t taker;    /* that took it, and may be dead */
    bool exclusive; /* else shared */
    bool is_sure;   /* that it is a lock of this file */
};

struct holders {
    /* The question. */
    enum holders_kind kind;
    dev_t device;
    ino_t inode;
    uint64_t mount;     /* its ID; 0 where it is not known */
    dev_t mount_device; /* that /proc/locks calls the device; 0 while not looked up */
    bool is_settled;    /* nothing more is to be asked */

    enum holders_answer answer;
    struct holder *list; /* owned; freed by holders_release */
    size_t count;
};

/*
 * Sets HOLDERS up to ask for the holders of FILE; the answer is HOLDERS_UNKNOWN until
 * holders_ask. FD is a descriptor of FILE or of another file on the same mount, for
 * which O_PATH will do, or -1.
 */
void holders_prepare(
    struct holders *holders, int fd, const struct stat *file, enum holders_kind kind);

/* Asks all COUNT QUESTIONS, whose order it changes. No memory: HOLDERS_UNKNOWN. */
void holders_ask(struct holders **questions, size_t count);

/* Prepares and asks one. */
void holders_find(
    struct holders *holders, int fd, const struct stat *file, enum holders_kind kind);

/* Whether one is known to hold it exclusively. */
bool holders_are_exclusive(const struct holders *holders);

/* The PID of a holder, or of one that may be; 0 where none is known. */
pid_t holders_first(const struct holders *holders);

/* Frees the list. Keeps errno. */
void holders_release(struct holders *holders);

/*
 * Writes the name of the command of PID into NAME, or "" where it is not known.
 * /proc/PID/comm, proc_pid_comm(5)
 */
void holders_command(pid_t pid, char *name, size_t size);

#endif
