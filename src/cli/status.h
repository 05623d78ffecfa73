/*
 * status - the exit statuses of all three programs, from sysexits(3).
 */
#ifndef WHOLEFILE_CLI_STATUS_H
#define WHOLEFILE_CLI_STATUS_H

enum status {
    STATUS_DONE = 0,
    STATUS_USAGE = 64,       /* EX_USAGE */
    STATUS_REFUSED = 65,     /* EX_DATAERR: the content is not acceptable */
    STATUS_NO_INPUT = 66,    /* EX_NOINPUT */
    STATUS_STALE = 69,       /* EX_UNAVAILABLE: older than --max-age */
    STATUS_INTERNAL = 70,    /* EX_SOFTWARE */
    STATUS_NO_PROCESS = 71,  /* EX_OSERR: out of memory, processes, descriptors */
    STATUS_NOT_CREATED = 73, /* EX_CANTCREAT */
    STATUS_IO_ERROR = 74,    /* EX_IOERR: also a full disk */
    STATUS_LOCKED = 75,      /* EX_TEMPFAIL */
    STATUS_UNCONFIRMED = 76, /* EX_PROTOCOL: committed, durability not confirmed */
    STATUS_DENIED = 77,      /* EX_NOPERM */
    STATUS_CANNOT_RUN = 126, /* as sh(1) */
    STATUS_NOT_FOUND = 127,

    /* No exit status: a signal came, and the program is going to die by it. */
    STATUS_INTERRUPTED = 256,
};

/* The status that ERRNUM, of a call that makes or changes a file, stands for. */
enum status status_of_errno(int errnum);

/* The same for a call that reads: what is not there is no input. */
enum status status_of_read_errno(int errnum);

/* The worse of two statuses of lockread: what somebody has to mend goes before what
   comes by itself. */
enum status status_worse(enum status one, enum status other);

/* What a user can do about ERRNUM, or NULL. */
const char *status_hint(int errnum);

#endif
