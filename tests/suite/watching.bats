#!/usr/bin/env bats
# What those who watch a directory are told: one close_write or moved_to under the final
# name of each new file, when it is finished and not before.
#
# Expressions in single quotes are for an inner shell, and each test is a process of its
# own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load ../common

EPOCH=--time=@0
FIRST=19700101T000000Z-1

# watch: from now on what happens here is noted, until "watched".
watch() {
    need inotifywait
    EVENTS=$BATS_TEST_TMPDIR/events
    mkfifo "$BATS_TEST_TMPDIR/watching"
    inotifywait -m -e create -e delete -e close_write -e moved_to -e moved_from \
        --format '%e %f' . >"$EVENTS" 2>"$BATS_TEST_TMPDIR/watching" 3>&- 4>&- &
    WATCHER=$!
    exec {SAID}<"$BATS_TEST_TMPDIR/watching"
    while read -r line <&"$SAID" && [[ $line != *established* ]]; do :; done
}
# until_event EVENT: it has been noted.
until_event() { grep -qxF -- "$1" < <(tail -n +1 -f --pid="$WATCHER" "$EVENTS" 3>&- 4>&-); }
# watched: no more events come. $FINISHED is what watchers take for finished.
watched() {
    : >.the-end
    until_event "CLOSE_WRITE,CLOSE .the-end"
    kill "$WATCHER"
    wait "$WATCHER" 2>/dev/null || :
    exec {SAID}<&-
    rm .the-end
    FINISHED=$(grep -E '^(CLOSE_WRITE|MOVED_TO)' "$EVENTS" |
        sed 's/^[A-Z_,]* //' | grep -vE '^(#[0-9]*|\..*)$' || :)
}
# told NAME...: of these names, in this order, each once, and of nothing else.
told() {
    local want
    want=$([ $# -eq 0 ] || printf '%s\n' "$@")
    if [ "$FINISHED" != "$want" ]; then
        printf 'told: %s\nnot:  %s\nof:\n' "$FINISHED" "$want" >&2
        cat "$EVENTS" >&2
        return 1
    fi
}

# The fallbacks tell twice, or nothing where the mode forbids it: see uniqcreate(1).
need_unnamed() {
    if ! has_rung o-tmpfile || ! has_rung linkat || built_without RENAMEAT2; then
        skip "needs files without a name"
    fi
}

@test "watchers: a new file is told of once, as finished, whatever its mode" {
    need_unnamed
    watch
    uniqcreate "$EPOCH" -q plain- <<<text
    uniqcreate "$EPOCH" -q --empty empty-
    uniqcreate "$EPOCH" -q -m 0400 read- <<<text
    uniqcreate "$EPOCH" -q -m 0000 none- <<<text
    uniqcreate "$EPOCH" -q --no-sync -v fast- <<<text 2>/dev/null
    watched
    told {plain,empty,read,none,fast}-"$FIRST"
    clean
}

@test "watchers: as an ordinary user a mode that forbids all is told of, too" {
    need_unnamed
    share
    watch
    as_user uniqcreate "$EPOCH" -q -m 0000 none- <<<text
    as_user uniqcreate "$EPOCH" -q -l -m 0000 live- <<<text
    as_user uniqcreate "$EPOCH" -q --lines -m 0000 line- <<<text
    watched
    told {none,live,line}-"$FIRST"
}

@test "watchers: a file of another owner is told of once" {
    need_root
    need_unnamed
    watch
    uniqcreate "$EPOCH" -q --owner=65534:65534 -m 0600 plain- <<<text
    uniqcreate "$EPOCH" -q --owner=65534:65534 -l -m 0400 live- <<<text
    uniqcreate "$EPOCH" -q --owner=65534:65534 --lines line- <<<text
    watched
    told {plain,live,line}-"$FIRST"
}

@test "watchers: where the first names are taken it is told of once" {
    need_unnamed
    : >"x-$FIRST"
    : >x-19700101T000000Z-2
    watch
    uniqcreate "$EPOCH" -q x- <<<text
    watched
    told x-19700101T000000Z-3
    clean
}

@test "watchers: of 10,000 lines each file is told of once" {
    need_unnamed
    local count=$((100 * MANY))
    watch
    seq "$count" | uniqcreate "$EPOCH" --lines --no-sync x- >"$BATS_TEST_TMPDIR/names"
    watched
    [ "$(wc -l <<<"$FINISHED")" -eq "$count" ]
    cmp "$BATS_TEST_TMPDIR/names" - <<<"$FINISHED"
    clean
}

@test "watchers: of many writers at once each file is told of once" {
    need_unnamed
    watch
    seq "$MANY" | xargs -P 8 -I{} sh -c 'echo {} | uniqcreate --no-sync x-' \
        >"$BATS_TEST_TMPDIR/names"
    watched
    [ "$(wc -l <"$BATS_TEST_TMPDIR/names")" -eq "$MANY" ]
    sort "$BATS_TEST_TMPDIR/names" | cmp - <(sort <<<"$FINISHED")
    clean
}

@test "watchers: a live claim is told of when it is finished, and can be read then" {
    need_unnamed
    mkfifo "$BATS_TEST_TMPDIR/claimed" "$BATS_TEST_TMPDIR/go"
    watch
    uniqcreate "$EPOCH" -l x- sh -c 'echo text; cat "$1"' sh "$BATS_TEST_TMPDIR/go" \
        >"$BATS_TEST_TMPDIR/claimed" 3>&- 4>&- &
    local writer=$! path
    read -r path <"$BATS_TEST_TMPDIR/claimed"
    until_event "CREATE $path"
    : >.before
    until_event "CLOSE_WRITE,CLOSE .before"
    run ! grep -q "CLOSE_WRITE,CLOSE $path" "$EVENTS"
    echo more >"$BATS_TEST_TMPDIR/go"
    # The lock went before the event came.
    until_event "CLOSE_WRITE,CLOSE $path"
    try lockread "$path"
    expect 0 ""
    [ "$output" = $'text\nmore' ]
    wait "$writer"
    watched
    told "$path"
}

@test "watchers: what failed or was interrupted is not told of" {
    need_unnamed
    watch
    try uniqcreate x- false </dev/null
    expect 1
    try uniqcreate -l x- false
    expect 1
    try uniqcreate -l -e x- true
    expect 65
    watched
    told
    clean
}

@test "watchers: what they are told of can be run at once" {
    need_unnamed
    [ "$(stat -f -c %t .)" != 9123683e ] || skip "btrfs needs the file for the sync of its name"
    need_trace
    trace "$BATS_TEST_TMPDIR/log" uniqcreate "$EPOCH" -q -m 0755 x- <<<'#!/bin/sh'
    # The very next call closes it.
    grep -A 1 '^renameat2(' "$BATS_TEST_TMPDIR/log" | tail -n 1 | grep '^close('
}

@test "watchers: a name that a dead writer hid behind is removed by the next" {
    need_unnamed
    need_trace
    trace "$BATS_TEST_TMPDIR/log" -e trace=renameat2 -e inject=renameat2:signal=KILL:error=EIO \
        uniqcreate "$EPOCH" x- <<<dead || :
    [ -e .x-.uniqcreate-1 ]
    try uniqcreate "$EPOCH" x- <<<text
    expect 0 ""
    holds "x-$FIRST" text
    clean
}

@test "watchers: a rename that fails leaves nothing, 74" {
    need_unnamed
    need_trace
    try trace "$BATS_TEST_TMPDIR/log" -e trace=renameat2 -e inject=renameat2:error=EIO \
        uniqcreate "$EPOCH" x- <<<text
    expect 74 "uniqcreate: x-: nothing was created: cannot give it a name: Input/output error"
    [ -z "$(find . -name '*x-*')" ]
    try trace "$BATS_TEST_TMPDIR/log" -e trace=renameat2 -e inject=renameat2:error=EIO:when=2 \
        uniqcreate "$EPOCH" --lines x- < <(printf 'one\ntwo\nthree\n')
    expect 74
    [ "$output" = "x-$FIRST" ]
    [ "$(find . -name '*x-*')" = "./x-$FIRST" ]
}

@test "watchers: without a rename that spares its target they are told by closing" {
    need_unnamed
    need_trace
    watch
    trace "$BATS_TEST_TMPDIR/log" -e trace=renameat2 -e inject=renameat2:error=EINVAL \
        uniqcreate "$EPOCH" -q x- <<<text
    watched
    told "x-$FIRST"
    clean
}

@test "watchers: a replacement is told of once, as moved_to" {
    need_unnamed
    watch
    atomwrite new <<<text
    atomwrite new <<<text
    atomwrite -n created <<<text
    atomwrite -u new cat
    watched
    told new new created new
    [ "$(grep -c '^MOVED_TO [a-z]' "$EVENTS")" -eq 4 ]
}

# unit PAGE FILE: the block that stands for FILE.
unit() {
    awk -v name="$2" '
        $1 == ".\\\"" && $2 == "file:" { wanted = $3 == name }
        wanted && /^\.Ed/ { exit }
        inside { print }
        wanted && /^\.Bd -literal/ { inside = 1 }' "$TESTS_DIR/../man/$1"
}

@test "watchers: systemd accepts the units of wholefile(7)" {
    need systemd-analyze
    unit wholefile.7 events.path >events.path
    # The program is the reader's own.
    local service
    for service in events.service import.service; do
        unit wholefile.7 "$service" | sed 's|=/usr/local/.*|=/bin/true|' >"$service"
        [ -s "$service" ]
    done
    [ -s events.path ]
    echo '[Path]' >broken.path
    SYSTEMD_UNIT_PATH=$PWD: run systemd-analyze verify --man=no broken.path
    [ "$status" -ne 0 ] || skip "systemd-analyze verifies nothing here"
    SYSTEMD_UNIT_PATH=$PWD: run systemd-analyze verify --man=no "$PWD/events.path" \
        "$PWD/events.service" "$PWD/import.service"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "watchers: the ExecStartPre of wholefile(7) ends when its file is there" {
    local command
    command=$(unit wholefile.7 import.service | sed -n 's|^ExecStartPre=/bin/sh -c "\(.*\)"$|\1|p')
    command=${command//\/srv\/import/f}
    [[ $command = *" f "* ]]
    try sh -c "${command/-w 50m/-w 0}"
    expect 66 "lockread: f: no such file"
    sh -c "$command" >out 3>&- 4>&- &
    echo text | atomwrite f
    wait "$!"
    [ ! -s out ]
}
