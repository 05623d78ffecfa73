#include "paths.h"

#define OLD "the old content\nof more lines than one\n"
#define NEW "a new content,\nquite another one\nwith a third line\n"

enum { PIPE_SIZE = 65536, LINE_LENGTH = 64 };

char path_full_pipe[PIPE_SIZE + 1];

void
paths_prepare(void)
{
    for (int i = 0; i < PIPE_SIZE; i++)
        path_full_pipe[i] = i % LINE_LENGTH == LINE_LENGTH - 1
                                ? '\n'
                                : (char)('a' + i / LINE_LENGTH % 26);
}

const struct path paths[] = {
    {"new file", ATOMWRITE, 0, 0, NULL, NEW, NEW, {"f"}},
    {"new file from a pipe", ATOMWRITE, INPUT_IS_PIPE, 0, NULL, NEW, NEW, {"f"}},
    {"new file under a default ACL", ATOMWRITE, SCENE_DEFAULT_ACL, 0, NULL, NEW, NEW,
        {"f"}},
    {"replace", ATOMWRITE, 0, 0, OLD, NEW, NEW, {"f"}},
    {"replace from a pipe", ATOMWRITE, INPUT_IS_PIPE, 0, OLD, NEW, NEW, {"f"}},
    {"replace from a full pipe", ATOMWRITE, INPUT_IS_PIPE, 0, OLD, path_full_pipe,
        path_full_pipe, {"f"}},
    {"replace with owner, ACL and attribute", ATOMWRITE, SCENE_ATTRIBUTES, 0, OLD, NEW,
        NEW, {"f"}},
    {"replace, verbose with progress", ATOMWRITE, INPUT_IS_PIPE, 0, OLD, NEW, NEW,
        {"-v", "--progress", "f"}},
    {"replace without sync", ATOMWRITE, 0, 0, OLD, NEW, NEW, {"--no-sync", "f"}},
    {"replace through a symlink", ATOMWRITE, SCENE_LINK, 0, OLD, NEW, NEW, {"link"}},
    {"replace a symlink", ATOMWRITE, SCENE_LINK | REPLACES_LINK, 0, OLD, NEW, NEW,
        {"-P", "link"}},
    {"output of COMMAND", ATOMWRITE, INPUT_IS_PIPE, 0, OLD, NEW, NEW, {"f", "cat"}},
    {"COMMAND fails", ATOMWRITE, INPUT_IS_PIPE, 3, OLD, NULL, NEW,
        {"f", "sh", "-c", "cat; exit 3"}},
    {"append", ATOMWRITE, 0, 0, OLD, OLD NEW, NEW, {"-a", "f"}},
    {"append from a pipe", ATOMWRITE, INPUT_IS_PIPE, 0, OLD, OLD NEW, NEW, {"-a", "f"}},
    {"append to nothing", ATOMWRITE, 0, 0, NULL, NEW, NEW, {"-a", "f"}},
    {"update", ATOMWRITE, 0, 0, OLD, "the edited content\nof more lines than one\n", "",
        {"-u", "f", "sed", "s/old/edited/"}},
    {"update of nothing", ATOMWRITE, 0, 0, NULL, "made\n", "",
        {"-u", "f", "sh", "-c", "cat && echo made"}},
    {"keep", ATOMWRITE, SCENE_KEPT, 0, OLD, NEW, NEW, {"-k", "2", "f"}},
    {"keep the first", ATOMWRITE, 0, 0, OLD, NEW, NEW, {"--keep=3", "f"}},
    {"keep with attributes", ATOMWRITE, SCENE_ATTRIBUTES, 0, OLD, NEW, NEW,
        {"--keep=1", "f"}},
    {"if changed: changed", ATOMWRITE, 0, 0, OLD, NEW, NEW, {"-c", "f"}},
    {"if changed: unchanged", ATOMWRITE, 0, 0, OLD, OLD, OLD, {"-c", "f"}},
    {"if changed: unchanged, touched", ATOMWRITE, 0, 0, OLD, OLD, OLD,
        {"-c", "--touch", "f"}},
    {"if changed: new", ATOMWRITE, 0, 0, NULL, NEW, NEW, {"-c", "f"}},
    {"no clobber", ATOMWRITE, 0, 0, NULL, NEW, NEW, {"-n", "f"}},
    {"no clobber: exists", ATOMWRITE, 0, 73, OLD, NULL, NEW, {"-n", "f"}},
    {"check passes", ATOMWRITE, 0, 0, OLD, NEW, NEW, {"--check=grep -q third", "f"}},
    {"check fails", ATOMWRITE, 0, 65, OLD, NULL, NEW, {"--check=grep -q fourth", "f"}},
    /* -s: a check that outlives an interrupted run must not write into its message. */
    {"check reads by name", ATOMWRITE, 0, 0, OLD, NEW, NEW,
        {"--check=grep -qs third \"$ATOMWRITE_STAGED\"", "f"}},
    {"end marker", ATOMWRITE, 0, 0, OLD, NEW, NEW "done\n", {"--end-marker=done", "f"}},
    {"end marker missing", ATOMWRITE, 0, 65, OLD, NULL, NEW,
        {"--end-marker=done", "f"}},
    {"too small", ATOMWRITE, 0, 65, OLD, NULL, NEW, {"--min-size=1K", "f"}},
    {"empty", ATOMWRITE, 0, 65, OLD, NULL, "", {"--non-empty", "f"}},
    {"lock file", ATOMWRITE, SCENE_LOCK_FILE, 0, OLD, NEW, NEW,
        {"--lock-file=lock", "f"}},
    {"lock file is made", ATOMWRITE, 0, 0, OLD, NEW, NEW, {"--lock-file=lock", "f"}},
    {"mode", ATOMWRITE, 0, 0, OLD, NEW, NEW, {"-m", "g-r", "f"}},
    {"mode of a new file", ATOMWRITE, 0, 0, NULL, NEW, NEW, {"--mode=0600", "f"}},
    {"owner", ATOMWRITE, NEEDS_ROOT, 0, OLD, NEW, NEW, {"--owner=1:1", "f"}},
    {"owner by name", ATOMWRITE, NEEDS_ROOT, 0, OLD, NEW, NEW,
        {"--owner=nobody:nogroup", "f"}},
    {"after a death", ATOMWRITE, SCENE_DEAD, 0, OLD, NEW, NEW, {"f"}},
    {"after a death with a named stage", ATOMWRITE, SCENE_DEAD | SCENE_DEAD_STAGE, 0,
        OLD, NEW, NEW, {"f"}},
    {"keep after a death", ATOMWRITE, SCENE_DEAD | SCENE_KEPT, 0, OLD, NEW, NEW,
        {"-k", "2", "f"}},
    {"an ancestor has the turn", ATOMWRITE, SCENE_TURN_HELD | HELD_BY_ANCESTOR, 75, OLD,
        NULL, NEW, {"f"}},
    {"somebody has the turn", ATOMWRITE, SCENE_TURN_HELD, 75, OLD, NULL, NEW,
        {"-w", "0", "f"}},
    {"wait for the turn", ATOMWRITE, SCENE_TURN_HELD, 75, OLD, NULL, NEW,
        {"-w", "0.002", "f"}},
    {"somebody writes in place", ATOMWRITE, SCENE_LOCKED, 75, OLD, NULL, NEW,
        {"-w", "0.01", "f"}},
    {"replace what was left unfinished", ATOMWRITE, SCENE_UNFINISHED, 0, OLD, NEW, NEW,
        {"f"}},

    {"staged", UNIQCREATE, 0, 0, NULL, NEW, NEW, {"u-"}},
    {"staged from a pipe", UNIQCREATE, INPUT_IS_PIPE, 0, NULL, NEW, NEW, {"u-"}},
    {"output of COMMAND", UNIQCREATE, 0, 0, NULL, NEW, NEW, {"u-", "cat"}},
    {"COMMAND fails", UNIQCREATE, 0, 3, NULL, NULL, NEW,
        {"u-", "sh", "-c", "cat; exit 3"}},
    {"empty", UNIQCREATE, 0, 0, NULL, "", "", {"--empty", "u-"}},
    {"names are taken", UNIQCREATE, SCENE_TAKEN, 0, NULL, NEW, NEW,
        {"--time=@0", "u-"}},
    {"in a directory", UNIQCREATE, 0, 0, NULL, NEW, NEW, {"-z", "-v", "./"}},
    {"check passes", UNIQCREATE, 0, 0, NULL, NEW, NEW, {"--check=grep -q third", "u-"}},
    {"check fails", UNIQCREATE, 0, 65, NULL, NULL, NEW, {"--check=false", "u-"}},
    {"end marker", UNIQCREATE, 0, 0, NULL, NEW, NEW "done\n",
        {"--end-marker=done", "u-"}},
    {"mode and owner", UNIQCREATE, NEEDS_ROOT, 0, NULL, NEW, NEW,
        {"-m", "0440", "--owner=1:1", "u-"}},
    {"after a death", UNIQCREATE, SCENE_DEAD_STAGE, 0, NULL, NEW, NEW, {"u-"}},
    {"live", UNIQCREATE, IS_LIVE, 0, NULL, NEW, NEW, {"-l", "u-"}},
    {"live from a pipe", UNIQCREATE, IS_LIVE | INPUT_IS_PIPE, 0, NULL, NEW, NEW,
        {"-l", "u-"}},
    {"live output of COMMAND", UNIQCREATE, IS_LIVE, 0, NULL, NEW, NEW,
        {"-l", "u-", "cat"}},
    {"live, COMMAND fails", UNIQCREATE, IS_LIVE, 3, NULL, NULL, NEW,
        {"-l", "u-", "sh", "-c", "cat; exit 3"}},
    {"live, names are taken", UNIQCREATE, IS_LIVE | SCENE_TAKEN, 0, NULL, NEW, NEW,
        {"-l", "--time=@0", "u-"}},
    {"live, end marker missing", UNIQCREATE, IS_LIVE, 65, NULL, NULL, NEW,
        {"-l", "--end-marker=done", "u-"}},

    {"one", LOCKREAD, 0, 0, OLD, OLD, "", {"f"}},
    {"many", LOCKREAD, SCENE_SIBLINGS, 0, OLD, OLD CONTENT_G CONTENT_H, "",
        {"f", "g", "h"}},
    {"many with headers", LOCKREAD, SCENE_SIBLINGS, 0, OLD,
        "==> f <==\n" OLD "\n==> g <==\n" CONTENT_G, "", {"--headers", "f", "g"}},
    {"newest", LOCKREAD, SCENE_SIBLINGS, 0, OLD, CONTENT_H, "",
        {"--newest", "f", "g", "h"}},
    {"check passes", LOCKREAD, 0, 0, OLD, OLD, "", {"--check=grep -q old", "f"}},
    {"check fails", LOCKREAD, 0, 65, OLD, NULL, "", {"--check=false", "f"}},
    {"age and size", LOCKREAD, 0, 0, OLD, OLD, "", {"--max-age=1h", "-e", "f"}},
    {"lock file", LOCKREAD, SCENE_LOCK_FILE, 0, OLD, OLD, "",
        {"--lock-file=lock", "f"}},
    {"locked", LOCKREAD, SCENE_LOCKED, 75, OLD, NULL, "", {"f"}},
    {"wait for the lock", LOCKREAD, SCENE_LOCKED, 75, OLD, NULL, "", {"-w0.01", "f"}},
    {"unfinished", LOCKREAD, SCENE_UNFINISHED, 65, OLD, NULL, "", {"f"}},
    {"missing", LOCKREAD, 0, 66, NULL, NULL, "", {"f"}},
};

const size_t path_count = sizeof(paths) / sizeof(paths[0]);

const struct path path_proof = {
    "a program that writes in place", WRITES_IN_PLACE, 0, 0, OLD, NEW, NEW, {"f"}};
