#include "config.h"

#include "stage/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void
sweep_dead(const struct place *place, enum hidden_family family,
    const struct takeover_own *own)
{
    int saved = errno;
    /* Opened anew: a duplicate would share the offset with the place's own. */
    int fd = openat(place->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd == -1 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (names == NULL) {
        if (fd != -1)
            close(fd);
        errno = saved;
        return;
    }
    while ((entry = readdir(names)) != NULL) {
        pid_t holder;

        if (hidden_is_stage_of(entry->d_name, family, place->leaf))
            (void)takeover_remove(place->dir, entry->d_name, NULL, own, &holder);
    }
    closedir(names);
    errno = saved;
}
