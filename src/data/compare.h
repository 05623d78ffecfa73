/*
 * compare - whether two open files have the same content.
 */
#ifndef WHOLEFILE_DATA_COMPARE_H
#define WHOLEFILE_DATA_COMPARE_H

enum compare_result {
    COMPARE_SAME,
    COMPARE_DIFFERENT,
    COMPARE_FAILED, /* errno; EINTR: see interrupt_signal */
};

/* Compares all of the regular files ONE and OTHER; their offsets do not matter. Signals
   are let through meanwhile. */
enum compare_result compare_files(int one, int other);

#endif
