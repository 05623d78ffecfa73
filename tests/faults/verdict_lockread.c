#include "verdict.h"

#include <string.h>
#include <sys/syscall.h>

/* Cuts one of PARTS off the front of TEXT; NULL if there is none. */
static const char *
cut_part(const char *text, const char *const parts[])
{
    for (; *parts != NULL; parts++) {
        size_t length = strlen(*parts);

        if (length > 0 && strncmp(text, *parts, length) == 0)
            return text + length;
    }
    return NULL;
}

/* Whether OUT is made of whole files; *COUNT gets how many. */
static bool
is_whole(const struct path *path, const char *out, unsigned *count)
{
    const char *parts[] = {"==> f <==\n", "==> g <==\n", "\n==> g <==\n", CONTENT_G,
        CONTENT_H, path->before == NULL ? "" : path->before, NULL};

    for (*count = 0; *out != '\0'; ++*count) {
        out = cut_part(out, parts);
        if (out == NULL)
            return false;
    }
    return true;
}

void
verdict_on_lockread(struct verdict *verdict)
{
    const struct path *path = verdict->run->path;
    const char *wanted = path->after == NULL ? "" : path->after;
    /* A fault at one file makes the next older one the answer. */
    bool is_any = strcmp(path->arguments[0], "--newest") == 0 &&
                  (verdict->run->fault->kind != FAULT_NONE ||
                      verdict->run->fallback->name[0] != '\0');
    unsigned count;

    if (path->flags & TAKES) {
        verdict_on_take(verdict);
        return;
    }
    if (path->before != NULL)
        verdict_same(verdict, "f", path->before);
    for (size_t i = 0; i < verdict->names.count; i++) {
        if (!scene_had(path, verdict->names.name[i]))
            judge_blame(verdict->judgement, "a stray file");
    }
    if (verdict_hit(verdict, SYS_write, 1) && verdict->status != 0)
        return;
    if (!is_whole(path, verdict->out, &count) ||
        (path->after == NULL && verdict->out[0] != '\0'))
        judge_blame(
            verdict->judgement, "it prints a part (status %d)", verdict->status);
    else if (verdict->status == 0 && is_any && count != 1)
        judge_blame(verdict->judgement, "it prints %u files", count);
    else if (verdict->status == 0 && !is_any && strcmp(verdict->out, wanted) != 0)
        judge_blame(verdict->judgement, "status 0, but something is missing");
}
