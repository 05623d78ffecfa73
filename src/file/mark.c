#include "config.h"

#include "file/mark.h"

bool
mark_is_unfinished(const struct stat *file)
{
    return (file->st_mode & 07777) == MARK_UNFINISHED;
}
