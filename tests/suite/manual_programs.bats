#!/usr/bin/env bats
# The examples of atomwrite(1), uniqcreate(1) and lockread(1).
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load manual

# --- atomwrite(1)

@test "atomwrite(1): status" {
    try run_example atomwrite.1 status
    expect 0 ''
    [[ $output = Filesystem* && $output = "$(cat status)" ]]
    clean
}

@test "atomwrite(1): command" {
    try run_example atomwrite.1 command
    expect 0 ''
    grep -q ^Filesystem status
    cp status before
    echo 'echo half; exit 1' | stand_in df
    try run_example atomwrite.1 command
    expect 1 'atomwrite: status: left as it was: df exited with status 1'
    cmp status before
    clean
}

@test "atomwrite(1): pipeline" {
    printf 'b\na\nb\n' >names
    try run_example atomwrite.1 pipeline
    expect 0 ''
    [ "$(awk '{ print $1 $2 }' report | xargs)" = '1a 2b' ]
    cp report before
    rm names
    try run_example atomwrite.1 pipeline
    [ "$status" -ne 0 ]
    cmp report before
    clean
}

@test "atomwrite(1): end-marker" {
    echo 'echo content' | stand_in produce .
    try run_example atomwrite.1 end-marker
    expect 0 ''
    holds report content
    echo 'echo half; exit 1' | stand_in produce .
    try run_example atomwrite.1 end-marker
    expect 65 'atomwrite: report: left as it was: the last line is not the end marker (its producer did not finish)'
    holds report content
    clean
}

@test "atomwrite(1): counter" {
    try run_example atomwrite.1 counter
    expect 0 ''
    holds counter 1
    count
    holds counter 21
    clean
}

@test "atomwrite(1): json" {
    need jq
    echo '{"name":"x"}' >config.json
    try run_example atomwrite.1 json
    expect 0 ''
    [ "$(jq -c . config.json)" = '{"name":"x","debug":true}' ]
    echo '{"title":"x"}' >config.json
    try run_example atomwrite.1 json
    expect 65 'atomwrite: config.json: left as it was: the check failed with status 1: jq -e .name >/dev/null'
    holds config.json '{"title":"x"}'
    clean
}

@test "atomwrite(1): append" {
    try run_example atomwrite.1 append
    expect 0 ''
    try run_example atomwrite.1 append
    expect 0 ''
    [ "$(wc -l <visits)" -eq 2 ]
    clean
}

@test "atomwrite(1): create-once" {
    keeps_modes || skip "no modes here"
    try run_example atomwrite.1 create-once
    expect 0 ''
    [ "$(stat -c %a secret)" = 600 ]
    [ -s secret ]
    cp secret before
    try run_example atomwrite.1 create-once
    expect 0 'atomwrite: secret: left as it was: it already exists (leave out -n to replace it)'
    cmp secret before
    clean
}

@test "atomwrite(1): if-changed" {
    try run_example atomwrite.1 if-changed
    expect 0 ''
    grep -q '^#define YEAR [0-9]*$' year.h
    local before
    before=$(stat -c '%i %y' year.h)
    try run_example atomwrite.1 if-changed
    expect 0 ''
    [ "$(stat -c '%i %y' year.h)" = "$before" ]
    clean
}

@test "atomwrite(1): unchanged" {
    echo 'cat input' | stand_in generate .
    echo 'echo "$*" >>reloads' | stand_in systemctl
    echo one >input
    try run_example atomwrite.1 unchanged
    expect 0 ''
    try run_example atomwrite.1 unchanged
    expect 1 ''
    echo two >input
    try run_example atomwrite.1 unchanged
    expect 0 ''
    holds app.conf two
    holds reloads $'reload app\nreload app'
    clean
}

@test "atomwrite(1): keep" {
    # shellcheck disable=SC2016
    echo 'echo "$RUN"' | stand_in date
    for RUN in 1 2 3 4 5; do
        export RUN
        try run_example atomwrite.1 keep
        expect 0 ''
    done
    holds stamp 5
    holds stamp.1 4
    holds stamp.2 3
    holds stamp.3 2
    [ ! -e stamp.4 ]
    clean
}

@test "atomwrite(1): branch" {
    try run_example atomwrite.1 branch
    expect 0 ''
    [ -z "$output" ]
    echo old >status
    held_turn status
    try run_example atomwrite.1 branch
    [ "$output" = "somebody else is at it" ]
    release
    echo 'exit 1' | stand_in df
    try run_example atomwrite.1 branch
    [ "$output" = "the old status stays" ]
    holds status released
    clean
}

# --- uniqcreate(1)

@test "uniqcreate(1): message" {
    mkdir inbox
    echo hello >message
    try run_example uniqcreate.1 message
    expect 0 ''
    [[ $output =~ ^"stored as "(inbox/[0-9]{8}T[0-9]{6}Z-1\.eml)$ ]]
    cmp message "${BASH_REMATCH[1]}"
    clean inbox
}

@test "uniqcreate(1): command" {
    mkdir reports
    try run_example uniqcreate.1 command
    expect 0 ''
    grep -q ^Filesystem "$output"
    rm reports/*
    echo 'exit 1' | stand_in df
    try run_example uniqcreate.1 command
    expect 1 'uniqcreate: reports/disk-: nothing was created: df exited with status 1'
    [ -z "$(ls -A reports)" ]
}

@test "uniqcreate(1): sorting" {
    mkdir words
    try run_example uniqcreate.1 sorting
    expect 0 ''
    [ "$output" = $'one\ntwo\nthree' ]
    clean words
}

@test "uniqcreate(1): live" {
    has_rung o-tmpfile || skip "no nameless files here, so no --live"
    mkdir dumps
    mkfifo "$BATS_TEST_TMPDIR/listed"
    # It does not come to its end before it was listed.
    stand_in dump . <<END
echo first
read -r _ <'$BATS_TEST_TMPDIR/listed'
echo last
END
    stand_in lockread <<END
'$(command -v lockread)' "\$@" || exit
[ "\$1" != -l ] || echo >'$BATS_TEST_TMPDIR/listed'
END
    try run_example uniqcreate.1 live
    expect 0 ''
    [[ ${lines[0]} =~ ^locked\ +[0-9]+\ uniqcreate\ .*\ dumps/[0-9]+T[0-9]+Z-1$ ]]
    [ "${lines[1]}" = first ]
    [ "${lines[2]}" = last ]
    clean dumps
}

@test "uniqcreate(1): lines" {
    mkdir jobs
    seq 300 >list
    try run_example uniqcreate.1 lines
    expect 0 ''
    [ "${#lines[@]}" -eq 300 ]
    # shellcheck disable=SC2086 # no blanks in these names
    cat $output | cmp - list
    [ "$(find jobs -type f | wc -l)" -eq 300 ]
    clean jobs
}

@test "uniqcreate(1): empty" {
    mkdir logs
    echo 'echo the job' | stand_in job .
    try run_example uniqcreate.1 empty
    expect 0 ''
    holds logs/run-*.log 'the job'
    clean logs
}

@test "uniqcreate(1): check" {
    need jq
    mkdir events
    echo "echo '{\"id\":1}'" | stand_in next-event .
    try run_example uniqcreate.1 check
    expect 0 ''
    [[ $output =~ \ events/[0-9]+T[0-9]+Z-1$ ]]
    rm events/*
    echo "echo '{}'" | stand_in next-event .
    try run_example uniqcreate.1 check
    expect 0 'uniqcreate: events/: nothing was created: the check failed with status 1: jq -e .id >/dev/null'
    [ -z "$(ls -A events)" ]
}

# --- lockread(1)

@test "lockread(1): fresh" {
    echo now >status
    try run_example lockread.1 fresh
    expect 0 ''
    [ "$output" = now ]
    touch -d '1 hour ago' status
    try run_example lockread.1 fresh
    [[ $stderr =~ ^"lockread: status: 36"[0-9]{2}" seconds old, too old"$ ]]
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
    [[ $output =~ ^free\ +-\ +4\ .*\ spool/1$ ]]
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
