# shellcheck shell=bash disable=SC2016,SC2034,SC2030,SC2031,SC2154 # for those who load it
# What the tests of uniqcreate have in common.

load ../common

# The time that most names here have, so that they are known beforehand.
EPOCH=--time=@0
FIRST=19700101T000000Z-1
BESIDE=19700101T000000Z

NOT_MADE="nothing was created"
LOOK="(see uniqcreate --help)"
MODES="check the permissions of the file and its directory"

# only NAME...: nothing else is here, hidden or not.
only() {
    local have want
    have=$(find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort)
    want=$([ $# -eq 0 ] || printf '%s\n' "$@" | sort)
    if [ "$have" != "$want" ]; then
        printf 'here is: %s\nnot:     %s\n' "$have" "$want" >&2
        return 1
    fi
}

# traced [STRACE-OPTION]... COMMAND...: its system calls go to the file $TRACE.
setup() {
    common_setup
    TRACE=$BATS_TEST_TMPDIR/trace
    CLAIMS=0
}
traced() { trace "$TRACE" -s 300 "$@"; }

mode_of() { stat -c %a "$1"; }

# a_reader [COMMAND-PREFIX]... -- ARGUMENT...: uniqcreate reads a pipe that is kept open
# as $INPUT, and has begun to: more went in than the pipe holds. PID: $READER.
a_reader() {
    local prefix=()
    while [ "$1" != -- ]; do
        prefix+=("$1")
        shift
    done
    shift
    mkfifo "$BATS_TEST_TMPDIR/input"
    exec {INPUT}<>"$BATS_TEST_TMPDIR/input"
    "${prefix[@]}" uniqcreate "$@" <"$BATS_TEST_TMPDIR/input" \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- {INPUT}>&- &
    READER=$!
    # Over 64 KiB of it have been read when this is done; it cannot end before.
    head -c 300000 /dev/zero >&"$INPUT"
}
# Its end: fills what "try" would.
end_of_reader() {
    status=0
    wait "$READER" || status=$?
    output=
    [ ! -f "$BATS_TEST_TMPDIR/out" ] || output=$(cat "$BATS_TEST_TMPDIR/out")
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

SECOND=19700101T000000Z-2
TAKEN_BACK="the claim is removed"
DEAD="left unfinished by a process that died (remove it, or wait for its successor)"


# can_claim: skips where a file cannot be locked before it has a name; that it is then
# refused is a test of its own.
can_claim() { has_rung o-tmpfile || skip "no live claims without O_TMPFILE and linkat"; }

# claimed [ARGUMENT]...: a writer that has claimed $CLAIM and reads what is written to
# $INPUT. Its PID: $WRITER. It ends with the test, whatever happens.
claimed() {
    local pipe=$BATS_TEST_TMPDIR/claim.$((CLAIMS += 1))
    mkfifo "$pipe.in" "$pipe.out"
    exec {INPUT}<>"$pipe.in"
    env --default-signal=TERM,INT,HUP uniqcreate --live "$EPOCH" "$@" <"$pipe.in" \
        >"$pipe.out" 2>"$pipe.err" 3>&- 4>&- {INPUT}>&- &
    WRITER=$!
    read -r CLAIM <"$pipe.out"
}
# finished: its end, as "try" would have it.
finished() {
    exec {INPUT}>&-
    status=0
    wait "$WRITER" || status=$?
    output=$CLAIM
    stderr=$(cat "$BATS_TEST_TMPDIR/claim.$CLAIMS.err")
}
killed() {
    kill -KILL "$WRITER"
    wait "$WRITER" 2>/dev/null || true
    exec {INPUT}>&-
}

# events: of the trace, what matters for durability, in one line.
events() {
    awk '
        { sub(/^[0-9]+ +/, "") }
        / = -1 E/ { next }
        /^openat\(.*O_DIRECTORY/ && dir == "" { dir = $NF }
        /^openat\(.*(O_TMPFILE|\.uniqcreate-[0-9]+".*O_EXCL)/ { stage = $NF }
        /^fsync\(/ {
            synced = 1
            split($0, part, /[()]/)
            printf "%s ", part[2] == stage ? "content" : part[2] == dir ? "directory" : "?"
        }
        # Before the content is durable, or never.
        /^f?chmod/ && synced { printf "mode " }
        # The hidden name that the final one is made of, by a rename.
        /^linkat\(.*\.uniqcreate-[0-9]+", AT_/ { next }
        /^(linkat|renameat2?|rename|link)\(/ { printf "name "; synced = 0 }
        /^write\(1,/ { printf "path " }
        /^(syncfs|sync|fdatasync)\(/ { printf "sync "; synced = 1 }
    ' "$TRACE"
}

# fsyncs ARGUMENT...: how many a run makes; the last one is that of the directory.
fsyncs() {
    traced uniqcreate --time=@1 "$@" >/dev/null
    grep -c '^fsync(' "$TRACE"
    rm -f -- *-19700101T000001Z-*
}

on_btrfs() { [ "$(stat -f -c %T .)" = btrfs ]; }

# named_rung: whether files are staged under a hidden name here.
named_rung() { ! grep -qE 'O_TMPFILE.* = [0-9]' "$TRACE"; }

# at SECONDS [ARGUMENT]...: a file of that time; its name is x-197001..., as default.
at() {
    local time=$1
    shift
    uniqcreate -q --time="@$time" "$@" x- <<<"$time"
}
# name SECONDS: the name that "at" gives.
name() { date -u -d "@$1" +x-%Y%m%dT%H%M%SZ-1; }
