/*
 * writer - the steps that atomwrite and uniqcreate have in common, with their
 * messages. Each returns STATUS_DONE, or the exit status when it has said why.
 */
#ifndef WHOLEFILE_CLI_WRITER_H
#define WHOLEFILE_CLI_WRITER_H

#include "base/descriptors.h"
#include "cli/options.h"
#include "file/place.h"
#include "stage/stage.h"

/* What goes through the writer, and how messages name it. */
struct writer {
    const char *object;  /* FILE or PREFIX, as given */
    const char *outcome; /* what becomes of FILE when a run fails */
    const struct options *options;
    const struct descriptors *descriptors;
    char *const *command; /* or NULL: standard input */
    int ahead; /* the input, taken and accepted by parents_option.h; else -1 */
};

/*
 * Pours the input into OUT: the output of COMMAND, whose standard input is COMMAND_IN
 * (-1: ours), or ours; or what was taken ahead.
 */
enum status writer_feed(const struct writer *writer, int command_in, int out);

/* accept_form. */
enum status writer_accept_form(const struct writer *writer, int fd);

/* accept_check of STAGE. */
enum status writer_check(
    const struct writer *writer, const struct place *place, const struct stage *stage);

/* Says that WHAT keeps the run from its work, with HINT or NULL; returns STATUS. */
enum status writer_refuse(const struct writer *writer, enum status status,
    const char *hint, const char *what);

/* Says that DOING failed by errno, and returns the status. */
enum status writer_failed(const struct writer *writer, const char *doing);

/* Says, with -v, that DONE ("created") was done with the content of FD. */
void writer_note_done(
    const struct writer *writer, const char *object, const char *done, int fd);

/* Notes, with -v, what of the metadata could not be kept. */
void writer_note_losses(const struct writer *writer, const struct meta_result *result);

/*
 * The mode that WISH makes of BASE: refused where it comes out as 0200, the mark of
 * an unfinished file.
 */
enum status writer_check_mode(const struct writer *writer, mode_t base);

/*
 * Whether STAGE has to be synced: always, unless --no-sync. On NFS even then, for there
 * a full disk shows only when the data is sent, and after the rename it is too late.
 */
bool writer_has_to_sync(const struct writer *writer, const struct stage *stage);

/* Closes the run: after a signal says so and dies by it. Returns STATUS. */
enum status writer_end(const struct writer *writer, enum status status);

#endif
