#!/usr/bin/env bats
# atomwrite: many writers and readers at once. All loops are bounded by a count, and
# nothing sleeps; what is asserted holds in every order of events.
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; each test is a shell of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load ../common

# all SCRIPT COUNT [ARGUMENT]...: COUNT shells run SCRIPT at once, with their number as $1
# and the ARGUMENTs after it. They are shells of their own, for bats traces this one.
# Waits for none of them; their PIDs are added to RUNNING.
RUNNING=()
all() {
    local script=$1 count=$2 number
    shift 2
    for ((number = 1; number <= count; number++)); do
        bash -c "$script" bash "$number" "$@" 3>&- 4>&- &
        RUNNING+=($!)
    done
}
# finish: they have ended, and none had anything to complain about.
finish() {
    local pid
    for pid in "${RUNNING[@]}"; do
        wait "$pid"
    done
    RUNNING=()
    complaints
}
complaints() {
    if [ -s complaints ]; then
        sort complaints | uniq -c | head -n 20 >&2
        return 1
    fi
}

# versions COUNT: files version.1 to version.COUNT, of many sizes, each known by its sum.
versions() {
    local number
    for ((number = 1; number <= $1; number++)); do
        head -c $((number * 7919)) /dev/urandom >version."$number"
    done
    cksum version.* | cut -d' ' -f1,2 >sums
}

# For readers: each thing that they read is whole.
WHOLE='
    whole() {
        case $sums in *"|$1|"*) return ;; esac
        echo "$2: no version that anybody wrote: $1" >>complaints
    }
    sums="|$(tr "\n" "|" <sums)"'

# read_meanwhile COUNT CODE: while what "all" has started is running, COUNT shells run CODE
# again and again; then all have finished.
read_meanwhile() {
    local writers=("${RUNNING[@]}") pid
    RUNNING=()
    all "$WHOLE"'
        while :; do
            '"$2"'
            [ ! -e over ] || break
        done' "$1"
    for pid in "${writers[@]}"; do
        wait "$pid"
    done
    : >over
    finish
}

# tidied FILE MOST: one more run leaves nothing hidden. Where stages have names, a run sees
# no more than it needs itself; there as many as ever ran at once take over what is left.
tidied() {
    local number
    try atomwrite -w 0 -a "$1" </dev/null
    expect 0 ""
    has_rung o-tmpfile || for ((number = 1; number <= $2; number++)); do
        mkfifo "begun.$number" "go.$number"
        atomwrite -a "$1" sh -c "echo >begun.$number; cat go.$number" 3>&- 4>&- &
        read -r _ <"begun.$number"
    done
    has_rung o-tmpfile || for ((number = 1; number <= $2; number++)); do
        : >"go.$number"
    done
    wait
    rm -f begun.* go.*
    [ -z "$(find . -name ".$1.atomwrite*")" ]
}

@test "one at a time: 16 x 500 runs of -u add up to 8000" {
    local rounds=$((5 * MANY))
    echo 0 >counter
    all 'for ((i = 0; i < $2; i++)); do
            atomwrite --no-sync -u counter sh -c "read -r n; echo \$((n + 1))" ||
                echo "status $?" >>complaints
        done' 16 "$rounds"
    finish
    holds counter $((16 * rounds))
    clean
}

@test "whole: 4 readers of what 8 writers replace see no torn, empty or missing FILE, lockread no lock" {
    versions 16
    cp version.1 f
    all 'for ((i = 0; i < 60; i++)); do
            atomwrite --no-sync f <version.$(($1 + i % 2 * 8)) || echo "status $?" >>complaints
        done' 8
    read_meanwhile 4 '
            whole "$(cat f 2>>complaints | cksum)" cat
            lockread f >read.$1 2>>complaints || echo "lockread: status $?" >>complaints
            whole "$(cksum <read.$1)" lockread'
    grep -qxF "$(cksum <f)" sums
    clean
}

@test "-k: 8 writers with --keep and 4 readers: FILE and each version are always there, and whole" {
    not_on_fuse "a name can be lost between look-up and open"
    versions 16
    cp version.1 f
    cp version.2 f.1
    cp version.3 f.2
    all 'for ((i = 0; i < 40; i++)); do
            atomwrite --no-sync -k 2 f <version.$(($1 + i % 2 * 8)) ||
                echo "status $?" >>complaints
        done' 8
    read_meanwhile 4 '
            for name in f f.1 f.2; do
                whole "$(cat $name 2>>complaints | cksum)" $name
            done
            lockread --newest f f.1 >read.$1 2>>complaints ||
                echo "lockread: status $?" >>complaints
            whole "$(cksum <read.$1)" lockread'
    [ ! -e f.3 ]
    clean
}

@test "never over, one at a time: -n and -a on a missing FILE, one creates it, no line is lost" {
    all 'for ((i = 0; i < 20; i++)); do
            atomwrite --no-sync -a f <<<"$1.$i" || echo "-a: status $?" >>complaints
        done' 6
    all 'for ((i = 0; i < 20; i++)); do
            atomwrite --no-sync -n f <<<"n$1.$i" 2>>said
            case $? in
            0) echo "n$1.$i" >>created ;;
            73) ;;
            *) echo "-n: status $?" >>complaints ;;
            esac
        done' 2
    finish
    : >>created
    # What -n created is the first line, or FILE was there already.
    [ "$(wc -l <created)" -le 1 ]
    head -n "$(wc -l <created)" f | cmp - created
    for writer in {1..6}; do
        printf "$writer.%s\n" {0..19}
    done | sort >wanted
    grep -v n f | sort | cmp wanted -
    clean
}

# Writers that are killed at a random moment; a loop of random length is as long as a
# run takes, or a part of it. What they had said "done" to must be there.
KILLED='
    RANDOM=$1
    for ((i = 0; i < runs; i++)); do
        start "$1" &
        for ((n = RANDOM % 1500; n > 0; n--)); do :; done
        kill -KILL $! 2>>said
        wait $! 2>>said
        echo $? >>ended.$1
    done'

@test "kept, no litter: SIGKILL at random in -u: nothing is lost that was done, one more run tidies up" {
    echo 0 >counter
    all 'runs=60
        start() { exec atomwrite --no-sync -u counter sh -c "read -r n; echo \$((n + 1))"; }
        '"$KILLED" 6
    finish
    # All ended well or were killed, and some were.
    cat ended.* >ended
    [ "$(wc -l <ended)" -eq 360 ]
    run ! grep -vxE '0|137' ended
    grep -qx 137 ended
    local ok killed count
    ok=$(grep -cx 0 ended || :)
    killed=$(grep -cx 137 ended)
    count=$(cat counter)
    [ "$count" -ge "$ok" ]
    [ "$count" -le $((ok + killed)) ]
    holds counter "$count"
    tidied counter 6
    holds counter "$count"
}

@test "kept, no litter: SIGKILL at random in plain runs, -a and -k, under readers" {
    not_on_fuse "a name can be lost between look-up and open"
    versions 16
    cp version.1 f
    cp version.2 f.1
    : >log
    all 'runs=30
        start() { exec atomwrite --no-sync f <version.$1; }
        '"$KILLED" 3
    all 'runs=30
        start() { exec atomwrite --no-sync -k 2 f <version.$(($1 + 8)); }
        '"$KILLED" 3
    all 'runs=30
        start() { exec atomwrite --no-sync -a log <<<"line of $1"; }
        '"$KILLED" 3
    read_meanwhile 2 '
            for name in f f.1; do
                whole "$(cat $name 2>>complaints | cksum)" $name
            done
            lockread f >read.$1 2>>complaints || echo "lockread: status $?" >>complaints
            whole "$(cksum <read.$1)" lockread'
    cat ended.* >ended
    run ! grep -vxE '0|137' ended
    grep -qx 137 ended
    run ! grep -vxE 'line of [123]' log
    tidied f 6
    tidied log 6
    clean
}
