#!/usr/bin/env bats
# atomwrite: a COMMAND that goes wrong.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- a COMMAND that goes wrong

@test "kept: COMMAND is killed, exit 128 + the signal" {
    old
    try atomwrite f sh -c 'echo half; kill -KILL $$'
    expect 137 "atomwrite: f: left as it was: sh was killed by signal 9 (Killed)"
    left_alone
    try atomwrite -u f sh -c 'cat; kill -TERM $$'
    expect 143 "atomwrite: f: left as it was: sh was killed by signal 15 (Terminated)"
    left_alone
}

@test "kept: COMMAND is not found, exit 127" {
    # A directory in PATH that may not be searched would make it "cannot be run".
    PATH=$BUILDDIR/src:/usr/bin:/bin
    old
    try -127 atomwrite f no-such-command -x
    expect 127 "atomwrite: f: left as it was: cannot run no-such-command: No such file or directory (check its spelling and PATH)"
    left_alone
    try -127 atomwrite -u f ./no-such-command
    expect 127 "atomwrite: f: left as it was: cannot run ./no-such-command: No such file or directory (check its spelling and PATH)"
    left_alone
}

@test "kept: COMMAND is empty, exit 127" {
    old
    try -127 atomwrite f ''
    expect 127 "atomwrite: f: left as it was: cannot run : No such file or directory (check its spelling and PATH)"
    left_alone
}

@test "kept: COMMAND is not executable, exit 126" {
    old
    printf '#!/bin/sh\necho new\n' >script
    try atomwrite f ./script
    expect 126 "atomwrite: f: left as it was: cannot run ./script: Permission denied"
    left_alone
}

@test "kept: COMMAND is a directory, exit 126" {
    old
    try atomwrite f /
    expect 126 "atomwrite: f: left as it was: cannot run /: Permission denied"
    left_alone
}

@test "kept: COMMAND has no format that the system knows, exit 126" {
    old
    printf '\177not a program\n' >thing
    chmod +x thing
    try atomwrite f ./thing
    expect 126 "atomwrite: f: left as it was: cannot run ./thing: Exec format error (a script must begin with a line like #!/bin/sh)"
    left_alone
}

@test "kept: the interpreter of COMMAND is not found, exit 127" {
    old
    printf '#!/no/such/interpreter\n' >script
    chmod +x script
    try -127 atomwrite f ./script
    expect 127 "atomwrite: f: left as it was: cannot run ./script: No such file or directory (check its spelling and PATH)"
    left_alone
}

@test "COMMAND closes its output and goes on: its status counts" {
    old
    try atomwrite f sh -c 'echo new; exec >&-; exit 6'
    expect 6 "atomwrite: f: left as it was: sh exited with status 6"
    left_alone
    try atomwrite f sh -c 'echo new; exec >&-; exit 0'
    expect 0 ""
    holds f new
}

@test "COMMAND leaves a child behind that holds the pipe: it is not waited for" {
    mkfifo never
    try atomwrite f sh -c 'echo new; (read -r _; echo too late) <never 2>/dev/null & exit 0'
    expect 0 ""
    holds f new
    clean
    : <>never
}

@test "COMMAND leaves a child behind that holds the pipe, and fails: its status counts" {
    old
    mkfifo never
    try atomwrite f sh -c 'echo half; (read -r _; echo too late) <never 2>/dev/null & exit 3'
    expect 3 "atomwrite: f: left as it was: sh exited with status 3"
    left_alone
    : <>never
}

@test "COMMAND leaves a child behind: all that it wrote itself is there" {
    mkfifo never
    # As much as fits into the pipe at once, so that the end of COMMAND finds it there.
    try atomwrite f sh -c 'head -c 60000 /dev/zero; (read -r _) <never 2>/dev/null & exit 0'
    expect 0 ""
    [ "$(stat -c %s f)" -eq 60000 ]
    clean
    : <>never
}

@test "COMMAND leaves a child behind: nor is lost what it wrote right before its end" {
    # Whether COMMAND has ended is asked between two reads: here the answer is always
    # yes, so that all that it wrote is found after its end.
    mkfifo never
    instead '
        pid_t waitpid(pid_t pid, int *status, int options)
        {
            siginfo_t info;
            asked();
            waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
            return REAL(waitpid)(pid, status, options);
        }' atomwrite f \
        env -u LD_PRELOAD sh -c 'head -c 60000 /dev/zero; (read -r _) <never 2>/dev/null & exit 0'
    : <>never
    expect 0 ""
    [ "$(stat -c %s f)" -eq 60000 ]
    clean
}

@test "a child that COMMAND left behind does not keep the turn, nor --lock-file" {
    need flock
    mkfifo never
    try atomwrite --lock-file=lock -u f sh -c 'echo new; (read -r _) <never >/dev/null 2>&1 &'
    expect 0 ""
    flock -n lock true
    try atomwrite -w 0 f <<<newer
    expect 0 ""
    holds f newer
    clean
    : <>never
}

@test "COMMAND gets default signals and an empty mask" {
    [ -r /proc/self/status ] || skip "needs /proc"
    # From 1 to 28; those from 32 on are the C library's own.
    local signals='s/^(Sig(Blk|Ign|Cgt)):.*(.{7})$/\1 \3/p'
    watched sed -nE "$signals" /proc/self/status </dev/null >like
    ended
    watched atomwrite f sed -nE "$signals" /proc/self/status </dev/null
    ended
    [ "$ended" = "exit 0" ]
    [ "$(grep -c . like)" -eq 3 ]
    cmp like f
}

@test "COMMAND has a signal ignored where atomwrite has" {
    try sh -c 'trap "" HUP TERM; exec atomwrite f sh -c "kill -HUP \$\$; kill -TERM \$\$; echo alive"'
    expect 0 ""
    holds f alive
}

@test "COMMAND has no descriptors but 0, 1 and 2 of atomwrite" {
    [ -d /proc/self/fd ] || skip "needs /proc"
    old
    ls /proc/self/fd >like
    try atomwrite --lock-file=lock -k 1 -u f ls /proc/self/fd
    expect 0 ""
    [ "$(wc -l <f)" -eq "$(wc -l <like)" ]
}

@test "atomwrite started with CHLD ignored waits for COMMAND all the same" {
    old
    IGNORED=CHLD watched atomwrite f sh -c 'echo new' </dev/null
    ended
    [ "$ended" = "exit 0" ]
    holds f new
    IGNORED=CHLD watched atomwrite f sh -c 'echo half; exit 3' </dev/null
    ended
    [ "$ended" = "exit 3" ]
    holds f new
    clean
}

@test "COMMAND that ignores TERM does not keep atomwrite from dying of it" {
    old
    mkfifo begun never
    watched atomwrite f sh -c 'trap "" TERM; echo half; echo >begun; read -r _ <never' </dev/null
    read -r _ <begun
    kill -TERM "$PID"
    died_of 15 Terminated
    : <>never
}

@test "a signal is passed on to COMMAND" {
    old
    mkfifo begun told never
    watched atomwrite f sh -c 'exec 2>/dev/null
        trap "echo TERM >told; exit" TERM
        echo >begun
        while :; do read -r _ <never; done' </dev/null
    read -r _ <begun
    kill -TERM "$PID"
    died_of 15 Terminated
    read -r word <told
    [ "$word" = TERM ]
}

@test "a signal is passed on to the check" {
    old
    mkfifo begun told never
    watched atomwrite --check='exec 2>/dev/null
        trap "echo TERM >told; exit" TERM
        echo >begun
        while :; do read -r _ <never; done' f <<<new
    read -r _ <begun
    kill -TERM "$PID"
    died_of 15 Terminated
    read -r word <told
    [ "$word" = TERM ]
}
