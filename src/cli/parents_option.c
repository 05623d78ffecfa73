#include "config.h"

#include "cli/parents_option.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/sys.h"
#include "file/parents.h"

/* A file without a name, on the file system of PATH if that has any. It need not be
   there, for its content is copied. */
static int
open_ahead(const char *path)
{
    int dir = parents_open_existing(path);
    int fd = dir == -1 ? -1 : sys_open_unnamed(dir, STAGE_MODE_PRIVATE);
    FILE *elsewhere;

    io_close(&dir);
    if (fd != -1 || errno != EOPNOTSUPP)
        return fd;
    elsewhere = tmpfile();
    if (elsewhere == NULL)
        return -1;
    fd = fcntl(fileno(elsewhere), F_DUPFD_CLOEXEC, 0);
    (void)fclose(elsewhere);
    return fd;
}

/* Fills writer->ahead. */
static enum status
take_ahead(struct writer *writer, const char *path)
{
    struct stage stage = {.fd = open_ahead(path), .form = STAGE_UNNAMED};
    enum status status;

    if (stage.fd == -1 || fstat(stage.fd, &stage.born) == -1)
        return writer_failed(writer, "create a temporary file");
    status = writer_feed(writer, -1, stage.fd);
    if (status == STATUS_DONE)
        status = writer_accept_form(writer, stage.fd);
    if (status == STATUS_DONE)
        status = writer_check(writer, &PLACE_EMPTY, &stage);
    if (status == STATUS_DONE && lseek(stage.fd, 0, SEEK_SET) == -1)
        status = writer_failed(writer, "read back the new content");
    writer->ahead = stage.fd;
    return status;
}

enum status
parents_option_make(struct writer *writer, const char *path, bool ahead)
{
    enum status status = ahead ? take_ahead(writer, path) : STATUS_DONE;

    if (status == STATUS_DONE && parents_make(path, !writer->options->no_sync) == -1)
        return writer_failed(writer, "make its directories");
    return status;
}

enum status
parents_option_sync(
    const struct writer *writer, const char *path, const struct place *place)
{
    if (writer->options->no_sync || !parents_has_way(path) ||
        parents_sync(place->dir) == 0)
        return STATUS_DONE;
    return writer_failed(writer, "sync the directory above");
}
