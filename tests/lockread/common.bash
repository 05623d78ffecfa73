# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # for those who load it
# What the tests of lockread have in common.

load ../common

LOOK="(see lockread --help)"
DEAD="left unfinished by a process that died (remove it, or wait for its successor)"
READABLE="check the permissions of the file and its directory"

# dead FILE [TEXT]: FILE as a killed live writer leaves it.
dead() {
    printf '%s\n' "${2:-half}" >"$1"
    chmod 200 "$1"
}


# need_pid_space: "${OWN_PIDS[@]}" COMMAND runs in a PID name space with a /proc of its own.
need_pid_space() {
    need unshare
    OWN_PIDS=(unshare -pf --mount-proc)
    [ "$(id -u)" -eq 0 ] || OWN_PIDS=(unshare -Urpf --mount-proc)
    "${OWN_PIDS[@]}" true 2>/dev/null || skip "needs a PID name space"
}

# old FILE TEXT SECONDS: FILE, that much younger than its next older one.
old() {
    echo "$2" >"$1"
    touch -d "@$(($(date +%s) - $3))" "$1"
}

# released FILE [OPTION]...: lockread reads something larger than its buffers, and then
# waits for FILE, whose lock goes when it is there. Fills status, output and stderr.
released() {
    local file=$1 fifo=$BATS_TEST_TMPDIR/read reader read
    shift
    head -c 300000 /dev/zero >"$BATS_TEST_TMPDIR/large"
    mkfifo "$fifo"
    lockread "$@" "$BATS_TEST_TMPDIR/large" "$file" >"$fifo" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- &
    reader=$!
    exec {read}<"$fifo"
    head -c 300000 <&"$read" | cmp - "$BATS_TEST_TMPDIR/large"
    let_go $'late\n'
    output=$(cat <&"$read")
    exec {read}<&-
    status=0
    wait "$reader" || status=$?
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

# spool NAME...: files of these names in the directory "spool", that hold their names.
spool() {
    local name
    mkdir -p spool
    for name; do
        echo "$name" >"spool/$name"
    done
}
