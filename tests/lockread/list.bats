#!/usr/bin/env bats
# lockread -l and --json.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- lists

@test "list: one aligned line for each file, for people" {
    need_all_locks
    echo text >a
    head -c 2000000 /dev/zero >'b b'
    dead c
    touch -d '+1 day' a 'b b' c
    try lockread -l a 'b b' c nowhere
    expect 66 ""
    diff - <(printf '%s\n' "$output") <<'LIST'
free        -      5  0s  -rw-r--r--  a
free        -  1953K  0s  -rw-r--r--  b b
unfinished  -      5  0s  --w-------  c
missing     -      -   -  -           nowhere
LIST
    try lockread --list a
    expect 0 ""
    [ "$output" = "free  -  5  0s  -rw-r--r--  a" ]
}

@test "list: who holds it" {
    echo text >a
    echo text >b
    touch -d '+1 day' a b
    held_flock a
    try lockread -l a
    expect 0 ""
    [ "$output" = "locked  $FLOCKER flock  5  0s  -rw-r--r--  a" ]
    let_go
    rm "$BATS_TEST_TMPDIR/locked" "$BATS_TEST_TMPDIR/let-go"
    held_flock b -s
    try lockread -l b
    let_go
    expect 0 ""
    [ "$output" = "shared  $FLOCKER flock  5  0s  -rw-r--r--  b" ]
}

@test "list: ages in the largest unit of which there are two" {
    need_all_locks
    local age
    : >a
    for pair in 30:3[0-9]s 150:2m 7300:2h 90000:25h 180000:2d; do
        touch -d "@$(($(date +%s) - ${pair%:*}))" a
        try lockread -l a
        expect 0 ""
        age=${pair#*:}
        [[ $output =~ ^free\ \ -\ \ 0\ \ ${age}\ \ -rw-r--r--\ \ a$ ]]
    done
}

@test "list: it takes no lock and reads no content" {
    need_all_locks
    need_trace
    echo text >a
    trace "$BATS_TEST_TMPDIR/trace" lockread -l a
    run ! grep -E '^(flock|read\(3, "text)' "$BATS_TEST_TMPDIR/trace"
    share
    [ "$(id -u)" -ne 0 ] || chown 65534 a
    chmod 000 a
    touch -d '+1 day' a
    try as_user lockread -l a
    expect 0 ""
    [ "$output" = "free  -  5  0s  ----------  a" ]
}

@test "list: names are escaped, but not with -z, which ends lines with NUL" {
    need_all_locks
    : >$'a\nb'
    touch -d '+1 day' $'a\nb'
    try lockread -l $'a\nb'
    expect 0 ""
    [ "$output" = 'free  -  0  0s  -rw-r--r--  a\nb' ]
    lockread -l -z $'a\nb' >"$BATS_TEST_TMPDIR/out"
    printf 'free  -  0  0s  -rw-r--r--  a\nb\0' | cmp - "$BATS_TEST_TMPDIR/out"
    lockread --list --zero $'a\nb' | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "list: --json is one object for each file, and implies -l" {
    need_all_locks
    echo text >a
    touch -d @4102444800.25 a
    try lockread --json a nowhere
    expect 66 ""
    diff - <(printf '%s\n' "$output") <<'LIST'
{"name":"a","state":"free","holders":[],"size":5,"age_s":0,"mtime":4102444800.250000000,"mode":"0644"}
{"name":"nowhere","state":"missing","holders":[],"size":null,"age_s":null,"mtime":null,"mode":null}
LIST
    try lockread -l --json a
    expect 0 ""
    [[ $output == '{"name":"a",'* ]]
}

@test "list: --json of a time before 1970 is that time" {
    echo text >a
    touch -d @-1.5 a
    try lockread --json a
    expect 0 ""
    [[ $output == *'"mtime":-1.500000000,'* ]]
}

@test "list: --json with names of every kind, as jq reads them" {
    local name
    need jq
    for name in 'a "b"' $'tab\there' $'line\nbreak' 'back\slash' $'\x01\x1f\x7f' 'Grüße' \
        $'\xe2\x82\xac \xf0\x9f\x92\xbe'; do
        : >"$name"
        [ "$(lockread --json "$name" | jq -rj .name; echo .)" = "$name." ]
        [ "$(lockread --json "$name" | jq 'has("name_base64")')" = false ]
        [ "$(lockread --json "$name" | wc -l)" -eq 1 ]
    done
}

@test "list: --json of a name that is no UTF-8 has U+FFFD, and name_base64" {
    local name
    need jq base64
    # A lone byte, overlong, a surrogate, beyond U+10FFFF, cut short; lengths 1 to 3.
    for name in $'\xff' $'a\xc0\xafb' $'\xed\xa0\x80' $'\xf4\x90\x80\x80' $'ab\xe2\x82' $'ok\xff.'; do
        : >"$name" 2>/dev/null || continue
        lockread --json "$name" | jq -e '.name | contains("\ufffd")' >/dev/null
        [ "$(lockread --json "$name" | jq -r .name_base64)" = "$(printf %s "$name" | base64 -w0)" ]
    done
    # What is good in it stays.
    : >$'ok\xff.'
    [ "$(lockread --json $'ok\xff.' | jq -r .name)" = $'ok\xef\xbf\xbd.' ]
}

@test "list: --json -z ends each object with NUL" {
    : >a
    : >b
    touch -d @4102444800 a b
    lockread --json -z a b >"$BATS_TEST_TMPDIR/out"
    [ "$(tr -cd '\0' <"$BATS_TEST_TMPDIR/out" | wc -c)" -eq 2 ]
    [ "$(tr '\0' '\n' <"$BATS_TEST_TMPDIR/out")" = "$(lockread --json a b)" ]
}

@test "list: can be used with --headers, -z, -q, --lock-file and --files0-from only, 64" {
    local option
    : >a
    for option in --newest --max-age=1 -s -e --min-size=1 --check=true -w1 --progress -v --await --take=cat; do
        try lockread -l "$option" a
        expect 64 "lockread: --list: can be used with --headers, -z, -q, --lock-file and --files0-from only $LOOK"
        try lockread --json "$option" a
        expect 64 "lockread: --json: can be used with -z, -q, --lock-file and --files0-from only $LOOK"
        [ -z "$output" ]
    done
    try lockread -z a
    expect 64 "lockread: --zero: requires -l or --json $LOOK"
}
