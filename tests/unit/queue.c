/* The order among those who wait: whom each stands behind, and what lies cost. */
#include "config.h"

#include "lock/queue.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static int dir = -1;

/* A process that has done its work, and lives until it is ended. */
struct other {
    pid_t pid;
};

static bool
line_up(void)
{
    struct queue queue = QUEUE_EMPTY;

    (void)queue_look(&queue, dir, "name");
    /* Those who began at the same time count as one. */
    (void)usleep(2000);
    return queue.place != 0;
}

/* A lock on all that there can be, as somebody would have who wishes us ill. */
static bool
lie(void)
{
    struct flock all = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

    return fcntl(dir, F_SETLK, &all) == 0;
}

static struct other
start(bool (*work)(void))
{
    struct other other;
    int ready[2];
    char byte = 0;

    EXPECT(pipe(ready) == 0);
    other.pid = fork();
    if (other.pid == 0) {
        byte = work() ? 'y' : 'n';
        if (write(ready[1], &byte, 1) == 1) {
            for (;;)
                pause();
        }
        _exit(1);
    }
    EXPECT(read(ready[0], &byte, 1) == 1);
    EXPECT_NUMBER(byte, 'y');
    close(ready[0]);
    close(ready[1]);
    return other;
}

static void
end(struct other other)
{
    int status;

    EXPECT(kill(other.pid, SIGKILL) == 0);
    EXPECT(waitpid(other.pid, &status, 0) == other.pid);
}

static bool
has_ended(int process)
{
    struct pollfd ended = {.fd = process, .events = POLLIN};

    return poll(&ended, 1, 0) == 1;
}

/* Whether the system has what a queue needs. */
static bool
has_processes(void)
{
#ifdef SYS_pidfd_open
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0U);

    if (self != -1)
        close(self);
    return self != -1;
#else
    return false;
#endif
}

static void
alone(void)
{
    struct queue queue = QUEUE_EMPTY;

    EXPECT_NUMBER(queue_look(&queue, dir, "name"), -1);
    EXPECT_NUMBER(queue_look(&queue, dir, "name"), -1);
    queue_leave(&queue);
}

static void
behind(void)
{
    struct other first = start(line_up);
    struct other second = start(line_up);
    struct queue queue = QUEUE_EMPTY;
    struct queue elsewhere = QUEUE_EMPTY;
    int process = queue_look(&queue, dir, "name");

    if (has_processes()) {
        EXPECT(process != -1);
        EXPECT(!has_ended(process));
        EXPECT_NUMBER(queue_look(&queue, dir, "name"), process);
    }
    EXPECT_NUMBER(queue_look(&elsewhere, dir, "another"), -1);
    end(first);
    /* One is left, which is to have it next. */
    EXPECT_NUMBER(queue_look(&queue, dir, "name"), -1);
    end(second);
    EXPECT_NUMBER(queue_look(&queue, dir, "name"), -1);
    queue_leave(&queue);
}

static void
lied_to(void)
{
    struct other liar = start(lie);
    struct queue queue = QUEUE_EMPTY;
    int process = queue_look(&queue, dir, "name");

    EXPECT(process == -1 || !has_ended(process));
    end(liar);
    EXPECT_NUMBER(queue_look(&queue, dir, "name"), -1);
    queue_leave(&queue);
}

static void
not_readable(void)
{
    struct queue queue = QUEUE_EMPTY;
    int searched = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    EXPECT(searched != -1);
    EXPECT_NUMBER(queue_look(&queue, searched, "name"), -1);
    close(searched);
}

int
main(void)
{
    char path[] = "/tmp/queue.XXXXXX";

    if (mkdtemp(path) == NULL)
        return 99;
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unit_test("whoever waits alone asks", alone);
    unit_test("the third stands behind the first until that has ended", behind);
    unit_test("a lock on the whole directory is outlived", lied_to);
    unit_test("where the directory cannot be read everybody asks", not_readable);
    close(dir);
    (void)rmdir(path);
    return unit_end();
}
