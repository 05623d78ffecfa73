/*
 * naming - the name of uniqcreate's new file: claimed, made durable, printed.
 */
#ifndef WHOLEFILE_CREATE_NAMING_H
#define WHOLEFILE_CREATE_NAMING_H

#include "create/creation.h"

/* Sets the time in the names to come. The status. */
enum status naming_set_time(struct creation *creation);

/*
 * Gives the stage the name of the smallest free counter that is found, from COUNTER
 * on, at the time that was set; only the claim decides. *COUNTER gets what it took.
 */
enum status naming_claim_from(struct creation *creation, uint64_t *counter);

/* Both of them, from the first counter on. */
enum status naming_claim(struct creation *creation);

/* Spells the path of the name that was claimed. */
void naming_spell_path(struct creation *creation);

/* Makes the name durable, unless --no-sync. 0, or -1 with errno. */
int naming_sync(const struct creation *creation);

/* Prints the path, unless -q. 0, or -1 with errno. */
int naming_print(const struct creation *creation);

/* Says that the path was created, but DOING failed by errno; STATUS_UNCONFIRMED. */
enum status naming_unconfirmed(const struct creation *creation, const char *doing);

/* Says what was created, with -v. */
void naming_note(const struct creation *creation);

/* Says that the file system cannot hold a live claim; STATUS_NOT_CREATED. */
enum status naming_no_live(const struct creation *creation);

#endif
