#!/usr/bin/env bats
# uniqcreate -l: locked from the moment it exists, and what a dead writer leaves.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- not yet

@test "not yet: a live claim is locked until it is finished, exit 75" {
    can_claim
    claimed x-
    [ "$CLAIM" = "x-$FIRST" ]
    try lockread "$CLAIM"
    expect 75 "lockread: $CLAIM: locked by PID $WRITER (uniqcreate) (use -w to wait)"
    [ -z "$output" ]
    echo text >&"$INPUT"
    try lockread "$CLAIM"
    expect 75 "lockread: $CLAIM: locked by PID $WRITER (uniqcreate) (use -w to wait)"
    [ -z "$output" ]
    finished
    expect 0 ""
    try lockread "$CLAIM"
    expect 0 ""
    [ "$output" = text ]
    clean
}

@test "not yet: marked, locked, durable and named, in this order; the lock goes last" {
    local order
    can_claim
    need_trace
    trace "$TRACE" -s 300 uniqcreate -l "$EPOCH" x- <<<text >path
    order=$(awk '
        / = -1 E/ { next }
        /^openat\(.*O_DIRECTORY/ && dir == "" { dir = $NF }
        /^openat\(.*O_TMPFILE/ { claim = $NF }
        /^fchmod\(.*, 0200\)/ { printf "marked " }
        /^fchmod\(.*, 0644\)/ { printf "finished " }
        /^flock\(.*LOCK_EX/ { printf "locked " }
        /^flock\(.*LOCK_UN/ { printf "unlocked " }
        /^linkat\(/ { printf "named " }
        /^write\(1,/ { printf "path " }
        /^(write|copy_file_range)\(/ && !/^write\(1,/ && $NF > 0 { printf "data " }
        /^fsync\(/ {
            split($0, part, /[()]/)
            printf "%s ", part[2] == claim ? "content" : part[2] == dir ? "directory" : "?"
        }
        /^close\(/ {
            split($0, part, /[()]/)
            if (part[2] == claim) printf "unlocked "
        }' "$TRACE")
    echo "$order"
    [ "$(stat -f -c %T .)" != btrfs ] || skip "it is another order on btrfs"
    [ "$order" = "marked locked content named directory path data content finished content unlocked " ]
}

@test "not yet: the claim is there, empty and printed, before COMMAND starts" {
    can_claim
    uniqcreate -l "$EPOCH" x- sh -c 'stat -c "%n %s %a" x-*; cat path >early' >>path
    holds early "x-$FIRST"
    holds path "x-$FIRST"
    holds "x-$FIRST" "x-$FIRST 0 200"
}

@test "not yet: COMMAND itself cannot read it with lockread, and -w waits until it is whole" {
    can_claim
    # COMMAND's lockread has no other end than 75: it would wait for its own writer.
    try uniqcreate -l "$EPOCH" x- sh -c 'echo one
        lockread x-* >read 2>said
        echo "$? $PPID" >how
        echo two'
    expect 0 ""
    read -r how writer <how
    [ "$how" -eq 75 ]
    holds said "lockread: x-$FIRST: locked by PID $writer (uniqcreate) (use -w to wait)"
    [ ! -s read ]
    try lockread -w inf "x-$FIRST"
    expect 0 ""
    [ "$output" = $'one\ntwo' ]
}

# gets_all LOCKREAD...: it waits for the claim, and prints what comes to be in it. The
# first file is larger than any buffer: when it is read, lockread is at the claim.
gets_all() {
    head -c 300000 /dev/zero >large
    mkfifo -m 666 "$BATS_TEST_TMPDIR/read"
    "$@" -w inf large "$CLAIM" >"$BATS_TEST_TMPDIR/read" 3>&- 4>&- {INPUT}>&- &
    READER=$!
    exec {read}<"$BATS_TEST_TMPDIR/read"
    head -c 300000 <&"$read" | cmp - large
    echo text >&"$INPUT"
    finished
    expect 0 ""
    [ "$(cat <&"$read")" = text ]
    wait "$READER"
}

@test "not yet: lockread -w inf gets all of it" {
    can_claim
    claimed x-
    gets_all lockread
}

@test "not yet: a second writer of the same second gets the next name" {
    can_claim
    claimed x-
    try uniqcreate -l "$EPOCH" x- <<<two
    expect 0 ""
    [ "$output" = "x-$SECOND" ]
    try lockread -s x-*
    expect 0 ""
    [ "$output" = two ]
    echo one >&"$INPUT"
    finished
    expect 0 ""
    holds "x-$FIRST" one
}

@test "not yet: whoever may not open the file is told 75, too" {
    can_claim
    need_root
    share
    claimed x-
    try as_user lockread "$CLAIM"
    expect 75
    [[ $stderr == "lockread: $CLAIM: locked by "*" (use -w to wait)" ]]
    [ -z "$output" ]
    echo text >&"$INPUT"
    finished
    expect 0 ""
    try as_user lockread "$CLAIM"
    expect 0 ""
    [ "$output" = text ]
}

@test "not yet: whoever may not open the file waits with -w, and gets all of it" {
    can_claim
    need_root
    share
    claimed x-
    gets_all as_user lockread
}

@test "not yet: lockread -l shows the claim as locked, and by whom" {
    can_claim
    claimed x-
    try lockread --json "$CLAIM"
    expect 0 ""
    [[ $output == *'"state":"locked","holders":[{"pid":'$WRITER',"command":"uniqcreate"}],"size":0,'*'"mode":"0200"}' ]]
    finished
    expect 0 ""
    try lockread --json "$CLAIM"
    [[ $output == *'"state":"'@(free|unknown)'","holders":[],'* ]]
}

# --- dead writers

@test "dead: what a killed writer left is refused, 65, by root or the owner" {
    can_claim
    claimed x-
    # Over 64 KiB of it have been read when this is done.
    head -c 300000 /dev/zero >&"$INPUT"
    killed
    [ -s "$CLAIM" ]
    [ "$(stat -c %a "$CLAIM")" = 200 ]
    try lockread "$CLAIM"
    expect 65 "lockread: $CLAIM: $DEAD"
    [ -z "$output" ]
    try lockread -w inf "$CLAIM"
    expect 65 "lockread: $CLAIM: $DEAD"
    [ -z "$output" ]
    clean
}

@test "dead: the ordinary user who owns it is told 65" {
    local claim
    can_claim
    share
    try as_user uniqcreate -l "$EPOCH" x- sh -c 'echo half; kill -KILL $PPID'
    expect 137
    claim=$output
    [ "$claim" = "x-$FIRST" ]
    try as_user lockread "$claim"
    expect 65 "lockread: $claim: $DEAD"
    [ -z "$output" ]
}

@test "dead: an ordinary user who is not the owner is told 65" {
    need_all_locks
    can_claim
    need_root
    share
    try uniqcreate -l "$EPOCH" x- sh -c 'echo half; kill -KILL $PPID'
    expect 137
    try as_user lockread "x-$FIRST"
    expect 65 "lockread: x-$FIRST: $DEAD"
    [ -z "$output" ]
    try as_user lockread -s "x-$FIRST"
    expect 0 ""
    [ -z "$output" ]
}

# The writer of a live claim ends just before its lock is granted to somebody else.
FINISHED_MEANWHILE='
    int flock(int fd, int operation)
    {
        asked();
        fchmod(fd, 0600);
        return REAL(flock)(fd, operation);
    }'

@test "finished between being opened and being locked: its owner is no stranger to it" {
    share
    as_user sh -c 'echo text >x; chmod 200 x'
    instead "$FINISHED_MEANWHILE" as_user lockread x
    expect 0 ""
    [ "$output" = text ]
}

@test "finished between being opened and being locked: its owner can append to it" {
    share
    as_user sh -c 'echo text >x; chmod 200 x'
    instead "$FINISHED_MEANWHILE" as_user sh -c 'echo more | atomwrite -a x'
    expect 0 ""
    holds x $'text\nmore'
}

@test "dead: lockread -l calls it unfinished, and -s passes over it" {
    need_all_locks
    can_claim
    claimed x-
    killed
    try lockread --json "$CLAIM"
    expect 0 ""
    [[ $output == *'"state":"unfinished","holders":[],'* ]]
    try lockread -s "$CLAIM"
    expect 0 ""
    [ -z "$output" ]
}

@test "dead: the next writer takes another name and leaves it alone" {
    can_claim
    claimed x-
    killed
    try uniqcreate -l "$EPOCH" x- <<<text
    expect 0 ""
    [ "$output" = "x-$SECOND" ]
    try lockread x-*
    expect 65 "lockread: x-$FIRST: $DEAD"
    [ "$output" = text ]
}
