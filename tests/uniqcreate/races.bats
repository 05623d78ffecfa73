#!/usr/bin/env bats
# uniqcreate under load: many at once, killed at random, read while they write. Bounded
# in count, not in time.
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load ../common

# Everyone claims in one and the same second.
SECOND=--time=@1700000000
STEM=20231114T221320Z

BESIDE=()

# together COUNT FUNCTION [ARGUMENT]...: FUNCTION 1, FUNCTION 2, ... at once, each with
# ARGUMENTs after its number. Fails if one of them fails.
together() {
    local number
    for ((number = 1; number <= $1; number++)); do
        beside "$2" "$number" "${@:3}"
    done
    all_well
}

# beside FUNCTION [ARGUMENT]...: it runs until "all_well", which fails if one failed. The
# traps by which bats follows a test would cost more than what it does.
beside() {
    (
        set +eET
        trap - DEBUG ERR
        "$@"
    ) 3>&- 4>&- &
    BESIDE+=($!)
}
all_well() {
    local pid failed=0
    for pid in "${BESIDE[@]}"; do wait "$pid" || failed=1; done
    BESIDE=()
    return "$failed"
}

# store NUMBER COUNT [OPTION]...: COUNT files, their paths in paths.NUMBER.
store() {
    local writer=$1 count=$2 number
    shift 2
    for ((number = 1; number <= count; number++)); do
        uniqcreate --no-sync "$SECOND" "$@" spool/e- <<<"$writer $number" || return
    done >"paths.$writer"
}

# stored WRITERS COUNT: every path of theirs is another, and has what its writer wrote.
stored() {
    local writer
    for ((writer = 1; writer <= $1; writer++)); do
        xargs cat <"paths.$writer" | cmp - <(seq -f "$writer %.0f" "$2") || return
    done
    [ "$(cat paths.* | sort -u | wc -l)" -eq $(($1 * $2)) ]
}

@test "races: 16 processes claim 1,000 names each in one second, all different" {
    local each=$((10 * MANY))
    mkdir spool
    together 16 store "$each"
    stored 16 "$each"
    [ "$(find spool -type f | wc -l)" -eq $((16 * each)) ]
    # No number was left out, but for those that others claimed: the last one is near.
    [ "$(find spool -name "e-$STEM-*" | sed 's/.*-//' | sort -n | tail -n 1)" -le 17000 ]
    clean spool
}

@test "races: 16 batches claim 300 names each in one second, all different" {
    batch() {
        seq -f "$1 %.0f" 300 | uniqcreate --no-sync "$SECOND" --lines spool/e- >"paths.$1"
    }
    mkdir spool
    together 16 batch
    stored 16 300
    [ "$(find spool -type f | wc -l)" -eq 4800 ]
    clean spool
}

@test "races: two that fight for each name both get one, and no file is replaced" {
    # Each name is freed again at once, so that both want the same ones all the time.
    fight() {
        local path number
        for ((number = 0; number < 300; number++)); do
            path=$(uniqcreate --no-sync "$SECOND" spool/e- <<<"$1 $number") || return
            # It holds mine, or was never mine.
            holds "$path" "$1 $number" || return
            rm "$path" || return
        done
    }
    mkdir spool
    together 2 fight
    [ -z "$(ls -A spool)" ]
}

# kill_at_random NUMBER COUNT [OPTION]...: starts writers, and kills each after a random
# while: it spins, for where a sleep ends is nobody's choice. One in ten is killed at
# once, and one in ten is spared, so that there are both whatever the machine does.
# Says how many died so, in killed.NUMBER.
kill_at_random() {
    local writer=$1 count=$2 number spin dead=0
    shift 2
    RANDOM=$writer
    for ((number = 1; number <= count; number++)); do
        uniqcreate --no-sync -q "$SECOND" "$@" spool/e- <<<"whole $writer $number" &
        for ((spin = number % 10 == 1 ? 0 : RANDOM % 3000; spin > 0; spin--)); do :; done
        [ $((number % 10)) -eq 0 ] || kill -KILL $! 2>/dev/null
        wait $! 2>/dev/null
        [ $? -ne 137 ] || dead=$((dead + 1))
    done
    echo "$dead" >"killed.$writer"
}
some_died() { [ "$(cat killed.* | sort -n | tail -n 1)" -gt 0 ]; }

# all_whole: each file in spool is one whole line, and no two are the same.
all_whole() {
    local files
    files=$(find spool -type f -name 'e-*' | wc -l)
    [ "$files" -gt 0 ] # some came through, or this would show nothing
    find spool -type f -name 'e-*' -exec cat {} + >all
    [ "$(wc -l <all)" -eq "$files" ]
    run ! grep -vE '^whole [0-9]+ [0-9]+$' all
    [ "$(sort -u all | wc -l)" -eq "$files" ]
    # Nor is one of them part of a line without its end, or empty.
    [ -z "$(find spool -type f -name 'e-*' -size -8c)" ]
}

@test "races: killed at random, each file is whole, and after one more run nothing is left" {
    mkdir spool
    ! has_placeholder ||
        skip "a name is empty for a moment where neither a link nor a rename spares a file"
    together 8 kill_at_random 100
    some_died
    all_whole
    # Never more than the most writers that ever ran at once.
    [ "$(find spool -name '.*' -type f | wc -l)" -le 8 ]
    try uniqcreate -q "$SECOND" spool/e- <<<"whole 0 0"
    expect 0 ""
    clean spool
    all_whole
}

# claim NUMBER COUNT: live claims, each written in two parts by a slow COMMAND.
claim() {
    local writer=$1 number
    for ((number = 1; number <= $2; number++)); do
        uniqcreate -l --no-sync -q "$SECOND" spool/e- \
            sh -c 'echo "begin $1"; lockread -q spool/e-*-1 >/dev/null; echo "end $1"' \
            sh "$writer.$number" || return
    done
}

# read_all NUMBER: reads all files until the writers have ended, and fails if it ever
# sees a part of one, or is told that a writer died.
read_all() {
    local status last=
    while :; do
        [ ! -e written ] || last=yes
        status=0
        lockread -q spool/e-* >"read.$1" 2>"said.$1" || status=$?
        case $status in
        0 | 75) ;;
        66) [ -z "$(compgen -G 'spool/e-*')" ] || [ ! -s "read.$1" ] || return 1 ;;
        *)
            echo "lockread: status $status" >&2
            return 1
            ;;
        esac
        awk '
            NR % 2 == 1 { if ($1 != "begin") exit 1; who = $2; next }
            { if ($1 != "end" || $2 != who) exit 1 }
            END { if (NR % 2) exit 1 }' "read.$1" || return
        [ -z "$last" ] || return 0
    done
}

@test "races: live claims are never read before they are whole" {
    has_rung o-tmpfile || skip "no live claims without O_TMPFILE and linkat"
    mkdir spool
    for number in 1 2 3; do beside read_all "$number"; done
    # In a process of its own: it waits for the writers only.
    (
        BESIDE=()
        together 6 claim 50
    )
    : >written
    all_well
    [ "$(find spool -type f | wc -l)" -eq 300 ]
    # The last read saw all of them.
    for number in 1 2 3; do
        [ "$(wc -l <"read.$number")" -eq 600 ]
    done
    clean spool
}

@test "races: live claims that are killed at random are printed whole or not at all" {
    has_rung o-tmpfile || skip "no live claims without O_TMPFILE and linkat"
    mkdir spool
    together 4 kill_at_random 100 -l
    some_died
    status=0
    lockread -q spool/e-* >all || status=$?
    # 65: some were left unfinished.
    [ "$status" -eq 0 ] || [ "$status" -eq 65 ]
    run ! grep -vE '^whole [0-9]+ [0-9]+$' all
    [ "$(wc -l <all)" -eq "$(find spool -name 'e-*' -perm 644 | wc -l)" ]
    [ "$(find spool -name 'e-*' -perm 644 -o -name 'e-*' -perm 200 | wc -l)" -eq "$(find spool -type f | wc -l)" ]
    clean spool
}
