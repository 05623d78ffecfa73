#!/usr/bin/env bats
# uniqcreate: names by time and counter.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- names by time

@test "time: by default the moment of publishing, in UTC" {
    local before after
    before=$(date -u +x-%Y%m%dT%H%M%SZ-1)
    TZ=JST-9 try uniqcreate x- <<<text
    after=$(date -u +x-%Y%m%dT%H%M%SZ-1)
    expect 0 ""
    [[ ! $output < $before && ! $output > $after ]]
}

@test "time: the moment of publishing, not that of the start" {
    local before
    before=$(date +%s%N)
    a_reader -- -f %s%N x-
    # It has begun, and cannot have been named yet.
    before=$(date +%s%N)
    exec {INPUT}>&-
    end_of_reader
    expect 0 ""
    [[ $output =~ ^x-([0-9]{19})-1$ ]]
    [ "${BASH_REMATCH[1]}" -gt "$before" ]
}

@test "time: --time=@SECONDS, also before 1970" {
    try uniqcreate --time=@1700000000 x- <<<text
    expect 0 ""
    [ "$output" = x-20231114T221320Z-1 ]
    try uniqcreate --time=@-1 x- <<<text
    expect 0 ""
    [ "$output" = x-19691231T235959Z-1 ]
}

@test "time: years of more and of less than four digits, and seconds that have none" {
    try uniqcreate --time=@327403382400 x- <<<text
    expect 0 ""
    # musl puts a sign before a year of more than four digits, and fills up one of less.
    [[ $output == x-123450101T000000Z-1 || $output == x-+123450101T000000Z-1 ]]
    try uniqcreate --time=@-30641760000 -f %Y-%m x- <<<text
    expect 0 ""
    [[ $output == x-999-01-1 || $output == x-0999-01-1 ]]
    for second in -9223372036854775808 9223372036854775807; do
        try uniqcreate --time="@$second" x- <<<text
        expect 64 "uniqcreate: --time: out of range (see uniqcreate --help)"
    done
}

@test "time: --local is the local time, and without the Z of UTC" {
    TZ=JST-9 try uniqcreate --local "$EPOCH" x- <<<text
    expect 0 ""
    [ "$output" = x-19700101T090000-1 ]
    TZ=JST-9 try uniqcreate --local "$EPOCH" -f %H%z x- <<<text
    expect 0 ""
    [ "$output" = x-09+0900-1 ]
}

@test "format: -f and --format are those of strftime" {
    try uniqcreate "$EPOCH" -f '%F %H.%M' x- <<<text
    expect 0 ""
    [ "$output" = "x-1970-01-01 00.00-1" ]
    try uniqcreate "$EPOCH" --format=%Y%j x- <<<text
    expect 0 ""
    [ "$output" = x-1970001-1 ]
    try uniqcreate "$EPOCH" -f plain x- <<<text
    expect 0 ""
    [ "$output" = x-plain-1 ]
}

@test "format: %N is nine digits of nanoseconds, none of --time, and %%N is not it" {
    try uniqcreate "$EPOCH" -f %s.%N x- <<<text
    expect 0 ""
    [ "$output" = x-0.000000000-1 ]
    try uniqcreate "$EPOCH" -f %%N%%%N x- <<<text
    expect 0 ""
    [ "$output" = x-%N%000000000-1 ]
    try uniqcreate -f %N x- <<<text
    expect 0 ""
    [[ $output =~ ^x-[0-9]{9}-1$ ]]
}

@test "format: %s is the number of seconds, whatever the time zone" {
    local zone
    for zone in UTC JST-9 EST5EDT; do
        TZ=$zone try uniqcreate --time=@1700000000 -f %s "$zone-" <<<text
        expect 0 ""
        [ "$output" = "$zone-1700000000-1" ]
        TZ=$zone try uniqcreate --local --time=@1700000000 -f %s "$zone-" <<<text
        expect 0 ""
        [ "$output" = "$zone-1700000000-2" ]
    done
}

@test "suffix: -s and --suffix end the name" {
    try uniqcreate "$EPOCH" -s .txt x- <<<text
    expect 0 ""
    [ "$output" = "x-$FIRST.txt" ]
    try uniqcreate "$EPOCH" --suffix=.txt x- <<<text
    expect 0 ""
    [ "$output" = "x-$BESIDE-2.txt" ]
    holds "$output" text
}

@test "width: the counter is padded with zeros, and may outgrow that" {
    local number
    try uniqcreate "$EPOCH" --width=3 x- <<<text
    expect 0 ""
    [ "$output" = "x-$BESIDE-001" ]
    for number in 1 2 3 4 5 6 7 8 9; do : >"y-$BESIDE-$number"; done
    try uniqcreate "$EPOCH" --width=1 y- <<<text
    expect 0 ""
    [ "$output" = "y-$BESIDE-10" ]
    try uniqcreate "$EPOCH" --width=20 z- <<<text
    expect 0 ""
    [ "$output" = "z-$BESIDE-00000000000000000001" ]
}

# --- the counter

@test "counter: it starts with 1 and takes the next one" {
    local number
    for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
        try uniqcreate "$EPOCH" --no-sync x- <<<"$number"
        expect 0 ""
        [ "$output" = "x-$BESIDE-$number" ]
        holds "$output" "$number"
    done
}

@test "counter: where the first number is free again, it is taken" {
    uniqcreate "$EPOCH" -q x- <<<one
    uniqcreate "$EPOCH" -q x- <<<two
    rm "x-$BESIDE-1"
    try uniqcreate "$EPOCH" x- <<<three
    expect 0 ""
    [ "$output" = "x-$BESIDE-1" ]
    holds "x-$BESIDE-2" two
}

@test "counter: names planted where the search arrives keep nobody from a name" {
    local next
    : >"x-$BESIDE-1" && : >"x-$BESIDE-2"
    for ((next = 8; next > 0; next *= 2)); do : >"x-$BESIDE-$next"; done
    : >"x-$BESIDE-9223372036854775808"
    try uniqcreate "$EPOCH" x- <<<one
    expect 0 ""
    holds "$output" one
    : >"x-$BESIDE-18446744073709551615"
    try uniqcreate "$EPOCH" x- <<<two
    expect 0 ""
    holds "$output" two
    clean
}

# looks TAKEN: how often a name is looked at or claimed where TAKEN names are taken.
looks() {
    seq -f "p-$BESIDE-%.0f" "$1" | xargs -r touch
    traced -e trace=%file uniqcreate "$EPOCH" --no-sync p- <<<text >path
    [ "$(cat path)" = "p-$BESIDE-$(($1 + 1))" ]
    holds "p-$BESIDE-$(($1 + 1))" text
    # linkat says ENOENT where it lacks the privilege for AT_EMPTY_PATH: no look at all.
    grep "\"p-$BESIDE-" "$TRACE" | grep -vc 'AT_EMPTY_PATH) = -1 ENOENT' || true
    rm -f p-*
}

@test "counter: with N names taken it costs at most 2 log2 N + 3 system calls" {
    need_trace
    local claim=0
    # Where there is no RENAME_NOREPLACE a claim takes two calls, and there are two claims:
    # the first name, and the one that was found.
    ! built_without RENAMEAT2 || claim=2
    [ "$(stat -f -c %t .)" != 65735546 ] || claim=2
    # 2 log2 of 1000 is 19.9, of 100 13.3, of 7 5.6.
    [ "$(looks 1000)" -le $((22 + claim)) ]
    [ "$(looks 1000)" -gt 2 ]
    [ "$(looks 100)" -le $((16 + claim)) ]
    [ "$(looks 7)" -le $((8 + claim)) ]
}

@test "never over: whatever has the name stays, be it a link to nowhere or a FIFO" {
    ln -s nowhere "x-$BESIDE-1"
    mkfifo "x-$BESIDE-2"
    mkdir "x-$BESIDE-3"
    ln -s /dev/null "x-$BESIDE-4"
    echo mine >"x-$BESIDE-5"
    try uniqcreate "$EPOCH" x- <<<text
    expect 0 ""
    [ "$output" = "x-$BESIDE-6" ]
    holds "$output" text
    [ "$(readlink "x-$BESIDE-1")" = nowhere ]
    [ -p "x-$BESIDE-2" ]
    [ -d "x-$BESIDE-3" ]
    [ "$(readlink "x-$BESIDE-4")" = /dev/null ]
    holds "x-$BESIDE-5" mine
    only "x-$BESIDE-"{1,2,3,4,5,6}
}

@test "never over: a name that appears just before the claim is spared" {
    # COMMAND ends before the claim: it stands for another process.
    try uniqcreate "$EPOCH" x- sh -c 'echo other >"$1"; echo mine' sh "x-$FIRST"
    expect 0 ""
    [ "$output" = "x-$BESIDE-2" ]
    holds "x-$BESIDE-1" other
    holds "x-$BESIDE-2" mine
}

# --- long names

@test "long names: 255 bytes are a name" {
    local prefix
    # 255 less "19700101T000000Z-1"
    prefix=$(printf '%0237d' 0)
    try uniqcreate "$EPOCH" "$prefix" <<<text
    expect 0 ""
    [ "$output" = "$prefix$FIRST" ]
    [ "${#output}" -eq 255 ]
    holds "$output" text
    only "$output"
}

@test "long names: 256 bytes are refused, 73" {
    local prefix
    prefix=$(printf '%0238d' 0)
    try uniqcreate "$EPOCH" "$prefix" <<<text
    expect 73 "uniqcreate: $prefix: $NOT_MADE: cannot form a name: File name too long (choose a shorter name)"
    [ -z "$output" ]
    only
}

@test "long names: 256 bytes by the suffix or the width are refused, 73" {
    local prefix
    prefix=$(printf '%0237d' 0)
    try uniqcreate "$EPOCH" -s . "$prefix" <<<text
    expect 73 "uniqcreate: $prefix: $NOT_MADE: cannot form a name: File name too long (choose a shorter name)"
    try uniqcreate "$EPOCH" --width=2 "$prefix" <<<text
    expect 73 "uniqcreate: $prefix: $NOT_MADE: cannot form a name: File name too long (choose a shorter name)"
    try uniqcreate "$EPOCH" -s "$(printf '%0300d' 0)" x- <<<text
    expect 73 "uniqcreate: x-: $NOT_MADE: cannot form a name: File name too long (choose a shorter name)"
    prefix=$(printf '%0300d' 0)
    try uniqcreate "$EPOCH" "$prefix" <<<text
    expect 73
    only
}

@test "long names: the last number that fits is found, and then 73" {
    local prefix number
    prefix=$(printf '%0237d' 0)
    for number in 1 2 3 4 5 6 7 8; do : >"$prefix$BESIDE-$number"; done
    try uniqcreate "$EPOCH" "$prefix" <<<text
    expect 0 ""
    [ "$output" = "$prefix$BESIDE-9" ]
    holds "$output" text
    try uniqcreate "$EPOCH" "$prefix" <<<text
    expect 73
    [ -z "$output" ]
    [[ $stderr == "uniqcreate: $prefix: $NOT_MADE: cannot "*": File name too long (choose a shorter name)" ]]
    [ ! -e "$prefix$BESIDE-10" ]
    clean
}

@test "hidden names: a name like those that writers hide behind is refused, 73" {
    local prefix
    try uniqcreate -f write .x.atom <<<text
    expect 73 "uniqcreate: .x.atom: $NOT_MADE: its name would be one that is reserved for temporary files (choose another prefix or suffix)"
    only
    for prefix in .uniqcreate .x.uniqcreate .x.atomwrite; do
        try uniqcreate "$EPOCH" -s "$prefix" .y- <<<text
        expect 73 "uniqcreate: .y-: $NOT_MADE: its name would be one that is reserved for temporary files (choose another prefix or suffix)"
        only
    done
    # Other names with a dot are nobody's business.
    try uniqcreate "$EPOCH" .y- <<<text
    expect 0 ""
    [ "$output" = ".y-$FIRST" ]
}
