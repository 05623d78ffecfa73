#include "config.h"

#include "base/descriptors.h"

#include <fcntl.h>
#include <poll.h>

bool
descriptors_are_taken(int first)
{
    return first >= 0 && first < 3;
}

int
descriptors_secure(struct descriptors *descriptors)
{
    /* One call for all three; POLLNVAL is the answer for a closed one. poll(2) */
    struct pollfd each[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};

    *descriptors = (struct descriptors){.was_closed = {false}};
    if (poll(each, 3, 0) == -1)
        return -1;
    for (int fd = 0; fd < 3; fd++) {
        if ((each[fd].revents & POLLNVAL) == 0)
            continue;
        descriptors->was_closed[fd] = true;
        /* The lowest free descriptor is this one. */
        if (open("/dev/null", O_RDWR) == -1)
            return -1;
    }
    return 0;
}
