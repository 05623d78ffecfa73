/* Lines of /proc/locks and of /proc/PID/fdinfo, as kernels 5.10 to 6.18 wrote them. */
#include "config.h"

#include "lock/lock_line.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* A line, and what is demanded of it. */
struct sample {
    const char *text;
    struct lock_line line;
};

static void
expect_line(const struct sample *sample)
{
    const struct lock_line *wanted = &sample->line;
    struct lock_line line;
    ino_t inode = 0;

    EXPECT(lock_line_inode(sample->text, &inode));
    EXPECT_NUMBER((long long)inode, (long long)wanted->inode);
    EXPECT(lock_line_parse(&line, sample->text));
    EXPECT_NUMBER(line.kind, wanted->kind);
    EXPECT_NUMBER(line.exclusive, wanted->exclusive);
    EXPECT_NUMBER(line.pid, wanted->pid);
    EXPECT_NUMBER(line.major, wanted->major);
    EXPECT_NUMBER(line.minor, wanted->minor);
    EXPECT_NUMBER((long long)line.inode, (long long)wanted->inode);
}

static void
kinds(void)
{
    static const struct sample samples[] = {
        {"1: FLOCK  ADVISORY  WRITE 23653 fe:00:10957809 0 EOF\n",
            {LOCK_LINE_FLOCK, true, 23653, 0xfe, 0, 10957809}},
        {"1027: FLOCK  ADVISORY  READ 7 08:02:5 0 EOF\n",
            {LOCK_LINE_FLOCK, false, 7, 8, 2, 5}},
        {"2: POSIX  ADVISORY  WRITE 4194303 00:1a:42 128 1073741823\n",
            {LOCK_LINE_RECORD, true, 4194303, 0, 0x1a, 42}},
        {"3: POSIX  MANDATORY READ 12 103:05:9 0 EOF\n",
            {LOCK_LINE_RECORD, false, 12, 0x103, 5, 9}},
        {"4: OFDLCK ADVISORY  WRITE -1 00:2f:3 0 EOF\n",
            {LOCK_LINE_OTHER, true, -1, 0, 0x2f, 3}},
        {"5: LEASE  ACTIVE    READ 1200 fe:00:77 0 EOF\n",
            {LOCK_LINE_OTHER, false, 1200, 0xfe, 0, 77}},
        {"6: DELEG  BREAKING  WRITE 33 fe:00:78 0 EOF\n",
            {LOCK_LINE_OTHER, true, 33, 0xfe, 0, 78}},
    };

    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        expect_line(&samples[i]);
}

/* In a PID name space the taker of a lock may have no number. */
static void
fdinfo(void)
{
    static const struct sample samples[] = {
        {"lock:\t1: FLOCK  ADVISORY  WRITE 0 fe:00:10957809 0 EOF\n",
            {LOCK_LINE_FLOCK, true, 0, 0xfe, 0, 10957809}},
        {"lock:\t12: POSIX  ADVISORY  READ 359 00:13:11691 0 0",
            {LOCK_LINE_RECORD, false, 359, 0, 0x13, 11691}},
    };

    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        expect_line(&samples[i]);
}

static void
largest_inode(void)
{
    const struct sample sample = {
        "1: FLOCK  ADVISORY  WRITE 1 00:31:18446744073709551615 0 EOF\n",
        {LOCK_LINE_FLOCK, true, 1, 0, 0x31, (ino_t)-1}};

    expect_line(&sample);
}

/* Lines that tell of nobody who holds a lock. */
static const char *const others[] = {
    "",
    "\n",
    "pos:\t0\n",
    "flags:\t0100000\n",
    "mnt_id:\t27\n",
    "ino:\t10957809\n",
    "lock:",
    "lock:\t",
    "inotify wd:1 ino:a73405 sdev:fe00000 mask:100 ignored_mask:0 fhandle-bytes:8\n",
    "1: -> FLOCK  ADVISORY  WRITE 24 fe:00:10957809 0 EOF\n",
    "1:  -> POSIX  ADVISORY  WRITE 24 fe:00:10957809 0 EOF\n",
    "lock:\t1: -> FLOCK  ADVISORY  WRITE 24 fe:00:10957809 0 EOF\n",
    "5: LEASE  BREAKER   UNLCK 1200 fe:00:77 0 EOF\n",
    "1: FLOCK  ADVISORY  WRITE 24 <none>:0 0 EOF\n",
    "1: FLOCK  ADVISORY  WRITE 24 fe:00:99999999999999999999 0 EOF\n",
    "1: FLOCK  ADVISORY  WRITE 24 fe:00:-7 0 EOF\n",
    "1: FLOCK  ADVISORY  WRITE 24 fe:00 0 EOF\n",
    "1: FLOCK  ADVISORY  WRITE 99999999999 fe:00:1 0 EOF\n",
    "1: FLOCK  ADVISORY  WRITE -2 fe:00:1 0 EOF\n",
    "1: FLOCK  ADVISORY  WRITE",
    "1: FLOCK",
    "1:",
    "x: FLOCK  ADVISORY  WRITE 24 fe:00:1 0 EOF\n",
};

static void
holds_nothing(void)
{
    struct lock_line line;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        EXPECT(!lock_line_parse(&line, others[i]));
}

/* However a line is cut, nothing beyond its end is read (the sanitizers would say). */
static void
cut_short(void)
{
    static const char whole[] =
        "lock:\t1: FLOCK  ADVISORY  WRITE 7 fe:00:10957809 0 EOF";
    struct lock_line line;
    ino_t inode;

    for (size_t length = 0; length < sizeof(whole); length++) {
        char *text = strndup(whole, length);

        EXPECT(text != NULL);
        if (text == NULL)
            return;
        /* Whole is what says how the inode's number ends. */
        EXPECT_NUMBER(lock_line_parse(&line, text),
            length > strlen("lock:\t1: FLOCK  ADVISORY  WRITE 7 fe:00:10957809"));
        (void)lock_line_inode(text, &inode);
        free(text);
    }
}

int
main(void)
{
    unit_test("a line tells kind, access, PID, device and inode", kinds);
    unit_test("so does a line of fdinfo, whose PID may be 0", fdinfo);
    unit_test("an inode may have any number", largest_inode);
    unit_test("waiters and what is no lock hold nothing", holds_nothing);
    unit_test("a line that is cut short is none", cut_short);
    return unit_end();
}
