#!/usr/bin/env bats
# The last resort where neither a link nor a rename spares what is there: a name is claimed
# with an empty file, which lockread never takes for a finished one.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load common

# bare COMMAND...: as try, on a file system that has neither of both. Killed at its rename
# where KILLED is set.
bare() {
    try traced -e inject=linkat:error=EPERM -e inject=renameat2:error=EINVAL \
        ${KILLED:+-e inject=renameat:signal=KILL} "$@"
}

# The same without a tracer, and looked at right before the rename, which is not come to
# where renameat2(2) is no function of libc.
LOOK='#include <stdlib.h>
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    errno = EPERM;
    return -1;
}
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    errno = EINVAL;
    return -1;
}
int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    char command[256];
    asked();
    unsetenv("LD_PRELOAD");
    setenv("SEEN", to, 1);
    snprintf(command, sizeof command, "lockread -- \"$SEEN\" >&2; "
        "printf \"%%s \" $? >&2; lockread --take=cat -- \"$SEEN\" >&2; echo $? >&2");
    if (system(command) != 0)
        fputs("no shell", stderr);
    return REAL(renameat)(from_dir, from, to_dir, to);
}'

@test "placeholder: what it comes to is the file, and nothing else" {
    need_trace
    bare uniqcreate "$EPOCH" x- <<<text
    expect 0 ""
    holds "x-$FIRST" text
    : >plain
    [ "$(stat -c %a "x-$FIRST")" = "$(stat -c %a plain)" ]
    rm plain
    bare atomwrite -n f <<<text
    expect 0 ""
    holds f text
    bare atomwrite -n f <<<more
    expect 73
    holds f text
    only f "x-$FIRST"
}

@test "placeholder: to lockread it is locked, and not for --take" {
    instead "$LOOK" uniqcreate "$EPOCH" -q x- <<<text
    expect 0
    [[ $stderr =~ ^"lockread: x-$FIRST: locked by PID "[0-9]+" (uniqcreate)"[^$'\n']*$'\n75 0'$ ]]
    holds "x-$FIRST" text
    instead "$LOOK" atomwrite -n f <<<text
    expect 0
    [[ $stderr =~ ^"lockread: f: locked by PID "[0-9]+" (atomwrite)"[^$'\n']*$'\n75 0'$ ]]
    holds f text
}

@test "placeholder: of a dead writer it is unfinished" {
    need_trace
    KILLED=yes bare uniqcreate "$EPOCH" x- <<<text
    expect 137
    try lockread "x-$FIRST"
    expect 65 "lockread: x-$FIRST: $DEAD"
    try lockread --take=cat "x-$FIRST"
    expect 0 ""
    KILLED=yes bare atomwrite -n f <<<text
    expect 137
    try lockread f
    expect 65
    # The next version is a file like any other.
    try atomwrite f <<<text
    expect 0 ""
    holds f text
    try lockread f
    expect 0 ""
}
