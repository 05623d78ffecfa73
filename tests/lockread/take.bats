#!/usr/bin/env bats
# lockread --take: the consumer of a spool.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load common

left() { (cd spool && echo *); }

@test "take: COMMAND gets each as input and its path in LOCKREAD_FILE, then it is gone" {
    spool 2 1 .hidden
    mkdir spool/dir
    echo single >single
    try lockread --take='echo "$LOCKREAD_FILE: $(cat)"' spool single
    expect 0 ""
    [ "$output" = $'spool/1: 1\nspool/2: 2\nsingle: single' ]
    [ "$(left)" = dir ]
    [ -e spool/.hidden ]
    [ ! -e single ]
    # Others come to nothing, and that is none of ours.
    try lockread --take=cat spool single spool/1 gone/1
    expect 0 ""
    [ -z "$output" ]
    # But this can only be a directory.
    try lockread --take=cat gone/
    expect 66
}

@test "take: names from a list, too" {
    spool 1 2 3
    printf 'spool/3\0spool/1' | try lockread -v --take=cat --files0-from=-
    [ "$(left)" = 2 ]
}

@test "take: a FILE stays where COMMAND fails, and the first one's status is ours" {
    spool 1 2 3
    try lockread --take='test $LOCKREAD_FILE != spool/2 || exit 7; test $LOCKREAD_FILE != spool/3' spool
    expect 7 'lockread: spool/2: left as it was: test $LOCKREAD_FILE != spool/2 || exit 7; test $LOCKREAD_FILE != spool/3 exited with status 7
lockread: spool/3: left as it was: test $LOCKREAD_FILE != spool/2 || exit 7; test $LOCKREAD_FILE != spool/3 exited with status 1'
    [ "$(left)" = "2 3" ]
    try lockread -q --take='kill -9 $$' spool
    expect 137 ""
    outcome lockread -q --take=./nothing spool/2 2>/dev/null
    [ "$status" -eq 127 ]
    [ "$(left)" = "2 3" ]
}

@test "take: --failed keeps those whose COMMAND fails, and never over another" {
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    spool 1 2
    mkdir bad
    echo other >bad/1
    try lockread --take='exit 3' --failed=bad spool
    expect 3 $'lockread: spool/1: moved to bad/1-2: exit 3 exited with status 3\nlockread: spool/2: moved to bad/2: exit 3 exited with status 3'
    [ -z "$(ls -A spool)" ]
    holds bad/1 other
    holds bad/1-2 1
    holds bad/2 2
    try lockread --take=cat --failed=nowhere spool
    expect 73 "lockread: nowhere: cannot open the directory: No such file or directory (create the directory first)"
    try lockread --failed=bad spool
    expect 64 "lockread: --failed: requires --take $LOOK"
}

@test "take: --failed on another file system is refused before COMMAND runs" {
    local far=/dev/shm
    [ -w $far ] && [ "$(stat -c %d $far)" != "$(stat -c %d .)" ] || skip "needs a /dev/shm apart, to write to"
    far=$(mktemp -d $far/test.XXXXXX)
    spool 1
    try lockread --take='echo ran; false' --failed="$far" spool
    rmdir "$far"
    expect 73 "lockread: $far: not on the file system of spool/1 (choose a directory beside it)"
    [ -z "$output" ]
    [ "$(left)" = 1 ]
}

@test "take: --failed that is the spool itself is refused before COMMAND runs, and loses nothing" {
    spool 1
    try lockread --take='echo ran; false' --failed=spool/. spool
    expect 73 "lockread: spool/.: spool/1 is in it already (choose another directory)"
    [ -z "$output" ]
    holds spool/1 1
}

@test "take: what is locked or unfinished is left to others; -w waits" {
    need flock
    spool 1 2 3
    dead spool/2
    held_flock spool/1
    try lockread --take=cat spool
    expect 0 ""
    [ "$output" = 3 ]
    lockread -w inf --take=cat spool/1 >out 3>&- 4>&- &
    waiter=$!
    let_go
    wait $waiter
    holds out 1
    [ "$(left)" = 2 ]
    # A reader is in the way as well: what it reads is not removed.
    spool 1
    try flock -s spool/1 sh -c 'exec lockread --take=cat spool'
    expect 0 ""
    [ -e spool/1 ] || [ "$output" = 1 ]
}

@test "take: what is refused stays, is said, and COMMAND does not run" {
    spool 1 2
    : >spool/0
    touch -d @0 spool/2
    try lockread --take=cat -e --max-age=1d --check='grep -q x' spool
    expect 65 "lockread: spool/0: it is empty
lockread: spool/1: the check failed with status 1: grep -q x
lockread: spool/2: it is $(($(date +%s))) seconds old, more than --max-age allows" ||
        [ "$(wc -l <<<"$stderr")" -eq 3 ]
    [ -z "$output" ]
    [ "$(left)" = "0 1 2" ]
    # A symbolic link is no file of the spool: nobody knows which name were to go.
    ln -s spool/1 link
    try lockread --take=cat link
    expect 66 "lockread: link: not a regular file"
}

@test "take: --check reads the content, and COMMAND from its start" {
    spool 1
    try lockread --take=cat --check='grep -q 1' spool
    expect 0 ""
    [ "$output" = 1 ]
}

@test "take: another file that took the name meanwhile is not removed" {
    spool 1
    try lockread --take='cat; echo new >spool/new; mv spool/new spool/1' spool
    expect 0 ""
    [ "$output" = 1 ]
    holds spool/1 new
    try lockread --take='rm $LOCKREAD_FILE' spool
    expect 0 ""
}

@test "take: another file that took the name meanwhile is not moved to --failed" {
    spool 1
    mkdir bad
    try lockread --take='echo new >spool/new; mv spool/new spool/1; exit 3' --failed=bad spool
    expect 3 'lockread: spool/1: left as it was: echo new >spool/new; mv spool/new spool/1; exit 3 exited with status 3'
    holds spool/1 new
    [ -z "$(ls -A bad)" ]
}

@test "take: a directory whose names cannot be removed is refused before COMMAND runs" {
    need_root
    share
    spool 1
    chmod 755 spool
    try as_user lockread --take='echo ran' spool
    expect 77 "lockread: spool/1: cannot remove names there: Permission denied ($READABLE)"
    [ -z "$output" ]
}

@test "take: a spool that is mounted read-only is 73 before COMMAND runs, and not awaited" {
    need_root
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c '
        mount -t tmpfs none disk && echo 1 >disk/1 && mount -o remount,ro disk || exit 99
        lockread --take="echo ran" disk
        echo "status $?"
        lockread -q --await -w 600 --take="echo ran" disk
        echo "status $?"'
    expect 0 "lockread: disk/1: cannot remove names there: Read-only file system (the file system is mounted read-only)"
    [ "$output" = $'status 73\nstatus 73' ]
}

@test "take: the options that do not go with it are 64" {
    spool 1
    for option in --newest --headers --progress; do
        try lockread --take=cat $option spool
        expect 64 "lockread: --take: cannot be used with --newest, --headers or --progress $LOOK"
    done
    try lockread --take= spool
    expect 64 "lockread: --take: the value is empty $LOOK"
    try lockread --take=cat -l spool
    expect 64
    [ "$(left)" = 1 ]
}

# handling COMMAND [OPTION]...: lockread takes the spool in the background, as $TAKER, and its handler
# has begun. It reads a line of "$GO" and ends with that status.
handling() {
    local command=$1
    shift
    GO=$BATS_TEST_TMPDIR/go
    mkfifo "$BATS_TEST_TMPDIR/begun" "$GO"
    lockread "$@" --take="$command; echo \$\$ >'$BATS_TEST_TMPDIR/begun'; read -r s <'$GO'; exit \$s" \
        spool 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- &
    TAKER=$!
    read -r HANDLER <"$BATS_TEST_TMPDIR/begun"
}

@test "take: a killed lockread starts no second handler beside the first" {
    spool 1
    handling :
    kill -KILL "$TAKER"
    wait "$TAKER" || :
    # The lock is the handler's.
    try lockread --take='echo second' spool
    expect 0 ""
    [ -z "$output" ]
    # With a reader on the FIFO it ends, and then it is handled again: at least once.
    echo 0 >"$GO"
    try lockread -w inf --take='echo second' spool
    expect 0 ""
    [ "$output" = second ]
    [ -z "$(ls -A spool)" ]
}

@test "take: a killed handler leaves its file, and what it left behind keeps the lock" {
    spool 1
    handling 'exec 3<&0; sh -c "read -r s <'"'$BATS_TEST_TMPDIR/go'"'" & :'
    kill -KILL "$HANDLER"
    outcome wait "$TAKER"
    [ "$status" -eq 137 ]
    try lockread --take='echo second' spool
    expect 0 ""
    [ -z "$output" ]
    echo 0 >"$GO"
    try lockread -w inf --take='echo second' spool
    [ "$output" = second ]
}

@test "take: what a handler takes, or reads, inside of its own lock" {
    spool 1
    try lockread --take='lockread --take="echo nested" spool; cat; lockread $LOCKREAD_FILE' spool
    expect 0 ""
    [ "$output" = $'1\n1' ]
    spool 1
    try lockread --take='lockread --take="echo nested" spool </dev/null; cat' spool
    expect 0 ""
    [ "$output" = 1 ]
}

@test "take: TERM is passed on; what COMMAND finishes is gone, and no next one is taken" {
    spool 1 2
    mkfifo "$BATS_TEST_TMPDIR/begun"
    # The trap is set before it says so, and runs between two sleeps.
    lockread --take="trap 'echo told >>told' TERM; echo >'$BATS_TEST_TMPDIR/begun'
        n=0; until [ -e told ] || [ \$n -gt 2000 ]; do sleep 0.05; n=\$((n + 1)); done
        [ -e told ]" spool 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- &
    TAKER=$!
    read -r _ <"$BATS_TEST_TMPDIR/begun"
    kill -TERM "$TAKER"
    outcome wait "$TAKER"
    [ "$status" -eq 143 ]
    holds told told
    [ "$(left)" = 2 ]
}

@test "take: TERM ends a COMMAND that does not care, and its file stays, --failed or not" {
    spool 1 2
    mkdir bad
    handling : --failed=bad
    kill -TERM "$TAKER"
    outcome wait "$TAKER"
    [ "$status" -eq 143 ]
    [ "$(left)" = "1 2" ]
    [ -z "$(ls -A bad)" ]
}

@test "take: the directory is synced, in groups, before 0 is the status" {
    need_trace
    spool {001..100}
    trace "$BATS_TEST_TMPDIR/log" -e trace=unlinkat,fsync lockread --take=: spool
    [ "$(grep -c ^unlinkat "$BATS_TEST_TMPDIR/log")" -eq 100 ]
    [ "$(tail -n 1 "$BATS_TEST_TMPDIR/log" | grep -c '^fsync.* = 0')" -eq 1 ]
    [ "$(grep -c ^fsync "$BATS_TEST_TMPDIR/log")" -lt 50 ]
}

@test "take: --failed: the name is durable there before it is durably gone here" {
    need_trace
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    spool 1 2
    mkdir bad
    trace "$BATS_TEST_TMPDIR/log" -y -e trace=fsync,syncfs \
        lockread -q --take=false --failed=bad spool || :
    [ "$(sed -E 's/^[a-z]+\(.*\/([^/]*)>\).*/\1/' "$BATS_TEST_TMPDIR/log")" = $'bad\nspool' ]
}

@test "take: four consumers share a directory, and none tries each name" {
    need_trace
    local i pids=() tried
    mkdir spool
    (cd spool && seq -w 400 | xargs touch)
    for i in 1 2 3 4; do
        trace "$BATS_TEST_TMPDIR/log.$i" -e trace=openat lockread --take='echo .' spool \
            >"$BATS_TEST_TMPDIR/out.$i" 3>&- 4>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i"
    done
    [ -z "$(ls -A spool)" ]
    [ "$(cat "$BATS_TEST_TMPDIR"/out.* | wc -l)" -eq 400 ]
    # 1600 if each tried each; what is passed over in vain is one in 32.
    tried=$(cat "$BATS_TEST_TMPDIR"/log.* | grep -c '"spool/[0-9]')
    echo "tried: $tried" >&2
    [ "$tried" -lt 800 ]
}

# One event's handler: it holds a lock of its own, which nobody else may have, works a
# moment, and notes that it is done. Whoever finds the lock taken says so.
handler() {
    cat <<'END'
name=${LOCKREAD_FILE##*/}
exec 9>>"busy/$name"
flock -n 9 || { echo "$name" >>twice; exit 1; }
read -r text
sleep 0.02 </dev/null 9>&-
[ "$text" = "event $name" ] || echo "$name" >>spoilt
echo "$name" >>handled
END
}

@test "take: four consumers and random SIGKILL: none lost, never two at once, all gone" {
    need flock shuf
    local events=$((5 * MANY)) i round
    mkdir spool busy bad
    for ((i = 0; i < events; i++)); do
        echo "event $i" >"spool/$i"
    done
    handler >handle
    for ((round = 0; round < 200; round++)); do
        [ -n "$(find spool bad -type f)" ] || break
        mv bad/* spool/ 2>/dev/null || :
        for i in 1 2 3 4; do
            lockread -q --take='sh ./handle' --failed=bad spool 3>&- 4>&- 9>&- 2>>errors &
        done
        # Consumers and handlers of this test, by what they are children of.
        for i in 1 2 3 4 5 6; do
            # Into the middle of their work, wherever that is.
            sleep "0.0$((RANDOM % 10))"
            # shellcheck disable=SC2046
            set -- $(jobs -p) $(for p in $(jobs -p); do pgrep -P "$p" || :; done)
            [ $# -gt 0 ] || break
            kill -KILL "$(shuf -n 1 -e "$@")" 2>/dev/null || :
        done
        wait || :
    done
    mv bad/* spool/ 2>/dev/null || :
    # What a killed consumer's handler still has.
    try lockread -q -w inf --take='sh ./handle' spool
    [ "$status" -eq 0 ]
    [ -z "$(find spool bad -type f)" ]
    [ ! -e twice ]
    [ ! -e spoilt ]
    [ "$(sort -u handled | wc -l)" -eq "$events" ]
}
