#include "config.h"

#include "lock/lineage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/sys.h"
#include "lock/ancestors.h"
#include "lock/holders.h"
#include "lock/lock_line.h"
#include "lock/process.h"

/* The first pause between two looks, about what it takes a parent to begin to wait, and
   the longest, which is soon enough to end what would never end. */
#define FIRST_PAUSE_NS   10000000
#define LONGEST_PAUSE_NS 1000000000

/* The turns of our ancestors, each as " device:inode:birth". */
#define TURNS_VARIABLE "WHOLEFILE_TURNS"

/* What a process has of a lock. */
enum share { SHARE_NONE, SHARE_SHARED, SHARE_EXCLUSIVE, SHARE_UNKNOWN };

struct share_search {
    enum lock_line_kind kind;
    enum share share; /* found so far */
};

static bool
note_share(void *context, pid_t pid, const char *fd, const char *text)
{
    struct share_search *search = context;
    struct lock_line line;

    (void)pid;
    (void)fd;
    if (!lock_line_parse(&line, text) || line.kind != search->kind)
        return false;
    search->share = line.exclusive ? SHARE_EXCLUSIVE : SHARE_SHARED;
    return true;
}

/* The lines of a descriptor are those of its file: only the inode has to be the same,
   and that is compared by stat(2), for the device in the lines may be another. */
static enum share
share_of_process(pid_t pid, const struct stat *file, enum lock_line_kind kind)
{
    struct share_search search = {kind, SHARE_NONE};

    return process_locks(pid, file, note_share, &search) == PROCESS_REFUSED
               ? SHARE_UNKNOWN
               : search.share;
}

/* The first ancestor that has the lock, as an index, or 0. One that we may not look
   into has it if it is TAKER, of F_GETLK or /proc/locks. */
static size_t
find_ancestor(const struct ancestors *ancestors, const struct stat *file,
    enum lock_line_kind kind, const struct holders *takers)
{
    for (size_t i = 1; i < ancestors->count; i++) {
        enum share share = share_of_process(ancestors->pid[i], file, kind);

        if (share == SHARE_SHARED || share == SHARE_EXCLUSIVE)
            return i;
        for (size_t j = 0; share == SHARE_UNKNOWN && j < takers->count; j++) {
            if (takers->list[j].pid == ancestors->pid[i])
                return i;
        }
    }
    return 0;
}

static enum lineage_result
result_of(const struct ancestors *ancestors, size_t index, pid_t *holder)
{
    if (index == 0)
        return LINEAGE_OTHERS;
    *holder = ancestors->pid[index];
    return ancestors_wait(ancestors, index) ? LINEAGE_WAITS_FOR_US : LINEAGE_BUSY;
}

enum lineage_result
lineage_of_content_lock(const struct stat *file, int neighbour, pid_t *holder)
{
    struct ancestors ancestors;
    struct holders takers;
    enum share ours;
    size_t index;

    *holder = 0;
    ancestors_find(&ancestors);
    ours = share_of_process(ancestors.pid[0], file, LOCK_LINE_FLOCK);
    if (ours == SHARE_EXCLUSIVE)
        return LINEAGE_INHERITED;
    holders_find(&takers, neighbour, file, HOLDERS_FLOCK);
    index = find_ancestor(&ancestors, file, LOCK_LINE_FLOCK, &takers);
    holders_release(&takers);
    if (ours == SHARE_SHARED) {
        *holder = index == 0 ? 0 : ancestors.pid[index];
        return LINEAGE_INHERITED_SHARED;
    }
    return result_of(&ancestors, index, holder);
}

/* What the environment is marked with for the turn FILE. The time of its birth, for a
   job may outlive the turn, and the inode be another's by then. To be freed; NULL. */
static char *
mark_of(const struct stat *file, int64_t birth_ns)
{
    char *mark;

    return asprintf(&mark, " %llu:%llu:%lld", (unsigned long long)file->st_dev,
               (unsigned long long)file->st_ino, (long long)birth_ns) == -1
               ? NULL
               : mark;
}

/* Whether FILE, NAME in DIR, is among the turns that the environment is marked with. */
static bool
is_marked(const struct stat *file, int dir, const char *name)
{
    const char *turns = getenv(TURNS_VARIABLE);
    char *mark = turns == NULL ? NULL : mark_of(file, sys_birth_ns(dir, name));
    size_t length = mark == NULL ? 0 : strlen(mark);
    const char *each = mark == NULL ? NULL : strstr(turns, mark);

    while (each != NULL && each[length] != ' ' && each[length] != '\0')
        each = strstr(each + length, mark);
    free(mark);
    return each != NULL;
}

enum lineage_result
lineage_of_turn(const struct stat *file, int dir, const char *name, pid_t *holder)
{
    const struct holders nobody = {.list = NULL};
    struct ancestors ancestors;
    size_t index = 0;

    ancestors_find(&ancestors);
    if (*holder > 0 && ancestors.numbers_are_ours) {
        for (size_t i = 1; index == 0 && i < ancestors.count; i++)
            index = ancestors.pid[i] == *holder ? i : 0;
        return result_of(&ancestors, index, holder);
    }
    index = find_ancestor(&ancestors, file, LOCK_LINE_RECORD, &nobody);
    if (index == 0 && *holder == 0 && is_marked(file, dir, name))
        return LINEAGE_WAITS_FOR_US;
    return result_of(&ancestors, index, holder);
}

void
lineage_mark_turn(const struct stat *file, int fd)
{
    const char *before = getenv(TURNS_VARIABLE);
    int saved = errno;
    char *mark = mark_of(file, sys_birth_ns(fd, ""));
    char *turns = NULL;

    /* No memory: then it is waited for, as -w says. */
    if (mark != NULL &&
        asprintf(&turns, "%s%s", before == NULL ? "" : before, mark) != -1) {
        (void)setenv(TURNS_VARIABLE, turns, 1);
        free(turns);
    }
    free(mark);
    errno = saved;
}

bool
lineage_is_due(struct lineage_pace *pace)
{
    int64_t now = clock_ns();

    if (pace->is_put_off)
        pace->due_ns = now + pace->step_ns;
    pace->is_put_off = false;
    if (now < pace->due_ns)
        return false;
    pace->step_ns = pace->step_ns == 0 ? FIRST_PAUSE_NS : pace->step_ns * 2;
    if (pace->step_ns > LONGEST_PAUSE_NS)
        pace->step_ns = LONGEST_PAUSE_NS;
    pace->due_ns = now + pace->step_ns;
    return true;
}

void
lineage_put_off(struct lineage_pace *pace)
{
    pace->step_ns = (int64_t)8 * FIRST_PAUSE_NS;
    pace->is_put_off = true;
}
