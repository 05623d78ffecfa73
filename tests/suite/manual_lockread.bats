#!/usr/bin/env bats
# The examples of lockread(1).
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load manual

@test "lockread(1): fresh" {
    echo now >status
    try run_example lockread.1 fresh
    expect 0 ''
    [ "$output" = now ]
    touch -d '1 hour ago' status
    try run_example lockread.1 fresh
    [[ $stderr =~ ^"lockread: status: it is 36"[0-9]{2}" seconds old, more than --max-age allows"$ ]]
    [ "$output" = "no fresh status" ]
}

@test "lockread(1): spool" {
    need flock
    mkdir spool
    echo one >spool/1
    echo two >spool/2
    example lockread.1 spool >"$BATS_TEST_TMPDIR/example"
    try flock -o spool/2 sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = one ]
    try run_example lockread.1 spool
    expect 0 ''
    [ "$output" = $'one\ntwo' ]
}

@test "lockread(1): wait" {
    need flock
    exec 9>dump
    flock 9
    run_example lockread.1 wait 9>&- &
    echo whole >&9
    exec 9>&-
    wait $!
    holds copy whole
}

@test "lockread(1): await" {
    run_example lockread.1 await 3>&- 4>&- &
    waiter=$!
    : >import.csv
    seq 1000 | atomwrite import.csv
    wait $waiter
    cmp import.csv copy
}

@test "lockread(1): take" {
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    mkdir spool
    echo good >spool/1
    echo evil >spool/2
    echo 'tee -a handled | grep -q good' | stand_in handle .
    try run_example lockread.1 take
    expect 1 'lockread: spool/2: moved to bad/2: ./handle exited with status 1'
    [ "$(xargs <handled)" = 'good evil' ]
    [ -z "$(ls -A spool)" ]
    holds bad/2 evil
}

@test "lockread(1): take-once" {
    mkdir spool
    echo text >spool/1
    # The result is there, and then its maker is killed: it is made anew.
    echo 'cat; kill -KILL $$' | stand_in handle .
    try run_example lockread.1 take-once
    [ "$status" -eq 137 ]
    [ "$(ls spool 'done')" = $'done:\n\nspool:\n1' ]
    echo 'cat' | stand_in handle .
    try run_example lockread.1 take-once
    expect 0 ''
    holds done/1 text
    [ -z "$(ls -A spool)" ]
    clean 'done'
}

@test "lockread(1): take-loop" {
    mkdir spool
    echo 'read -r text; echo "$text" >>handled; [ "$text" != last ]' | stand_in handle .
    run_example lockread.1 take-loop 2>err 3>&- 4>&- &
    waiter=$!
    for input in one two last; do
        echo $input | uniqcreate -q spool/$input-
        [ $input = last ] || while [ -n "$(ls spool)" ]; do :; done
    done
    wait $waiter
    [ "$(xargs <handled)" = 'one two last' ]
    [ "$(find spool -type f | wc -l)" -eq 1 ]
}

@test "lockread(1): files-from" {
    mkdir -p spool/a
    echo one >spool/a/1.event
    echo two >spool/2.txt
    try run_example lockread.1 files-from
    expect 0 ''
    [ "$output" = one ]
}

@test "lockread(1): newest" {
    need flock
    atomwrite -k1 status df -P
    atomwrite -k1 status df -P
    echo "Filesystem that is newest" >status
    example lockread.1 newest >"$BATS_TEST_TMPDIR/example"
    try sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = "Filesystem that is newest" ]
    try flock -o status sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = "$(cat status.1)" ]
    run_example lockread.1 newest
}

@test "lockread(1): branch" {
    need flock
    keeps_modes || skip "no modes here"
    echo whole >dump
    try run_example lockread.1 branch
    expect 0 ''
    [ "$output" = complete ]
    holds copy whole
    try flock -o dump sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = "not yet" ]
    [ ! -s copy ]
    chmod 0200 dump
    try run_example lockread.1 branch
    expect 0 ''
    [ "$output" = "its writer died" ]
    [ ! -s copy ]
    rm -f dump
    try run_example lockread.1 branch
    expect 0 ''
    [ "$output" = "something else is wrong" ]
}

@test "lockread(1): list" {
    mkdir spool
    echo one >spool/1
    try run_example lockread.1 list
    expect 0 ''
    [[ $output =~ ^(free|unknown)\ +-\ +4\ .*\ spool/1$ ]]
}

@test "lockread(1): json" {
    need flock jq
    mkdir spool
    : >spool/1
    : >spool/2
    example lockread.1 json >"$BATS_TEST_TMPDIR/example"
    try flock -o spool/2 sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = flock ]
    try run_example lockread.1 json
    expect 0 ''
    [ -z "$output" ]
}

@test "lockread(1): unfinished" {
    need flock
    keeps_modes || skip "no modes here"
    mkdir spool
    : >spool/1
    : >'spool/ 2'
    : >spool/3
    chmod 0200 'spool/ 2'
    example lockread.1 unfinished >"$BATS_TEST_TMPDIR/example"
    try flock -o spool/3 sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$(echo spool/*)" = 'spool/1 spool/3' ]
    run_example lockread.1 unfinished
}
