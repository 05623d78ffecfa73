#!/usr/bin/env bats
# atomwrite: its options, statuses and messages, and what it promises.
#
# Expressions in single quotes are for an inner shell, a file that is read and written
# at once is the point of atomwrite, and run(1) of bats sets status, output and stderr.
# shellcheck disable=SC2016,SC2094,SC2154

load common

# old: FILE "f" as it was; left_alone: as it still is, with nothing beside it.
old() { printf 'old\n' >f; }
left_alone() { holds f old && clean; }

# refused_call MESSAGE ARGUMENT...: this call is wrong, is told so, and changes nothing.
refused_call() {
    local message=$1
    shift
    old
    try atomwrite "$@" <<<new
    expect 64 "atomwrite: $message (see atomwrite --help)"
    left_alone
    [ "$(ls -A)" = f ]
}

# ---- the plain run

@test "writes: standard input becomes a new FILE" {
    try atomwrite f <<<new
    expect 0 ""
    [ -z "$output" ]
    holds f new
    clean
}

@test "writes: standard input takes the place of FILE" {
    old
    try atomwrite f <<<new
    expect 0 ""
    [ -z "$output" ]
    holds f new
    clean
}

@test "writes: the output of COMMAND takes the place of FILE" {
    old
    try atomwrite f printf '%s\n' 'from COMMAND'
    expect 0 ""
    [ -z "$output" ]
    holds f 'from COMMAND'
    clean
}

@test "writes: COMMAND keeps its own options" {
    try atomwrite f printf -- '-n %s\n' -v
    expect 0 ""
    holds f '-n -v'
}

@test "writes: -- ends the options, before FILE and before COMMAND" {
    try atomwrite -- -f <<<dash
    expect 0 ""
    holds ./-f dash
    try atomwrite f -- printf 'both\n'
    expect 0 ""
    holds f both
}

@test "writes: COMMAND inherits standard input" {
    try atomwrite f sed 's/^/read: /' <<<line
    expect 0 ""
    holds f 'read: line'
}

@test "writes: empty input makes an empty FILE" {
    old
    try atomwrite f </dev/null
    expect 0 ""
    [ -f f ]
    [ ! -s f ]
    clean
}

@test "writes: FILE may be its own input" {
    old
    try atomwrite f <f
    expect 0 ""
    left_alone
}

@test "writes: every byte of a large input, from a pipe" {
    head -c 5000001 /dev/urandom >random
    atomwrite f < <(cat random)
    cmp random f
    clean
}

@test "writes: every byte of a large input, from a file that was read half way" {
    head -c 5000001 /dev/urandom >random
    { head -c 1000000 >first && atomwrite f; } <random
    # head may have read on; what it left is what counts.
    { head -c 1000000 >/dev/null && cat; } <random >rest
    cmp rest f
    clean
}

@test "writes: input from /proc, which says that it has no size" {
    try atomwrite f </proc/version
    expect 0 ""
    cmp /proc/version f
}

@test "writes: a non-blocking standard input is read to its end" {
    need perl
    mkfifo input
    perl -MFcntl -e 'fcntl(STDIN, F_SETFL, O_NONBLOCK) or die; exec {$ARGV[0]} @ARGV' \
        atomwrite f <input 3>&- &
    exec 9>input
    head -c 100000 /dev/zero >&9
    head -c 100000 /dev/zero >&9
    exec 9>&-
    wait $!
    [ "$(stat -c %s f)" -eq 200000 ]
    clean
}

# ---- P1 whole

@test "whole: nothing of the new content is seen before the input has ended" {
    old
    mkfifo input
    atomwrite f <input 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    holds f old
    exec 9>&-
    wait $!
    [ "$(stat -c %s f)" -eq 200000 ]
    clean
}

@test "whole: a new FILE does not exist before the input has ended" {
    mkfifo input
    atomwrite f <input 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    [ ! -e f ]
    exec 9>&-
    wait $!
    [ "$(stat -c %s f)" -eq 200000 ]
    clean
}

@test "whole: who opened the old version reads it to its end" {
    old
    exec 8<f
    try atomwrite f <<<new
    expect 0 ""
    [ "$(cat <&8)" = old ]
    exec 8<&-
    holds f new
}

# ---- P2 kept

@test "kept: COMMAND fails, its status passes through" {
    old
    try atomwrite f sh -c 'echo half; exit 3'
    expect 3 "atomwrite: f: left as it was: sh exited with status 3"
    left_alone
}

@test "kept: false | atomwrite is cured by COMMAND, a new FILE does not come into being" {
    try atomwrite f false
    expect 1 "atomwrite: f: left as it was: false exited with status 1"
    [ -z "$(ls -A)" ]
}

@test "kept: a status of COMMAND that means something else here passes through, too" {
    old
    try atomwrite f sh -c 'exit 75'
    expect 75 "atomwrite: f: left as it was: sh exited with status 75"
    left_alone
}

@test "kept: a full disk leaves FILE as it was, exit 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs -o size=64k none disk || exit 99
        echo old >disk/f
        head -c 200000 /dev/zero | atomwrite disk/f
        echo "status $?"
        cat disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot write the new content: No space left on device (free some space or inodes)"
    [ "$output" = $'status 74\nold\nf' ]
}

@test "kept: a full disk ends a COMMAND that would write for ever, exit 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs -o size=64k none disk || exit 99
        echo old >disk/f
        atomwrite disk/f yes
        echo "status $?"
        cat disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot write the new content: No space left on device (free some space or inodes)"
    [ "$output" = $'status 74\nold\nf' ]
}

@test "kept: a full disk while FILE is copied for -a, exit 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs -o size=64k none disk || exit 99
        head -c 40000 /dev/zero >disk/f
        echo tail | atomwrite -a disk/f
        echo "status $?"
        stat -c %s disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot copy its content: No space left on device (free some space or inodes)"
    [ "$output" = $'status 74\n40000\nf' ]
}

@test "kept: no inode is left, exit 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs -o nr_inodes=2 none disk || exit 99
        echo old >disk/f
        echo new | atomwrite disk/f
        echo "status $?"
        cat disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot make a file beside it: No space left on device (free some space or inodes)"
    [ "$output" = $'status 74\nold\nf' ]
}

@test "kept: a file system mounted read-only, exit 73" {
    need_root
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs none disk && echo old >disk/f && mount -o remount,ro disk || exit 99
        echo new | atomwrite disk/f
        echo "status $?"
        cat disk/f
        ls -A disk'
    expect 0 "atomwrite: disk/f: left as it was: cannot make a file beside it: Read-only file system (the file system is mounted read-only)"
    [ "$output" = $'status 73\nold\nf' ]
}

@test "kept: standard input cannot be read, exit 74" {
    old
    try atomwrite f <.
    expect 74 "atomwrite: f: left as it was: cannot read standard input: Is a directory"
    left_alone
}

@test "kept: standard input is open for writing only, exit 74" {
    old
    : >out
    try atomwrite f 0>out
    expect 74 "atomwrite: f: left as it was: cannot read standard input: Bad file descriptor"
    left_alone
}

@test "kept: no descriptor is left, exit 71" {
    old
    # Descriptor 3 is the directory's.
    try bash -c 'exec 3<&- 4<&-; export ASAN_OPTIONS=detect_leaks=0; ulimit -n 4; exec atomwrite f' <<<new
    expect 71 "atomwrite: f: left as it was: cannot make a file beside it: Too many open files (raise the limit: ulimit -n)"
    left_alone
}

@test "kept: no process can be made for COMMAND, exit 71" {
    share
    as_user sh -c 'echo old >f'
    # The sanitizer would need a process of its own to look for leaks.
    try as_user bash -c 'export ASAN_OPTIONS=detect_leaks=0; ulimit -u 0; exec atomwrite f true'
    expect 71 "atomwrite: f: left as it was: cannot run true: Resource temporarily unavailable"
    left_alone
}

@test "kept: the hidden name of a writer is removed by somebody, exit 75" {
    old
    held_turn f
    rm .f.atomwrite
    outcome release
    [ "$status" -eq 75 ]
    [ "$(cat "$HELD_SAID")" = "atomwrite: f: left as it was: somebody removed the hidden name of its writer (try again)" ]
    left_alone
}

@test "kept: the hidden name of a writer becomes another one's, exit 75, and stays" {
    old
    held_turn f
    rm .f.atomwrite
    echo other >.f.atomwrite
    outcome release
    [ "$status" -eq 75 ]
    [ "$(cat "$HELD_SAID")" = "atomwrite: f: left as it was: somebody removed the hidden name of its writer (try again)" ]
    holds f old
    holds .f.atomwrite other
    rm .f.atomwrite
    clean
}

# ---- P3 durable

@test "durable: the content is synced before the rename, the directory after it" {
    need_trace
    old
    trace log -e trace=fsync,rename,renameat,renameat2 atomwrite f <<<new
    holds f new
    sed -n 's/^\([a-z]*\).*= 0$/\1/p' log >calls
    [ "$(head -n 1 calls)" = fsync ]
    grep -q '^rename' calls
    [ "$(tail -n 1 calls)" = fsync ]
}

@test "durable: an unchanged FILE is synced all the same under -c" {
    need_trace
    old
    trace log -e trace=fsync,rename,renameat,renameat2 atomwrite -c f <<<old
    [ "$(grep -c '^fsync(.*= 0$' log)" -eq 2 ]
    run ! grep '^rename' log
    left_alone
}

@test "durable: --no-sync syncs nothing" {
    need_trace
    old
    trace log -e trace=fsync,fdatasync,sync_file_range,syncfs atomwrite --no-sync f <<<new
    [ ! -s log ]
    holds f new
}

@test "durable: a failed fsync is not retried, FILE is left as it was, exit 74" {
    need_trace
    old
    try trace log -e trace=fsync -e inject=fsync:error=EIO:when=1 atomwrite f <<<new
    expect 74 "atomwrite: f: left as it was: cannot make the new content durable: Input/output error"
    [ "$(wc -l <log)" -eq 1 ]
    left_alone
}

@test "durable: the directory cannot be synced, the content is there, exit 76" {
    need_trace
    old
    try trace log -e trace=fsync -e inject=fsync:error=EIO:when=2 atomwrite f <<<new
    expect 76 "atomwrite: f: replaced, but it may not survive a power cut: cannot sync its directory: Input/output error"
    holds f new
    clean
}

@test "durable: an unchanged FILE that cannot be synced, exit 76" {
    need_trace
    old
    try trace log -e trace=fsync -e inject=fsync:error=EIO:when=1 atomwrite -c f <<<old
    expect 76 "atomwrite: f: unchanged, but it may not survive a power cut: cannot sync it: Input/output error"
    left_alone
}

# ---- -n, P4 never over

@test "-n: creates FILE" {
    try atomwrite -n f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "never over: -n leaves a FILE that exists, exit 73" {
    old
    try atomwrite -n f <<<new
    expect 73 "atomwrite: f: left as it was: it exists already (leave out -n to replace it)"
    left_alone
}

@test "never over: -n with COMMAND leaves a FILE that exists without running it" {
    old
    try atomwrite --no-clobber f touch ran
    expect 73 "atomwrite: f: left as it was: it exists already (leave out -n to replace it)"
    [ ! -e ran ]
    left_alone
}

@test "never over: FILE comes while -n reads its input, exit 73" {
    mkfifo input
    atomwrite -n f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    old
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it exists already (leave out -n to replace it)" ]
    left_alone
}

@test "never over: a symlink that comes while -n reads its input is a name, too" {
    mkfifo input
    atomwrite -n f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    ln -s nowhere f
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it exists already (leave out -n to replace it)" ]
    [ "$(readlink f)" = nowhere ]
    [ ! -e nowhere ]
    clean
}

@test "never over: of 20 runs of -n at once one creates FILE, 19 answer 73" {
    local i
    for i in {1..20}; do
        (
            outcome atomwrite --no-sync -n f <<<"$i" 2>/dev/null
            echo "$status" >status."$i"
        ) 3>&- &
    done
    wait
    [ "$(cat status.* | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = " 1 0; 19 73;" ]
    holds f "$(basename "$(grep -lx 0 status.*)" | cut -d. -f2)"
    clean
}

# ---- -a

@test "-a: the input is appended, as one replacement" {
    old
    exec 8<f
    try atomwrite -a f <<<more
    expect 0 ""
    holds f $'old\nmore'
    [ "$(cat <&8)" = old ]
    exec 8<&-
    clean
}

@test "-a: a missing FILE reads as empty" {
    try atomwrite --append f <<<more
    expect 0 ""
    holds f more
    clean
}

@test "-a: takes the output of COMMAND, and nothing of one that fails" {
    old
    try atomwrite -a f echo more
    expect 0 ""
    holds f $'old\nmore'
    try atomwrite -a f sh -c 'echo half; exit 4'
    expect 4 "atomwrite: f: left as it was: sh exited with status 4"
    holds f $'old\nmore'
    clean
}

@test "-a: large on large, byte for byte" {
    head -c 3000001 /dev/urandom >f
    head -c 2000003 /dev/urandom >addition
    cat f addition >both
    try atomwrite -a f < <(cat addition)
    expect 0 ""
    cmp both f
    clean
}

@test "-a: a FILE that its writer left unfinished is refused, exit 65" {
    old
    chmod 200 f
    try atomwrite -a f <<<more
    expect 65 "atomwrite: f: left as it was: it was left unfinished by a writer that died (without -a or -u it is replaced)"
    chmod 644 f
    left_alone
}

# ---- -u

@test "-u: COMMAND makes the new content of the old" {
    echo 41 >f
    try atomwrite -u f awk '{print $1 + 1}'
    expect 0 ""
    holds f 42
    clean
}

@test "-u: a missing FILE reads as empty" {
    try atomwrite --update f sh -c 'cat; echo first'
    expect 0 ""
    holds f first
    clean
}

@test "-u: the old content comes from its beginning, also when it is large" {
    head -c 3000001 /dev/urandom >f
    cp f before
    try atomwrite -u f sh -c 'cat && echo tail'
    expect 0 ""
    echo tail >>before
    cmp before f
    clean
}

@test "-u: COMMAND fails, FILE is left as it was" {
    old
    try atomwrite -u f sh -c 'cat; exit 5'
    expect 5 "atomwrite: f: left as it was: sh exited with status 5"
    left_alone
}

@test "-u: COMMAND need not read" {
    head -c 1000000 /dev/zero >f
    try atomwrite -u f echo short
    expect 0 ""
    holds f short
    clean
}

@test "-u: COMMAND cannot write into FILE by its standard input" {
    old
    try atomwrite -u f sh -c 'echo over >&0; cat; echo new' 2>/dev/null
    expect 0
    holds f $'old\nnew'
}

@test "-u: a FILE that its writer left unfinished is refused, exit 65" {
    old
    chmod 200 f
    try atomwrite -u f touch ran
    expect 65 "atomwrite: f: left as it was: it was left unfinished by a writer that died (without -a or -u it is replaced)"
    [ ! -e ran ]
    chmod 644 f
    left_alone
}

@test "a plain run replaces a FILE that its writer left unfinished, with the mode of a new one" {
    old
    chmod 200 f
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    [ "$(stat -c %a f)" = 644 ]
    clean
}

# ---- P5 one at a time

@test "one at a time: -a waits for the turn, and adds to what came of it" {
    old
    held_turn f
    atomwrite -a f <<<tail 3>&- &
    release first
    wait $!
    holds f $'first\ntail'
    clean
}

@test "one at a time: -u waits for the turn, and reads what came of it" {
    old
    held_turn f
    atomwrite -u f sed 's/$/ and second/' 3>&- &
    release first
    wait $!
    holds f 'first and second'
    clean
}

@test "one at a time: a plain run waits for the turn" {
    old
    held_turn f
    atomwrite f <<<last 3>&- &
    release first
    wait $!
    holds f last
    clean
}

@test "one at a time: -k waits for the turn, and keeps what came of it" {
    old
    held_turn f
    atomwrite -k 2 f <<<last 3>&- &
    release first
    wait $!
    holds f last
    holds f.1 first
    clean
}

@test "one at a time: -n waits for the turn, and then says that FILE exists" {
    held_turn f
    atomwrite -n f <<<late 2>stderr 3>&- &
    local late=$!
    release first
    outcome wait "$late"
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it exists already (leave out -n to replace it)" ]
    holds f first
    clean
}

@test "one at a time: -u found no FILE, another program made one, exit 75" {
    held_turn f
    old
    outcome release mine
    [ "$status" -eq 75 ]
    [ "$(cat "$HELD_SAID")" = "atomwrite: f: left as it was: it came into being meanwhile (try again)" ]
    left_alone
}

@test "one at a time: standard input is read to its end before the turn is asked for" {
    old
    mkfifo input
    atomwrite -a f <input 3>&- &
    local slow=$!
    exec 9>input
    head -c 200000 /dev/zero >&9
    # The slow one holds up nobody, not even a writer that does not wait.
    try atomwrite -w 0 f <<<quick
    expect 0 ""
    holds f quick
    exec 9>&-
    wait "$slow"
    [ "$(stat -c %s f)" -eq 200006 ]
    clean
}

@test "one at a time: turns of different files do not meet" {
    old
    held_turn f
    try atomwrite -w 0 g <<<other
    expect 0 ""
    holds g other
    release new
    holds f new
    clean
}

# ---- P7 always an answer

@test "always an answer: readers have the old version while COMMAND runs" {
    old
    held_turn f
    holds f old
    try lockread f
    expect 0 ""
    [ "$output" = old ]
    release new
    try lockread f
    expect 0 ""
    [ "$output" = new ]
    clean
}

@test "always an answer: no reader makes a writer wait" {
    old
    held_flock f -s
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    exec 8<f
    flock -s 8
    try atomwrite -a -w 0 f <<<more
    expect 0 ""
    try atomwrite -u -k 1 -c -w 0 f cat
    expect 0 ""
    exec 8<&-
    let_go
    holds f $'new\nmore'
    clean
}

@test "a program that writes in place under flock(1) is waited for" {
    old
    held_flock f
    atomwrite -a f <<<tail 3>&- &
    let_go $'in place\n'
    wait $!
    holds f $'old\nin place\ntail'
    clean
}

@test "a program that writes in place under flock(1) is not waited for with -w 0, exit 75" {
    old
    held_flock f
    try atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: it is locked by PID $FLOCKER (flock) (wait longer with -w)"
    let_go
    left_alone
}

# ---- -c

@test "-c: the same bytes leave FILE and its mtime alone" {
    old
    touch -d @1000000000 f
    local before
    before=$(stat -c '%i %Y %Z' f)
    try atomwrite -c f <<<old
    expect 0 ""
    [ "$(stat -c '%i %Y %Z' f)" = "$before" ]
    left_alone
}

@test "-c: other bytes, of the same size, replace FILE" {
    old
    try atomwrite --if-changed f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "-c: more bytes with the same beginning replace FILE" {
    old
    try atomwrite -c f <<<$'old\nmore'
    expect 0 ""
    holds f $'old\nmore'
}

@test "-c: the last of many bytes counts" {
    head -c 300000 /dev/zero >f
    { head -c 299999 /dev/zero && echo; } >other
    local before
    before=$(stat -c %i f)
    try atomwrite -c f <f
    expect 0 ""
    [ "$(stat -c %i f)" = "$before" ]
    try atomwrite -c f <other
    expect 0 ""
    cmp other f
}

@test "-c: a missing FILE is created" {
    try atomwrite -c f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "-c: another mode than -m asks for replaces FILE" {
    old
    chmod 644 f
    try atomwrite -c -m 600 f <<<old
    expect 0 ""
    [ "$(stat -c %a f)" = 600 ]
    left_alone
}

@test "-c: the mode that -m asks for leaves FILE alone" {
    old
    chmod 600 f
    local before
    before=$(stat -c '%i %Z' f)
    try atomwrite -c -m u=rw,go= f <<<old
    expect 0 ""
    [ "$(stat -c '%i %Z' f)" = "$before" ]
    left_alone
}

@test "-c: with --touch the mtime of an unchanged FILE is refreshed, and nothing else" {
    old
    touch -d @1000000000 f
    touch now
    local before
    before=$(stat -c %i f)
    try atomwrite -c --touch f <<<old
    expect 0 ""
    [ "$(stat -c %i f)" = "$before" ]
    [ ! f -ot now ]
    left_alone
}

@test "-c: with -k an unchanged FILE makes no version" {
    old
    try atomwrite -c -k 1 f <<<old
    expect 0 ""
    [ "$(ls -A)" = f ]
    left_alone
}

@test "-c: with -u and -a what counts is the content that would come of it" {
    old
    local before
    before=$(stat -c %i f)
    try atomwrite -c -u f cat
    expect 0 ""
    try atomwrite -c -a f </dev/null
    expect 0 ""
    [ "$(stat -c %i f)" = "$before" ]
    try atomwrite -c -a f <<<more
    expect 0 ""
    holds f $'old\nmore'
    clean
}

@test "-c: bytes that were left unfinished are not the same as finished ones" {
    old
    chmod 200 f
    try atomwrite -c f <<<old
    expect 0 ""
    [ "$(stat -c %a f)" = 644 ]
    left_alone
}

# ---- -k

@test "-k: the previous versions move on, the oldest drops out" {
    local i
    for i in 1 2 3 4 5; do
        try atomwrite -k 3 f <<<"version $i"
        expect 0 ""
    done
    holds f 'version 5'
    holds f.1 'version 4'
    holds f.2 'version 3'
    holds f.3 'version 2'
    [ ! -e f.4 ]
    clean
}

@test "-k: a new FILE has no previous version" {
    try atomwrite --keep=2 f <<<new
    expect 0 ""
    [ "$(ls -A)" = f ]
}

@test "-k: 0 keeps none" {
    old
    try atomwrite -k 0 f <<<new
    expect 0 ""
    holds f new
    [ "$(ls -A)" = f ]
}

@test "-k: moves on only as far as the first hole" {
    old
    echo one >f.1
    echo three >f.3
    try atomwrite -k 5 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    holds f.2 one
    holds f.3 three
    [ ! -e f.4 ]
    clean
}

@test "-k: a crash between two steps is finished by the next run" {
    # It had made f.2 of f.1, and f.1 of f, and died before f was replaced.
    echo two >f
    echo one >f.2
    ln f f.1
    try atomwrite -k 3 f <<<three
    expect 0 ""
    holds f three
    holds f.1 two
    holds f.2 one
    [ ! -e f.3 ]
    clean
}

@test "-k: a hidden name that a dead writer left is replaced" {
    old
    echo litter >.f.atomwrite-kept
    try atomwrite -k 1 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    clean
}

@test "-k: a version that is the very file of a hidden name is kept" {
    # A rename between two links of one inode does nothing: the hidden one has to go.
    old
    echo one >f.1
    ln f.1 .f.atomwrite-kept
    try atomwrite -k 2 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    holds f.2 one
    clean
}

@test "-k: keeps what -a and -u replace" {
    old
    try atomwrite -k 2 -a f <<<more
    expect 0 ""
    holds f.1 old
    try atomwrite -k 2 -u f sed 's/^/x/'
    expect 0 ""
    holds f $'xold\nxmore'
    holds f.1 $'old\nmore'
    holds f.2 old
    clean
}

@test "-k: a version keeps its mode and its mtime" {
    old
    chmod 640 f
    touch -d @1000000000 f
    has_rung linkat || skip "a version is a copy where there are no links"
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(stat -c '%a %Y' f.1)" = "640 1000000000" ]
    [ "$(stat -c %a f)" = 640 ]
    holds f.1 old
}

@test "-k: a version that is a copy has the mode of FILE" {
    old
    chmod 640 f
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(stat -c %a f.1)" = 640 ]
    holds f.1 old
    clean
}

@test "kept: -k finds a directory in the place of a version, exit 73, and moves nothing" {
    old
    echo one >f.1
    mkdir f.2
    try atomwrite -k 3 f <<<new
    expect 73 "atomwrite: f: left as it was: its .2 is no regular file (move it away)"
    holds f.1 one
    [ -d f.2 ]
    left_alone
}

@test "kept: -k finds a symlink in the place of a version, exit 73, and does not follow it" {
    old
    echo precious >elsewhere
    ln -s elsewhere f.1
    try atomwrite -k 1 f <<<new
    expect 73 "atomwrite: f: left as it was: its .1 is no regular file (move it away)"
    [ "$(readlink f.1)" = elsewhere ]
    holds elsewhere precious
    left_alone
}

# ---- what is refused: -e, --min-size, --end-marker, --check

@test "-e: empty input is refused, exit 65" {
    old
    try atomwrite -e f </dev/null
    expect 65 "atomwrite: f: left as it was: the input is empty"
    left_alone
    try atomwrite --non-empty f true
    expect 65 "atomwrite: f: left as it was: the input is empty"
    left_alone
}

@test "-e: one byte is enough" {
    try atomwrite -e f printf x
    expect 0 ""
    [ "$(cat f)" = x ]
}

@test "--min-size: less is refused, exit 65" {
    old
    try atomwrite --min-size=5 f <<<new
    expect 65 "atomwrite: f: left as it was: the input has 4 bytes, less than the 5 of --min-size"
    left_alone
}

@test "--min-size: as many are taken" {
    try atomwrite --min-size=4 f <<<new
    expect 0 ""
    holds f new
}

@test "--min-size: takes K, M and G" {
    old
    local unit
    for unit in 'K 1024' 'M 1048576' 'G 1073741824'; do
        try atomwrite --min-size="1${unit% *}" f <<<new
        expect 65 "atomwrite: f: left as it was: the input has 4 bytes, less than the ${unit#* } of --min-size"
    done
    left_alone
    head -c 1024 /dev/zero >kilobyte
    try atomwrite --min-size=1K f <kilobyte
    expect 0 ""
    cmp kilobyte f
}

@test "--min-size: with -a it is the input that counts" {
    old
    try atomwrite -a --min-size=5 f <<<new
    expect 65 "atomwrite: f: left as it was: the input has 4 bytes, less than the 5 of --min-size"
    left_alone
}

@test "--min-size: with -u it is the output of COMMAND that counts" {
    old
    try atomwrite -u -e f true
    expect 65 "atomwrite: f: left as it was: the input is empty"
    left_alone
}

@test "--end-marker: commits, and strips the last line" {
    old
    try atomwrite --end-marker=done f <<<$'one\ntwo\ndone'
    expect 0 ""
    holds f $'one\ntwo'
    clean
}

@test "--end-marker: a marker without its newline counts" {
    try atomwrite --end-marker=done f printf 'one\ndone'
    expect 0 ""
    holds f one
}

@test "--end-marker: a marker alone makes an empty FILE" {
    try atomwrite --end-marker=done f echo 'done'
    expect 0 ""
    [ ! -s f ]
    [ -f f ]
}

@test "--end-marker: a producer that did not finish is refused, exit 65" {
    old
    try atomwrite --end-marker=done f < <({ echo half && false && echo 'done'; } || true)
    expect 65 "atomwrite: f: left as it was: the last line is not the end marker (its producer did not finish)"
    left_alone
}

@test "--end-marker: empty input is refused, exit 65" {
    old
    try atomwrite --end-marker=done f </dev/null
    expect 65 "atomwrite: f: left as it was: the last line is not the end marker (its producer did not finish)"
    left_alone
}

@test "--end-marker: the end of a line is not a line, exit 65" {
    old
    try atomwrite --end-marker=done f <<<$'one\nundone'
    expect 65 "atomwrite: f: left as it was: the last line is not the end marker (its producer did not finish)"
    try atomwrite --end-marker=done f <<<undone
    expect 65
    left_alone
}

@test "--end-marker: only the last line counts, exit 65" {
    old
    try atomwrite --end-marker=done f <<<$'one\ndone\n'
    expect 65 "atomwrite: f: left as it was: the last line is not the end marker (its producer did not finish)"
    left_alone
}

@test "--end-marker: what is left has to satisfy -e" {
    old
    try atomwrite -e --end-marker=done f <<<'done'
    expect 65 "atomwrite: f: left as it was: the input is empty"
    left_alone
}

@test "--end-marker: with -a the input has to end with it" {
    old
    try atomwrite -a --end-marker=done f <<<$'more\ndone'
    expect 0 ""
    holds f $'old\nmore'
    try atomwrite -a --end-marker=done f <<<half
    expect 65
    holds f $'old\nmore'
    clean
}

@test "--end-marker: with -u the output of COMMAND has to end with it" {
    old
    try atomwrite -u --end-marker=done f sh -c 'cat; echo more; echo done'
    expect 0 ""
    holds f $'old\nmore'
}

@test "--check: content that the check accepts is committed" {
    old
    try atomwrite --check='grep -q new' f <<<new
    expect 0 ""
    [ -z "$output" ]
    holds f new
    clean
}

@test "--check: content that the check refuses, exit 65" {
    old
    try atomwrite --check='grep -q other' f <<<new
    expect 65 "atomwrite: f: left as it was: the check failed with status 1: grep -q other"
    left_alone
}

@test "--check: a check that is killed refuses, exit 65" {
    old
    try atomwrite --check='kill -KILL $$' f <<<new
    expect 65 'atomwrite: f: left as it was: the check failed with status 137: kill -KILL $$'
    left_alone
}

@test "--check: finds the content by ATOMWRITE_STAGED, too" {
    try atomwrite --check='cmp - "$ATOMWRITE_STAGED" && wc -l <"$ATOMWRITE_STAGED" >lines' \
        f <<<$'one\ntwo'
    expect 0 ""
    [ "$(cat lines)" -eq 2 ]
    holds f $'one\ntwo'
    clean
}

@test "--check: an ATOMWRITE_STAGED from outside is not believed" {
    ATOMWRITE_STAGED=/etc/passwd try atomwrite --check='cmp - "$ATOMWRITE_STAGED"' f <<<new
    expect 0 ""
    holds f new
}

@test "--check: FILE is as it was while the check runs" {
    old
    try atomwrite --check='grep -qx old f' f <<<new
    expect 0 ""
    holds f new
}

@test "--check: its output is no part of FILE, and goes to standard error" {
    try atomwrite --check='echo checked' f <<<new
    expect 0 checked
    [ -z "$output" ]
    holds f new
}

@test "--check: with -a the whole new content is checked" {
    old
    try atomwrite -a --check='[ "$(tr "\n" ,)" = old,more, ]' f <<<more
    expect 0 ""
    holds f $'old\nmore'
    try atomwrite -a --check=false f <<<more
    expect 65 "atomwrite: f: left as it was: the check failed with status 1: false"
    holds f $'old\nmore'
    clean
}

@test "--check: with -u the output of COMMAND is checked, in the turn" {
    old
    try atomwrite -u --check='! atomwrite -w 0 f </dev/null 2>/dev/null && grep -qx new' \
        f echo new
    expect 0 ""
    holds f new
    clean
}

@test "--check: sees the content without its end marker" {
    try atomwrite --end-marker=done --check='! grep -q done' f <<<$'new\ndone'
    expect 0 ""
    holds f new
}

# ---- P8 no litter

@test "no litter: a run that is refused or fails leaves no name, also in an empty directory" {
    try atomwrite -e f </dev/null
    expect 65
    try atomwrite --check=false f <<<new
    expect 65
    try atomwrite f false
    expect 1
    try atomwrite -u f false
    expect 1
    try atomwrite -a --min-size=1K f <<<new
    expect 65
    try atomwrite -k 2 -u f sh -c 'echo half; exit 9'
    expect 9
    [ -z "$(ls -A)" ]
}

@test "no litter: a writer killed in its turn is taken over by the next, which does not wait" {
    old
    held_turn f
    kill_holder
    [ -e .f.atomwrite ]
    holds f old
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "no litter: a writer killed in its turn before there was a FILE is taken over" {
    held_turn f
    kill_holder
    [ ! -e f ]
    [ -e .f.atomwrite ]
    try atomwrite -n -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "no litter: a run that fails takes over what a dead writer left, too" {
    old
    held_turn f
    kill_holder
    try atomwrite -u -w 0 f false
    expect 1 "atomwrite: f: left as it was: false exited with status 1"
    left_alone
}

@test "no litter: stages that dead writers left are removed with the turn" {
    old
    local number
    : >.f.atomwrite
    : >.f.atomwrite-kept
    for number in 1 2 7 40; do
        echo half >.f.atomwrite-"$number"
    done
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "no litter: what others may have named like that is not touched" {
    : >.f.atomwrite
    echo mine >.f.atomwrite-x
    echo mine >.f.atomwrite-1.bak
    echo mine >.ff.atomwrite
    echo mine >f.atomwrite
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    [ "$(printf '%s ' .f* f*)" = ".f.atomwrite-1.bak .f.atomwrite-x .ff.atomwrite f f.atomwrite " ]
}

# ---- P9 same file: more of it in metadata.bats and targets.bats

@test "same file: its mode and its name stay" {
    old
    chmod 640 f
    try atomwrite f <<<new
    expect 0 ""
    [ "$(stat -c '%a %h' f)" = "640 1" ]
    holds f new
}

# ---- -w

@test "-w: 0 does not wait for the turn, exit 75, and names who has it" {
    old
    held_turn f
    try atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: it is the turn of PID $HOLDER (atomwrite) (wait longer with -w)"
    holds f old
    release first
    holds f first
    clean
}

@test "-w: a fraction of a second is waited, exit 75" {
    old
    held_turn f
    try atomwrite --wait=0.05 f <<<new
    expect 75 "atomwrite: f: left as it was: it is the turn of PID $HOLDER (atomwrite) (wait longer with -w)"
    release first
    holds f first
    clean
}

@test "-w: takes s, m, h, d, fractions and inf" {
    local duration
    for duration in 1 1s 1.5 .5 2. 1m 0.5h 1d inf; do
        try atomwrite --no-sync -w "$duration" f <<<"$duration"
        expect 0 ""
        holds f "$duration"
    done
}

@test "-w: with -v it says for whom it waits" {
    old
    held_turn f
    mkfifo said
    atomwrite -v f <<<new 2>said 3>&- &
    local waiter=$!
    exec 8<said
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $HOLDER (atomwrite)" ]
    release first
    wait "$waiter"
    [ "$(cat <&8)" = "atomwrite: f: replaced (4 bytes)" ]
    exec 8<&-
    holds f new
    clean
}

@test "-w: on a terminal it says for whom it waits" {
    need script
    old
    held_turn f
    mkfifo screen
    script -qefc 'echo new | atomwrite f' /dev/null </dev/null >screen 2>&1 3>&- &
    local waiter=$!
    exec 8<screen
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $HOLDER (atomwrite)"$'\r' ]
    release first
    wait "$waiter"
    exec 8<&-
    holds f new
    clean
}

# ---- -v and --progress

@test "-v: says what was done" {
    try atomwrite -v f <<<new
    expect 0 "atomwrite: f: created (4 bytes)"
    try atomwrite --verbose f <<<newer
    expect 0 "atomwrite: f: replaced (6 bytes)"
    try atomwrite -v -c f <<<newer
    expect 0 "atomwrite: f: unchanged"
    try atomwrite -v -u f cat
    expect 0 "atomwrite: f: replaced (6 bytes)"
}

@test "-v: with -a it says the size of the new FILE" {
    old
    try atomwrite -v -a f <<<more
    expect 0 "atomwrite: f: replaced (9 bytes)"
}

@test "--progress: a plain line where there is no terminal" {
    head -c 2048 /dev/zero >input
    try atomwrite --progress f <input
    expect 0
    [[ $stderr =~ ^'atomwrite: f: 2048B, '[0-9.]+[KMG]?'B/s, 100%, 0s left'$ ]]
    cmp input f
}

@test "--progress: no percent where the size is not known" {
    try atomwrite --progress f < <(head -c 2048 /dev/zero)
    expect 0
    [[ $stderr =~ ^'atomwrite: f: 2048B, '[0-9.]+[KMG]?'B/s'$ ]]
    try atomwrite --progress f head -c 2048 /dev/zero
    expect 0
    [[ $stderr =~ ^'atomwrite: f: 2048B, '[0-9.]+[KMG]?'B/s'$ ]]
}

@test "--progress: redrawn on a terminal" {
    need script
    head -c 2048 /dev/zero >input
    run script -qefc 'atomwrite --progress f <input' /dev/null </dev/null
    [ "$status" -eq 0 ]
    [[ $output == $'\r'*'100%, 0s left'$'\e[K'* ]]
    cmp input f
}

# ---- --help and --version

@test "--help: on standard output, and nothing is written" {
    try atomwrite --help f
    expect 0 ""
    [ "${lines[0]}" = "usage: atomwrite [options] FILE [COMMAND [ARG]...]" ]
    [ -z "$(ls -A)" ]
}

@test "--version: on standard output" {
    try atomwrite --version
    expect 0 ""
    [[ $output =~ ^'atomwrite (wholefile) '[0-9.]+$ ]]
}

@test "--help: standard output is full, exit 74" {
    [ -c /dev/full ] || skip "needs /dev/full"
    try sh -c 'atomwrite --help >/dev/full'
    expect 74 "atomwrite: standard output: cannot write: No space left on device (free some space or inodes)"
}

# ---- wrong calls

@test "usage: no FILE" { refused_call "FILE: the operand is missing"; }
@test "usage: an unknown letter" {
    refused_call "-Z: there is no such option, or it takes no value" -Z f
}
@test "usage: an unknown letter among others" {
    refused_call "-Z: there is no such option, or it takes no value" -vZc f
}
@test "usage: an unknown word" {
    refused_call "--foo: there is no such option, or it takes no value" --foo f
}
@test "usage: a value for an option that takes none" {
    refused_call "--verbose=3: there is no such option, or it takes no value" --verbose=3 f
}
@test "usage: a letter without its value" { refused_call "-m: the option needs a value" -m; }
@test "usage: a word without its value" { refused_call "--keep: the option needs a value" --keep; }

@test "usage: --keep is no number" { refused_call "--keep: 'x' is not a number" --keep=x f; }
@test "usage: --keep is empty" { refused_call "--keep: '' is not a number" -k '' f; }
@test "usage: --keep is negative" { refused_call "--keep: '-1' is out of range" -k -1 f; }
@test "usage: --keep is too large" {
    refused_call "--keep: '99999999999999999999' is out of range" -k 99999999999999999999 f
}

@test "usage: --min-size is no size" {
    local size
    for size in '' x K 1T 1KB -1 +1 ' 1' 1.5; do
        refused_call "--min-size: '$size' is not a size (a number of bytes, or with K, M or G)" \
            --min-size="$size" f
    done
}
@test "usage: --min-size is too large" {
    refused_call "--min-size: '99999999999G' is out of range" --min-size=99999999999G f
}

@test "usage: -w is no duration" {
    local duration
    for duration in '' x -1 1e3 0x1 nan infinity . s 1w '1 s' '1s '; do
        refused_call "--wait: '$duration' is not a duration (a number of seconds, or with s, m, h, d)" \
            -w "$duration" f
    done
}
@test "usage: -w is too long" {
    refused_call "--wait: '99999999999999999999' is out of range" -w 99999999999999999999 f
}

@test "usage: --mode is no mode" {
    local mode
    for mode in '' 8 999 77777 u+q rw -1; do
        refused_call "--mode: '$mode' is not a mode" --mode="$mode" f
    done
}
@test "usage: --mode is the mark of an unfinished file" {
    refused_call "--mode: 0200 marks an unfinished file and can be no mode" -m 0200 f
    refused_call "--mode: 0200 marks an unfinished file and can be no mode" -m 200 f
}

@test "usage: --owner is not known" {
    refused_call "--owner: 'no-such-user' is not a user that is known here" --owner=no-such-user f
    refused_call "--owner: ':no-such-group' is not a group that is known here" --owner=:no-such-group f
}
@test "usage: --owner is no owner" {
    refused_call "--owner: '' is not an owner (USER, USER:GROUP or :GROUP)" --owner= f
    refused_call "--owner: ':' is not an owner (USER, USER:GROUP or :GROUP)" --owner=: f
}
@test "usage: --owner is the number that says no change" {
    refused_call "--owner: '4294967295' is not a user that is known here" --owner=4294967295 f
    refused_call "--owner: ':4294967295' is not a group that is known here" --owner=:4294967295 f
}

@test "usage: --end-marker is no line" {
    refused_call "--end-marker: it is not one line of text" --end-marker= f
    refused_call "--end-marker: it is not one line of text" --end-marker=$'two\nlines' f
}
@test "usage: --lock-file is empty" { refused_call "--lock-file: the path is empty" --lock-file= f; }

@test "usage: -n with -a, -u, -c or -k" {
    refused_call "--no-clobber: it excludes -a, -u, -c and -k" -n -a f
    refused_call "--no-clobber: it excludes -a, -u, -c and -k" -n -u f true
    refused_call "--no-clobber: it excludes -a, -u, -c and -k" -n -c f
    refused_call "--no-clobber: it excludes -a, -u, -c and -k" -n -k 1 f
}
@test "usage: -a with -u" { refused_call "--append: it excludes -u" -a -u f true; }
@test "usage: --touch without -c" { refused_call "--touch: it needs -c" --touch f; }
@test "usage: -u without COMMAND" { refused_call "--update: it needs a COMMAND" -u f; }
@test "usage: an empty name" { refused_call "FILE: the name is empty" ''; }
@test "usage: a name that ends in /" {
    refused_call "nowhere/: a name that ends in / is no file" nowhere/
    refused_call "./: a name that ends in / is no file" ./
    refused_call "/: a name that ends in / is no file" /
}

# ---- P10 said

@test "said: control characters in an argument are escaped, a refusal is one line" {
    refused_call "--keep: 'a\\nb' is not a number" $'--keep=a\nb' f
    refused_call "--mode: '\\^[[1m' is not a mode" $'--mode=\e[1m' f
    refused_call "--owner: 'a\\nb' is not a user that is known here" $'--owner=a\nb' f
    refused_call "--no\\nsuch: there is no such option, or it takes no value" $'--no\nsuch' f
}

@test "said: control characters in the name of COMMAND are escaped" {
    # A directory in PATH that may not be searched would make it "cannot be run".
    PATH=$BUILDDIR/src:/usr/bin:/bin
    old
    try -127 atomwrite f $'no\nsuch'
    expect 127 "atomwrite: f: left as it was: cannot run no\\nsuch: No such file or directory (look at its spelling and at PATH)"
    printf '#!/bin/sh\nexit 3\n' >$'bad\nname'
    chmod +x $'bad\nname'
    try atomwrite f $'./bad\nname'
    expect 3 "atomwrite: f: left as it was: ./bad\\nname exited with status 3"
    left_alone
}

@test "said: a check of many lines is told in one" {
    old
    try atomwrite --check=$'true\nexit 3' f <<<new
    expect 65 "atomwrite: f: left as it was: the check failed with status 3: true\\nexit 3"
    left_alone
}

@test "said: a long name is told whole" {
    local name
    name=$(printf '%0200d' 7)
    : >"$name"
    try atomwrite -n "$name" <<<new
    expect 73 "atomwrite: $name: left as it was: it exists already (leave out -n to replace it)"
}
