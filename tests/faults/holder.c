#include "holder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int
holder_take_turn(int dir, const char *name)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    return fd != -1 && fcntl(fd, F_SETLK, &whole) == 0 ? fd : -1;
}

static _Noreturn void
hold(int dir, const char *name, int ready)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (holder_take_turn(dir, name) != -1)
        (void)!write(ready, "", 1);
    close(ready);
    for (;;)
        pause();
}

pid_t
holder_start(int dir, const char *name)
{
    int ready[2];
    char byte;
    pid_t holder;

    if (pipe2(ready, O_CLOEXEC) == -1)
        return -1;
    holder = fork();
    if (holder == 0)
        hold(dir, name, ready[1]);
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1 && holder != -1) {
        holder_stop(holder);
        holder = -1;
        errno = EIO;
    }
    close(ready[0]);
    return holder;
}

void
holder_stop(pid_t holder)
{
    kill(holder, SIGKILL);
    while (waitpid(holder, NULL, 0) == -1 && errno == EINTR)
        continue;
}
