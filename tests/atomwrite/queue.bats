#!/usr/bin/env bats
# atomwrite: the queue of those who wait for the turn is a hint and in nobody's way.
#
# run(1) of bats sets status, output and stderr, and each test is a process of its own.
# shellcheck disable=SC2030,SC2031,SC2154

load common

# in_queue PID: returns when it has its place, a record lock on one byte. Not by the
# inode: that of a directory on overlay is another one in /proc/locks.
in_queue() {
    local tries=0
    until awk -v pid="$1" '$4 == "READ" && $5 == pid && $7 == $8 { found = 1 }
        END { exit !found }' /proc/locks; do
        kill -0 "$1"
        if ((++tries > 3000)); then
            kill "$1"
            kill_holder
            skip "a directory cannot be locked here"
        fi
        sleep 0.01
    done
}

# taken_turn: the turn of "f", which is empty, is held until "release 0", whose line is 0.
taken_turn() {
    [ -r /proc/locks ] || skip "needs /proc/locks"
    : >f
    held_turn f
}

# waiter LINE: one more that appends a line of its own, in the queue. Its PID: $WAITER.
waiter() {
    atomwrite --no-sync -a f <<<"$1" 3>&- 4>&- &
    WAITER=$!
    in_queue "$WAITER"
}

@test "queue: those in front who are stopped keep nobody from the turn" {
    local stopped=() last
    taken_turn
    for i in 1 2 3; do
        waiter "$i"
        kill -STOP "$WAITER"
        stopped+=("$WAITER")
    done
    waiter 4
    last=$WAITER
    release 0
    # It would never end if it waited for them.
    wait "$last"
    [ "$(tr '\n' ' ' <f)" = "0 4 " ]
    kill -CONT "${stopped[@]}"
    wait "${stopped[@]}"
    [ "$(sort -n f | tr '\n' ' ')" = "0 1 2 3 4 " ]
    clean
}

@test "queue: those in front who are killed keep nobody waiting, and leave nothing that stays" {
    local killed=() last
    taken_turn
    for i in 1 2 3; do
        waiter "$i"
        killed+=("$WAITER")
    done
    waiter 4
    last=$WAITER
    kill -KILL "${killed[@]}"
    wait "${killed[@]}" || :
    release 0
    wait "$last"
    [ "$(tr '\n' ' ' <f)" = "0 4 " ]
    # Where stages have names, those of the killed are the next run's to remove.
    atomwrite --no-sync -a f <<<5
    clean
}

@test "queue: the one that has the turn is killed, and each of those who wait has it next" {
    taken_turn
    for i in 1 2 3 4 5; do
        waiter "$i"
    done
    kill_holder
    wait
    [ "$(sort -n f | tr '\n' ' ')" = "1 2 3 4 5 " ]
    clean
}

@test "queue: those in front are stopped, and the one that has the turn is killed: it is taken over" {
    local stopped=() i
    for i in 1 2; do
        rm -f "$BATS_TEST_TMPDIR/held" "$BATS_TEST_TMPDIR/go"
        taken_turn
        # One in front, and then two: whoever is next, and whoever is far.
        for ((; ${#stopped[@]} < i; )); do
            waiter 0
            kill -STOP "$WAITER"
            stopped+=("$WAITER")
        done
        waiter "$i"
        kill_holder
        wait "$WAITER"
        holds f "$i"
        kill -KILL "${stopped[@]}"
        wait "${stopped[@]}" || :
        stopped=()
    done
    # Where stages have names, those of the killed are the next run's to remove.
    atomwrite --no-sync f <<<new
    clean
}

@test "queue: whoever stands behind others is ended by a signal, and by -w" {
    taken_turn
    waiter 1
    waiter 2
    waiter 3
    try atomwrite --no-sync -w 0.05 -a f <<<4
    [ "$status" -eq 75 ]
    kill -TERM "$WAITER"
    wait "$WAITER" && false
    release 0
    wait
    [ "$(sort -n f | tr '\n' ' ')" = "0 1 2 " ]
    clean
}

@test "queue: flock(1) of the directory and those who wait do not see each other" {
    need flock
    taken_turn
    waiter 1
    waiter 2
    flock -n . true
    release 0
    wait
    [ "$(sort -n f | tr '\n' ' ')" = "0 1 2 " ]
    clean
}
