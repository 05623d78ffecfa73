/* crowd - the processes that crowd round a file; crowd.c is the program. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

enum { CROWD_MOST = 256 };

struct crowd_job {
    char *file;
    char **program; /* ends with NULL; FILE is appended */
    int slice_ms;
};

/* Replacements of FILE a second; readers that were refused are added to *REFUSED. */
double crowd_rate(const struct crowd_job *job, unsigned readers, unsigned writers,
    unsigned long *refused);

/* From the end of one turn to the end of the next, whose owner has waited for it. */
double crowd_wait_ms(const struct crowd_job *job);

#endif
