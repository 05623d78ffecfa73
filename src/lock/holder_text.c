#include "config.h"

#include "lock/holder_text.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/io.h"
#include "lock/holders.h"

struct holder_text
holder_text(pid_t pid)
{
    struct holder_text holder_text = {"another process"};
    char command[32];

    if (pid <= 0)
        return holder_text;
    holders_command(pid, command, sizeof(command));
    snprintf(holder_text.text, sizeof(holder_text.text),
        command[0] == '\0' ? "PID %ld" : "PID %ld (%s)", (long)pid, command);
    return holder_text;
}

struct holder_text
holder_text_of_lock(int dir, const char *name)
{
    int fd = openat(dir, name, O_PATH | O_CLOEXEC);
    struct holders holders = {.list = NULL};
    struct holder_text text;
    struct stat file;

    if (fd != -1 && fstat(fd, &file) == 0)
        holders_find(&holders, fd, &file, HOLDERS_FLOCK);
    io_close(&fd);
    text = holder_text(holders_first(&holders));
    holders_release(&holders);
    return text;
}
