#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
    IS_OLD = 1,
    IS_NEW = 2,
    NOT_CREATED = 73,
    UNCONFIRMED = 76,
    UNFINISHED_MODE = 0200
};

static unsigned
version_of(const struct path *path, ssize_t size, const char *text)
{
    unsigned version = 0;

    if (size == -1)
        return path->before == NULL ? IS_OLD : 0;
    if (path->before != NULL && strcmp(text, path->before) == 0)
        version |= IS_OLD;
    if (path->after != NULL && strcmp(text, path->after) == 0)
        version |= IS_NEW;
    return version;
}

bool
verdict_is_responsible(const struct verdict *verdict)
{
    return !verdict->was_killed && verdict->run->fault->kind != FAULT_DONE_ERROR &&
           !verdict->run->trace->has_timed_out;
}

static void
judge_content(struct verdict *verdict, const char *file)
{
    const struct run *run = verdict->run;
    struct judgement *judgement = verdict->judgement;
    char text[SCENE_TEXT_SIZE];
    ssize_t size = scene_read(run->scene, file, text);
    unsigned version = version_of(run->path, size, text);
    bool is_lied_to = verdict_is_lied_to(verdict) && run->path->status != NOT_CREATED;
    int status = verdict->status;

    if (size == 0 && version == 0 && run->path->before == NULL &&
        verdict_may_be_placeholder(verdict)) {
        judgement->apart = APART_PLACEHOLDER;
        verdict_lockread(verdict, file, NULL, 65);
        return;
    }
    /* Who is told that there is no FILE need not refuse it, nor build on it. */
    if (is_lied_to && size != -1 && strcmp(text, run->path->input) == 0)
        version |= IS_NEW;
    if (version == 0)
        judge_blame(judgement, "%s is neither old nor new: %zd bytes", file, size);
    else if ((status == 0 || status == UNCONFIRMED) && !(version & IS_NEW))
        judge_blame(judgement, "status %d, but %s is old", status, file);
    else if (status != 0 && status != UNCONFIRMED && verdict_is_responsible(verdict) &&
             !(version & IS_OLD))
        judge_blame(judgement, "status %d, but %s is new", status, file);
    if (size == -1)
        verdict_lockread(verdict, file, NULL, 66);
    else if (run->path->flags & SCENE_UNFINISHED && version & IS_OLD)
        verdict_lockread(verdict, file, NULL, 65);
    else
        verdict_lockread(verdict, file, text, 0);
}

/* Never more open than before or after. */
static void
judge_mode(struct verdict *verdict, const char *file)
{
    const struct path *path = verdict->run->path;
    mode_t most = path->before != NULL ? 0640 : 0644;
    struct stat status;

    if (path->flags & (SCENE_ATTRIBUTES | SCENE_DEFAULT_ACL))
        most = 0660;
    /* What was said not to be there is not inherited from. */
    if (path->flags & (SCENE_UNFINISHED | REPLACES_LINK) || verdict_is_lied_to(verdict))
        most |= 0644;
    if (fstatat(verdict->run->scene->fd, file, &status, 0) == 0 &&
        (status.st_mode & 07777 & ~most) != 0)
        judge_blame(verdict->judgement, "%s has mode %04o", file,
            (unsigned)(status.st_mode & 07777));
}

static bool
keeps(const struct path *path)
{
    return strcmp(path->arguments[0], "-k") == 0 ||
           strncmp(path->arguments[0], "--keep=", 7) == 0;
}

/* Version NAME has content ONE or OTHER; IS_DUE: it MUST be ONE. */
static void
judge_version(struct verdict *verdict, const char *name, const char *one,
    const char *other, bool is_due)
{
    char text[SCENE_TEXT_SIZE];

    if (scene_read(verdict->run->scene, name, text) == -1) {
        if (other != NULL || is_due)
            judge_blame(verdict->judgement, "%s is not there", name);
    } else if (strcmp(text, one) != 0 &&
               (is_due || other == NULL || strcmp(text, other) != 0)) {
        judge_blame(verdict->judgement, "%s has the wrong content", name);
    }
}

static void
judge_visible(struct verdict *verdict, const char *file)
{
    const struct path *path = verdict->run->path;

    for (size_t i = 0; i < verdict->names.count; i++) {
        const char *name = verdict->names.name[i];

        if (verdict->names.is_directory[i] || scene_leaf(name)[0] == '.' ||
            strcmp(name, file) == 0 || strcmp(name, "f") == 0 || scene_had(path, name))
            continue;
        if (keeps(path) && strcmp(name, "f.1") == 0)
            continue;
        if (strcmp(path->arguments[0], "--lock-file=lock") == 0 &&
            strcmp(name, "lock") == 0)
            continue;
        judge_blame(verdict->judgement, "a stray file: %s", name);
    }
}

void
verdict_on_atomwrite(struct verdict *verdict)
{
    const struct path *path = verdict->run->path;
    const char *file = path_file(path);
    bool is_done = (verdict->status == 0 || verdict->status == UNCONFIRMED) &&
                   !verdict_is_lied_to(verdict);

    judge_visible(verdict, file);
    judge_mode(verdict, file);
    judge_content(verdict, file);
    if (path->flags & REPLACES_LINK)
        verdict_same(verdict, "f", path->before);
    if (keeps(path))
        judge_version(verdict, "f.1", path->before,
            path->flags & SCENE_KEPT ? CONTENT_KEPT_1 : NULL, is_done);
    if (path->flags & SCENE_KEPT)
        judge_version(verdict, "f.2", CONTENT_KEPT_1, CONTENT_KEPT_2, is_done);
}

/* What uniqcreate made, or NULL; more than one is a violation. */
static const char *
find_new(struct verdict *verdict)
{
    const char *found = NULL;

    for (size_t i = 0; i < verdict->names.count; i++) {
        const char *name = verdict->names.name[i];

        if (verdict->names.is_directory[i] || scene_leaf(name)[0] == '.')
            continue;
        if (scene_had(verdict->run->path, name)) {
            verdict_same(verdict, name, CONTENT_TAKEN);
            continue;
        }
        if (found != NULL)
            judge_blame(verdict->judgement, "two new files: %s and %s", found, name);
        found = name;
    }
    return found;
}

enum made { MADE_NONE, MADE_UNFINISHED, MADE_WHOLE, MADE_PLACEHOLDER, MADE_WRONG };

static enum made
look_at_new(struct verdict *verdict, const char *name)
{
    const struct path *path = verdict->run->path;
    struct stat status;
    char text[SCENE_TEXT_SIZE];
    ssize_t size;

    if (name == NULL)
        return MADE_NONE;
    size = scene_read(verdict->run->scene, name, text);
    if (size == -1 || fstatat(verdict->run->scene->fd, name, &status, 0) == -1)
        return MADE_WRONG;
    if (path->flags & IS_LIVE && (status.st_mode & 07777) == UNFINISHED_MODE) {
        verdict_lockread(verdict, name, NULL, 65);
        return MADE_UNFINISHED;
    }
    if (size == 0 && (status.st_mode & 07777) == UNFINISHED_MODE &&
        verdict_may_be_placeholder(verdict)) {
        verdict_lockread(verdict, name, NULL, 65);
        return MADE_PLACEHOLDER;
    }
    if ((status.st_mode & 07777 & ~(mode_t)0644) != 0)
        judge_blame(
            verdict->judgement, "its mode is %04o", (unsigned)(status.st_mode & 07777));
    if (path->after != NULL && strcmp(text, path->after) == 0) {
        verdict_lockread(verdict, name, text, 0);
        return MADE_WHOLE;
    }
    return MADE_WRONG;
}

static bool
retains(const struct path *path)
{
    return strcmp(path->arguments[0], "--retain=3") == 0;
}

/* An old file was said to be locked by somebody, another one by now, or no file at all:
   then it is left, and that is no failure. */
static bool
was_said_to_be_in_use(const struct verdict *verdict)
{
    const struct fault *fault = verdict->run->fault;

    return fault->kind == FAULT_ERROR &&
           (fault->error == EAGAIN || fault->error == ESTALE || fault->error == ELOOP ||
               fault->error == ENOENT);
}

/* Of the five that were taken the oldest go once the new one is whole, but three, and
   but those in use; all of them where the run said that it did it. */
static void
judge_retained(struct verdict *verdict, enum made made)
{
    const struct run *run = verdict->run;
    char name[] = "u-19700101T000000Z-1";

    if (!(run->path->flags & SCENE_TAKEN))
        return;
    for (int i = 1; i <= 5; i++) {
        bool is_in_use = run->path->flags & TAKEN_IN_USE && i <= 2;
        bool is_old = retains(run->path) && i <= 3 && !is_in_use;
        bool is_there;
        struct stat status;

        name[sizeof(name) - 2] = (char)('0' + i);
        is_there = fstatat(run->scene->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (!is_there && (!is_old || made != MADE_WHOLE))
            judge_blame(verdict->judgement, "%s was removed (status %d)", name,
                verdict->status);
        if (is_there && is_old && verdict->status == 0 &&
            run->fault->kind != FAULT_TERM && !was_said_to_be_in_use(verdict))
            judge_blame(verdict->judgement, "status 0, but %s is still there", name);
    }
}

/* What was printed is the path of NAME, and nothing was where there is none. */
static void
judge_printed(struct verdict *verdict, const char *name, enum made made)
{
    const char *printed = verdict->out;
    size_t length;

    if (printed[0] == '\0') {
        if (verdict->status == 0)
            judge_blame(verdict->judgement, "status 0, but no path is printed");
        return;
    }
    if (verdict_hit(verdict, SYS_write, 1))
        return; /* half of it, maybe */
    if (strncmp(printed, "./", 2) == 0)
        printed += 2;
    if (!(verdict->run->path->flags & IS_LIVE) && verdict->status != 0 &&
        !(retains(verdict->run->path) && verdict->status == UNCONFIRMED) &&
        verdict_is_responsible(verdict) && verdict->run->fault->kind != FAULT_TERM)
        judge_blame(
            verdict->judgement, "status %d, but a path is printed", verdict->status);
    if (name == NULL) {
        /* A claim is printed at once, and taken back where it is refused. */
        if (verdict->status == 0 ||
            (verdict->was_killed && (verdict->run->path->flags & IS_LIVE) == 0))
            judge_blame(verdict->judgement, "the path of no file is printed");
        return;
    }
    length = strlen(name);
    if (strncmp(printed, name, length) != 0 ||
        (printed[length] != '\n' && printed[length] != '\0'))
        judge_blame(verdict->judgement, "the wrong path is printed");
    if (!(verdict->run->path->flags & IS_LIVE) && made != MADE_WHOLE)
        judge_blame(verdict->judgement, "the path of an incomplete file is printed");
}

void
verdict_on_uniqcreate(struct verdict *verdict)
{
    struct judgement *judgement = verdict->judgement;
    const char *name = find_new(verdict);
    enum made made = look_at_new(verdict, name);
    int status = verdict->status;

    judge_printed(verdict, name, made);
    judge_retained(verdict, made);
    if (made == MADE_WRONG)
        judge_blame(judgement, "%s is incomplete (status %d)", name, status);
    if (made == MADE_PLACEHOLDER)
        judgement->apart = APART_PLACEHOLDER;
    if ((status == 0 || status == UNCONFIRMED) && made != MADE_WHOLE)
        judge_blame(judgement, "status %d, but there is no complete file", status);
    /* Or it was printed, and said what of the old ones is still there. */
    if (status == UNCONFIRMED && name != NULL && strstr(verdict->err, name) == NULL &&
        !(retains(verdict->run->path) && verdict->out[0] != '\0'))
        judge_blame(judgement, "status 76 without its name");
    if (!verdict_is_responsible(verdict) || status == 0 || status == UNCONFIRMED)
        return;
    if (made == MADE_UNFINISHED && verdict_hit_clean_up(verdict, name))
        judgement->apart = APART_UNLINK;
    else if (made == MADE_UNFINISHED ||
             (made == MADE_WHOLE && strstr(verdict->err, ": created, ") == NULL))
        judge_blame(judgement, "status %d, but %s is there", status, name);
}
