/*
 * input - what a program under test has as its descriptors 0 to 2.
 *
 * Each is above descriptor 2, and the caller's to close; -1 with errno.
 */
#ifndef FAULTS_INPUT_H
#define FAULTS_INPUT_H

/* A new file in memory with TEXT in it. memfd_create(2) */
int input_memory(const char *text);

/* The reading end of a pipe that holds TEXT and then ends. */
int input_pipe(const char *text);

/* A file with TEXT in it on the file system of DIR, so that the kernel can copy it
   itself. */
int input_file(int dir, const char *text);

#endif
