/*
 * reading - what came of a FILE.
 */
#ifndef WHOLEFILE_READ_READING_H
#define WHOLEFILE_READ_READING_H

#include "cli/status.h"

enum reading_result {
    READING_DONE,
    READING_LOCKED,             /* not there yet: somebody writes, and -w ended */
    READING_DEADLOCK,           /* its holder waits for us: it would never be there */
    READING_LOCK_FILE_DEADLOCK, /* that of --lock-file does: no FILE ever would */
    READING_UNFINISHED,         /* never: its writer died */
    READING_MISSING,            /* there is no such name */
    READING_DIRECTORY,          /* it stands for the files in it; nothing was said */
    READING_REFUSED,            /* it is not what was asked for */
    READING_FAILED,             /* it may not or cannot be read */
    READING_NO_OUTPUT,          /* standard output takes no more, of whatever FILE */
};

struct reading {
    enum reading_result result;
    enum status status; /* STATUS_DONE where the result is READING_DONE */
};

#endif
