/*
 * record_lock - fcntl(2) record locks on whole files, which say "my owner lives".
 *
 * They are asked for and never waited for, go with the process, and are not seen
 * by flock(2) on local file systems. They also go when the process closes *any*
 * descriptor of that inode: the owner MUST NOT open its file a second time.
 */
#ifndef WHOLEFILE_LOCK_RECORD_LOCK_H
#define WHOLEFILE_LOCK_RECORD_LOCK_H

#include <sys/types.h>

enum record_lock_kind {
    RECORD_LOCK_SHARED,    /* F_RDLCK; needs a descriptor open for reading */
    RECORD_LOCK_EXCLUSIVE, /* F_WRLCK; needs one open for writing */
};

enum record_lock_result {
    RECORD_LOCK_TAKEN,  /* taken, or free where it was asked for */
    RECORD_LOCK_HELD,   /* somebody else holds it */
    RECORD_LOCK_FAILED, /* errno: ENOLCK where the file system has none, EACCES where
                           they are not permitted */
};

/* Takes the lock at once or not at all. F_SETLK */
enum record_lock_result record_lock_take(int fd, enum record_lock_kind kind);

/*
 * Asks whether an exclusive lock could be taken, and takes none. *HOLDER gets the
 * PID of a holder where it is RECORD_LOCK_HELD, 0 where it is in another PID namespace
 * or on another machine. F_GETLK
 */
enum record_lock_result record_lock_ask(int fd, pid_t *holder);

#endif
