/* The order among those who wait: whom each stands behind, and what lies cost. */
#include "config.h"

#include "lock/queue.h"

#include <fcntl.h>
#include <sched.h>
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

    (void)queue_look(&queue, dir, "name", 0);
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

/* The same, by a process that has ended, shared its descriptors, and is not waited for:
   the lock stays, in its name. */
static bool
lie_and_end(void)
{
    long child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
    siginfo_t ended;

    if (child == 0)
        _exit(lie() ? 0 : 1);
    return waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) == 0 &&
           ended.si_code == CLD_EXITED && ended.si_status == 0;
}

static bool
idle(void)
{
    return true;
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

/* The number that the next descriptor will have. */
static int
next_descriptor(void)
{
    int next = dup(dir);

    EXPECT(next != -1);
    close(next);
    return next;
}

static void
alone(void)
{
    struct queue queue = QUEUE_EMPTY;
    off_t place;

    EXPECT_NUMBER(queue_look(&queue, dir, "name", 0), QUEUE_UP_TO_US);
    place = queue.place;
    /* By then it would be another, and those who came meanwhile before us. */
    (void)usleep(2000);
    EXPECT_NUMBER(queue_look(&queue, dir, "name", 0), QUEUE_UP_TO_US);
    EXPECT_NUMBER(queue.place, place);
    EXPECT_NUMBER(queue.first, -1);
    queue_leave(&queue);
}

/* Nobody is before us, but somebody who never waited has what we wait for. */
static void
behind_the_holder(void)
{
    struct other holder = start(idle);
    struct other next = start(idle);
    struct queue queue = QUEUE_EMPTY;
    int descriptor = next_descriptor();

    EXPECT_NUMBER(queue_look(&queue, dir, "name", holder.pid), QUEUE_UP_TO_US);
    EXPECT(!has_processes() || !queue_has_moved(&queue));
    /* It has given it away, and lives on. */
    EXPECT_NUMBER(queue_look(&queue, dir, "name", next.pid), QUEUE_UP_TO_US);
    EXPECT_NUMBER(queue.watched, next.pid);
    EXPECT_NUMBER(queue_look(&queue, dir, "name", holder.pid), QUEUE_UP_TO_US);
    EXPECT_NUMBER(queue.watched, holder.pid);
    end(holder);
    EXPECT(queue_has_moved(&queue));
    EXPECT_NUMBER(queue_look(&queue, dir, "name", next.pid), QUEUE_UP_TO_US);
    EXPECT(!has_processes() || !queue_has_moved(&queue));
    /* Another has it by now. */
    end(next);
    EXPECT_NUMBER(queue_look(&queue, dir, "name", 0), QUEUE_UP_TO_US);
    EXPECT_NUMBER(queue.first, -1);
    EXPECT_NUMBER(queue_look(&queue, dir, "name", getpid()), QUEUE_UP_TO_US);
    queue_leave(&queue);
    EXPECT_NUMBER(queue.watched, 0);
    EXPECT_NUMBER(next_descriptor(), descriptor);
}

static void
behind(void)
{
    struct other first = start(line_up);
    struct other second = start(line_up);
    struct other third = start(line_up);
    struct queue queue = QUEUE_EMPTY;
    struct queue elsewhere = QUEUE_EMPTY;
    enum queue_position position = queue_look(&queue, dir, "name", first.pid);
    int process = queue.first;

    if (has_processes()) {
        EXPECT_NUMBER(position, QUEUE_FAR);
        EXPECT(!queue_has_moved(&queue));
        EXPECT_NUMBER(queue_look(&queue, dir, "name", first.pid), QUEUE_FAR);
        EXPECT_NUMBER(queue.first, process);
    }
    EXPECT_NUMBER(queue_look(&elsewhere, dir, "another", 0), QUEUE_UP_TO_US);
    /* The second is left before the third, behind whom we are next. */
    end(first);
    EXPECT(!has_processes() || !queue_has_moved(&queue));
    end(second);
    EXPECT(queue_has_moved(&queue));
    position = queue_look(&queue, dir, "name", third.pid);
    if (has_processes()) {
        EXPECT_NUMBER(position, QUEUE_NEXT);
        EXPECT(!queue_has_moved(&queue));
    }
    end(third);
    EXPECT_NUMBER(queue_look(&queue, dir, "name", 0), QUEUE_UP_TO_US);
    queue_leave(&queue);
}

static void
lied_to(void)
{
    struct other liar = start(lie);
    struct queue queue = QUEUE_EMPTY;

    (void)queue_look(&queue, dir, "name", 0);
    EXPECT(queue.first == -1 || !queue_has_moved(&queue));
    end(liar);
    EXPECT_NUMBER(queue_look(&queue, dir, "name", 0), QUEUE_UP_TO_US);
    queue_leave(&queue);
}

/* To stand behind it would be to be woken again and again, and never to ask. */
static void
lied_to_by_the_dead(void)
{
    struct other liar = start(lie_and_end);
    struct other waiter = start(line_up);
    struct queue queue = QUEUE_EMPTY;

    EXPECT_NUMBER(queue_look(&queue, dir, "name", 0), QUEUE_UP_TO_US);
    EXPECT_NUMBER(queue.first, -1);
    queue_leave(&queue);
    end(waiter);
    end(liar);
}

/* Each that ends leaves another, and we are never nearer. */
static void
lied_to_again_and_again(void)
{
    struct other liar = start(lie);
    struct queue queue = QUEUE_EMPTY;
    enum queue_position position = queue_look(&queue, dir, "name", 0);

    for (unsigned i = 0; i < 100 && position == QUEUE_FAR; i++) {
        struct other next = start(lie);

        end(liar);
        liar = next;
        position = queue_look(&queue, dir, "name", 0);
    }
    EXPECT_NUMBER(position, QUEUE_UP_TO_US);
    EXPECT_NUMBER(queue.first, -1);
    queue_leave(&queue);
    end(liar);
}

static void
not_readable(void)
{
    struct queue queue = QUEUE_EMPTY;
    int searched = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    EXPECT(searched != -1);
    EXPECT_NUMBER(queue_look(&queue, searched, "name", 0), QUEUE_UP_TO_US);
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
    unit_test("whoever is first stands behind the holder", behind_the_holder);
    unit_test("the fourth stands behind the second, and then the third", behind);
    unit_test("a lock on the whole directory is outlived", lied_to);
    unit_test(
        "nobody stands behind the dead, whatever locks they have", lied_to_by_the_dead);
    unit_test("whoever is woken in vain again and again asks", lied_to_again_and_again);
    unit_test("where the directory cannot be read everybody asks", not_readable);
    close(dir);
    (void)rmdir(path);
    return unit_end();
}
