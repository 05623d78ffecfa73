#!/usr/bin/env bats
# uniqcreate --retain: what ends the removal before all is done.
#
# run(1) of bats sets status, output and stderr, and each test is a process of its own.
# shellcheck disable=SC2030,SC2031,SC2154

load common

@test "retain: a directory that cannot be listed to its end is said: 74 before, 76 after" {
    need_trace
    has_rung o-tmpfile || skip "hidden names are sought by listing, too"
    at 10
    for nth in 1 2; do
        try trace "$TRACE" -e inject=getdents64:error=EIO:when=$nth \
            uniqcreate --time=@20 --retain=1 x- <<<text
        expect 74 "uniqcreate: x-: $NOT_MADE: cannot read its directory: Input/output error"
        only "$(name 10)"
    done
    local here=("$(name 10)")
    for nth in 3 5; do
        try trace "$TRACE" -e inject=getdents64:error=EIO:when=$nth \
            uniqcreate --time=@2$nth --retain=1 x- <<<text
        expect 76 "uniqcreate: .: cannot find the files that are too old: Input/output error"
        [ "$output" = "$(name 2$nth)" ]
        here+=("$output")
        only "${here[@]}"
    done
}

@test "retain: after a signal the rest is left to a later run, 0" {
    for second in 1 2 3 4; do at "$second"; done
    # At the first removal.
    instead "int unlinkat(int dir, const char *name, int flags)
    {
        int result = REAL(unlinkat)(dir, name, flags);
        asked();
        if (name[0] == 'x')
            kill(getpid(), SIGTERM);
        return result;
    }" uniqcreate --time=@10 --retain=1 x- <<<text
    expect 0 ""
    [ "$output" = "$(name 10)" ]
    set -- x-*
    [ $# -eq 4 ]
    try at 11 --retain=1
    expect 0 ""
    only "$(name 11)"
}
