#!/usr/bin/env bats
# lockread -l: what is not known is not called free, and who lives is not called dead.
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load common

setup() {
    common_setup
    echo text >a
}

# state STATE HOLDERS: what --json told of one FILE.
state() {
    if [[ $output != *'"state":"'$1'","holders":['$2'],'* ]]; then
        printf 'not %s, %s: %s\n' "$1" "$2" "$output" >&2
        return 1
    fi
}

# without_proc COMMAND...: "try" it where /proc is empty.
without_proc() {
    need_mounts
    try "${OWN_MOUNTS[@]}" sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"
}

@test "unknown: in a PID name space nobody is seen to hold what others may, 0" {
    need_pid_space
    try "${OWN_PIDS[@]}" lockread --json a
    expect 0 ""
    state unknown ''
    held_flock a
    try "${OWN_PIDS[@]}" lockread --json a
    let_go
    expect 0 ""
    state unknown ''
}

@test "unknown: in a PID name space a lock of its own is seen" {
    need_pid_space
    need flock
    try "${OWN_PIDS[@]}" flock a lockread --json a
    expect 0 ""
    state locked '{"pid":1,"command":"flock"}'
    try "${OWN_PIDS[@]}" flock -s a lockread --json a
    expect 0 ""
    state shared '{"pid":1,"command":"flock"}'
}

@test "unknown: in a PID name space a lock whose taker is dead is found by its descriptor" {
    need_pid_space
    need flock
    for option in -x -s; do
        try "${OWN_PIDS[@]}" sh -c "exec 9<a; flock $option 9; lockread --json a; true"
        expect 0 ""
        [ "$option" = -s ] || state locked '{"pid":1,"command":"sh"}'
        [ "$option" = -x ] || state shared '{"pid":1,"command":"sh"}'
    done
}

@test "unknown: a claim with the mark of unfinished ones is not called dead there" {
    need_pid_space
    dead a
    try "${OWN_PIDS[@]}" lockread --json a
    expect 0 ""
    state unknown ''
}

@test "unknown: without /proc, or its locks, nothing is free" {
    need_plain_build
    without_proc lockread --json a
    expect 0 ""
    state unknown ''
    : >empty
    # As systemd hides it with InaccessiblePaths=, from root too.
    try "${OWN_MOUNTS[@]}" sh -c 'mount --bind empty /proc/locks && lockread --json a'
    expect 0 ""
    state unknown ''
}

@test "unknown: a lock file that is missing, 66, and said once" {
    echo other >b
    try lockread --json --lock-file=nowhere a b
    expect 66 "lockread: nowhere: no such lock file (writers create it: check its spelling)"
    state unknown ''
    [[ $output == *'"name":"b","state":"unknown","holders":[],"size":6,'* ]]
    try lockread -q -l --lock-file=nowhere a
    expect 66 ""
    [[ $output =~ ^unknown\ +-\ +5\ .*\ a$ ]]
}

@test "unknown: a lock file that cannot be reached, 77" {
    share
    mkdir dir
    : >dir/lock
    chmod 000 dir
    try as_user lockread --json --lock-file=dir/lock a
    chmod 700 dir
    expect 77 "lockread: dir/lock: cannot get its state: Permission denied ($READABLE)"
    state unknown ''
}

@test "unknown: a living claim is locked with --lock-file too, and a dead one unfinished" {
    need_all_locks
    has_rung o-tmpfile || skip "no live claims here"
    local claim
    : >lock
    mkfifo held go
    uniqcreate -l x- sh -c 'echo half; echo >held; cat go' >path 3>&- 4>&- &
    local writer=$!
    read -r _ <held
    claim=$(cat path)
    try lockread --json --lock-file=lock "$claim"
    expect 0 ""
    state locked ''
    : >go
    wait "$writer"
    try lockread --json --lock-file=lock "$claim"
    expect 0 ""
    state free ''
    dead "$claim"
    try lockread --json --lock-file=lock "$claim"
    expect 0 ""
    state unfinished ''
}

@test "unknown: a living claim is not dead to a reader in another PID name space, 75" {
    need_root
    has_rung o-tmpfile || skip "no live claims here"
    need unshare
    share
    as_user unshare -Urpf --mount-proc true 2>/dev/null || skip "needs a PID name space"
    mkfifo held go
    uniqcreate -l x- sh -c 'echo half; echo >held; cat go' >path 3>&- 4>&- &
    local writer=$! claim
    read -r _ <held
    claim=$(cat path)
    try as_user unshare -Urpf --mount-proc lockread "$claim"
    expect 75 "lockread: $claim: locked by another process (use -w to wait)"
    # Nor is one that is dead, as far as can be told there; who sees all locks knows.
    kill -KILL "$writer"
    wait "$writer" || :
    : >go
    try as_user unshare -Urpf --mount-proc lockread -w 0.01 "$claim"
    expect 75 "lockread: $claim: locked by another process (use -w to wait)"
    if sees_all_locks; then
        try as_user lockread "$claim"
        expect 65 "lockread: $claim: $DEAD"
    fi
}

# under OPTIONS PROGRAM...: by an ordinary user, with a /proc that is mounted with OPTIONS.
under() {
    local options=$1
    shift
    try unshare -m sh -c '
        mount -t proc -o "$1" proc /proc || exit 99
        shift
        exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' sh "$options" "$@"
    [ "$status" -ne 99 ] || skip "no /proc with $options here"
}

@test "unknown: a living claim and a living turn are not dead where /proc hides all but PIDs, 75" {
    need_root
    need unshare
    has_rung o-tmpfile || skip "no live claims here"
    unshare -m true 2>/dev/null || skip "needs a mount name space of its own"
    share
    mkfifo held go turn end
    uniqcreate -l x- sh -c 'echo half; echo >held; cat go' >path 3>&- 4>&- &
    local claimer=$! writer claim options
    read -r _ <held
    claim=$(cat path)
    echo old >f
    (umask 077; exec atomwrite -m 666 -u f sh -c 'echo new; echo >turn; cat end') 3>&- 4>&- &
    writer=$!
    read -r _ <turn
    for options in subset=pid hidepid=2 subset=pid,hidepid=2; do
        under "$options" lockread "$claim"
        expect 75
        [[ $stderr == "lockread: $claim: locked by "* ]]
        under "$options" lockread -w 0.01 "$claim"
        expect 75
        under "$options" atomwrite -w 0 f echo mine
        expect 75
        [[ $stderr == "atomwrite: f: left as it was: being replaced by "* ]]
    done
    : >go
    : >end
    wait "$claimer"
    wait "$writer"
    holds "$claim" half
    holds f new
}

@test "unknown: /proc/locks is read once for all, and once more for what nobody holds" {
    need_trace
    need_all_locks
    mkdir many
    for each in {1..50}; do echo "$each" >"many/$each"; done
    held_flock a
    trace "$BATS_TEST_TMPDIR/trace" -e trace=open,openat lockread -l many
    [ "$(grep -c '"/proc/locks"' "$BATS_TEST_TMPDIR/trace")" -eq 2 ]
    trace "$BATS_TEST_TMPDIR/trace" -e trace=open,openat lockread -l a
    [ "$(grep -c '"/proc/locks"' "$BATS_TEST_TMPDIR/trace")" -eq 1 ]
    run lockread -l a many
    let_go
    [ "$(grep -c '^free ' <<<"$output")" -eq 50 ]
    [ "$(grep -c '^locked ' <<<"$output")" -eq 1 ]
}

@test "unknown: on an overlay the lock of another file system's inode is not FILE's" {
    need_all_locks
    need flock
    need_mounts
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs none "$1" && cd "$1" && mkdir low up other all || exit 99
        for each in low up other; do mount -t tmpfs none $each || exit 99; done
        mkdir up/u up/w
        # Not one of the numbers that other tests have on file systems of their own.
        for each in low other; do
            (cd $each && seq 3000 | xargs touch && seq 3000 | xargs rm)
            echo text >$each/f
        done
        layers=lowerdir=low,upperdir=up/u,workdir=up/w,xino=off
        mount -t overlay none -o $layers all 2>/dev/null ||
            mount -t overlay none -o $layers,userxattr all 2>/dev/null || exit 99
        [ "$(stat -c %i other/f)" = "$(stat -c %i all/f)" ] || exit 99
        lockread --json all/f
        flock all/f lockread --json all/f
        # The taker is dead.
        exec 9<other/f; flock 9
        lockread --json all/f
        lockread --json other/f' sh "$BATS_TEST_TMPDIR/mounted"
    [ "$status" -ne 99 ] || skip "no overlay with device numbers of its own here"
    expect 0 ""
    diff - <(sed -E 's/.*("name":"[^"]*").*("state":"[^"]*").*("command":"[^"]*"|\[\]).*/\1 \2 \3/' <<<"$output") <<'LIST'
"name":"all/f" "state":"free" []
"name":"all/f" "state":"locked" "command":"flock"
"name":"all/f" "state":"free" []
"name":"other/f" "state":"locked" "command":"sh"
LIST
}
