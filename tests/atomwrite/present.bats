#!/usr/bin/env bats
# atomwrite: input that is there at once is read without waiting, and so without letting
# signals through; what that changes is how many calls are made, and nothing else.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load common

# present COMMAND...: its input is there before it starts. Fills status and stderr.
present() {
    outcome prompt "$@" 2>"$BATS_TEST_TMPDIR/said"
    stderr=$(cat "$BATS_TEST_TMPDIR/said")
}

# struck COMMAND...: TERM comes at the first linkat(2), when all the input has been read.
struck() { trace "$BATS_TEST_TMPDIR/log" -e inject=linkat:signal=TERM:when=1 "$@"; }

need_link() {
    need_trace
    if ! has_rung o-tmpfile || ! has_rung linkat; then skip "needs files without a name"; fi
}

@test "kept: TERM after input that was there at once ends the run before the rename" {
    need_link
    old
    present struck atomwrite f
    [ "$status" -eq 143 ]
    # The shell has a word of its own to say after that.
    [ "${stderr%%$'\n'*}" = "atomwrite: f: left as it was: interrupted by signal 15 (Terminated)" ]
    left_alone
}

@test "ignored signals stay ignored: TERM after input that was there at once" {
    need_link
    old
    present struck sh -c 'trap "" TERM; exec "$@"' sh atomwrite f
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    holds f new
    clean
}

@test "blocked signals stay blocked: TERM after input that was there at once" {
    need_link
    need python3
    old
    present struck python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.execvp(sys.argv[1], sys.argv[1:])' atomwrite f
    [ "$status" -eq 0 ]
    holds f new
    clean
}

@test "whole: input of any size, from a pipe or a file, from where it is" {
    # Less than a pipe holds, as much as one part, and more than that.
    for size in 0 1 4096 65535 65536 65537 262143 262144 262145 524288 1000000; do
        head -c "$size" /dev/urandom >"$BATS_TEST_TMPDIR/in"
        head -c "$size" "$BATS_TEST_TMPDIR/in" | atomwrite --no-sync f
        cmp "$BATS_TEST_TMPDIR/in" f
        atomwrite --no-sync f <"$BATS_TEST_TMPDIR/in"
        cmp "$BATS_TEST_TMPDIR/in" f
        # Appended to itself, where the old content is read from its beginning.
        atomwrite --no-sync -a f <"$BATS_TEST_TMPDIR/in"
        cat "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/in" | cmp - f
    done
    { head -c 3 >"$BATS_TEST_TMPDIR/head"; atomwrite --no-sync f; } <"$BATS_TEST_TMPDIR/in"
    cat "$BATS_TEST_TMPDIR/head" f | cmp - "$BATS_TEST_TMPDIR/in"
}
