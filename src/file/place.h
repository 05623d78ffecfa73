/*
 * place - where: an open directory and a leaf name in it.
 *
 * Everything else names files by their place, so that a directory that is renamed
 * or a symlink that is changed in the middle of a run cannot lead it elsewhere.
 * The directory is opened first, for it is what is fsynced last: a descriptor
 * opened late may have missed its write error.
 *
 * A place owns its descriptor; PLACE_EMPTY and a closed place own nothing.
 */
#ifndef WHOLEFILE_FILE_PLACE_H
#define WHOLEFILE_FILE_PLACE_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct place {
    int dir;                 /* O_RDONLY, or O_PATH where it may not be read; -1 */
    bool dir_is_readable;    /* false: it can be searched, but not fsynced */
    char leaf[NAME_MAX + 1]; /* the name in it */
    char prefix[PATH_MAX];   /* the way to DIR as it was given, "" or ending in "/" */
    bool exists;             /* when it was opened ... */
    struct stat found;       /* ... and then this was there, no link followed */
};

#define PLACE_EMPTY ((struct place){.dir = -1})

enum place_links {
    PLACE_FOLLOW, /* the place is where the symlinks at PATH lead */
    PLACE_STAY,   /* the place is the symlink itself */
};

enum place_result {
    PLACE_OPEN,
    PLACE_DANGLING,  /* a symlink leads to nothing */
    PLACE_UNTRUSTED, /* a symlink in a sticky directory belongs to a stranger,
                        whatever fs.protected_symlinks is */
    PLACE_FAILED,    /* errno */
};

/* A place has a leaf: "" and "dir/" have none. */
bool place_has_leaf(const char *path);

/* Opens the directory of PATH and looks at its leaf. */
enum place_result place_open(
    struct place *place, const char *path, enum place_links links);

/*
 * Opens the directory part of PREFIX, all up to its last "/"; what follows, maybe
 * nothing, becomes the leaf. Nothing is looked at. 0, or -1 with errno.
 */
int place_open_prefix(struct place *place, const char *prefix);

void place_close(struct place *place);

/* What NAME in a directory leads to, compared with a file that is open. */
enum place_match {
    PLACE_SAME,
    PLACE_OTHER,
    PLACE_GONE,
    PLACE_UNKNOWN, /* errno */
};
enum place_match place_compare(int dir, const char *name, const struct stat *file);

/*
 * The same, asked of the server where there is one, directory first: for names that
 * others take and remove on other machines. FD is the file itself, or -1: where it has
 * lost its last name it is PLACE_OTHER, even if its inode number is in use again.
 */
enum place_match place_compare_fresh(
    int dir, const char *name, int fd, const struct stat *file);

/*
 * Removes NAME in DIR if it leads to FILE, which is open as FD, or is gone. 0, or -1
 * with errno: ESTALE where it leads to another file.
 */
int place_remove_if_same(int dir, const char *name, int fd, const struct stat *file);

/*
 * Whether ERROR, of a call on an open file or on a name that was there, says that it
 * was removed: ESTALE on another machine (NFS), ENOENT where the server goes by paths
 * (SFTP).
 */
bool place_is_gone(int error);

/* Whether two stats are of one inode. */
bool place_same_inode(const struct stat *one, const struct stat *other);

/* Opens the directory to be read, from its beginning; NULL with errno. */
DIR *place_open_names(const struct place *place);

/*
 * Makes the names in the directory durable. Where the directory cannot be opened
 * for reading or does not take fsync, the file system is synced instead, through FD: a
 * file in the directory, or -1 where the directory can be read. On FUSE, whose servers
 * do not hear of that, FD itself is synced, too. 0, or -1 with errno. fsync(2),
 * syncfs(2)
 */
int place_sync(const struct place *place, int fd);

/*
 * Opens a file that place_sync can do with: that of the place, or one without a name
 * beside it. Its descriptor is the caller's; -1 where neither can be opened.
 */
int place_open_beside(const struct place *place);

#endif
