/* What proc(5) tells of a process: asked of ourselves. */
#include "config.h"

#include "lock/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lock/lock_line.h"
#include "unit.h"

/* Our own number in /proc, which need not be that of getpid(2). */
static pid_t self;

struct seen {
    unsigned all;
    unsigned exclusive;
    bool is_enough; /* after the first */
};

static bool
see(void *context, pid_t pid, const char *fd, const char *text)
{
    struct seen *seen = context;
    struct lock_line line;

    EXPECT_NUMBER(pid, self);
    EXPECT(fd[0] != '\0');
    EXPECT(lock_line_parse(&line, text));
    seen->all++;
    seen->exclusive += line.kind == LOCK_LINE_FLOCK && line.exclusive;
    return seen->is_enough;
}

static bool
count(void *context, pid_t pid, const char *name)
{
    unsigned *entries = context;

    EXPECT_NUMBER(pid, self);
    EXPECT(name[0] != '.');
    ++*entries;
    return false;
}

static void
locks(void)
{
    FILE *locked = tmpfile();
    FILE *other = tmpfile();
    struct seen seen = {.all = 0};
    struct seen first = {.is_enough = true};
    struct seen of_other = {.all = 0};
    struct stat file = {.st_ino = 0};

    EXPECT(locked != NULL && other != NULL);
    EXPECT(flock(fileno(locked), LOCK_EX | LOCK_NB) == 0);
    EXPECT(flock(fileno(other), LOCK_SH | LOCK_NB) == 0);
    EXPECT(process_locks(self, NULL, see, &seen) == PROCESS_ALL);
    EXPECT(seen.all >= 2);
    EXPECT(process_locks(self, NULL, see, &first) == PROCESS_ENOUGH);
    EXPECT_NUMBER(first.all, 1);
    EXPECT(fstat(fileno(other), &file) == 0);
    EXPECT(process_locks(self, &file, see, &of_other) == PROCESS_ALL);
    EXPECT_NUMBER(of_other.all, 1);
    EXPECT_NUMBER(of_other.exclusive, 0);
    fclose(locked);
    fclose(other);
}

static void
open_files(void)
{
    FILE *one = tmpfile();
    FILE *other = tmpfile();
    struct stat file = {.st_ino = 0};
    char fd[32];

    EXPECT(one != NULL && other != NULL && fstat(fileno(one), &file) == 0);
    snprintf(fd, sizeof(fd), "%d", fileno(one));
    EXPECT(process_has_open(self, fd, file.st_dev, file.st_ino));
    /* The same number elsewhere. */
    EXPECT(!process_has_open(self, fd, file.st_dev + 1, file.st_ino));
    snprintf(fd, sizeof(fd), "%d", fileno(other));
    EXPECT(!process_has_open(self, fd, file.st_dev, file.st_ino));
    fclose(one);
    fclose(other);
}

static void
entries(void)
{
    unsigned threads = 0;
    char text[64];

    EXPECT(process_list(self, "task", count, &threads) == PROCESS_ALL);
    EXPECT(threads >= 1);
    EXPECT(prctl(PR_SET_NAME, "process") == 0);
    EXPECT(process_read(self, "comm", text, sizeof(text)));
    EXPECT_TEXT(text, "process\n");
    EXPECT(process_read(self, "comm", text, sizeof("pro")));
    EXPECT_TEXT(text, "pro");
}

static void
nobody(void)
{
    struct seen seen = {.all = 0};
    unsigned threads = 0;
    char text[64] = "x";

    EXPECT(process_locks(0, NULL, see, &seen) == PROCESS_REFUSED);
    EXPECT(process_list(0, "task", count, &threads) == PROCESS_REFUSED);
    EXPECT(!process_read(0, "comm", text, sizeof(text)));
    EXPECT_TEXT(text, "");
    EXPECT(!process_has_open(0, "0", 0, 0));
}

int
main(void)
{
    char link[32] = "";

    if (readlink("/proc/self", link, sizeof(link) - 1) <= 0 ||
        access("/proc/self/fdinfo", R_OK) == -1) {
        puts("1..0 # skipped: needs /proc");
        return 77;
    }
    self = (pid_t)strtol(link, NULL, 10);
    unit_test(
        "the locks of a process, of all its descriptors or of those of a file", locks);
    unit_test("whether a descriptor is one of a file", open_files);
    unit_test("entries and texts, cut to what fits", entries);
    unit_test("of a process that is not there nothing is told", nobody);
    return unit_end();
}
