#!/usr/bin/env bats
# lockread: what is accepted, and the newest.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# --- what is accepted

@test "max-age: what is older is refused, 69" {
    old a text 3700
    try lockread --max-age=1h a
    expect 69
    [[ $stderr =~ ^lockread:\ a:\ it\ is\ 370[0-9]\ seconds\ old,\ more\ than\ --max-age\ allows$ ]]
    [ -z "$output" ]
    try lockread --max-age=2h a
    expect 0 ""
    [ "$output" = text ]
}

@test "max-age: seconds, minutes, hours, days and fractions" {
    local young aged
    # Half a minute on either side is room enough for a slow machine.
    for pair in 60:30:120 60s:30:120 2m:60:180 1.5h:5000:6000 1d:80000:90000 .5h:1700:1900; do
        IFS=: read -r limit young aged <<<"$pair"
        old young text "$young"
        old aged text "$aged"
        try lockread --max-age="$limit" young
        expect 0 ""
        try lockread --max-age="$limit" aged
        expect 69
    done
}

@test "max-age: the oldest time that there can be is too old" {
    need_mounts
    # tmpfs keeps it.
    try "${OWN_MOUNTS[@]}" sh -c 'mount -t tmpfs none . && cd "$PWD" &&
        echo text >a && touch -d @-9223372036854775808 a &&
        lockread --max-age=1d a'
    expect 69 "lockread: a: it is 9223372036854775807 seconds old, more than --max-age allows"
}

@test "non-empty: a file that has content and no size is read" {
    try lockread -e /proc/version
    expect 0 ""
    [ "$output" = "$(cat /proc/version)" ]
    try lockread --min-size=1M /proc/version
    expect 65 "lockread: /proc/version: it has $(wc -c </proc/version) bytes, less than the 1048576 of --min-size"
    : >a
    try lockread -e a
    expect 65 "lockread: a: it is empty"
}

@test "max-age: a time in the future counts as age 0" {
    echo text >a
    touch -d '+1 day' a
    try lockread --max-age=0 a
    expect 0 ""
    [ "$output" = text ]
}

@test "accept: -e and --min-size, 65" {
    : >empty
    echo text >a
    try lockread -e empty
    expect 65 "lockread: empty: it is empty"
    try lockread --non-empty a
    expect 0 ""
    try lockread --min-size=6 a
    expect 65 "lockread: a: it has 5 bytes, less than the 6 of --min-size"
    try lockread --min-size=5 a
    expect 0 ""
    [ "$output" = text ]
    try lockread --min-size=1K a
    expect 65 "lockread: a: it has 5 bytes, less than the 1024 of --min-size"
}

@test "accept: --check reads the file, 65 where it fails" {
    echo text >a
    echo other >b
    try lockread --check='grep text' a b
    expect 65 "text
lockread: b: the check failed with status 1: grep text"
    [ "$output" = text ]
    try lockread --check='kill -KILL $$' a
    expect 65 "lockread: a: the check failed with status 137: kill -KILL \$\$"
    # Each from its start, and all of it is printed after it was read.
    try lockread --check='cat >/dev/null' a b a
    expect 0 ""
    [ "$output" = $'text\nother\ntext' ]
}

@test "accept: a check of several lines is said in one" {
    echo text >a
    try lockread --check=$'true\nfalse' a
    expect 65 'lockread: a: the check failed with status 1: true\nfalse'
}

@test "accept: a check that cannot be run, 71" {
    need prlimit
    share
    echo text >a
    try as_user env ASAN_OPTIONS=detect_leaks=0 prlimit --nproc=1 lockread --check=true a
    expect 71 "lockread: a: cannot run the check: Resource temporarily unavailable"
    [ -z "$output" ]
}

# --- the newest

@test "newest: the one with the newest time is printed, whatever its place" {
    old a oldest 300
    old b newest 100
    old c middle 200
    try lockread --newest a b c
    expect 0 ""
    [ "$output" = newest ]
    try lockread --newest c a
    expect 0 ""
    [ "$output" = middle ]
}

@test "newest: of equal times the first on the command line" {
    echo a >a
    echo b >b
    touch -d @1000000000.5 a b
    try lockread --newest a b
    expect 0 ""
    [ "$output" = a ]
    try lockread --newest b a
    expect 0 ""
    [ "$output" = b ]
    touch -d @1000000000.6 a
    try lockread --newest b a
    [ "$output" = a ]
}

@test "newest: locked, unfinished, missing and refused ones are passed over, 0" {
    old a older 300
    old b locked 100
    dead c unfinished
    : >d
    held_flock b
    try lockread --newest -e a b c d nowhere
    let_go
    expect 0 ""
    [ "$output" = older ]
}

@test "newest: with -v what is passed over is said" {
    old a older 300
    dead b
    try lockread --newest -v a b
    expect 0 "lockread: b: $DEAD
lockread: a: read (6 bytes)"
    [ "$output" = older ]
}

@test "newest: where none can be had, why, and the worst status" {
    old a older 7200
    old b locked 100
    held_flock b
    try lockread --newest --max-age=1h a b
    let_go
    expect 69
    [[ ${stderr%$'\n'*} == "lockread: b: locked by PID $FLOCKER (flock) (use -w to wait)" ]]
    [[ ${stderr#*$'\n'} =~ ^lockread:\ a:\ it\ is\ 72[0-9]{2}\ seconds\ old,\ more\ than\ --max-age\ allows$ ]]
    [ -z "$output" ]
    try lockread --newest nowhere neither
    expect 66 "lockread: nowhere: no such file
lockread: neither: no such file"
}

@test "newest: of several reasons the worst is the status, whichever came last" {
    echo text >a
    touch -d @1 a
    : >b
    held_flock a
    try lockread --newest -q -e a b
    [ "$status" -eq 65 ]
    # Those of a list count as well, and -s passes over a lock.
    printf 'a\0\0' >list
    try lockread --newest -q --files0-from=list
    [ "$status" -eq 66 ]
    try lockread --newest -s a
    let_go
    expect 0 ""
    # What was said of the list is enough.
    try lockread --newest --files0-from=nowhere
    expect 66 "lockread: nowhere: no such file"
}

@test "newest: where it cannot be written no older one is tried, 74" {
    echo text >a
    touch -d @1 a
    truncate -s 70M b
    try sh -c 'lockread --newest a b >/dev/full'
    expect 74 "lockread: standard output: cannot write: No space left on device (free some space or inodes)"
}

@test "newest: stale ones are passed over, and with --headers the name is said" {
    old a text 100
    old b text 50
    try lockread --newest --headers --max-age=1h b a
    expect 0 ""
    [ "$output" = $'==> b <==\ntext' ]
    try lockread --newest --max-age=70 a b
    expect 0 ""
}

@test "newest: kept versions always have an answer" {
    atomwrite status <<<one
    atomwrite -k1 status <<<two
    held_flock status
    try lockread --newest status status.1
    let_go
    expect 0 ""
    [ "$output" = one ]
    try lockread --newest status status.1
    expect 0 ""
    [ "$output" = two ]
}
