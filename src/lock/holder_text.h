/*
 * holder_text - whom a message says to have a lock.
 */
#ifndef WHOLEFILE_LOCK_HOLDER_TEXT_H
#define WHOLEFILE_LOCK_HOLDER_TEXT_H

#include <sys/types.h>

/* "PID 123 (name)", or "another process". */
struct holder_text {
    char text[80];
};

/* For the process PID, which is not known where that is 0. */
struct holder_text holder_text(pid_t pid);

/* For a process that has the content lock of NAME in DIR. */
struct holder_text holder_text_of_lock(int dir, const char *name);

#endif
