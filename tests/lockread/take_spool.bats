#!/usr/bin/env bats
# lockread --take: the directories that it empties, and what fails in them.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load common

# steps LOG: the names that went, and the directories that were synced, in their order.
steps() {
    sed -nE 's/^unlinkat\(.*, "([^"]*)", 0\) += 0$/-\1/p
        s/^fsync\([0-9]+<.*\/([^/]*)>\) += 0$/\1/p' "$1" | tr '\n' ' '
}

@test "take: two directories whose names are equally long are two" {
    mkdir a b
    echo 1 >a/1
    echo 2 >b/1
    try lockread --take=cat a/1 b/1
    expect 0 ""
    [ "$output" = $'1\n2' ]
    [ ! -e a/1 ]
    [ ! -e b/1 ]
}

@test "take: what somebody reads under a shared lock is left" {
    spool 1 2
    held_flock spool/1 -s
    try lockread --take=cat spool
    let_go
    expect 0 ""
    [ "$output" = 2 ]
    holds spool/1 1
}

@test "take: a directory is durable before the next one is begun" {
    need_trace
    mkdir a b
    touch a/1 b/2
    trace "$BATS_TEST_TMPDIR/log" -y -e trace=unlinkat,fsync lockread --take=: a b
    [ "$(steps "$BATS_TEST_TMPDIR/log")" = "-1 a -2 b " ]
}

# groups SECONDS: takes 100 FILEs while each question for the time comes so many seconds
# after the one before. The file "steps" has a "-" for each that is gone, and a "d" for each
# time that the directory is made durable.
groups() {
    spool {001..100}
    instead "#include <time.h>
    static void step(const char *letter)
    {
        int fd = open(\"steps\", O_WRONLY | O_APPEND | O_CREAT, 0666);
        if (write(fd, letter, 1) == 1)
            close(fd);
    }
    int clock_gettime(clockid_t clock, struct timespec *now)
    {
        static time_t seconds = 1000;
        asked();
        seconds += $1;
        *now = (struct timespec){seconds, 0};
        return 0;
    }
    int unlinkat(int dir, const char *name, int flags)
    {
        step(\"-\");
        return REAL(unlinkat)(dir, name, flags);
    }
    int fsync(int fd)
    {
        step(\"d\");
        return REAL(fsync)(fd);
    }" lockread --take=: spool
    expect 0 ""
    [ -z "$(ls -A spool)" ]
}

@test "take: a directory is durable after 64 names, and in the end" {
    groups 0
    [ "$(cat steps)" = "$(printf -- '-%.0s' {1..64})d$(printf -- '-%.0s' {1..36})d" ]
}

@test "take: a directory is durable after a second" {
    groups 1
    [ "$(cat steps)" = "$(printf -- '-d%.0s' {1..100})" ]
}

@test "take: what was refused for its directory is so for each FILE there" {
    spool 1 2
    try lockread --take='echo ran; false' --failed=spool/. spool/1 spool/2
    expect 73 "lockread: spool/.: spool/1 is in it already (choose another directory)
lockread: spool/.: spool/2 is in it already (choose another directory)"
    [ -z "$output" ]
    holds spool/1 1
    holds spool/2 2
}

@test "take: a directory of which nothing can be removed, for it is append-only, 77" {
    need_root
    need chattr
    spool 1
    chattr +a spool 2>/dev/null || skip "needs a file system with append-only directories"
    try lockread --take='echo ran' spool
    chattr -a spool
    expect 77
    [[ $stderr == "lockread: spool/1: cannot remove names there: Operation not permitted ("* ]]
    [ -z "$output" ]
    holds spool/1 1
}

@test "take: a directory that cannot be read is synced with its file system" {
    local user=()
    need_trace
    share
    spool 1
    if [ "$(id -u)" -eq 0 ]; then
        user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        chown 65534 spool spool/1
    fi
    chmod 300 spool
    [ "$(stat -c %a spool)" = 300 ] || skip "needs modes that stick"
    trace "$BATS_TEST_TMPDIR/log" -e trace=unlinkat,syncfs "${user[@]}" \
        lockread --take=cat spool/1
    chmod 700 spool
    grep -A 1 '^unlinkat(.*"1", 0) *= 0' "$BATS_TEST_TMPDIR/log" | grep -q '^syncfs(.*= 0'
    [ -z "$(ls -A spool)" ]
}

@test "take: a name that has no room for a number stays where that in --failed is taken" {
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    local long
    long=$(printf 'n%.0s' {1..255})
    spool "$long"
    mkdir bad
    echo other >"bad/$long"
    try lockread --take='exit 3' --failed=bad spool
    expect 3 "lockread: spool/$long: left as it was: exit 3 exited with status 3
lockread: spool/$long: cannot move it to bad: File name too long (choose a shorter name)"
    holds "spool/$long" "$long"
    holds "bad/$long" other
}

@test "take: of a name that has failed a thousand times the next one stays" {
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    spool 1
    mkdir bad
    touch bad/1 bad/1-{2..1000}
    try lockread --take='exit 3' --failed=bad spool
    expect 3 "lockread: spool/1: left as it was: exit 3 exited with status 3
lockread: spool/1: cannot move it to bad: File exists"
    holds spool/1 1
    rm bad/1-1000
    try lockread -q --take='exit 3' --failed=bad spool
    expect 3 ""
    holds bad/1-1000 1
}

@test "take: a name that is too long is said, and the next one taken" {
    local long
    long=$(printf 'n%.0s' {1..300})
    spool 1 2
    try lockread --take=cat spool/1 "spool/$long" spool/2
    expect 66 "lockread: spool/$long: cannot open the directory: File name too long (choose a shorter name)"
    [ "$output" = $'1\n2' ]
    [ -z "$(ls -A spool)" ]
}

@test "take: a name that cannot be removed after COMMAND is said, 74" {
    need_trace
    spool 1 2
    try trace "$BATS_TEST_TMPDIR/log" -e inject=unlinkat:error=EIO:when=1 \
        lockread --take=cat spool
    expect 74 "lockread: spool/1: handled, but cannot remove it: Input/output error"
    [ "$output" = $'1\n2' ]
    [ "$(ls -A spool)" = 1 ]
}

@test "take: a directory that cannot be synced is said, 76, and no next FILE is taken" {
    need_trace
    spool 1
    mkdir b
    echo 2 >b/2
    try trace "$BATS_TEST_TMPDIR/log" -e inject=fsync:error=EIO:when=1 \
        lockread --take=cat spool b
    expect 76
    [[ $stderr == "lockread: spool/: files were taken, but may come back after a power cut: cannot sync it: Input/output error"* ]]
    [ "$output" = 1 ]
    holds b/2 2
}

@test "take: where there is no shell no next FILE is tried, 127" {
    spool 1 2
    # bats has a word to say about 127.
    try sh -c 'PATH=$PWD "$1" --take=cat spool; echo $?' sh "$(command -v lockread)"
    expect 0 "lockread: spool/1: left as it was: cannot run sh: No such file or directory (check PATH)"
    [ "$output" = 127 ]
    [ "$(ls -A spool)" = $'1\n2' ]
}

@test "take: TERM while a FILE is judged, or locked, starts no COMMAND" {
    spool 1 2
    try lockread --check='kill -TERM "$PPID"' --take='echo ran' spool
    expect 143
    [ -z "$output" ]
    instead 'int flock(int fd, int operation)
    {
        int result = REAL(flock)(fd, operation);
        asked();
        kill(getpid(), SIGTERM);
        return result;
    }' lockread --take='echo ran' spool
    expect 143
    [ -z "$output" ]
    [ "$(ls -A spool)" = $'1\n2' ]
}
