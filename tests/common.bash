# shellcheck shell=bash disable=SC2154 # run(1) of bats sets status, output and stderr
# Loaded by every .bats file: the programs, an empty directory, and what to demand.
# BUILDDIR names the build tree; without it the programs are sought beside the tests.

bats_require_minimum_version 1.5.0

TESTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/instead.bash
source "$TESTS_DIR/instead.bash"
BUILDDIR=$(cd "${BUILDDIR:-$TESTS_DIR/..}" && pwd)
PATH=$BUILDDIR/src:$PATH
export PATH
# Messages and sorting as they are written here, times in UTC.
export LC_ALL=C TZ=UTC
umask 022
# How many per cent of the rounds the longest races run: a build or a file system that is
# tried besides the usual one does with fewer.
# shellcheck disable=SC2034 # for those who load this
MANY=${WHOLEFILE_TEST_MANY:-100}

# Each test works in an empty directory of its own, with room for noise beside it.
# WHOLEFILE_TEST_DIR puts it on another file system. WHOLEFILE_TEST_CANNOT says that this
# one lacks much: a test ends as skipped where it cannot make what it begins with, or where
# it is in that list of REASON, a tab, and the test's name.
common_setup() {
    local reason tool
    if [ -n "${WHOLEFILE_TEST_CANNOT:-}" ]; then
        reason=$(TEST=$BATS_TEST_DESCRIPTION awk -F '\t' '$2 == ENVIRON["TEST"] { print $1 }' \
            "$WHOLEFILE_TEST_CANNOT")
        [ -z "$reason" ] || skip "$reason"
        for tool in mkfifo ln chmod chown chgrp setfacl setfattr; do
            eval "$tool() { command $tool \"\$@\" || skip 'no $tool here'; }"
        done
    fi
    if [ -n "${WHOLEFILE_TEST_DIR:-}" ]; then
        WORK=$(mktemp -d "$WHOLEFILE_TEST_DIR/test.XXXXXX")
    else
        WORK=$BATS_TEST_TMPDIR/work
        mkdir "$WORK"
    fi
    chmod 755 "$WORK"
    cd "$WORK" || return 1
}

common_teardown() {
    local each
    cd / || return 1
    # What a failed test left running: at a FIFO it finds the other end, and that closed.
    for each in "$BATS_TEST_TMPDIR"/* "$WORK"/*; do
        [ ! -p "$each" ] || : <>"$each"
    done
    for each in $(jobs -p); do
        kill "$each" 2>/dev/null || :
    done
    # What those jobs have open stays in the directory on some; all of it goes in the end.
    [ -z "${WHOLEFILE_TEST_DIR:-}" ] || rm -rf "$WORK" 2>/dev/null || :
}

setup() { common_setup; }
teardown() { common_teardown; }

# try COMMAND...: run it with standard error apart, as $output and $stderr. The words for
# an errno, in which a libc has its own, become those that the tests have.
try() {
    local words
    run --separate-stderr "$@"
    for words in "${ERRNO_WORDS[@]}"; do
        stderr=${stderr//"${words#*=}"/"${words%%=*}"}
    done
}
ERRNO_WORDS=()
[ ! -x "$BUILDDIR/tests/errno_words" ] || mapfile -t ERRNO_WORDS < <("$BUILDDIR/tests/errno_words")

# outcome COMMAND...: run it in this shell, so that "wait" works; $status is its status.
outcome() {
    status=0
    "$@" || status=$?
}

# expect STATUS [STDERR]: the exact exit status, and the exact standard error.
expect() {
    if [ "$status" -ne "$1" ]; then
        printf 'status %s, not %s\nstdout: %s\nstderr: %s\n' \
            "$status" "$1" "$output" "$stderr" >&2
        return 1
    fi
    if [ $# -gt 1 ] && [ "$stderr" != "$2" ]; then
        printf 'stderr: %s\nnot:    %s\n' "$stderr" "$2" >&2
        return 1
    fi
}

# holds FILE TEXT: FILE is TEXT and a newline, byte for byte.
holds() {
    if ! printf '%s\n' "$2" | cmp -s - "$1"; then
        printf '%s does not hold "%s" but:\n' "$1" "$2" >&2
        cat -A "$1" >&2
        return 1
    fi
}

# clean [DIR]: no hidden name is left.
clean() {
    local left
    left=$(find "${1:-.}" -mindepth 1 -maxdepth 1 -name '.*' \
        \( -name '*.atomwrite*' -o -name '*.uniqcreate*' \))
    if [ -n "$left" ]; then
        printf 'left behind: %s\n' "$left" >&2
        return 1
    fi
}

# FUSE file systems that go by paths forget a name between its look-up and its opening,
# keep removed files under hidden names, and remember link counts for a while.
not_on_fuse() {
    [ "$(stat -f -c %t .)" != 65735546 ] || skip "not on FUSE: $1"
}
need_events() {
    not_on_fuse "there are no events of others, so it is looked for again and again"
}
need_root() { [ "$(id -u)" -eq 0 ] || skip "needs root"; }
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || skip "needs $tool"
    done
}

# as_user COMMAND...: as an ordinary user, whoever runs the tests. Give it WORK with
# "share" first.
as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}
# share: the ordinary user may work here, too, and run the programs.
share() {
    local dir
    chmod 777 "$WORK"
    [ "$(id -u)" -eq 0 ] || return 0
    for dir in "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")"; do
        chmod a+x "$dir"
    done
    if ! user_can_run "$BUILDDIR/src/atomwrite"; then
        mkdir -p "$BATS_TEST_TMPDIR/bin"
        cp "$BUILDDIR/src/"{atomwrite,uniqcreate,lockread} "$BATS_TEST_TMPDIR/bin/"
        chmod 755 "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/bin/"*
        PATH=$BATS_TEST_TMPDIR/bin:$PATH
        # As where TMPDIR lies in somebody's home.
        user_can_run "$BATS_TEST_TMPDIR/bin/atomwrite" ||
            skip "needs a temporary directory that an ordinary user may enter"
    fi
}
# By a shell of the user's: setpriv(1) itself still has root's rights at its exec.
# shellcheck disable=SC2016 # $1 is the inner shell's
user_can_run() { as_user sh -c '"$1" --version' sh "$1" >/dev/null 2>&1; }

# prompt COMMAND...: "new" is in the pipe that it reads, and its end, before it starts. A FIFO
# would not do: what has a name tells nobody what it has.
prompt() {
    rm -f "$BATS_TEST_TMPDIR/is_there"
    mkfifo "$BATS_TEST_TMPDIR/is_there"
    {
        echo new
        exec >&-
        : >"$BATS_TEST_TMPDIR/is_there"
    } | {
        : <"$BATS_TEST_TMPDIR/is_there"
        "$@"
    }
}

# built_without NAME: whether this build does as if the system had it not.
built_without() { grep -q "^#define WITHOUT_$1 1" "$BUILDDIR/config.h"; }
# need_plain_build: no instruments, which make calls of their own and need /proc.
need_plain_build() {
    ! grep -qE '^STRICT_CFLAGS =.*(-fsanitize|--coverage)' "$BUILDDIR/Makefile" ||
        skip "needs a build without instruments"
}
# has_placeholder: whether a name is seen empty in this build before it has its content:
# where neither a link nor a rename spares what is there.
has_placeholder() { built_without LINKAT && built_without RENAMEAT2; }

# moves_stage: whether this build stages without a name and can then not link it, so that
# the content moves to a file that has a hidden one.
moves_stage() { built_without LINKAT && ! built_without O_TMPFILE; }

# has_rung NAME: whether this build and this file system have it: nameless files
# (o-tmpfile), hard links (linkat).
has_rung() {
    case $1 in
    o-tmpfile) uniqcreate -lq "$WORK/.rung-" true 2>/dev/null ;;
    linkat)
        ! built_without LINKAT &&
            : >"$WORK/.rung-1" && ln "$WORK/.rung-1" "$WORK/.rung-2" 2>/dev/null
        ;;
    esac
    local result=$?
    rm -f "$WORK"/.rung-*
    return "$result"
}

# held_turn FILE [OPTION]...: a writer holds FILE's turn until "release" is called. No
# sleep: it is held when this returns. PID of the writer: $HOLDER; its messages: $HELD_SAID.
held_turn() {
    local file=$1
    shift
    HELD_SAID=$BATS_TEST_TMPDIR/held.stderr
    mkfifo "$BATS_TEST_TMPDIR/held" "$BATS_TEST_TMPDIR/go"
    atomwrite "$@" -u "$file" sh -c \
        "echo >'$BATS_TEST_TMPDIR/held'; cat >/dev/null; cat '$BATS_TEST_TMPDIR/go'" \
        2>"$HELD_SAID" 3>&- 4>&- &
    HOLDER=$!
    read -r _ <"$BATS_TEST_TMPDIR/held"
}
release() {
    printf '%s\n' "${1:-released}" >"$BATS_TEST_TMPDIR/go"
    wait "$HOLDER"
}
# kill_holder: the writer of held_turn dies in its turn, without a chance to clean up.
kill_holder() {
    kill -KILL "$HOLDER"
    wait "$HOLDER" 2>/dev/null || :
    printf 'too late\n' >"$BATS_TEST_TMPDIR/go"
}

# held_flock PATH [OPTION]...: flock(1) holds the lock of PATH until "let_go" is called,
# and then appends what that was given to what was PATH. PID: $FLOCKER.
held_flock() {
    local path=$1
    shift
    need flock
    mkfifo "$BATS_TEST_TMPDIR/locked" "$BATS_TEST_TMPDIR/let-go"
    flock "$@" "$path" sh -c \
        "exec 9>>\"\$1\"; echo >'$BATS_TEST_TMPDIR/locked'; cat '$BATS_TEST_TMPDIR/let-go' >&9" \
        sh "$path" 3>&- 4>&- &
    FLOCKER=$!
    read -r _ <"$BATS_TEST_TMPDIR/locked"
}
let_go() {
    printf '%s' "${1:-}" >"$BATS_TEST_TMPDIR/let-go"
    wait "$FLOCKER"
}

# need_mounts: "${OWN_MOUNTS[@]}" COMMAND may mount where nobody else notices.
need_mounts() {
    need unshare
    OWN_MOUNTS=(unshare -m)
    [ "$(id -u)" -eq 0 ] || OWN_MOUNTS=(unshare -rm)
    mkdir "$BATS_TEST_TMPDIR/mounted"
    "${OWN_MOUNTS[@]}" mount -t tmpfs none "$BATS_TEST_TMPDIR/mounted" 2>/dev/null ||
        skip "needs a mount name space of its own"
}

# need_trace: strace can look at what the programs do, as "trace LOG [OPTION]... COMMAND".
need_trace() {
    need strace
    strace -o /dev/null true 2>/dev/null || skip "needs strace, which is not permitted here"
}
trace() {
    local log=$1
    shift
    # Leaks are not sought under a tracer: the sanitizer cannot.
    # No signal is ignored, for that would be looked at and cost a call.
    ASAN_OPTIONS=detect_leaks=0 env --default-signal \
        strace -qq -e signal=none -o "$log" "$@"
}

# Whether /proc/locks has all locks, so that "free" can be known at all.
sees_all_locks() { [ "$(readlink /proc/self/ns/pid)" = "pid:[4026531836]" ]; }
need_all_locks() { sees_all_locks || skip "needs the initial PID name space"; }
