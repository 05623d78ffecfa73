/*
 * check - what must hold in every state that a power cut can leave.
 */
#ifndef CRASH_CHECK_H
#define CRASH_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "marks.h"
#include "workload.h"

/* The largest directory of any workload, with the run after the cut. */
enum { CHECK_FILES = 64 };

struct seen_file {
    char name[NAME_BYTES];
    mode_t mode;
    char *bytes;
    size_t size_bytes;
    bool is_whole; /* one whole version, with its final mode */
    struct version version;
};

/* What a mounted state holds. */
struct seen {
    struct seen_file files[CHECK_FILES];
    size_t count;
    size_t hidden; /* names that begin with a dot */
    size_t claims; /* files with the mode of a live claim */
};

/* Says what is wrong, in one line, or is "". */
enum { FINDING_BYTES = 200 };

/* 0666 less the umask that record.c sets. */
enum { FINAL_MODE = 0644 };

/*
 * Looks at all of the directory WORK_FD, and below. False, with finding, where it
 * cannot be read. check_forget releases it in any case.
 */
bool check_look(struct seen *seen, int work_fd, char finding[FINDING_BYTES]);
void check_forget(struct seen *seen);

/* Always false, with the finding. */
__attribute__((format(printf, 2, 3))) bool check_complain(
    char finding[FINDING_BYTES], const char *format, ...);

/* The file of that name, or NULL. */
const struct seen_file *check_find(const struct seen *seen, const char *name);

/* A version that its writer had begun to write, complete. */
bool check_whole(const struct marks *marks, const struct seen_file *file,
    char finding[FINDING_BYTES]);
/* Whether this writer's run was acknowledged, or that after the cut of its files. */
bool check_is_done(const struct marks *marks, unsigned writer);

/* Rules of check_state that have a file of their own (spool.c). */
bool spool_check_lines(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES]);
bool spool_check_confirmed(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES]);
bool spool_check_retained(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES]);
bool spool_check_taken(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, char finding[FINDING_BYTES]);

/*
 * True where all holds that MARKS, the marks before the cut, promise, and no
 * more hidden names are there than MOST_HIDDEN.
 */
bool check_state(const struct workload *workload, const struct marks *marks,
    const struct seen *seen, size_t most_hidden, char finding[FINDING_BYTES]);

#endif
