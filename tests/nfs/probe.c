/*
 * What a file system of the guest really does, asked without the suite: the
 * facts that its protocol builds on.  Runs inside the guest.
 *
 *	probe facts DIR		notes about DIR, a directory that may be written
 *	probe flock FILE	0 if nobody has flock'd FILE, 75 if somebody has
 *	probe record FILE	the same of record locks, and names the owner
 *	probe hold FILE CMD...	holds a record lock on FILE while CMD runs
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_LOCKED = 75 };

static int
fail(const char *what)
{
    fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
    return 1;
}

/* Reports one call by what it returned, and passes that on. */
static int
said(const char *what, int result)
{
    printf("note: %s: %s\n", what, result < 0 ? strerror(errno) : "yes");
    return result;
}

static int
record_set(int fd, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

    return fcntl(fd, F_SETLK, &lock);
}

static int
create(int dir, const char *name)
{
    return openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* Each kind of publishing; the notes are the answer. */
static void
facts_of_names(int dir)
{
    int nameless = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (said("O_TMPFILE", nameless) >= 0)
        close(nameless);
    close(create(dir, "one"));
    close(create(dir, "two"));
    said("renameat2 RENAME_EXCHANGE",
        renameat2(dir, "one", dir, "two", RENAME_EXCHANGE));
    said("renameat2 RENAME_NOREPLACE",
        renameat2(dir, "one", dir, "three", RENAME_NOREPLACE));
    said("link", linkat(dir, "two", dir, "four", 0));
    unlinkat(dir, "one", 0);
    unlinkat(dir, "two", 0);
    unlinkat(dir, "three", 0);
    unlinkat(dir, "four", 0);
}

/* Whether flock and record locks are one kind, and what each lock demands. */
static int
facts_of_locks(int dir)
{
    int writable = create(dir, "lock");
    int readable = openat(dir, "lock", O_RDONLY | O_CLOEXEC);
    int write_only = openat(dir, "lock", O_WRONLY | O_CLOEXEC);

    if (writable < 0 || readable < 0 || write_only < 0)
        return fail("lock");
    if (said("LOCK_EX on a descriptor for reading",
            flock(readable, LOCK_EX | LOCK_NB)) == 0)
        flock(readable, LOCK_UN);
    if (said("LOCK_SH on a descriptor for writing",
            flock(write_only, LOCK_SH | LOCK_NB)) == 0)
        flock(write_only, LOCK_UN);
    if (flock(writable, LOCK_EX | LOCK_NB) != 0)
        return fail("flock");
    if (said("a record lock beside a flock of one's own",
            record_set(writable, F_WRLCK)) != 0 &&
        errno != EAGAIN && errno != EACCES)
        return fail("record lock");
    close(write_only);
    close(readable);
    close(writable);
    return unlinkat(dir, "lock", 0) == 0 ? 0 : fail("unlink");
}

/* Whether a mode stays as it was set, which a live claim needs. */
static int
facts_of_modes(int dir)
{
    int fd = create(dir, "mode");
    struct stat info;

    if (fd < 0)
        return fail("mode");
    said("fchmod to 0200", fchmod(fd, 0200));
    if (fstat(fd, &info) != 0)
        return fail("fstat");
    printf("note: mode is then: %04o\n", (unsigned)info.st_mode & 07777U);
    said("fsync", fsync(fd));
    said("fsync of the directory", fsync(dir));
    close(fd);
    return unlinkat(dir, "mode", 0) == 0 ? 0 : fail("unlink");
}

static int
facts(const char *path)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0)
        return fail(path);
    facts_of_names(dir);
    return facts_of_locks(dir) | facts_of_modes(dir);
}

static int
ask_flock(int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? STATUS_LOCKED : fail("flock");
}

static int
ask_record(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(fd, F_GETLK, &lock) != 0)
        return fail("F_GETLK");
    if (lock.l_type == F_UNLCK)
        return 0;
    printf("held by process %ld\n", (long)lock.l_pid);
    return STATUS_LOCKED;
}

/* Record locks are not inherited: the command must be a child of ours. */
static int
hold(int fd, char *command[])
{
    int status;
    pid_t child;

    if (record_set(fd, F_WRLCK) != 0)
        return errno == EAGAIN || errno == EACCES ? STATUS_LOCKED : fail("F_SETLK");
    child = fork();
    if (child < 0)
        return fail("fork");
    if (child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    if (waitpid(child, &status, 0) < 0)
        return fail("wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int
main(int argc, char *argv[])
{
    int fd;

    if (argc < 3) {
        fputs("usage: probe facts|flock|record|hold FILE\n", stderr);
        return 64;
    }
    if (strcmp(argv[1], "facts") == 0)
        return facts(argv[2]);
    fd = open(argv[2], O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return fail(argv[2]);
    if (strcmp(argv[1], "flock") == 0)
        return ask_flock(fd);
    if (strcmp(argv[1], "record") == 0)
        return ask_record(fd);
    if (strcmp(argv[1], "hold") == 0 && argc > 3)
        return hold(fd, argv + 3);
    fputs("probe: unknown request\n", stderr);
    return 64;
}
