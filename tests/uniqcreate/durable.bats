#!/usr/bin/env bats
# uniqcreate: durable, and nothing is left behind.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- durable

@test "durable: content before the name, the directory after it, and the path last" {
    local again=
    need_trace
    traced uniqcreate "$EPOCH" x- <<<text >path
    holds path "x-$FIRST"
    # On btrfs a file without a name is not made durable by fsync.
    ! on_btrfs || again="content "
    events >&2
    # Where it could not be linked, it was written again under a hidden name: the last
    # of them counts.
    [[ " $(events)" == *" content name ${again}directory path " ]]
    [ "$(events | tr ' ' '\n' | grep -c name)" -eq 1 ]
}

@test "durable: --no-sync waits for no disk" {
    need_trace
    traced uniqcreate "$EPOCH" --no-sync x- <<<text >path
    holds path "x-$FIRST"
    [ "$(events)" = "name path " ]
}

@test "durable: an fsync that fails is not tried again, and nothing is created, 74" {
    need_trace
    try traced -e inject=fsync:error=EIO uniqcreate x- <<<text
    expect 74 "uniqcreate: x-: $NOT_MADE: cannot make the content durable: Input/output error"
    [ -z "$output" ]
    [ "$(grep -c 'fsync(' "$TRACE")" -eq 1 ]
    only
}

@test "durable: a name that cannot be made durable is named, and not printed, 76" {
    need_trace
    last=$(fsyncs x- <<<text)
    try traced -e "inject=fsync:error=EIO:when=$last" uniqcreate "$EPOCH" x- <<<text
    expect 76 "uniqcreate: x-$FIRST: created, but it may not survive a power cut: cannot sync its name: Input/output error"
    [ -z "$output" ]
    holds "x-$FIRST" text
    only "x-$FIRST"
}

# --- no litter

@test "no litter: killed before it has a name, and one more run" {
    local call
    need_trace
    # Kills it at each of its calls that make or remove a name, one after the other.
    for call in openat linkat renameat2 renameat unlinkat fsync; do
        for number in 1 2 3 4; do
            try traced -e "inject=$call:signal=KILL:when=$number" uniqcreate "$EPOCH" x- <<<text
            # The placeholder of the last resort is empty, and stays so.
            if [ -s "x-$FIRST" ] || { [ -e "x-$FIRST" ] && ! has_placeholder; }; then
                holds "x-$FIRST" text
            fi
            try uniqcreate "$EPOCH" -q x- <<<text
            expect 0 ""
            clean
            rm -f x-*
        done
    done
    only
}

@test "no litter: what dead writers left is taken over, whatever its number" {
    # As after SIGKILL where files are staged under a name: nobody holds a lock.
    : >.x-.uniqcreate-1
    : >.x-.uniqcreate-2
    : >.x-.uniqcreate-3
    try uniqcreate "$EPOCH" x- <<<text
    traced -e trace=openat uniqcreate "$EPOCH" -q x- <<<text 2>/dev/null || skip "needs leave to trace"
    named_rung || skip "no file is staged under a name here"
    expect 0 ""
    holds "x-$FIRST" text
    only "x-$BESIDE-1" "x-$BESIDE-2"
}

@test "no litter: what looks like a stage but is none is left alone" {
    mkdir .x-.uniqcreate-1
    ln -s /etc/passwd .x-.uniqcreate-2
    try uniqcreate "$EPOCH" x- <<<text
    expect 0 ""
    holds "x-$FIRST" text
    [ -d .x-.uniqcreate-1 ]
    [ -L .x-.uniqcreate-2 ]
    only "x-$FIRST" .x-.uniqcreate-1 .x-.uniqcreate-2
}
