/*
 * new_file - what uniqcreate's new file needs besides its content: metadata, a name
 * that is claimed, made durable and printed.
 */
#ifndef WHOLEFILE_CREATE_NEW_FILE_H
#define WHOLEFILE_CREATE_NEW_FILE_H

#include "create/creation.h"

/* Finds the mode of a new file, now that the stage is open, and refuses 0200. */
enum status new_file_find_mode(struct creation *creation);

/* Gives the stage the metadata of a new file. */
enum status new_file_set_metadata(struct creation *creation);

/* Makes the stage durable, unless --no-sync. */
enum status new_file_sync_content(
    const struct writer *writer, const struct stage *stage);

/* Sets the time in the names to come. The status. */
enum status new_file_set_time(struct creation *creation);

/*
 * Gives the stage the name of the smallest free counter that is found, from COUNTER
 * on, at the time that was set; only the claim decides. *COUNTER gets what it took.
 */
enum status new_file_claim_from(struct creation *creation, uint64_t *counter);

/* Both of them, from the first counter on. */
enum status new_file_claim(struct creation *creation);

/* Spells the path of the name that was claimed. */
void new_file_spell_path(struct creation *creation);

/* Makes the name durable, unless --no-sync. 0, or -1 with errno. */
int new_file_sync_name(const struct creation *creation);

/*
 * Whether the stage has to stay open after it has its name, for new_file_sync_name or
 * writer_note_done. It is better closed at once: those who are told that it is finished
 * may want to lock it, or to run it, which a file that is open for writing forbids.
 */
bool new_file_needs_stage(const struct creation *creation);

/* Prints PATH, unless -q. 0, or -1 with errno. */
int new_file_print_path(const struct uniqcreate_options *options, const char *path);

/* Says that PATH was created, but DOING failed by errno; STATUS_UNCONFIRMED. */
enum status new_file_unconfirmed(const char *path, const char *doing);

/* Says that the file system cannot hold a live claim; STATUS_NOT_CREATED. */
enum status new_file_no_live(const struct writer *writer);

#endif
