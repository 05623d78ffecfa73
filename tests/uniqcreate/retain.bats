#!/usr/bin/env bats
# uniqcreate --retain: what is removed, and what never is.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2153,SC2154

load common

@test "retain: the oldest go, so that N are left with the new one" {
    for second in 10 20 30 40; do at "$second"; done
    try at 50 --retain=3
    expect 0 ""
    only "$(name 30)" "$(name 40)" "$(name 50)"
    holds "$(name 50)" 50
    try at 60 --retain=1 -v
    expect 0
    only "$(name 60)"
    [[ $stderr == *"uniqcreate: $(name 30): removed"* ]]
}

@test "retain: fewer than N stay as they are" {
    at 10
    try at 20 --retain=2147483647
    expect 0 ""
    only "$(name 10)" "$(name 20)"
}

@test "retain: a directory in the prefix, and a suffix" {
    mkdir dumps
    for second in 1 2 3; do
        try uniqcreate --retain=2 --time="@$second" -f %s -s .gz dumps/a- <<<text
        expect 0 ""
        [ "$output" = "dumps/a-$second-1.gz" ]
    done
    cd dumps
    only a-2-1.gz a-3-1.gz
}

@test "retain: in one second the counter tells the order, and none comes back" {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
        try at 10 --retain=3
        expect 0 ""
    done
    only x-19700101T000010Z-10 x-19700101T000010Z-11 x-19700101T000010Z-12
}

@test "retain: the order is that of the time and not of its text" {
    for time in 9 10 100; do
        uniqcreate -q --time="@$time" -f %s x- <<<text
    done
    try uniqcreate -q --time=@1000 -f %s --retain=2 x- <<<text
    expect 0 ""
    only x-100-1 x-1000-1
    rm x-*
    for day in 1999-12-31 2000-01-01 2000-02-01; do
        uniqcreate -q --time="@$(date -u -d "$day" +%s)" -f %d.%m.%Y --retain=2 x- <<<text
    done
    only x-01.01.2000-1 x-01.02.2000-1
}

@test "retain: 30 nights of a failing dump keep all N" {
    for second in 1 2 3; do at "$second" --retain=3; done
    for night in {10..39}; do
        try uniqcreate --time="@$night" --retain=3 x- sh -c 'echo half; exit 3'
        expect 3
    done
    only "$(name 1)" "$(name 2)" "$(name 3)"
    try uniqcreate --time=@40 --retain=3 -e x- </dev/null
    expect 65
    try uniqcreate --time=@41 --retain=3 --check=false x- <<<text
    expect 65
    only "$(name 1)" "$(name 2)" "$(name 3)"
}

@test "retain: of many, in whatever order they are listed, the newest stay" {
    local i names=()
    # 107 and 300 have no common divisor: each comes once.
    for ((i = 0; i < 300; i++)); do
        names+=("x-$((1000 + i * 107 % 300))-1")
    done
    touch "${names[@]}"
    try uniqcreate -q --time=@1300 -f %s --retain=100 x- <<<text
    expect 0 ""
    # shellcheck disable=SC2046 # words
    only $(printf 'x-%s-1 ' {1201..1300})
}

@test "retain: claims that died are neither counted nor removed" {
    can_claim
    for second in 1 2; do at "$second"; done
    for second in 3 4 5; do
        : >"$(name "$second")"
        chmod 200 "$(name "$second")"
    done
    try at 6 --retain=2 -l
    expect 0 ""
    only "$(name 2)" "$(name 3)" "$(name 4)" "$(name 5)" "$(name 6)"
    try at 7 --retain=1
    expect 0 ""
    only "$(name 3)" "$(name 4)" "$(name 5)" "$(name 7)"
}

@test "retain: what has become unfinished when its lock is had stays" {
    can_claim
    at 1
    instead 'int flock(int fd, int operation)
    {
        asked();
        return fchmod(fd, 0200) == -1 ? -1 : REAL(flock)(fd, operation);
    }' uniqcreate --time=@2 --retain=1 x- <<<text
    expect 0 ""
    only "$(name 1)" "$(name 2)"
}

@test "retain: after the last counter that there can be comes the smallest free one" {
    touch x-19700101T000010Z-{1,3,18446744073709551615}
    try uniqcreate --time=@10 --retain=9 x- <<<text
    expect 0 ""
    [ "$output" = x-19700101T000010Z-2 ]
}

@test "retain: a claim that is being written stays, however old" {
    can_claim
    claimed x-
    try at 10 --retain=1
    expect 0 ""
    only "$CLAIM" "$(name 10)"
    echo text >&"$INPUT"
    finished
    expect 0 ""
    holds "$CLAIM" text
}

@test "retain: with -l once it is finished, and not when it is claimed" {
    can_claim
    at 1
    mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/path"
    uniqcreate -l --retain=1 --time=@2 x- <"$BATS_TEST_TMPDIR/in" \
        >"$BATS_TEST_TMPDIR/path" 3>&- 4>&- &
    exec {input}>"$BATS_TEST_TMPDIR/in"
    read -r path <"$BATS_TEST_TMPDIR/path"
    only "$(name 1)" "$(name 2)"
    echo text >&"$input"
    exec {input}>&-
    wait $!
    only "$path"
}

@test "retain: what is locked is left to a later run, exclusively or shared" {
    need flock
    at 1
    for kind in -x -s; do
        exec {lock}<"$(name 1)"
        flock "$kind" "$lock"
        # Another process holds it: not one that starts us.
        coproc HOLDER { cat; }
        exec {lock}<&-
        try at 2 --retain=1 -v
        expect 0
        [[ $stderr == *"uniqcreate: $(name 1): in use, so left to a later run"* ]]
        [ -e "$(name 1)" ]
        eval "exec ${HOLDER[1]}>&-"
        wait "$HOLDER_PID" || :
    done
    try at 3 --retain=1
    expect 0 ""
    only "$(name 3)"
}

@test "retain: what lockread is reading stays" {
    # More than it reads before it lets go of the lock: it holds it while it writes.
    truncate -s 70M "$(name 1)"
    mkfifo "$BATS_TEST_TMPDIR/out"
    lockread "$(name 1)" >"$BATS_TEST_TMPDIR/out" 3>&- 4>&- &
    exec {out}<"$BATS_TEST_TMPDIR/out"
    head -c 1 <&"$out" >"$BATS_TEST_TMPDIR/first"
    try at 2 --retain=1
    expect 0 ""
    [ -e "$(name 1)" ]
    cat <&"$out" | wc -c >"$BATS_TEST_TMPDIR/rest"
    wait $!
    at 3 --retain=1
    only "$(name 3)"
}

@test "retain: under the lock of an old file that we inherit it stays" {
    need flock
    at 1
    try flock "$(name 1)" uniqcreate -q --time=@2 --retain=1 x- <<<text
    expect 0 ""
    only "$(name 1)" "$(name 2)"
}

@test "retain: names of another form are not touched" {
    local names=("x-19700101T000001Z-007" "x-19700101T000001Z-0" "x-19700101T000001Z"
        "x-19700101T000001Z-" "x-19700101T000001Z-1.gz" "x-19700101T000001Z-1"$'\n'
        "x-19700101T000001Z-18446744073709551616" "x-19700101T000061Z-1"
        "x-19700230T000001Z-1" "x-1970-01-01-1" "xx-19700101T000001Z-1"
        "-19700101T000001Z-1" "x-1" ".x-19700101T000001Z-1" "x-19700101t000001z-1"
        "x-a"$'\n'"x-19700101T000001Z-1" "X-19700101T000001Z-2" "--help")
    local each kept=()
    for each in "${names[@]}"; do
        touch -- "./$each" || continue
        kept+=("$each")
    done
    at 2
    try at 3 --retain=1
    expect 0 ""
    for each in "${kept[@]}"; do
        [ -e "./$each" ]
    done
    [ ! -e "$(name 2)" ]
    [ -e "$(name 3)" ]
}

@test "retain: directories, symlinks and FIFOs of such names are neither counted nor touched" {
    echo text >other
    mkdir "$(name 1)" "$(name 21)"
    ln -s other "$(name 2)"
    ln -s nowhere "$(name 22)"
    mkfifo "$(name 3)" "$(name 23)"
    for second in 4 5; do at "$second"; done
    try at 6 --retain=2
    expect 0 ""
    only other "$(name 1)" "$(name 2)" "$(name 3)" "$(name 21)" "$(name 22)" "$(name 23)" \
        "$(name 5)" "$(name 6)"
    holds other text
}

@test "retain: where the clock was set back the new file is kept besides the N newest" {
    for second in 11 12 13; do at "$second"; done
    try at 5 --retain=2
    expect 0 ""
    only "$(name 5)" "$(name 11)" "$(name 12)" "$(name 13)"
    try at 14 --retain=2
    expect 0 ""
    only "$(name 13)" "$(name 14)"
}

@test "retain: with --lines once, in the end, and nothing that the run has made" {
    at 1
    at 2
    try uniqcreate --lines --time=@3 --retain=2 x- <<<$'one\ntwo\nthree'
    expect 0 ""
    only x-19700101T000003Z-1 x-19700101T000003Z-2 x-19700101T000003Z-3
    try uniqcreate --null --time=@4 --retain=2 x- < <(printf 'four\0')
    expect 0 ""
    only x-19700101T000003Z-3 "$(name 4)"
    try uniqcreate --lines --time=@5 --retain=1 x- </dev/null
    expect 0 ""
    only x-19700101T000003Z-3 "$(name 4)"
}

@test "retain: with --empty" {
    at 1
    try uniqcreate --empty --time=@2 --retain=1 x-
    expect 0 ""
    only "$(name 2)"
}

@test "retain: many at the same time leave N, and the newest" {
    local pids=() pid
    for ((i = 0; i < 12; i++)); do
        for ((j = 0; j < 4; j++)); do
            at 9 --retain=3 3>&- 4>&- &
            pids+=($!)
        done
        for pid in "${pids[@]}"; do wait "$pid"; done
        pids=()
    done
    # What one of the last was about to remove another had locked at that moment.
    try uniqcreate --time=@9 --retain=3 x- <<<text
    expect 0 ""
    [ "$(find . -name 'x-*' | wc -l)" -eq 3 ]
    [ "$(printf '%s\n' x-* | sort -V | tail -n 1)" = "$output" ]
    clean
}

@test "retain: what may not be removed is said, and the new file is there and printed: 76" {
    need_root
    share
    chmod 1777 .
    at 1
    try as_user uniqcreate --time=@2 --retain=1 x- <<<text
    expect 76 "uniqcreate: $(name 1): too old, but cannot be removed: Operation not permitted\
 (check the owner, the sticky bit and the attributes of the directory)"
    [ "$output" = "$(name 2)" ]
    only "$(name 1)" "$(name 2)"
}

@test "retain: a file that can be neither read nor written is not removed: 76" {
    need_root
    share
    at 1 -m 0
    try as_user uniqcreate --time=@2 --retain=1 x- <<<text
    expect 76 "uniqcreate: $(name 1): too old, but cannot be removed: Permission denied\
 ($MODES)"
    [ "$output" = "$(name 2)" ]
    only "$(name 1)" "$(name 2)"
}

@test "retain: a directory that cannot be listed is refused before anything is made" {
    need_root
    share
    mkdir -m 733 dir
    try as_user uniqcreate --retain=1 dir/x- <<<text
    expect 77 "uniqcreate: dir/x-: $NOT_MADE: cannot read its directory: Permission denied\
 ($MODES)"
    cd dir
    only
}

@test "retain: if the path cannot be printed nothing is removed" {
    at 1
    uniqcreate --time=@2 --retain=1 x- <<<text >/dev/full 2>/dev/null || status=$?
    [ "$status" -eq 74 ]
    only "$(name 1)" "$(name 2)"
}

@test "retain: the removal is durable: the directory is synced before and after" {
    need strace
    need_plain_build
    at 1
    at 2
    traced uniqcreate -q --time=@3 --retain=1 x- <<<text
    # The new name, its sync; two removals, one sync.
    steps=$(sed -E 's/^[0-9]+ +//' "$TRACE" | grep -v ' = -1 ' |
        grep -oE '^(linkat|renameat2|unlinkat\([0-9A-Z_]+, "x-|fsync)' |
        sed 's/(.*//' | tr '\n' ' ')
    [[ $steps =~ fsync\ unlinkat\ unlinkat\ fsync\ $ ]]
    traced uniqcreate -q --time=@4 --retain=1 --no-sync x- <<<text
    [ "$(grep -c 'sync(' "$TRACE")" -eq 0 ]
    only "$(name 4)"
}

@test "retain: a format without a certain order is refused with 64" {
    local format
    local start="uniqcreate: --retain: such names have no certain order:"
    for format in %y%m%d %Y%b%d '%F %I' %c %a %F%Z; do
        try uniqcreate --retain=2 -f "$format" x- <<<text
        expect 64 "$start it takes no conversions but %Y %m %d %j %G %V %u %H %M %S %N %s %z\
 %F %T %R $LOOK"
    done
    for format in %d %m%d %F%S %H%M fixed; do
        try uniqcreate --retain=2 -f "$format" x- <<<text
        expect 64 "$start a part of the time is missing between the year and the smallest $LOOK"
    done
    try uniqcreate --retain=2 -f %F%z x- <<<text
    expect 64 "$start %z needs %M $LOOK"
    for format in '%F %T' %Y%m%dT%H%M%S; do
        try uniqcreate --retain=2 --local -f "$format" x- <<<text
        expect 64 "$start local time can go back (add %z) $LOOK"
    done
    try uniqcreate --retain=2 --time=@327403382400 x- <<<text
    expect 64 "$start years have four digits $LOOK"
    only
}

@test "retain: local time with its zone is in order when the clocks go back" {
    export TZ=CET-1CEST,M3.5.0,M10.5.0/3
    # 2:30 of summer time, then 2:10 and 2:40 of winter time.
    for time in 1698539400 1698541800 1698543600; do
        uniqcreate -q --local -f %FT%H%M%z --time="@$time" --retain=2 x- <<<"$time"
    done
    only x-2023-10-29T0210+0100-1 x-2023-10-29T0240+0100-1
}

@test "retain: N is a number from 1 on" {
    for value in 0 -1 2147483648; do
        try uniqcreate --retain="$value" x- <<<text
        expect 64 "uniqcreate: --retain: '$value' is not a number from 1 to 2147483647 $LOOK"
    done
    try uniqcreate --retain=all x- <<<text
    expect 64 "uniqcreate: --retain: 'all' is not a number from 1 to 2147483647 $LOOK"
    only
}
