/*
 * stage - what: the new content before it has its final name.
 *
 * A stage is made in the directory of its place, filled through its
 * descriptor, and then published (publish.h) or discarded. It has one of two
 * forms: *unnamed* where the file system can (nobody can find it, nothing is left
 * of it), else *named* by a hidden name, with a record lock that says "my owner
 * lives". An unnamed stage whose link is refused later moves to a named stage.
 *
 * The stage owns its descriptor and its hidden name. Its inode MUST NOT be opened
 * a second time by this process: closing that would drop the record lock.
 */
#ifndef WHOLEFILE_STAGE_STAGE_H
#define WHOLEFILE_STAGE_STAGE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "file/hidden.h"
#include "file/place.h"
#include "stage/owner.h"

enum stage_form { STAGE_UNNAMED, STAGE_NAMED };

struct stage {
    int fd; /* O_RDWR; -1 when empty */
    enum stage_form form;
    enum hidden_family family; /* of its hidden name */
    struct hidden_name name;   /* the name it has now; "" for none */
    struct stat born;          /* fstat when it was made: inode, owner, mode */
};

#define STAGE_EMPTY ((struct stage){.fd = -1})

/* Of a stage that is going to replace a file; and of one that becomes a new file. */
enum { STAGE_MODE_PRIVATE = 0600, STAGE_MODE_NEW = 0666 };

/*
 * Makes an empty stage for PLACE. MODE, less the umask, is what it has as long as it
 * has no name; one with a hidden name is always private. SIBLING is another stage of
 * this process in the same directory, or NULL. 0, or -1 with errno: EACCES, EROFS,
 * ENOSPC, ENOLCK where the named stage is needed and the file system has no record
 * locks.
 */
int stage_open(struct stage *stage, const struct place *place,
    enum hidden_family family, mode_t mode, const struct stage *sibling);

/*
 * Moves an unnamed stage, which could not be linked, to a named stage: its
 * content is copied. 0, or -1 with errno.
 */
int stage_move_to_named(
    struct stage *stage, const struct place *place, const struct stage *sibling);

/*
 * Takes over stages of PLACE in FAMILY whose owners died, beyond NUMBER, until a few
 * numbers in a row are free: they were made while the lower numbers were in use, or on
 * a mount that had no unnamed files, and would stay until as many writers run at once
 * again. A few looks are cheaper than to read the directory. OWN is passed over. Keeps
 * errno.
 */
void stage_clear_dead(const struct place *place, enum hidden_family family,
    unsigned number, const struct owner_files *own);

/*
 * Gives an unnamed stage a hidden name, for the moment until it is renamed from there:
 * a rename is what watchers of the directory are told of under the final name
 * (inotify(7), IN_MOVED_TO); of a link they learn nothing that says "finished". 0, or
 * -1 with errno: EOPNOTSUPP where it cannot be linked.
 */
int stage_link(struct stage *stage, const struct place *place);

/* Forgets the name, which is now the final one or gone. */
void stage_forget_name(struct stage *stage);

/* Removes the name, if it still leads to this stage, and closes. Keeps errno. */
void stage_discard(struct stage *stage, const struct place *place);

/* Closes after publishing. 0, or -1 with errno: the data may not be there. */
int stage_close(struct stage *stage);

#endif
