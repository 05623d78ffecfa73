#!/usr/bin/env bats
# atomwrite: what happens to it from outside: closed descriptors, limits, signals, a
# COMMAND that goes wrong, waiting, and the lock of flock(1).
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; the PID of what was started is set by functions of ours.
# shellcheck disable=SC2016,SC2153,SC2154

load common

old() { printf 'old\n' >f; }
left_alone() { holds f old && clean; }

# watched COMMAND...: in the background, with default signals (a shell has INT ignored
# there) but for $IGNORED. Its PID: $PID. Then "ended" says in $ended how it ended, which
# no status of a shell can: "signal 15", "exit 143".
watched() {
    need perl
    rm -f "$BATS_TEST_TMPDIR/watched"
    mkfifo "$BATS_TEST_TMPDIR/watched"
    IGNORED=${IGNORED:-} perl -e '
        my ($fifo, $result) = splice(@ARGV, 0, 2);
        my $pid = fork;
        if ($pid == 0) {
            $SIG{$_} = "DEFAULT" for qw(HUP INT QUIT PIPE TERM XCPU XFSZ CHLD);
            $SIG{$_} = "IGNORE" for split(" ", $ENV{IGNORED});
            exec {$ARGV[0]} @ARGV or exit 127;
        }
        open(my $out, ">", $fifo); print $out "$pid\n"; close $out;
        waitpid($pid, 0);
        open($out, ">", $result);
        print $out $? & 127 ? "signal " . ($? & 127) : "exit " . ($? >> 8);
    ' "$BATS_TEST_TMPDIR/watched" "$BATS_TEST_TMPDIR/result" "$@" \
        <&0 2>"$BATS_TEST_TMPDIR/stderr" 3>&- 4>&- &
    WATCHER=$!
    read -r PID <"$BATS_TEST_TMPDIR/watched"
}
ended() {
    wait "$WATCHER"
    ended=$(cat "$BATS_TEST_TMPDIR/result")
    stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

# died_of NUMBER NAME: it ended by this signal, and said so; FILE is as it was.
died_of() {
    ended
    [ "$ended" = "signal $1" ]
    [ "$stderr" = "atomwrite: f: left as it was: interrupted by signal $1 ($2)" ]
    left_alone
}

# fed COMMAND...: watched, with a standard input that is open as descriptor 9, and of
# which it has begun to read.
fed() {
    mkfifo input
    watched sh -c 'exec "$@" <input' sh "$@"
    exec 9>input
    # More than a pipe holds: when it is through, somebody reads.
    head -c 200000 /dev/zero >&9
}

# busy [OPTION]...: watched, with a COMMAND that has begun and will not end by itself.
busy() {
    mkfifo begun never
    watched atomwrite "$@" f sh -c 'exec 2>/dev/null; echo half; echo >begun; read -r _ <never' \
        </dev/null
    read -r _ <begun
}

# ---- closed descriptors

@test "closed: standard input, exit 74, and no empty FILE" {
    old
    try sh -c 'atomwrite f <&-'
    expect 74 "atomwrite: f: left as it was: standard input is closed (give it input, or </dev/null)"
    left_alone
    try sh -c 'atomwrite -a f <&-'
    expect 74
    try sh -c 'atomwrite -n g <&-'
    expect 74
    [ ! -e g ]
    left_alone
}

@test "closed: standard input does not matter to COMMAND" {
    try sh -c 'atomwrite f sh -c "cat; echo new" <&-'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite -u f sed "s/\$/er/" <&-'
    expect 0 ""
    holds f newer
    clean
}

@test "closed: standard output" {
    try sh -c 'echo new | atomwrite f >&-'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite f echo newer >&-'
    expect 0 ""
    holds f newer
    clean
}

@test "closed: standard error, and no message gets into FILE" {
    old
    try sh -c 'atomwrite -e f </dev/null 2>&-'
    expect 65 ""
    left_alone
    try sh -c 'echo new | atomwrite -v f 2>&-'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite -v f sh -c "echo said >&2; echo newer" 2>&-'
    expect 0 ""
    holds f newer
    clean
}

@test "closed: all three" {
    try sh -c 'atomwrite -v -u f echo new <&- >&- 2>&-'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite -v -k 1 f echo newer <&- >&- 2>&-'
    expect 0 ""
    holds f newer
    holds f.1 new
    try sh -c 'atomwrite -v f <&- >&- 2>&-'
    expect 74 ""
    holds f newer
    clean
}

@test "closed: --help has nowhere to go, exit 74" {
    try sh -c 'atomwrite --help >&-'
    expect 74 "atomwrite: standard output: cannot write: Bad file descriptor"
    try sh -c 'atomwrite --version >&-'
    expect 74 "atomwrite: standard output: cannot write: Bad file descriptor"
}

@test "a standard error that is full changes no status" {
    [ -c /dev/full ] || skip "needs /dev/full"
    old
    try sh -c 'echo new | atomwrite -v f 2>/dev/full'
    expect 0 ""
    holds f new
    try sh -c 'atomwrite -e f </dev/null 2>/dev/full'
    expect 65 ""
    holds f new
    try sh -c 'atomwrite --progress f false 2>/dev/full'
    expect 1 ""
    holds f new
    clean
}

# ---- a limit on the size of files

@test "kept: ulimit -f leaves FILE as it was: dies of XFSZ" {
    old
    head -c 100000 /dev/zero >input
    watched bash -c 'ulimit -f 16; exec atomwrite f' <input
    died_of 25 'File size limit exceeded'
    watched bash -c 'ulimit -f 16; cat input | { exec atomwrite f; }'
    ended
    left_alone
}

@test "kept: ulimit -f with XFSZ ignored leaves FILE as it was, exit 74" {
    old
    head -c 100000 /dev/zero >input
    IGNORED=XFSZ watched bash -c 'ulimit -f 16; exec atomwrite f' <input
    ended
    [ "$ended" = "exit 74" ]
    [ "$stderr" = "atomwrite: f: left as it was: cannot write the new content: File too large (raise the limit: ulimit -f)" ]
    left_alone
}

@test "kept: ulimit -f while FILE is copied for -a: dies of XFSZ" {
    head -c 14000 /dev/zero >f
    watched bash -c 'ulimit -f 16; exec atomwrite -a f' < <(head -c 14000 /dev/zero)
    ended
    [ "$ended" = "signal 25" ]
    [ "$stderr" = "atomwrite: f: left as it was: interrupted by signal 25 (File size limit exceeded)" ]
    [ "$(stat -c %s f)" -eq 14000 ]
    clean
}

@test "kept: ulimit -f with XFSZ ignored while FILE is copied for -a, exit 74" {
    head -c 14000 /dev/zero >f
    IGNORED=XFSZ watched bash -c 'ulimit -f 16; exec atomwrite -a f' \
        < <(head -c 14000 /dev/zero)
    ended
    [ "$ended" = "exit 74" ]
    [ "$stderr" = "atomwrite: f: left as it was: cannot copy its content: File too large (raise the limit: ulimit -f)" ]
    [ "$(stat -c %s f)" -eq 14000 ]
    clean
}

@test "kept: ulimit -f ends a COMMAND that would write for ever" {
    old
    watched bash -c 'ulimit -f 16; exec atomwrite f yes' </dev/null
    died_of 25 'File size limit exceeded'
}

@test "ulimit -f: as much as it allows, from a pipe and from a file" {
    head -c 16384 /dev/zero >input
    try bash -c 'ulimit -f 16; exec atomwrite f' < <(cat input)
    expect 0 ""
    cmp input f
    try bash -c 'ulimit -f 16; exec atomwrite g' <input
    expect 0 ""
    cmp input g
    clean
}

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
    expect 127 "atomwrite: f: left as it was: cannot run no-such-command: No such file or directory (look at its spelling and at PATH)"
    left_alone
    try -127 atomwrite -u f ./no-such-command
    expect 127 "atomwrite: f: left as it was: cannot run ./no-such-command: No such file or directory (look at its spelling and at PATH)"
    left_alone
}

@test "kept: COMMAND is empty, exit 127" {
    old
    try -127 atomwrite f ''
    expect 127 "atomwrite: f: left as it was: cannot run : No such file or directory (look at its spelling and at PATH)"
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
    expect 126 "atomwrite: f: left as it was: cannot run ./thing: Exec format error (a script needs a first line like #!/bin/sh)"
    left_alone
}

@test "kept: the interpreter of COMMAND is not found, exit 127" {
    old
    printf '#!/no/such/interpreter\n' >script
    chmod +x script
    try -127 atomwrite f ./script
    expect 127 "atomwrite: f: left as it was: cannot run ./script: No such file or directory (look at its spelling and at PATH)"
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

# ---- signals

@test "kept: HUP while the input is read: dies of it" { interrupt_input 1 Hangup; }
@test "kept: INT while the input is read: dies of it" { interrupt_input 2 Interrupt; }
@test "kept: PIPE while the input is read: dies of it" { interrupt_input 13 'Broken pipe'; }
@test "kept: TERM while the input is read: dies of it" { interrupt_input 15 Terminated; }
@test "kept: XCPU while the input is read: dies of it" {
    interrupt_input 24 'CPU time limit exceeded'
}
interrupt_input() {
    old
    fed atomwrite f
    kill -"$1" "$PID"
    died_of "$1" "$2"
    exec 9>&-
}

@test "kept: HUP while COMMAND runs: dies of it" { interrupt_command 1 Hangup; }
@test "kept: INT while COMMAND runs: dies of it" { interrupt_command 2 Interrupt; }
@test "kept: PIPE while COMMAND runs: dies of it" { interrupt_command 13 'Broken pipe'; }
@test "kept: TERM while COMMAND runs: dies of it" { interrupt_command 15 Terminated; }
interrupt_command() {
    old
    busy
    kill -"$1" "$PID"
    died_of "$1" "$2"
}

@test "kept: TERM while COMMAND of -u runs: dies of it, and gives the turn away" {
    old
    busy -u
    [ -e .f.atomwrite ]
    kill -TERM "$PID"
    died_of 15 Terminated
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
}

@test "kept: TERM while the input of -a is read leaves nothing of it" {
    old
    fed atomwrite -a f
    kill -TERM "$PID"
    died_of 15 Terminated
    exec 9>&-
}

@test "kept: TERM before there was a FILE leaves an empty directory" {
    mkfifo input
    mkdir d
    watched sh -c 'exec atomwrite d/f <input'
    exec 9>input
    head -c 200000 /dev/zero >&9
    kill -TERM "$PID"
    ended
    exec 9>&-
    [ "$ended" = "signal 15" ]
    [ "$stderr" = "atomwrite: d/f: left as it was: interrupted by signal 15 (Terminated)" ]
    [ -z "$(ls -A d)" ]
}

@test "kept: TERM while it waits for the turn: dies of it" {
    old
    held_turn f
    mkfifo said
    watched sh -c 'exec atomwrite -v f 2>said' <<<new
    exec 8<said
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $HOLDER (atomwrite)" ]
    kill -TERM "$PID"
    ended
    [ "$ended" = "signal 15" ]
    [ "$(cat <&8)" = "atomwrite: f: left as it was: interrupted by signal 15 (Terminated)" ]
    exec 8<&-
    holds f old
    release first
    holds f first
    clean
}

@test "kept: TERM while it waits for --lock-file: dies of it" {
    old
    held_flock lock
    mkfifo said
    watched sh -c 'exec atomwrite -v --lock-file=lock f 2>said' <<<new
    exec 8<said
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $FLOCKER (flock)" ]
    kill -TERM "$PID"
    ended
    [ "$ended" = "signal 15" ]
    [ "$(cat <&8)" = "atomwrite: f: left as it was: interrupted by signal 15 (Terminated)" ]
    exec 8<&-
    left_alone
    let_go
}

@test "ignored signals stay ignored: HUP, INT, TERM and PIPE while the input is read" {
    old
    IGNORED="HUP INT TERM PIPE" fed atomwrite f
    kill -HUP "$PID"
    kill -INT "$PID"
    kill -TERM "$PID"
    kill -PIPE "$PID"
    echo end >&9
    exec 9>&-
    ended
    [ "$ended" = "exit 0" ]
    [ -z "$stderr" ]
    [ "$(tail -c 4 f)" = end ]
    clean
}

@test "ignored signals stay ignored: nohup while COMMAND runs" {
    old
    mkfifo begun go
    IGNORED=HUP watched atomwrite f sh -c 'echo >begun; cat go' </dev/null
    read -r _ <begun
    kill -HUP "$PID"
    echo new >go
    ended
    [ "$ended" = "exit 0" ]
    holds f new
    clean
}

@test "only the signal that is not ignored counts" {
    old
    IGNORED=HUP fed atomwrite f
    kill -HUP "$PID"
    kill -TERM "$PID"
    died_of 15 Terminated
    exec 9>&-
}

@test "kept: SIGKILL while the input is read leaves FILE as it was, and the next run tidies up" {
    old
    fed atomwrite f
    kill -KILL "$PID"
    ended
    exec 9>&-
    [ "$ended" = "signal 9" ]
    holds f old
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "kept: SIGKILL in the turn leaves FILE as it was, and the next run takes over" {
    old
    held_turn f
    kill_holder
    [ -e .f.atomwrite ]
    holds f old
    try atomwrite -a -w 0 f <<<more
    expect 0 ""
    holds f $'old\nmore'
    clean
}

@test "kept: SIGKILL in the turn of -a leaves two stages at most, and the next run takes over" {
    old
    mkfifo begun never
    watched atomwrite -a --check='echo >begun; read -r _ <never' f <<<more
    read -r _ <begun
    kill -KILL "$PID"
    ended
    : <>never
    [ -e .f.atomwrite ]
    holds f old
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

# ---- waiting

@test "waiting: COMMAND that writes FILE itself would wait for ever, exit 75 at once" {
    old
    # The limit is for the day on which it does wait for ever.
    try atomwrite -u f sh -c 'echo inner | timeout 60 atomwrite f || exit'
    [ "$status" -eq 75 ]
    [ "${#stderr_lines[@]}" -eq 2 ]
    [[ ${stderr_lines[0]} =~ ^'atomwrite: f: left as it was: it is the turn of PID '[0-9]+' (atomwrite), which waits for us (do not nest writers of one file)'$ ]]
    [ "${stderr_lines[1]}" = "atomwrite: f: left as it was: sh exited with status 75" ]
    left_alone
}

@test "waiting: a check that writes FILE itself would wait for ever, exit 65" {
    old
    try atomwrite -a --check='timeout 60 atomwrite f true 2>/dev/null; [ $? = 75 ] && exit 9' f <<<more
    expect 65 "atomwrite: f: left as it was: the check failed with status 9: timeout 60 atomwrite f true 2>/dev/null; [ \$? = 75 ] && exit 9"
    left_alone
}

@test "waiting: a writer whose ancestor has another turn waits for nobody" {
    old
    try atomwrite -u f sh -c 'echo inner | atomwrite g; echo outer'
    expect 0 ""
    holds f outer
    holds g inner
    clean
}

@test "waiting: for a writer in place that is stopped, -w 0.05, exit 75" {
    old
    held_flock f
    kill -STOP "$FLOCKER"
    try atomwrite -w 0.05 f <<<new
    kill -CONT "$FLOCKER"
    expect 75 "atomwrite: f: left as it was: it is locked by PID $FLOCKER (flock) (wait longer with -w)"
    let_go
    left_alone
}

@test "waiting: the turn comes to each of many, one after the other" {
    local i
    : >f
    held_turn f
    for i in {1..10}; do
        atomwrite --no-sync -a f <<<"$i" 3>&- &
    done
    release 0
    wait
    [ "$(sort -n f | tr '\n' ' ')" = "0 1 2 3 4 5 6 7 8 9 10 " ]
    [ "$(head -n 1 f)" = 0 ]
    clean
}

# ---- --lock-file

@test "--lock-file: flock(1) keeps atomwrite out, -w 0, exit 75" {
    old
    held_flock lock
    try atomwrite -w 0 --lock-file=lock f <<<new
    expect 75 "atomwrite: f: left as it was: its lock file is locked by PID $FLOCKER (flock) (wait longer with -w)"
    left_alone
    let_go
    try atomwrite -w 0 --lock-file=lock f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "--lock-file: flock(1), shared, keeps atomwrite out, -w 0.05, exit 75" {
    old
    held_flock lock -s
    try atomwrite -w 0.05 --lock-file=lock f <<<new
    expect 75 "atomwrite: f: left as it was: its lock file is locked by PID $FLOCKER (flock) (wait longer with -w)"
    let_go
    left_alone
}

@test "--lock-file: atomwrite keeps flock(1) out while COMMAND of -u runs" {
    need flock
    old
    : >lock
    held_turn f --lock-file=lock
    run flock -n -E 99 lock true
    [ "$status" -eq 99 ]
    run flock -n -s -E 99 lock true
    [ "$status" -eq 99 ]
    release new
    flock -n lock true
    holds f new
    clean
}

@test "--lock-file: a script that reads, changes and writes under flock(1) loses no update" {
    old
    held_flock lock
    atomwrite --lock-file=lock -u f sed 's/^/seen: /' 3>&- &
    # The script has the lock, so it may replace FILE as it likes.
    echo script >f
    let_go
    wait $!
    holds f 'seen: script'
    clean
}

@test "--lock-file: is taken before the turn" {
    old
    held_flock lock
    mkfifo said
    atomwrite -v --lock-file=lock -u f sh -c 'cat; echo more' 2>said 3>&- &
    local waiter=$!
    exec 8<said
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $FLOCKER (flock)" ]
    # Who does not know the lock file gets its turn meanwhile.
    try atomwrite -w 0 f <<<meanwhile
    expect 0 ""
    let_go
    wait "$waiter"
    exec 8<&-
    holds f $'meanwhile\nmore'
    clean
}

@test "--lock-file: standard input is read to its end before it is taken" {
    need flock
    mkfifo input
    : >lock
    atomwrite --lock-file=lock f <input 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    flock -n lock true
    exec 9>&-
    wait $!
    [ "$(stat -c %s f)" -eq 200000 ]
    clean
}

@test "--lock-file: is created where it is missing, like any file, and stays" {
    try sh -c 'umask 027; atomwrite --lock-file=lock f' <<<new
    expect 0 ""
    [ "$(stat -c '%a %s' lock)" = "640 0" ]
    local before
    before=$(stat -c %i lock)
    try atomwrite --lock-file=lock f <<<newer
    expect 0 ""
    [ "$(stat -c %i lock)" = "$before" ]
    clean
}

@test "--lock-file: may be a directory, as for flock(1)" {
    mkdir d
    try atomwrite -w 0 --lock-file=d f <<<new
    expect 0 ""
    holds f new
    held_turn f --lock-file=d
    run flock -n -E 99 d true
    [ "$status" -eq 99 ]
    release newer
    holds f newer
    clean
}

@test "--lock-file: its content and mtime are left alone" {
    echo precious >lock
    touch -d @1000000000 lock
    try atomwrite --lock-file=lock f <<<new
    expect 0 ""
    holds lock precious
    [ "$(stat -c %Y lock)" = 1000000000 ]
}

@test "--lock-file: FILE itself is refused, exit 64" {
    old
    ln -s f link
    mkdir d
    local lock
    for lock in f ./f "$PWD/f" link d/../f; do
        try atomwrite --lock-file="$lock" f <<<new
        expect 64 "atomwrite: $lock: the lock file cannot be FILE itself (see atomwrite --help)"
    done
    try atomwrite --lock-file=f link <<<new
    expect 64 "atomwrite: f: the lock file cannot be FILE itself (see atomwrite --help)"
    left_alone
}

@test "--lock-file: FILE itself is refused before there is one, exit 64" {
    try atomwrite --lock-file=./f f <<<new
    expect 64 "atomwrite: ./f: the lock file cannot be FILE itself (see atomwrite --help)"
    [ -z "$(ls -A)" ]
}

@test "--lock-file: in no directory, exit 73" {
    old
    try atomwrite --lock-file=nowhere/lock f <<<new
    expect 73 "atomwrite: nowhere/lock: cannot lock it: No such file or directory (make the directory first)"
    left_alone
}

@test "--lock-file: one that may not be opened, exit 77" {
    share
    as_user sh -c 'echo old >f; : >lock; chmod 0 lock'
    try as_user atomwrite --lock-file=lock f <<<new
    expect 77 "atomwrite: lock: cannot lock it: Permission denied (look at the permissions of the file and its directory)"
    left_alone
}

@test "--lock-file: one that may only be read is enough" {
    share
    as_user sh -c 'echo old >f'
    : >lock
    chmod 444 lock
    try as_user atomwrite --lock-file=lock f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "--lock-file: another one's in a sticky directory is opened as it is" {
    need_root
    mkdir sticky
    chmod 1777 sticky
    : >sticky/lock
    chmod 666 sticky/lock
    chown 64001 sticky/lock
    try atomwrite --lock-file=sticky/lock f <<<new
    expect 0 ""
    holds f new
}

@test "--lock-file: removed by another program meanwhile, it is made anew, and locked" {
    old
    held_flock lock
    mkfifo said
    atomwrite -v --lock-file=lock -u f sh -c 'flock -n -E 99 lock true; echo $?' 2>said 3>&- &
    local waiter=$!
    exec 8<said
    read -r _ <&8
    rm lock
    let_go
    wait "$waiter"
    exec 8<&-
    holds f 99
    clean
}
