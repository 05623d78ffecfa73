#!/usr/bin/env bats
# The examples of atomwrite(1).
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load manual

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
