/*
 * noise - somebody else's commits between the system calls of a program.
 *
 * On a quiet disk only the program's own fsyncs bring anything down, which
 * shows a missing one. A wrong order shows only where something else commits in
 * between: here a tracer stops the program before each call that writes, names,
 * renames, removes or syncs, and before its exit, and then (by chance)
 *
 *  - commits the file system's metadata without the program's data: fsync of
 *    another file on ext4 and xfs, a transaction commit on btrfs; or
 *  - writes the program's data without any metadata, and so decides early where
 *    it lies, which file systems delay; or
 *  - syncs all; or
 *  - does nothing.
 */
#ifndef CRASH_NOISE_H
#define CRASH_NOISE_H

#include <stdint.h>

/*
 * Runs arguments[0] traced, with its children, and returns its wait status.
 * ROOT_FD is the root directory of the file system under test. Ends the calling
 * process when it cannot trace. Standard input and output are the program's.
 */
int noise_run(char *const arguments[], int root_fd, uint64_t seed);

#endif
