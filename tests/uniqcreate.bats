#!/usr/bin/env bats
# uniqcreate: names, content, options, and what is refused. Live claims: live.bats.
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load common

# The time that most names here have, so that they are known beforehand.
EPOCH=--time=@0
FIRST=19700101T000000Z-1
BESIDE=19700101T000000Z

NOT_MADE="nothing was created"
LOOK="(see uniqcreate --help)"
MODES="look at the permissions of the file and its directory"

# only NAME...: nothing else is here, hidden or not.
only() {
    local have want
    have=$(find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort)
    want=$([ $# -eq 0 ] || printf '%s\n' "$@" | sort)
    if [ "$have" != "$want" ]; then
        printf 'here is: %s\nnot:     %s\n' "$have" "$want" >&2
        return 1
    fi
}

# traced [STRACE-OPTION]... COMMAND...: its system calls go to the file $TRACE.
setup() {
    common_setup
    TRACE=$BATS_TEST_TMPDIR/trace
}
traced() { trace "$TRACE" -s 300 "$@"; }

mode_of() { stat -c %a "$1"; }

# a_reader [COMMAND-PREFIX]... -- ARGUMENT...: uniqcreate reads a pipe that is kept open
# as $INPUT, and has begun to: more went in than the pipe holds. PID: $READER.
a_reader() {
    local prefix=()
    while [ "$1" != -- ]; do
        prefix+=("$1")
        shift
    done
    shift
    mkfifo "$BATS_TEST_TMPDIR/input"
    exec {INPUT}<>"$BATS_TEST_TMPDIR/input"
    "${prefix[@]}" uniqcreate "$@" <"$BATS_TEST_TMPDIR/input" \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- {INPUT}>&- &
    READER=$!
    # Over 64 KiB of it have been read when this is done; it cannot end before.
    head -c 300000 /dev/zero >&"$INPUT"
}
# Its end: fills what "try" would.
end_of_reader() {
    status=0
    wait "$READER" || status=$?
    output=
    [ ! -f "$BATS_TEST_TMPDIR/out" ] || output=$(cat "$BATS_TEST_TMPDIR/out")
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

# --- what it is for

@test "stored: standard input becomes a new file, and its path is printed" {
    try uniqcreate "$EPOCH" comment- <<<"first words"
    expect 0 ""
    [ "$output" = "comment-$FIRST" ]
    holds "$output" "first words"
    only "comment-$FIRST"
}

@test "stored: the output of COMMAND, which inherits standard input" {
    try uniqcreate "$EPOCH" x- tr a-z A-Z <<<"words"
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    holds "$output" WORDS
    only "x-$FIRST"
}

@test "stored: an empty input makes an empty file" {
    try uniqcreate "$EPOCH" x- </dev/null
    expect 0 ""
    [ -f "x-$FIRST" ]
    [ ! -s "x-$FIRST" ]
    clean
}

@test "stored: twice in one second, under two names" {
    uniqcreate "$EPOCH" x- <<<one
    try uniqcreate "$EPOCH" x- <<<two
    expect 0 ""
    [ "$output" = "x-$BESIDE-2" ]
    holds "x-$BESIDE-1" one
    holds "x-$BESIDE-2" two
    clean
}

@test "stored: large input, from a pipe and from a file, byte for byte" {
    seq 1000000 >"$BATS_TEST_TMPDIR/large"
    uniqcreate "$EPOCH" x- <"$BATS_TEST_TMPDIR/large"
    # shellcheck disable=SC2002  # a pipe it has to be
    cat "$BATS_TEST_TMPDIR/large" | uniqcreate "$EPOCH" x-
    uniqcreate "$EPOCH" x- cat "$BATS_TEST_TMPDIR/large"
    cmp "$BATS_TEST_TMPDIR/large" "x-$BESIDE-1"
    cmp "$BATS_TEST_TMPDIR/large" "x-$BESIDE-2"
    cmp "$BATS_TEST_TMPDIR/large" "x-$BESIDE-3"
    clean
}

@test "stored: a file as input is read from where its offset is" {
    printf 'one\ntwo\n' >"$BATS_TEST_TMPDIR/lines"
    {
        read -r _
        uniqcreate "$EPOCH" x-
    } <"$BATS_TEST_TMPDIR/lines"
    holds "x-$FIRST" two
}

@test "prefix: DIR/, DIR/name-, name-, ./ and an absolute one, printed as given" {
    local prefix
    mkdir spool
    for prefix in spool/ spool/name- name- ./ ./spool/../name2- "$WORK/spool/abs-"; do
        try uniqcreate "$EPOCH" "$prefix" <<<"$prefix"
        expect 0 ""
        [ "$output" = "$prefix$FIRST" ]
        holds "$output" "$prefix"
    done
    clean
    clean spool
}

@test "prefix: one with blanks, a newline, a backslash and bytes that are no UTF-8" {
    local prefix=$'a b\n\\c\xff-'
    try uniqcreate "$EPOCH" "$prefix" <<<text
    expect 0 ""
    [ "$output" = "$prefix$FIRST" ]
    holds "$prefix$FIRST" text
}

@test "prefix: one that looks like an option, after --" {
    try uniqcreate "$EPOCH" -- -x- <<<text
    expect 0 ""
    [ "$output" = "-x-$FIRST" ]
    holds "./-x-$FIRST" text
}

@test "prefix: a symlink to a directory is followed" {
    mkdir spool
    ln -s spool link
    try uniqcreate "$EPOCH" link/x- <<<text
    expect 0 ""
    [ "$output" = "link/x-$FIRST" ]
    holds "spool/x-$FIRST" text
}

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
    [ "$output" = x-123450101T000000Z-1 ]
    try uniqcreate --time=@-30641760000 -f %Y-%m x- <<<text
    expect 0 ""
    [ "$output" = x-999-01-1 ]
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
    # 2 log2 of 1000 is 19.9, of 100 13.3, of 7 5.6.
    [ "$(looks 1000)" -le 22 ]
    [ "$(looks 1000)" -gt 2 ]
    [ "$(looks 100)" -le 16 ]
    [ "$(looks 7)" -le 8 ]
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
    expect 73 "uniqcreate: $prefix: $NOT_MADE: cannot make a name: File name too long (choose a shorter name)"
    [ -z "$output" ]
    only
}

@test "long names: 256 bytes by the suffix or the width are refused, 73" {
    local prefix
    prefix=$(printf '%0237d' 0)
    try uniqcreate "$EPOCH" -s . "$prefix" <<<text
    expect 73 "uniqcreate: $prefix: $NOT_MADE: cannot make a name: File name too long (choose a shorter name)"
    try uniqcreate "$EPOCH" --width=2 "$prefix" <<<text
    expect 73 "uniqcreate: $prefix: $NOT_MADE: cannot make a name: File name too long (choose a shorter name)"
    try uniqcreate "$EPOCH" -s "$(printf '%0300d' 0)" x- <<<text
    expect 73 "uniqcreate: x-: $NOT_MADE: cannot make a name: File name too long (choose a shorter name)"
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
    expect 73 "uniqcreate: .x.atom: $NOT_MADE: its name would be one of those that writers hide behind (choose another prefix or suffix)"
    only
    for prefix in .uniqcreate .x.uniqcreate .x.atomwrite; do
        try uniqcreate "$EPOCH" -s "$prefix" .y- <<<text
        expect 73 "uniqcreate: .y-: $NOT_MADE: its name would be one of those that writers hide behind (choose another prefix or suffix)"
        only
    done
    # Other names with a dot are nobody's business.
    try uniqcreate "$EPOCH" .y- <<<text
    expect 0 ""
    [ "$output" = ".y-$FIRST" ]
}

# --- what is read

@test "empty: --empty claims an empty file and reads nothing" {
    echo unread >"$BATS_TEST_TMPDIR/input"
    exec {input}<"$BATS_TEST_TMPDIR/input"
    try uniqcreate "$EPOCH" --empty x- <&"$input"
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    [ -f "$output" ]
    [ ! -s "$output" ]
    read -r line <&"$input"
    [ "$line" = unread ]
    try sh -c "uniqcreate $EPOCH --empty x- <&-"
    expect 0 ""
    [ "$output" = "x-$BESIDE-2" ]
    only "x-$BESIDE-1" "x-$BESIDE-2"
}

@test "accept: -e and --non-empty refuse an empty input, 65" {
    try uniqcreate -e x- </dev/null
    expect 65 "uniqcreate: x-: $NOT_MADE: the input is empty"
    try uniqcreate --non-empty x- true
    expect 65 "uniqcreate: x-: $NOT_MADE: the input is empty"
    [ -z "$output" ]
    only
    try uniqcreate "$EPOCH" -e x- <<<text
    expect 0 ""
    holds "x-$FIRST" text
}

@test "accept: --min-size refuses less, 65, and takes K" {
    try uniqcreate --min-size=6 x- <<<text
    expect 65 "uniqcreate: x-: $NOT_MADE: the input has 5 bytes, less than the 6 of --min-size"
    try uniqcreate --min-size=1K x- head -c 1023 /dev/zero
    expect 65 "uniqcreate: x-: $NOT_MADE: the input has 1023 bytes, less than the 1024 of --min-size"
    only
    try uniqcreate "$EPOCH" --min-size=1K x- head -c 1024 /dev/zero
    expect 0 ""
    only "x-$FIRST"
}

@test "accept: --end-marker commits what ends with that line, and strips it" {
    try uniqcreate "$EPOCH" --end-marker='done' x- <<<$'text\ndone'
    expect 0 ""
    holds "x-$FIRST" text
    try uniqcreate "$EPOCH" --end-marker='done' x- printf 'text\ndone'
    expect 0 ""
    holds "x-$BESIDE-2" text
    try uniqcreate "$EPOCH" --end-marker='done' x- echo 'done'
    expect 0 ""
    [ ! -s "x-$BESIDE-3" ]
    clean
}

@test "accept: --end-marker refuses what does not end with that line, 65" {
    local text
    for text in 'text\n' '' 'done\nmore\n' 'undone\n' 'done\n\n' 'done '; do
        # shellcheck disable=SC2059  # the text has backslashes
        try uniqcreate --end-marker='done' x- < <(printf "$text")
        expect 65 "uniqcreate: x-: $NOT_MADE: the last line is not the end marker (its producer did not finish)"
        [ -z "$output" ]
        only
    done
}

@test "accept: the end marker does not count for --non-empty" {
    try uniqcreate -e --end-marker='done' x- <<<'done'
    expect 65 "uniqcreate: x-: $NOT_MADE: the input is empty"
    only
}

@test "accept: --check sees the content, at its start, and its path" {
    try uniqcreate "$EPOCH" --check='cat >seen; cat "$ATOMWRITE_STAGED" >staged; find . -name "x-*" >names' x- <<<text
    expect 0
    [ "$output" = "x-$FIRST" ]
    holds seen text
    holds staged text
    # Before anything has a name.
    [ ! -s names ]
    holds "x-$FIRST" text
    clean
}

@test "accept: --check that fails, 65, and what it prints goes to standard error" {
    try uniqcreate --check='echo reason; exit 3' x- <<<text
    expect 65 "reason
uniqcreate: x-: $NOT_MADE: the check failed with status 3: echo reason; exit 3"
    [ -z "$output" ]
    only
}

@test "accept: --check sees what the end marker leaves" {
    try uniqcreate "$EPOCH" --end-marker='done' --check='cat >seen' x- <<<$'text\ndone'
    expect 0 ""
    holds seen text
}

# --- metadata

@test "mode: 0666 less the umask" {
    local mask
    for mask in 000 002 022 027 077; do
        rm -rf -- *
        umask "$mask"
        try uniqcreate "$EPOCH" x- <<<text
        umask 022
        expect 0 ""
        [ "$(mode_of "x-$FIRST")" = "$(printf '%o' $((0666 & ~0$mask)))" ]
    done
}

@test "mode: -m and --mode, octal and symbolic" {
    try uniqcreate "$EPOCH" -m 600 a- <<<text
    expect 0 ""
    [ "$(mode_of "a-$FIRST")" = 600 ]
    try uniqcreate "$EPOCH" --mode=4755 b- <<<text
    expect 0 ""
    [ "$(mode_of "b-$FIRST")" = 4755 ]
    # From what the file would have had: 0644.
    try uniqcreate "$EPOCH" -m g+w,o= c- <<<text
    expect 0 ""
    [ "$(mode_of "c-$FIRST")" = 660 ]
    try uniqcreate "$EPOCH" -m 0 d- <<<text
    expect 0 ""
    [ "$(mode_of "d-$FIRST")" = 0 ]
    clean
}

@test "mode: a default ACL applies, as for any new file" {
    need setfacl getfacl
    mkdir acl
    setfacl -d -m u::rw,u:12345:rw,g::r,m::rw,o::- acl 2>/dev/null || skip "needs ACLs here"
    : >acl/plain
    try uniqcreate "$EPOCH" acl/x- <<<text
    expect 0 ""
    [ "$(getfacl -c "acl/x-$FIRST")" = "$(getfacl -c acl/plain)" ]
    not_on_fuse "the kernel applies the umask as well"
    getfacl -c "acl/x-$FIRST" | grep '^user:12345:rw-$'
}

@test "mode: in a setgid directory the file has its group" {
    need_root
    mkdir shared
    chgrp 12345 shared
    chmod 2775 shared
    try uniqcreate "$EPOCH" shared/x- <<<text
    expect 0 ""
    [ "$(stat -c '%g %a' "shared/x-$FIRST")" = "12345 644" ]
}

@test "owner: --owner=USER:GROUP, numbers and names" {
    need_root
    try uniqcreate "$EPOCH" --owner=12345:54321 a- <<<text
    expect 0 ""
    [ "$(stat -c '%u:%g' "a-$FIRST")" = 12345:54321 ]
    try uniqcreate "$EPOCH" --owner=:54321 b- <<<text
    expect 0 ""
    [ "$(stat -c '%u:%g' "b-$FIRST")" = 0:54321 ]
    try uniqcreate "$EPOCH" --owner=nobody c- <<<text
    expect 0 ""
    [ "$(stat -c %U "c-$FIRST")" = nobody ]
    try uniqcreate "$EPOCH" --owner=nobody: -m 6755 d- <<<text
    expect 0 ""
    [ "$(stat -c '%u:%g %a' "d-$FIRST")" = "$(id -u nobody):$(id -g nobody) 6755" ]
    clean
}

@test "owner: one's own is no change" {
    try uniqcreate "$EPOCH" --owner="$(id -u):$(id -g)" x- <<<text
    expect 0 ""
    [ "$(stat -c '%u:%g' "x-$FIRST")" = "$(id -u):$(id -g)" ]
}

@test "owner: one that may not be given is refused, 77" {
    share
    try as_user uniqcreate --owner=0 x- <<<text
    expect 77 "uniqcreate: x-: $NOT_MADE: cannot set its owner and mode: Operation not permitted (look at the owner, the sticky bit and the attributes of the directory)"
    [ -z "$output" ]
    only
}

# --- what is said

@test "zero: -z and --zero end the path with NUL" {
    uniqcreate "$EPOCH" -z x- <<<text >"$BATS_TEST_TMPDIR/path"
    printf 'x-%s\0' "$FIRST" | cmp - "$BATS_TEST_TMPDIR/path"
    uniqcreate "$EPOCH" --zero x- <<<text >"$BATS_TEST_TMPDIR/path"
    printf 'x-%s-2\0' "$BESIDE" | cmp - "$BATS_TEST_TMPDIR/path"
    uniqcreate "$EPOCH" x- <<<text >"$BATS_TEST_TMPDIR/path"
    printf 'x-%s-3\n' "$BESIDE" | cmp - "$BATS_TEST_TMPDIR/path"
}

@test "quiet: -q and --quiet print nothing" {
    try uniqcreate "$EPOCH" -q x- <<<text
    expect 0 ""
    [ -z "$output" ]
    try uniqcreate "$EPOCH" --quiet -z x- <<<text
    expect 0 ""
    [ -z "$output" ]
    only "x-$BESIDE-1" "x-$BESIDE-2"
}

@test "verbose: -v and --verbose say what was created" {
    try uniqcreate "$EPOCH" -v x- <<<text
    expect 0 "uniqcreate: x-$FIRST: created (5 bytes)"
    [ "$output" = "x-$FIRST" ]
    try uniqcreate "$EPOCH" --verbose --empty x-
    expect 0 "uniqcreate: x-$BESIDE-2: created (0 bytes)"
}

@test "progress: plain lines where there is no terminal, and percent where the size is known" {
    try uniqcreate "$EPOCH" --progress x- head -c 2048 /dev/zero
    expect 0
    [[ $stderr =~ ^uniqcreate:\ x-:\ 2048B,\ [0-9.]+[KMG]?B/s$ ]]
    head -c 2048 /dev/zero >"$BATS_TEST_TMPDIR/input"
    try uniqcreate "$EPOCH" --progress x- <"$BATS_TEST_TMPDIR/input"
    expect 0
    [[ $stderr =~ ^uniqcreate:\ x-:\ 2048B,\ [0-9.]+[KMG]?B/s,\ 100%,\ 0s\ left$ ]]
    [ "$output" = "x-$BESIDE-2" ]
}

@test "progress: redrawn on a terminal" {
    need script
    script -qec "uniqcreate $EPOCH --progress -q x- head -c 2048 /dev/zero" /dev/null \
        </dev/null >screen
    grep -q $'\r2048B, .*B/s\e\[K' screen
    [ -f "x-$FIRST" ]
}

# --- durable

# events: of the trace, what matters for durability, in one line.
events() {
    awk '
        { sub(/^[0-9]+ +/, "") }
        / = -1 E/ { next }
        /^openat\(.*O_DIRECTORY/ && dir == "" { dir = $NF }
        /^openat\(.*(O_TMPFILE|\.uniqcreate-[0-9]+".*O_EXCL)/ { stage = $NF }
        /^fsync\(/ {
            synced = 1
            split($0, part, /[()]/)
            printf "%s ", part[2] == stage ? "content" : part[2] == dir ? "directory" : "?"
        }
        # Before the content is durable, or never.
        /^f?chmod/ && synced { printf "mode " }
        /^(linkat|renameat2?|rename|link)\(/ { printf "name "; synced = 0 }
        /^write\(1,/ { printf "path " }
        /^(syncfs|sync|fdatasync)\(/ { printf "sync "; synced = 1 }
    ' "$TRACE"
}
# fsyncs ARGUMENT...: how many a run makes; the last one is that of the directory.
fsyncs() {
    traced uniqcreate --time=@1 "$@" >/dev/null
    grep -c '^fsync(' "$TRACE"
    rm -f -- *-19700101T000001Z-*
}
on_btrfs() { [ "$(stat -f -c %T .)" = btrfs ]; }

@test "durable: content before the name, the directory after it, and the path last" {
    local again=
    need_trace
    traced uniqcreate "$EPOCH" x- <<<text >path
    holds path "x-$FIRST"
    # On btrfs a file without a name is not made durable by fsync.
    ! on_btrfs || again="content "
    events >&2
    # Where it could not be linked, it was written again under a hidden name: the last
    # of them counts.
    [[ " $(events)" == *" content name ${again}directory path " ]]
    [ "$(events | tr ' ' '\n' | grep -c name)" -eq 1 ]
}

@test "durable: --no-sync waits for no disk" {
    need_trace
    traced uniqcreate "$EPOCH" --no-sync x- <<<text >path
    holds path "x-$FIRST"
    [ "$(events)" = "name path " ]
}

@test "durable: an fsync that fails is not tried again, and nothing is created, 74" {
    need_trace
    try traced -e inject=fsync:error=EIO uniqcreate x- <<<text
    expect 74 "uniqcreate: x-: $NOT_MADE: cannot make the content durable: Input/output error"
    [ -z "$output" ]
    [ "$(grep -c 'fsync(' "$TRACE")" -eq 1 ]
    only
}

@test "durable: a name that cannot be made durable is named, and not printed, 76" {
    need_trace
    last=$(fsyncs x- <<<text)
    try traced -e "inject=fsync:error=EIO:when=$last" uniqcreate "$EPOCH" x- <<<text
    expect 76 "uniqcreate: x-$FIRST: created, but it may not survive a power cut: cannot sync its name: Input/output error"
    [ -z "$output" ]
    holds "x-$FIRST" text
    only "x-$FIRST"
}

# --- what fails

@test "usage: an empty prefix, 64" {
    try uniqcreate "" <<<text
    expect 64 "uniqcreate: PREFIX: it is empty (./ is this directory) $LOOK"
    only
}

@test "usage: a format that makes no name, 64, and nothing is read" {
    local format
    echo unread >"$BATS_TEST_TMPDIR/input"
    exec {input}<"$BATS_TEST_TMPDIR/input"
    for format in '' / %Y/%m %D; do
        try uniqcreate -f "$format" x- <&"$input"
        expect 64 "uniqcreate: --format: it makes an empty name, or one with a / in it $LOOK"
    done
    try uniqcreate -f %0300d x- <&"$input"
    expect 64 "uniqcreate: --format: it makes names that are too long $LOOK"
    read -r line <&"$input"
    [ "$line" = unread ]
    only
}

@test "usage: --empty goes neither with COMMAND nor with what judges content, 64" {
    try uniqcreate --empty x- true
    expect 64 "uniqcreate: --empty: it excludes a COMMAND $LOOK"
    try uniqcreate --empty -e x-
    expect 64 "uniqcreate: --empty: it excludes -e, --min-size, --end-marker and --check $LOOK"
    try uniqcreate --empty --check=true x-
    expect 64 "uniqcreate: --empty: it excludes -e, --min-size, --end-marker and --check $LOOK"
    try uniqcreate --empty --end-marker=x x-
    expect 64 "uniqcreate: --empty: it excludes -e, --min-size, --end-marker and --check $LOOK"
    try uniqcreate --empty -l x-
    expect 64 "uniqcreate: --empty: it excludes -l $LOOK"
    only
}

@test "no directory: 73" {
    try uniqcreate nowhere/x- <<<text
    expect 73 "uniqcreate: nowhere/x-: $NOT_MADE: cannot open its directory: No such file or directory (make the directory first)"
    : >file
    try uniqcreate file/x- <<<text
    expect 73 "uniqcreate: file/x-: $NOT_MADE: cannot open its directory: Not a directory (a part of the path is no directory)"
    ln -s loop loop
    try uniqcreate loop/x- <<<text
    expect 73 "uniqcreate: loop/x-: $NOT_MADE: cannot open its directory: Too many levels of symbolic links (the symlinks lead in a circle)"
    only file loop
}

@test "denied: a directory that may not be written, 77" {
    share
    mkdir closed
    chmod 755 closed
    [ "$(id -u)" -eq 0 ] || chmod 555 closed
    try as_user uniqcreate closed/x- <<<text
    expect 77
    [[ $stderr == "uniqcreate: closed/x-: $NOT_MADE: cannot make a file in its directory: Permission denied ($MODES)" ]]
    [ -z "$output" ]
    [ -z "$(ls -A closed)" ]
}

@test "denied: a directory that may not be searched, 77" {
    share
    mkdir closed
    chmod 000 closed
    try as_user uniqcreate closed/x- <<<text
    chmod 755 closed
    expect 77
    [[ $stderr == "uniqcreate: closed/x-: $NOT_MADE: cannot "*": Permission denied ($MODES)" ]]
    [ -z "$(ls -A closed)" ]
}

@test "a directory that may be written but not read will do" {
    share
    as_user mkdir drop
    as_user chmod 300 drop
    try as_user uniqcreate "$EPOCH" drop/x- <<<text
    as_user chmod 700 drop
    expect 0 ""
    [ "$output" = "drop/x-$FIRST" ]
    holds "drop/x-$FIRST" text
    clean drop
}

@test "no process: COMMAND that cannot be forked, 71" {
    need prlimit
    share
    try as_user env ASAN_OPTIONS=detect_leaks=0 prlimit --nproc=1 uniqcreate x- true
    expect 71 "uniqcreate: x-: $NOT_MADE: cannot run true: Resource temporarily unavailable"
    [ -z "$output" ]
    only
}

@test "kept out: a limit of the file size: by SIGXFSZ, or 74 where that is ignored" {
    # env makes sure of it, for it may have been ignored before.
    try env --default-signal=XFSZ bash -c \
        'ulimit -f 8; uniqcreate x- < <(head -c 100000 /dev/zero) 2>said'
    expect 153
    holds said "uniqcreate: x-: $NOT_MADE: interrupted by signal 25 (File size limit exceeded)"
    only said
    head -c 100000 /dev/zero >"$BATS_TEST_TMPDIR/large"
    try env --ignore-signal=XFSZ bash -c 'ulimit -f 8; uniqcreate x- <"$1"' \
        bash "$BATS_TEST_TMPDIR/large"
    expect 74 "uniqcreate: x-: $NOT_MADE: cannot write the new content: File too large (raise the limit: ulimit -f)"
    [ -z "$output" ]
    only said
}

@test "kept out: a full disk, 74" {
    need_mounts
    mkdir disk
    try "${OWN_MOUNTS[@]}" sh -c 'mount -t tmpfs -o size=64k none disk && cd disk || exit 99
        head -c 100000 /dev/zero | uniqcreate x-
        status=$?
        ls -A
        exit $status'
    expect 74 "uniqcreate: x-: $NOT_MADE: cannot write the new content: No space left on device (free some space or inodes)"
    [ -z "$output" ]
}

@test "kept out: an input that cannot be read, 74" {
    try uniqcreate x- <.
    expect 74 "uniqcreate: x-: $NOT_MADE: cannot read standard input: Is a directory"
    [ -z "$output" ]
    only
}

@test "COMMAND fails: its status, and nothing is created" {
    try uniqcreate x- sh -c 'echo half; exit 3'
    expect 3 "uniqcreate: x-: $NOT_MADE: sh exited with status 3"
    [ -z "$output" ]
    only
    try uniqcreate x- false
    expect 1 "uniqcreate: x-: $NOT_MADE: false exited with status 1"
    only
}

@test "COMMAND fails with a status over 128: it was not killed" {
    try uniqcreate x- sh -c 'exit 200'
    expect 200 "uniqcreate: x-: $NOT_MADE: sh exited with status 200"
    only
}

@test "COMMAND is killed: 128 and the signal" {
    try uniqcreate x- sh -c 'echo half; kill -KILL $$'
    expect 137 "uniqcreate: x-: $NOT_MADE: sh was killed by signal 9 (Killed)"
    [ -z "$output" ]
    only
}

@test "COMMAND is not found, 127, or cannot be run, 126" {
    PATH=$BUILDDIR/src:/usr/bin:/bin # all of which may be searched
    run -127 --separate-stderr uniqcreate x- no-such-command
    expect 127 "uniqcreate: x-: $NOT_MADE: cannot run no-such-command: No such file or directory (look at its spelling and at PATH)"
    echo text >"$BATS_TEST_TMPDIR/plain"
    try uniqcreate x- "$BATS_TEST_TMPDIR/plain"
    expect 126 "uniqcreate: x-: $NOT_MADE: cannot run $BATS_TEST_TMPDIR/plain: Permission denied"
    chmod 755 "$BATS_TEST_TMPDIR/plain"
    try uniqcreate x- "$BATS_TEST_TMPDIR/plain"
    expect 126 "uniqcreate: x-: $NOT_MADE: cannot run $BATS_TEST_TMPDIR/plain: Exec format error (a script needs a first line like #!/bin/sh)"
    [ -z "$output" ]
    only
}

@test "COMMAND leaves a child behind that holds the pipe: not waited for" {
    mkfifo "$BATS_TEST_TMPDIR/hold"
    exec {hold}<>"$BATS_TEST_TMPDIR/hold"
    # The child reads the pipe until the end of this test.
    try uniqcreate "$EPOCH" x- sh -c 'cat "$1" 2>/dev/null & echo text' sh \
        "$BATS_TEST_TMPDIR/hold" {hold}>&-
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    holds "x-$FIRST" text
    clean
}

@test "COMMAND does not inherit our descriptors" {
    try uniqcreate "$EPOCH" x- ls -l /proc/self/fd
    expect 0 ""
    # Neither the directory nor the stage in it, whatever the test runner has open.
    grep -q ' 1 -> pipe:' "x-$FIRST"
    run ! grep -F "$WORK" "x-$FIRST"
}

@test "closed: standard input, 74, but COMMAND needs none" {
    try sh -c 'uniqcreate x- <&-'
    expect 74 "uniqcreate: x-: $NOT_MADE: standard input is closed (give it input, or </dev/null)"
    [ -z "$output" ]
    only
    try sh -c "uniqcreate $EPOCH x- echo text <&-"
    expect 0 ""
    holds "x-$FIRST" text
}

@test "closed: standard output, 74 before anything is claimed, unless -q" {
    echo unread >"$BATS_TEST_TMPDIR/input"
    exec {input}<"$BATS_TEST_TMPDIR/input"
    try sh -c 'uniqcreate x- >&-' <&"$input"
    expect 74 "uniqcreate: x-: $NOT_MADE: standard output is closed (open it, or use -q)"
    read -r line <&"$input"
    [ "$line" = unread ]
    only
    try sh -c "uniqcreate $EPOCH -q x- >&-" <<<text
    expect 0 ""
    holds "x-$FIRST" text
    only "x-$FIRST"
}

@test "closed: standard error is no reason to fail, nor to write into the file" {
    try sh -c "uniqcreate $EPOCH -v x- 2>&-" <<<text
    expect 0 ""
    holds "x-$FIRST" text
    try sh -c "uniqcreate $EPOCH -q -v y- echo text <&- >&- 2>&-"
    expect 0 ""
    holds "y-$FIRST" text
    clean
}

@test "unprinted: a full standard output, 74, and the file is named" {
    try sh -c "uniqcreate $EPOCH x- >/dev/full" <<<text
    expect 74 "uniqcreate: x-$FIRST: created, but its path could not be printed: No space left on device (free some space or inodes)"
    holds "x-$FIRST" text
    only "x-$FIRST"
}

@test "unprinted: a pipe that nobody reads, 74, and the file is named" {
    mkfifo "$BATS_TEST_TMPDIR/out"
    exec {both}<>"$BATS_TEST_TMPDIR/out"
    exec {broken}>"$BATS_TEST_TMPDIR/out"
    exec {both}>&-
    try env --default-signal=PIPE bash -c "uniqcreate $EPOCH x- >&$broken" <<<text
    expect 74 "uniqcreate: x-$FIRST: created, but its path could not be printed: Broken pipe"
    holds "x-$FIRST" text
    only "x-$FIRST"
}

# --- signals

@test "signals: TERM, INT and HUP while it reads leave nothing, and end it" {
    local name number text
    while read -r name number text; do
        a_reader env --default-signal=INT,HUP,TERM -- x-
        kill -"$name" "$READER"
        end_of_reader
        expect $((128 + number)) "uniqcreate: x-: $NOT_MADE: interrupted by signal $number ($text)"
        [ -z "$output" ]
        only
        exec {INPUT}>&-
        rm "$BATS_TEST_TMPDIR/input"
    done <<'LIST'
TERM 15 Terminated
INT 2 Interrupt
HUP 1 Hangup
LIST
}

@test "signals: TERM while COMMAND runs is passed on to it" {
    mkfifo "$BATS_TEST_TMPDIR/"{told,end,block}
    exec {block}<>"$BATS_TEST_TMPDIR/block"
    env --default-signal=TERM uniqcreate x- sh -c '
        trap "echo got TERM >\"\$1/end\"; exit 0" TERM
        read -r _ <"$1/block" & # in the background: wait can be interrupted
        echo half
        echo ready >"$1/told"
        wait' sh "$BATS_TEST_TMPDIR" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- {block}>&- &
    READER=$!
    read -r line <"$BATS_TEST_TMPDIR/told"
    [ "$line" = ready ]
    kill -TERM "$READER"
    read -r line <"$BATS_TEST_TMPDIR/end"
    [ "$line" = "got TERM" ]
    end_of_reader
    expect 143 "uniqcreate: x-: $NOT_MADE: interrupted by signal 15 (Terminated)"
    only
}

@test "signals: one that was ignored stays so" {
    a_reader env --ignore-signal=HUP -- "$EPOCH" x-
    kill -HUP "$READER"
    exec {INPUT}>&-
    end_of_reader
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    [ "$(stat -c %s "x-$FIRST")" -eq 300000 ]
    only "x-$FIRST"
}

@test "signals: one that comes when the file has its name is too late" {
    need_trace
    # At the fsync of the directory.
    try traced -e signal=all -e inject=fsync:signal=TERM:when=2 uniqcreate "$EPOCH" x- <<<text
    grep -q 'SIGTERM' "$TRACE" # it did come
    expect 0 ""
    [ "$output" = "x-$FIRST" ]
    holds "x-$FIRST" text
    only "x-$FIRST"
}

# --- no litter

# named_rung: whether files are staged under a hidden name here.
named_rung() { ! grep -qE 'O_TMPFILE.* = [0-9]' "$TRACE"; }

@test "no litter: killed before it has a name, and one more run" {
    local call
    need_trace
    # Kills it at each of its calls that make or remove a name, one after the other.
    for call in openat linkat renameat2 renameat unlinkat fsync; do
        for number in 1 2 3 4; do
            try traced -e "inject=$call:signal=KILL:when=$number" uniqcreate "$EPOCH" x- <<<text
            # The placeholder of the last resort is empty, and stays so.
            if [ -s "x-$FIRST" ] || { [ -e "x-$FIRST" ] && ! has_placeholder; }; then
                holds "x-$FIRST" text
            fi
            try uniqcreate "$EPOCH" -q x- <<<text
            expect 0 ""
            clean
            rm -f x-*
        done
    done
    only
}

@test "no litter: what dead writers left is taken over, whatever its number" {
    # As after SIGKILL where files are staged under a name: nobody holds a lock.
    : >.x-.uniqcreate-1
    : >.x-.uniqcreate-2
    : >.x-.uniqcreate-3
    try uniqcreate "$EPOCH" x- <<<text
    traced -e trace=openat uniqcreate "$EPOCH" -q x- <<<text 2>/dev/null || skip "needs leave to trace"
    named_rung || skip "no file is staged under a name here"
    expect 0 ""
    holds "x-$FIRST" text
    only "x-$BESIDE-1" "x-$BESIDE-2"
}

@test "no litter: what looks like a stage but is none is left alone" {
    mkdir .x-.uniqcreate-1
    ln -s /etc/passwd .x-.uniqcreate-2
    try uniqcreate "$EPOCH" x- <<<text
    expect 0 ""
    holds "x-$FIRST" text
    [ -d .x-.uniqcreate-1 ]
    [ -L .x-.uniqcreate-2 ]
    only "x-$FIRST" .x-.uniqcreate-1 .x-.uniqcreate-2
}

# --- many at once

@test "lines: each line becomes a file, and the paths are printed in that order" {
    try uniqcreate "$EPOCH" --lines x- <<<$'one\n\nthree'
    expect 0 ""
    [ "$output" = "$(printf "x-$BESIDE-%d\n" 1 2 3)" ]
    holds "x-$BESIDE-1" one
    holds "x-$BESIDE-2" ""
    holds "x-$BESIDE-3" three
    only "x-$BESIDE-"{1,2,3}
}

@test "lines: a last line without its newline is a record, and no input is none" {
    try uniqcreate "$EPOCH" --lines x- < <(printf 'one\ntwo')
    expect 0 ""
    [ "$output" = "$(printf "x-$BESIDE-%d\n" 1 2)" ]
    printf two | cmp - "x-$BESIDE-2"
    try uniqcreate "$EPOCH" --lines x- </dev/null
    expect 0 ""
    [ -z "$output" ]
    only "x-$BESIDE-"{1,2}
}

@test "null: each record that ends with NUL becomes a file, without the NUL" {
    try uniqcreate "$EPOCH" --null x- < <(printf 'one\nmore\n\0\0three')
    expect 0 ""
    [ "$output" = "$(printf "x-$BESIDE-%d\n" 1 2 3)" ]
    printf 'one\nmore\n' | cmp - "x-$BESIDE-1"
    [ ! -s "x-$BESIDE-2" ]
    printf three | cmp - "x-$BESIDE-3"
    only "x-$BESIDE-"{1,2,3}
}

@test "lines: a thousand records, each its own content, beside names that are taken" {
    touch "x-$BESIDE-"{1,2,3,300}
    # What is taken is never replaced, and no number that was found free is skipped.
    uniqcreate "$EPOCH" --no-sync --lines x- < <(seq 1000) >"$BATS_TEST_TMPDIR/paths"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/paths")" -eq 1000 ]
    [ "$(sort -u "$BATS_TEST_TMPDIR/paths" | wc -l)" -eq 1000 ]
    xargs cat <"$BATS_TEST_TMPDIR/paths" | cmp - <(seq 1000)
    [ ! -s "x-$BESIDE-1" ]
    [ ! -s "x-$BESIDE-300" ]
    [ "$(find . -type f | wc -l)" -eq 1004 ]
    clean
}

@test "lines: a record larger than a pipe is one file" {
    head -c 1000000 /dev/zero | tr '\0' a >"$BATS_TEST_TMPDIR/long"
    { cat "$BATS_TEST_TMPDIR/long" && echo && echo end; } >"$BATS_TEST_TMPDIR/lines"
    # shellcheck disable=SC2002  # a pipe it has to be
    cat "$BATS_TEST_TMPDIR/lines" | uniqcreate "$EPOCH" -q --lines x-
    cat "x-$BESIDE-1" "x-$BESIDE-2" | cmp - "$BATS_TEST_TMPDIR/lines"
    holds "x-$BESIDE-2" end
}

@test "lines: mode, suffix, width, -z and -q hold for each" {
    uniqcreate "$EPOCH" --lines -m 640 -s .txt --width=2 -z x- <<<$'one\ntwo' >"$BATS_TEST_TMPDIR/paths"
    printf "x-$BESIDE-%s.txt\0" 01 02 | cmp - "$BATS_TEST_TMPDIR/paths"
    [ "$(stat -c %a ./*)" = $'640\n640' ]
    umask 027
    try uniqcreate "$EPOCH" --lines -q y- <<<$'one\ntwo'
    umask 022
    expect 0 ""
    [ -z "$output" ]
    [ "$(stat -c %a y-*)" = $'640\n640' ]
}

@test "lines: they go neither with COMMAND, nor -l, nor with what judges content, 64" {
    local option
    for option in --lines --null; do
        try uniqcreate "$option" x- true
        expect 64 "uniqcreate: $option: it excludes a COMMAND $LOOK"
        try uniqcreate "$option" -l x-
        expect 64 "uniqcreate: $option: it excludes -l $LOOK"
        try uniqcreate "$option" --end-marker=x x-
        expect 64 "uniqcreate: $option: it excludes -e, --min-size, --end-marker and --check $LOOK"
        try uniqcreate "$option" --progress x-
        expect 64 "uniqcreate: $option: it excludes --progress $LOOK"
        try uniqcreate "$option" --empty x-
        expect 64 "uniqcreate: --empty: it excludes --lines and --null $LOOK"
    done
    only
}

@test "lines: content before the names, the directory after them, and the paths last" {
    need_trace
    traced uniqcreate "$EPOCH" --lines x- <<<$'one\ntwo' >"$BATS_TEST_TMPDIR/paths"
    [ "$(cat "$BATS_TEST_TMPDIR/paths")" = "$(printf "x-$BESIDE-%d\n" 1 2)" ]
    on_btrfs && skip "it is another order on btrfs"
    events | sed 's/mode //g' >"$BATS_TEST_TMPDIR/events"
    cat "$BATS_TEST_TMPDIR/events" >&2
    if named_rung; then
        want="content name directory content name directory path "
    elif has_rung o-tmpfile; then
        want="sync name name directory path "
    else
        # They could not be linked, and were written again under a hidden name.
        want="sync content name content name directory path "
    fi
    [ "$(cat "$BATS_TEST_TMPDIR/events")" = "$want" ]
}

@test "lines: those that cannot be made durable are not printed, 76" {
    need_trace
    on_btrfs && skip "the names of a group are synced by syncfs there"
    last=$(fsyncs --lines x- <<<one)
    try traced -e "inject=fsync:error=EIO:when=$last" uniqcreate "$EPOCH" --lines x- <<<one
    [ -z "$output" ]
    if named_rung; then
        expect 76 "uniqcreate: x-$FIRST: created, but it may not survive a power cut: cannot sync its name: Input/output error"
    else
        expect 76
        [[ $stderr == "uniqcreate: x-: a group of 1 files was created, but may not survive a power cut"* ]]
    fi
    holds "x-$FIRST" one
    only "x-$FIRST"
}

@test "lines: when one fails, the others are there or not as was printed, 74" {
    # The second record is larger than a file may be.
    { echo one && head -c 20000 /dev/zero && echo && echo three; } >"$BATS_TEST_TMPDIR/lines"
    try env --ignore-signal=XFSZ bash -c 'ulimit -f 8; uniqcreate --time=@0 --lines x- <"$1"' \
        bash "$BATS_TEST_TMPDIR/lines"
    expect 74 "uniqcreate: x-: stopped: cannot write a record: File too large (raise the limit: ulimit -f)"
    # Every file that is there was printed, and the other way round.
    [ "$output" = "$(find . -type f -printf '%P\n')" ]
    clean
}

@test "lines: closed standard input and unprintable paths, 74" {
    try sh -c 'uniqcreate --lines x- <&-'
    expect 74 "uniqcreate: x-: $NOT_MADE: standard input is closed (give it input, or </dev/null)"
    only
    try sh -c 'uniqcreate --lines x- >&-' <<<one
    expect 74 "uniqcreate: x-: $NOT_MADE: standard output is closed (open it, or use -q)"
    only
    try sh -c "uniqcreate $EPOCH --lines x- >/dev/full" <<<one
    expect 74 "uniqcreate: x-: stopped: cannot print the paths of its files: No space left on device (free some space or inodes)"
    holds "x-$FIRST" one
}

@test "lines: what came before TERM stays, and was printed" {
    mkfifo "$BATS_TEST_TMPDIR/input" "$BATS_TEST_TMPDIR/paths"
    exec {INPUT}<>"$BATS_TEST_TMPDIR/input"
    env --default-signal=TERM uniqcreate "$EPOCH" --lines x- <"$BATS_TEST_TMPDIR/input" \
        >"$BATS_TEST_TMPDIR/paths" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- {INPUT}>&- &
    READER=$!
    exec {paths}<"$BATS_TEST_TMPDIR/paths"
    echo one >&"$INPUT"
    # A slow input is not held back.
    read -r path <&"$paths"
    [ "$path" = "x-$FIRST" ]
    holds "$path" one
    kill -TERM "$READER"
    end_of_reader
    expect 143 "uniqcreate: x-: stopped: interrupted by signal 15 (Terminated)"
    only "x-$FIRST"
}
