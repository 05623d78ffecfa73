#!/usr/bin/env bats
# atomwrite: what is not a regular file is looked at, and not opened.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load common

# unopened NAME: in the log of "trace" it was not opened but to be looked at.
unopened() {
    if grep -E "^open(at)?\(.*\"([^\"]*/)?$1\"" "$BATS_TEST_TMPDIR/log" | grep -v O_PATH; then
        echo "opened: $1" >&2
        return 1
    fi
}

@test "not opened: a FILE that becomes a FIFO before its turn, in all ways of reading it, 73" {
    need_trace
    local option
    for option in -v -a -c -k1; do
        rm -f f
        old
        # COMMAND runs before the turn, and after FILE was looked at first.
        try trace "$BATS_TEST_TMPDIR/log" \
            atomwrite "$option" f sh -c 'rm f; mkfifo f; echo new'
        expect 73 "atomwrite: f: left as it was: it is a FIFO (choose a regular file)"
        unopened f
        [ -p f ]
        clean
    done
}

@test "not opened: -u on a FIFO, 73, and its writer loses nothing" {
    mkfifo f
    echo data >f 3>&- 4>&- &
    try atomwrite -u f cat
    expect 73 "atomwrite: f: left as it was: it is a FIFO (choose a regular file)"
    [ "$(cat f)" = data ]
    wait $!
    clean
}

@test "not opened: a --lock-file that is a FIFO or a device, 73" {
    need_trace
    old
    mkfifo fifo
    ln -s fifo link
    local lock
    for lock in fifo link; do
        try trace "$BATS_TEST_TMPDIR/log" atomwrite --lock-file="$lock" f <<<new
        expect 73 "atomwrite: $lock: it is a FIFO (choose a regular file)"
        unopened "$lock"
    done
    try trace "$BATS_TEST_TMPDIR/log" atomwrite --lock-file=/dev/null f <<<new
    expect 73 "atomwrite: /dev/null: it is a device (choose a regular file)"
    unopened null
    left_alone
}
