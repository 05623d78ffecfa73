/*
 * take - takes one FILE out of a spool for lockread --take: locks it exclusively,
 * judges it, lets COMMAND handle it, and removes its name or moves it.
 *
 * COMMAND's standard input is the descriptor that is locked: one open file description
 * has the lock, and is closed when the last process that shares it is gone. So the lock
 * ends when both this process and COMMAND have, whoever is killed, and nobody starts
 * a second COMMAND for FILE beside the first. Nothing here may unlock it (LOCK_UN):
 * that would take the lock from COMMAND, too.
 *
 * A FILE whose COMMAND was killed, or that was handled but not removed before this
 * process or the machine died, is handled again: at least once. The steps and their
 * order are those of the model tests/model/take.pml.
 */
#ifndef WHOLEFILE_READ_TAKE_H
#define WHOLEFILE_READ_TAKE_H

#include "read/reader.h"
#include "read/spool.h"

struct taker {
    struct reader *reader;
    struct spool spool;
    unsigned long long handled; /* how many COMMANDs ran to their end */
    enum status failed;         /* of the first COMMAND that failed; or STATUS_DONE */
};

enum taking_result {
    TAKING_HANDLED,            /* COMMAND ran, and taker->failed knows how */
    TAKING_OTHERS,             /* it is unfinished or gone: others see to it */
    TAKING_LOCKED,             /* it is locked: others are at it */
    TAKING_DEADLOCK,           /* it is locked by a process that waits for us; said */
    TAKING_DIRECTORY,          /* nothing was done and nothing said */
    TAKING_REFUSED,            /* it is not what was asked for; said */
    TAKING_FAILED,             /* it cannot be taken; said */
    TAKING_STOP,               /* nor can any other one, or a signal came */
    TAKING_LOCK_FILE_DEADLOCK, /* nor can any other one, for as long as we wait; said */
};

struct taking {
    enum taking_result result;
    enum status status; /* STATUS_DONE for the first five */
};

/* READER, whose options have take, MUST outlive TAKER. Signals are caught from here on.
   What is not STATUS_DONE was said. */
enum status take_start(struct taker *taker, struct reader *reader);

/* Takes FILE. */
struct taking take_file(struct taker *taker, const char *file);

/* Makes all durable, and dies by the signal that came, if one did. */
enum status take_finish(struct taker *taker);

#endif
