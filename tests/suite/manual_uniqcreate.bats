#!/usr/bin/env bats
# The examples of uniqcreate(1).
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load manual

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

@test "uniqcreate(1): retain" {
    mkdir backup
    echo 'echo dump' | stand_in dump .
    for day in 1 2 3 4 5 6 7; do
        uniqcreate -q --time="@$((day * 86400))" -f %Y-%m-%d -s .sql backup/db- echo "$day"
    done
    try run_example uniqcreate.1 retain
    expect 0 ''
    [ ! -e backup/db-1970-01-02-1.sql ]
    [ "$(find backup -name 'db-*.sql' | wc -l)" -eq 7 ]
    echo 'echo half; exit 1' | stand_in dump .
    try run_example uniqcreate.1 retain
    expect 1 'uniqcreate: backup/db-: nothing was created: ./dump exited with status 1'
    [ "$(find backup -name 'db-*.sql' | wc -l)" -eq 7 ]
    clean backup
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
