#!/usr/bin/env bats
# What the programs may cost, in counts: never in time, which is for "make bench".
# tests/bench/limit.c says which promise each call serves.

load ../common

need_nameless() {
    if ! has_rung o-tmpfile || ! has_rung linkat; then skip "needs files without a name"; fi
}

# calls LOG: how many come after start-up, which ends where signals are first blocked.
# Not the exit, and not the one by which an older kernel says that an ordinary user may
# not link a descriptor by itself; nor the one by which musl opens its own two signals.
calls() {
    sed -n '/^rt_sigprocmask(/,$p' "$1" | grep '^[a-z_0-9]*(' |
        grep -cvE '^exit_group\(|^rt_sigprocmask\(SIG_UNBLOCK, \[RT_1 RT_2\]|^linkat\(.*AT_EMPTY_PATH\) += -1 ENOENT'
}

# at_most COUNT LOG [PATTERN]: so many calls, or so many lines with PATTERN.
at_most() {
    local count
    if [ $# -eq 3 ]; then count=$(grep -cE "$3" "$2" || :); else count=$(calls "$2"); fi
    if [ "$count" -gt "$1" ]; then
        printf '%s, not %s at most:\n' "$count" "$1" >&2
        cat "$2" >&2
        return 1
    fi
}
SYNCS='^(fsync|fdatasync|sync|syncfs|sync_file_range)\('

# --- atomwrite

# Of these, 1 blocks ten signals from the start, so that one that ends the run is said and
# no name stays, and 1 looks for one after the sync, or right before the rename. 1 asks
# whether the directory lets go of what is made in it, for else the turn's name would stay;
# 1 looks at FILE before it is opened, so that a FIFO that came there meanwhile is not; and
# 1 closes the stage, so that no record lock of ours stays on FILE. Where the input has to
# be waited for it is 14 more: 10 are the handlers, 2 let the signals through, 1 has asked
# in vain, and 1 asks whether it is a regular file.

# need_ask LOG: skips where the kernel cannot tell what a pipe has, before Linux 6.5.
need_ask() { ! grep -q '^preadv2(.*EOPNOTSUPP' "$1" || skip "needs Linux 6.5"; }

@test "counts: a plain replacement without sync makes 23 calls beyond start-up" {
    need_trace
    need_plain_build
    need_nameless
    echo old >f
    prompt trace "$BATS_TEST_TMPDIR/log" atomwrite --no-sync f
    holds f new
    need_ask "$BATS_TEST_TMPDIR/log"
    at_most 23 "$BATS_TEST_TMPDIR/log"
    at_most 0 "$BATS_TEST_TMPDIR/log" "$SYNCS"
}

@test "counts: a plain replacement, durable, makes 25 calls, 2 of them fsyncs" {
    need_trace
    need_plain_build
    need_nameless
    echo old >f
    prompt trace "$BATS_TEST_TMPDIR/log" atomwrite f
    holds f new
    need_ask "$BATS_TEST_TMPDIR/log"
    at_most 25 "$BATS_TEST_TMPDIR/log"
    at_most 2 "$BATS_TEST_TMPDIR/log" "$SYNCS"
    [ "$(grep -c '^fsync(' "$BATS_TEST_TMPDIR/log")" -eq 2 ]
}

@test "counts: where the input has to be waited for, 14 calls more" {
    need_trace
    need_plain_build
    need_nameless
    echo old >f
    # The write is over when it is read, and the end comes after that.
    mkfifo late
    trace "$BATS_TEST_TMPDIR/log" atomwrite f <late &
    exec 8>late
    echo new >&8
    exec 8>&-
    wait "$!"
    holds f new
    at_most 39 "$BATS_TEST_TMPDIR/log"
    [ "$(grep -c '^fsync(' "$BATS_TEST_TMPDIR/log")" -eq 2 ]
}

# VmHWM is the most that was resident at once, pages of libc and of the program's file
# included.
@test "counts: 512 MiB through a pipe need no more than 4 MiB of memory" {
    need_plain_build
    local room dir=/dev/shm peak
    [ "$(stat -f -c %T $dir 2>/dev/null)" = tmpfs ] || skip "needs a tmpfs"
    room=$(df --output=avail -k $dir | tail -n 1)
    [ "$room" -gt 700000 ] || skip "needs 700 MB of room in $dir"
    [ "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" -gt 1500000 ] ||
        skip "needs 1.5 GB of memory"
    dir=$(mktemp -d $dir/wholefile-test.XXXXXX)
    mkfifo "$BATS_TEST_TMPDIR/input"
    exec {INPUT}<>"$BATS_TEST_TMPDIR/input"
    atomwrite --no-sync "$dir/f" <"$BATS_TEST_TMPDIR/input" 3>&- 4>&- {INPUT}>&- &
    # When this is done, all but what the pipe holds has been read.
    if head -c 512M /dev/zero >&"$INPUT"; then
        peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/$!/status")
    fi
    exec {INPUT}>&-
    outcome wait $!
    local size
    size=$(stat -c %s "$dir/f" 2>/dev/null || :)
    rm -rf "$dir"
    [ "$status" -eq 0 ]
    [ "$size" -eq $((512 << 20)) ]
    printf 'peak memory: %s KiB\n' "$peak"
    [ "$peak" -le 4096 ]
}

# --- uniqcreate

# probes_with COUNT MOST: so many names of the second are taken, and finding a free one
# asks for MOST names at most, or two more where there is no RENAME_NOREPLACE and each of
# the two claims takes two calls.
probes_with() {
    local claim=0
    ! built_without RENAMEAT2 || claim=2
    local first=x-19700101T000000Z
    seq -f "$first-%.0f" "$1" | xargs touch
    trace "$BATS_TEST_TMPDIR/log" uniqcreate --time=@0 --no-sync x- \
        </dev/null >"$BATS_TEST_TMPDIR/out"
    [ "$(cat "$BATS_TEST_TMPDIR/out")" = "$first-$(($1 + 1))" ]
    at_most $(($2 + claim)) "$BATS_TEST_TMPDIR/log" \
        "^(linkat|newfstatat|stat[a-z0-9]*|openat|rename[a-z0-9]*)\(.*\"$first-"
}

@test "counts: with 1,000 names taken 2 log2 N + 2 are asked for at most" {
    need_trace
    need_nameless
    probes_with 1000 21
}

@test "counts: with 10,000 names taken 2 log2 N + 2 are asked for at most" {
    need_trace
    need_nameless
    probes_with 10000 28
}

@test "counts: --lines syncs in groups" {
    need_trace
    need_nameless
    seq 1000 >"$BATS_TEST_TMPDIR/records"
    trace "$BATS_TEST_TMPDIR/log" uniqcreate -q --lines x- <"$BATS_TEST_TMPDIR/records"
    [ "$(find . -name 'x-*' | wc -l)" -eq 1000 ]
    grep -qE "$SYNCS" "$BATS_TEST_TMPDIR/log"
    at_most 40 "$BATS_TEST_TMPDIR/log" "$SYNCS"
    trace "$BATS_TEST_TMPDIR/log" uniqcreate -q --no-sync --lines y- \
        <"$BATS_TEST_TMPDIR/records"
    at_most 0 "$BATS_TEST_TMPDIR/log" "$SYNCS"
}

# --- lockread

# let_go_before_writing LOG: no lock is held when something is written to standard
# output; there was one.
let_go_before_writing() {
    awk -F '[(,)]' '
        /^flock\(/ && $3 ~ /LOCK_SH/ { held[$2] = 1; locks++ }
        /^flock\(/ && $3 ~ /LOCK_UN/ { delete held[$2] }
        /^close\(/ { delete held[$2] }
        /^writev?\(1,/ { writes++; for (fd in held) { print "held: " $0; wrong = 1 } }
        END { exit !(locks > 0 && writes > 0 && !wrong) }' "$1"
}

@test "counts: lockread lets a file go before it writes, which may take long" {
    need_trace
    echo text >f
    trace "$BATS_TEST_TMPDIR/log" lockread f >"$BATS_TEST_TMPDIR/out"
    holds "$BATS_TEST_TMPDIR/out" text
    let_go_before_writing "$BATS_TEST_TMPDIR/log"
    # More than a pipe holds, and many.
    head -c 3000000 /dev/zero >large
    trace "$BATS_TEST_TMPDIR/log" lockread large f large | wc -c >"$BATS_TEST_TMPDIR/out"
    [ "$(cat "$BATS_TEST_TMPDIR/out")" -eq 6000005 ]
    let_go_before_writing "$BATS_TEST_TMPDIR/log"
}

@test "counts: lockread collects small files and writes them together" {
    need_trace
    need_plain_build
    for each in {1..100}; do echo "$each" >"f$each"; done
    trace "$BATS_TEST_TMPDIR/log" lockread f{1..100} >"$BATS_TEST_TMPDIR/out"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 100 ]
    at_most 1 "$BATS_TEST_TMPDIR/log" '^writev?\(1,'
    let_go_before_writing "$BATS_TEST_TMPDIR/log"
}

@test "counts: lockread hands out no page that may still change" {
    need_trace
    head -c 3000000 /dev/zero >large
    trace "$BATS_TEST_TMPDIR/log" lockread large large | wc -c >"$BATS_TEST_TMPDIR/out"
    [ "$(cat "$BATS_TEST_TMPDIR/out")" -eq 6000000 ]
    at_most 0 "$BATS_TEST_TMPDIR/log" '^(splice|vmsplice|tee|sendfile|copy_file_range)\('
}
