#include "config.h"

#include "lock/holders.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file_system.h"
#include "lock/lock_line.h"
#include "lock/proc_view.h"
#include "lock/process.h"

/* The kernel fills no more than a page in one read of /proc/locks, and goes through all
   the locks before it each time. */
enum { LOCKS_BUFFER_SIZE = 16384 };

/* What is asked in one pass: sorted by inode, as far as COUNT. */
struct questions {
    struct holders **list;
    size_t count;
    bool leaves_nothing_out; /* so far */
};

/* Whether a line is one of the file of a question. */
enum match { MATCH_NOT, MATCH_EXACTLY, MATCH_PERHAPS };

static enum match
match(struct holders *question, const struct lock_line *line)
{
    dev_t device = makedev(line->major, line->minor);
    enum lock_line_kind kind =
        question->kind == HOLDERS_FLOCK ? LOCK_LINE_FLOCK : LOCK_LINE_RECORD;

    if (line->kind != kind || line->inode != question->inode)
        return MATCH_NOT;
    if (device == question->device)
        return MATCH_EXACTLY;
    /* btrfs has one device for each subvolume, and some overlays one for each layer,
       none of which /proc/locks tells: anonymous ones, whose major number is 0. */
    if (major(question->device) != 0)
        return MATCH_NOT;
    if (question->mount_device == 0 &&
        !proc_view_device_of(question->mount, &question->mount_device))
        return MATCH_PERHAPS;
    /* An inode number may be there once in each subvolume. */
    return device == question->mount_device &&
                   question->mount_device != question->device
               ? MATCH_PERHAPS
               : MATCH_NOT;
}

/* Notes HOLDER, or what more it tells of one that is noted: /proc/locks is no snapshot,
   and tells a lock twice where others come and go while it is read. */
static void
note(struct questions *questions, struct holders *question, struct holder holder)
{
    struct holder *more;

    for (size_t i = 0; i < question->count; i++) {
        struct holder *known = &question->list[i];

        if (known->taker != holder.taker || known->exclusive != holder.exclusive)
            continue;
        if (known->pid == 0 || (holder.is_sure && !known->is_sure))
            known->pid = holder.pid;
        known->is_sure = known->is_sure || holder.is_sure;
        return;
    }
    more = reallocarray(question->list, question->count + 1, sizeof(*question->list));
    if (more == NULL) {
        questions->leaves_nothing_out = false;
        return;
    }
    question->list = more;
    more[question->count++] = holder;
}

/* Whether the taker of a lock has it on the file that is asked for. */
struct check {
    const struct holders *question;
    const struct lock_line *line;
    bool has_it;
    bool has_another;
};

static bool
check_lock(void *context, pid_t pid, const char *fd, const char *text)
{
    struct check *check = context;
    const struct lock_line *wanted = check->line;
    struct lock_line line;

    if (!lock_line_parse(&line, text) || line.kind != wanted->kind ||
        line.exclusive != wanted->exclusive || line.pid != wanted->pid ||
        line.inode != wanted->inode || line.major != wanted->major ||
        line.minor != wanted->minor)
        return false;
    check->has_it =
        process_has_open(pid, fd, check->question->device, check->question->inode);
    check->has_another = !check->has_it;
    return check->has_it;
}

/* A line of /proc/locks. */
static void
note_taker(
    struct questions *questions, struct holders *question, const struct lock_line *line)
{
    struct check check = {.question = question, .line = line};
    enum match matches = match(question, line);
    struct holder holder = {
        .taker = line->pid,
        .exclusive = line->exclusive,
        .is_sure = matches == MATCH_EXACTLY,
    };

    if (matches == MATCH_NOT)
        return;
    if (line->pid > 0 && proc_view_lives(line->pid))
        holder.pid = line->pid;
    if (matches == MATCH_PERHAPS && holder.pid != 0) {
        (void)process_locks(holder.pid, NULL, check_lock, &check);
        holder.is_sure = check.has_it;
        if (check.has_another && !holder.is_sure)
            return;
    }
    note(questions, question, holder);
}

/* A lock of a descriptor, whose taker may be dead. */
static void
note_keeper(struct questions *questions, struct holders *question, pid_t pid,
    const char *fd, const struct lock_line *line)
{
    enum match matches = match(question, line);
    bool lives = line->pid > 0 && line->pid != pid && proc_view_lives(line->pid);
    const struct holder holder = {
        .pid = lives ? line->pid : pid,
        .taker = line->pid,
        .exclusive = line->exclusive,
        .is_sure = true,
    };

    if (matches == MATCH_NOT ||
        (matches == MATCH_PERHAPS &&
            !process_has_open(pid, fd, question->device, question->inode)))
        return;
    note(questions, question, holder);
}

/* The first question whose inode is not less than INODE. */
static size_t
first_of(const struct questions *questions, ino_t inode)
{
    size_t low = 0;
    size_t high = questions->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (questions->list[middle]->inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Finds what is asked of the file of TEXT, a line: of most lines only the inode is
   looked at. The questions are those from *FIRST that have its inode. */
static bool
find(const struct questions *questions, const char *text, struct lock_line *line,
    size_t *first)
{
    ino_t inode;

    if (!lock_line_inode(text, &inode))
        return false;
    *first = first_of(questions, inode);
    return *first < questions->count && questions->list[*first]->inode == inode &&
           lock_line_parse(line, text);
}

/* Reads /proc/locks through once. */
static void
read_table(struct questions *questions)
{
    char buffer[LOCKS_BUFFER_SIZE];
    FILE *locks = fopen("/proc/locks", "re");
    char text[256];

    if (locks == NULL) {
        questions->leaves_nothing_out = false;
        return;
    }
    (void)setvbuf(locks, buffer, _IOFBF, sizeof(buffer));
    while (fgets(text, sizeof(text), locks) != NULL) {
        struct lock_line line;
        size_t i;

        if (!find(questions, text, &line, &i))
            continue;
        for (; i < questions->count && questions->list[i]->inode == line.inode; i++)
            note_taker(questions, questions->list[i], &line);
    }
    /* The latter: another file may be mounted over it. */
    if (ferror(locks) || !file_system_is_proc(fileno(locks)))
        questions->leaves_nothing_out = false;
    fclose(locks);
}

static bool
note_descriptor(void *context, pid_t pid, const char *fd, const char *text)
{
    struct questions *questions = context;
    struct lock_line line;
    size_t i;

    if (!find(questions, text, &line, &i))
        return false;
    for (; i < questions->count && questions->list[i]->inode == line.inode; i++)
        note_keeper(questions, questions->list[i], pid, fd, &line);
    return false;
}

static int
compare(const void *left, const void *right)
{
    const struct holders *one = *(struct holders *const *)left;
    const struct holders *other = *(struct holders *const *)right;

    if (one->is_settled != other->is_settled)
        return one->is_settled ? 1 : -1;
    if (one->inode != other->inode)
        return one->inode < other->inode ? -1 : 1;
    return 0;
}

/* Sorts those to the end that are settled. */
static void
sort(struct questions *questions, size_t count)
{
    qsort(questions->list, count, sizeof(struct holders *), compare);
    questions->count = 0;
    while (questions->count < count && !questions->list[questions->count]->is_settled)
        questions->count++;
}

/* Whether the descriptors of other processes have nothing to add: a record lock goes
   with its taker, and is in /proc/locks wherever it is in fdinfo. */
static bool
is_settled(const struct questions *questions, const struct holders *question)
{
    bool is_settled = question->count > 0 || questions->leaves_nothing_out;

    for (size_t i = 0; i < question->count; i++)
        is_settled =
            is_settled && question->list[i].pid != 0 && question->list[i].is_sure;
    return is_settled || question->kind == HOLDERS_RECORD;
}

/* Whether the list tells of the holder I before, or of surer ones. */
static bool
is_superfluous(const struct holders *question, size_t i, bool is_any_sure)
{
    const struct holder *holder = &question->list[i];

    for (size_t j = 0; j < i; j++) {
        if (question->list[j].pid == holder->pid &&
            question->list[j].exclusive == holder->exclusive)
            return true;
    }
    return is_any_sure && !holder->is_sure;
}

static void
conclude(const struct questions *questions, struct holders *question)
{
    bool is_any_sure = false;
    size_t kept = 0;

    for (size_t i = 0; i < question->count; i++)
        is_any_sure = is_any_sure || question->list[i].is_sure;
    if (is_any_sure)
        question->answer = HOLDERS_SOME;
    else if (question->count == 0 && questions->leaves_nothing_out)
        question->answer = HOLDERS_NONE;
    for (size_t i = 0; i < question->count; i++) {
        question->list[kept] = question->list[i];
        kept += !is_superfluous(question, kept, is_any_sure);
    }
    question->count = kept;
}

void
holders_prepare(
    struct holders *holders, int fd, const struct stat *file, enum holders_kind kind)
{
    *holders = (struct holders){
        .kind = kind,
        .device = file->st_dev,
        .inode = file->st_ino,
        .answer = HOLDERS_UNKNOWN,
    };
    if (major(file->st_dev) == 0)
        holders->mount = proc_view_mount_of(fd);
}

void
holders_ask(struct holders **list, size_t count)
{
    struct questions questions = {list, count, proc_view_is_whole()};

    if (count == 0)
        return;
    sort(&questions, count);
    read_table(&questions);
    /* It is no snapshot: where a lock before ours went between two reads, ours was
       passed over. That nobody holds it is believed the second time. */
    for (size_t i = 0; i < count; i++)
        list[i]->is_settled = list[i]->count > 0;
    sort(&questions, count);
    if (questions.count > 0)
        read_table(&questions);
    for (size_t i = 0; i < count; i++)
        list[i]->is_settled = is_settled(&questions, list[i]);
    sort(&questions, count);
    if (questions.count > 0)
        process_locks_of_all(note_descriptor, &questions);
    for (size_t i = 0; i < count; i++)
        conclude(&questions, list[i]);
}

void
holders_find(
    struct holders *holders, int fd, const struct stat *file, enum holders_kind kind)
{
    struct holders *question = holders;

    holders_prepare(holders, fd, file, kind);
    holders_ask(&question, 1);
}

bool
holders_are_exclusive(const struct holders *holders)
{
    bool are_exclusive = false;

    for (size_t i = 0; i < holders->count; i++)
        are_exclusive = are_exclusive || holders->list[i].exclusive;
    return are_exclusive && holders->answer == HOLDERS_SOME;
}

pid_t
holders_first(const struct holders *holders)
{
    return holders->count > 0 ? holders->list[0].pid : 0;
}

void
holders_release(struct holders *holders)
{
    int saved = errno;

    free(holders->list);
    holders->list = NULL;
    holders->count = 0;
    errno = saved;
}

void
holders_command(pid_t pid, char *name, size_t size)
{
    name[0] = '\0';
    if (pid > 0 && process_read(pid, "comm", name, size))
        name[strcspn(name, "\n")] = '\0';
}
