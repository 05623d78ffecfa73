#!/usr/bin/env bats
# lockread: what is there, what is not there yet, and how that is said.
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load common

LOOK="(see lockread --help)"
DEAD="left unfinished by a writer that died (remove it, or wait for its successor)"
READABLE="look at the permissions of the file and its directory"

# dead FILE [TEXT]: FILE as a killed live writer leaves it.
dead() {
    printf '%s\n' "${2:-half}" >"$1"
    chmod 200 "$1"
}

# old FILE TEXT SECONDS: FILE, that much younger than its next older one.
old() {
    echo "$2" >"$1"
    touch -d "@$(($(date +%s) - $3))" "$1"
}

# released FILE [OPTION]...: lockread reads something larger than its buffers, and then
# waits for FILE, whose lock goes when it is there. Fills status, output and stderr.
released() {
    local file=$1 fifo=$BATS_TEST_TMPDIR/read reader read
    shift
    head -c 300000 /dev/zero >"$BATS_TEST_TMPDIR/large"
    mkfifo "$fifo"
    lockread "$@" "$BATS_TEST_TMPDIR/large" "$file" >"$fifo" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- &
    reader=$!
    exec {read}<"$fifo"
    head -c 300000 <&"$read" | cmp - "$BATS_TEST_TMPDIR/large"
    let_go $'late\n'
    output=$(cat <&"$read")
    exec {read}<&-
    status=0
    wait "$reader" || status=$?
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

# --- what is there

@test "printed: one file, whole" {
    echo text >a
    try lockread a
    expect 0 ""
    [ "$output" = text ]
}

@test "printed: several files in their order, byte for byte" {
    printf 'one\0\n' >a
    : >empty
    head -c 100000 /dev/urandom >b
    lockread b a empty b a >"$BATS_TEST_TMPDIR/out"
    cat b a empty b a | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "printed: through a symlink, a read-only file, and one after --" {
    echo text >-a
    ln -s ./-a link
    chmod 444 ./-a
    try lockread link
    expect 0 ""
    [ "$output" = text ]
    try lockread -- -a
    expect 0 ""
    [ "$output" = text ]
}

@test "printed: options end at the first FILE" {
    echo text >a
    try lockread a -q
    expect 66 "lockread: -q: there is no such file"
    [ "$output" = text ]
}

@test "printed: more than fits in memory, with and without a header" {
    truncate -s 70M large
    printf end >>large
    echo text >small
    lockread large | cmp - large
    lockread --headers small large small >"$BATS_TEST_TMPDIR/out"
    {
        printf '==> small <==\ntext\n\n==> large <==\n'
        cat large
        printf '\n==> small <==\ntext\n'
    } | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "printed: what just fits in memory" {
    truncate -s 64M large
    lockread large | cmp - large
    printf x >>large
    lockread large | cmp - large
}

@test "printed: many files in one call, with few descriptors" {
    local number
    for number in $(seq 2000); do echo "$number" >"f$number"; done
    seq -f f%.0f 2000 | bash -c 'ulimit -n 40; xargs -n 3000 lockread' >"$BATS_TEST_TMPDIR/out"
    seq 2000 | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "printed: a shared lock of somebody else does not matter" {
    echo text >a
    held_flock a -s
    try lockread a
    let_go
    expect 0 ""
    [ "$output" = text ]
}

@test "printed: its own lock is a shared one and gone before it writes" {
    echo text >a
    try lockread --check='flock -n -s a true || exit 2; flock -n a true && exit 3; exit 0' a
    expect 0 ""
    [ "$output" = text ]
    flock -n a true
}

@test "printed: a slow reader of the output does not hold the lock" {
    need flock
    head -c 1000000 /dev/zero >large
    mkfifo "$BATS_TEST_TMPDIR/out"
    lockread large >"$BATS_TEST_TMPDIR/out" 3>&- 4>&- &
    READER=$!
    exec {out}<"$BATS_TEST_TMPDIR/out"
    # The first byte is there: the rest does not fit into the pipe.
    head -c 1 <&"$out" >/dev/null
    flock -n large true
    head -c 999999 <&"$out" | cmp - <(head -c 999999 large)
    wait "$READER"
}

# --- not there yet

@test "not yet: a file that is exclusively locked is skipped and said, 75" {
    echo text >a
    echo other >b
    held_flock a
    try lockread a b
    let_go
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (-w waits for it)"
    [ "$output" = other ]
    try lockread a
    expect 0 ""
    [ "$output" = text ]
}

@test "not yet: the holder is found although flock 9 has ended" {
    echo text >a
    mkfifo "$BATS_TEST_TMPDIR/held" "$BATS_TEST_TMPDIR/go"
    exec {go}<>"$BATS_TEST_TMPDIR/go"
    bash -c 'exec 9<a; flock 9; echo >"$1/held"; read -r _ <"$1/go"; true' bash \
        "$BATS_TEST_TMPDIR" 3>&- 4>&- {go}>&- &
    HOLDER=$!
    read -r _ <"$BATS_TEST_TMPDIR/held"
    try lockread a
    expect 75 "lockread: a: locked by PID $HOLDER (bash) (-w waits for it)"
    try lockread --json a
    expect 0 ""
    [[ $output == *'"state":"locked","holders":[{"pid":'$HOLDER',"command":"bash"}],'* ]]
    exec {go}>&-
    wait "$HOLDER"
}

@test "not yet: whoever may not look at the holder is told that there is one" {
    need_root
    share
    echo text >a
    mkfifo "$BATS_TEST_TMPDIR/held" "$BATS_TEST_TMPDIR/go"
    exec {go}<>"$BATS_TEST_TMPDIR/go"
    bash -c 'exec 9<a; flock 9; echo >"$1/held"; read -r _ <"$1/go"; true' bash \
        "$BATS_TEST_TMPDIR" 3>&- 4>&- {go}>&- &
    HOLDER=$!
    read -r _ <"$BATS_TEST_TMPDIR/held"
    try as_user lockread a
    expect 75 "lockread: a: locked by another process (-w waits for it)"
    exec {go}>&-
    wait "$HOLDER"
}

@test "not yet: what a dead live writer left is refused, 65" {
    dead a
    try lockread a
    expect 65 "lockread: a: $DEAD"
    [ -z "$output" ]
}

@test "not yet: -s and --skip pass over both silently, and it is no failure" {
    echo text >a
    dead b
    echo other >c
    held_flock a
    try lockread -s a b c
    expect 0 ""
    [ "$output" = other ]
    try lockread --skip a b
    let_go
    expect 0 ""
    [ -z "$output" ]
    # Anything else is still one.
    try lockread -s nowhere b
    expect 66 "lockread: nowhere: there is no such file"
    try lockread -s -e b a
    expect 0 ""
}

# --- waiting

@test "wait: -w inf waits for the lock, and reads what came last" {
    echo early >a
    held_flock a
    released a -w inf
    expect 0 ""
    [ "$output" = $'early\nlate' ]
}

@test "wait: --wait=SECONDS, with a fraction, waits as well" {
    echo early >a
    held_flock a
    released a --wait=600.5
    expect 0 ""
    [ "$output" = $'early\nlate' ]
}

@test "wait: it ends, 75, and 0 does not wait" {
    echo text >a
    held_flock a
    try lockread -w 0.01 a
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (-w waits for it)"
    try lockread -w 0 a
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (-w waits for it)"
    let_go
    [ -z "$output" ]
}

@test "wait: a file that is replaced meanwhile is read anew" {
    echo early >a
    held_flock a
    echo new >b
    mv b a
    # The lock is on what was a.
    try lockread a
    let_go
    expect 0 ""
    [ "$output" = new ]
}

@test "wait: a file that is removed meanwhile is no longer there, 66" {
    echo early >a
    held_flock a
    rm a
    try lockread -w inf a
    let_go
    expect 66 "lockread: a: there is no such file"
}

# --- the lock of another file

@test "lock-file: --lock-file respects the lock of another file" {
    echo text >a
    : >lock
    held_flock lock
    try lockread --lock-file=lock a
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (-w waits for it)"
    [ -z "$output" ]
    # Without it nobody asks.
    try lockread a
    expect 0 ""
    let_go
    try lockread --lock-file=lock a
    expect 0 ""
    [ "$output" = text ]
}

@test "lock-file: a shared lock does not matter, and FILE's own lock still does" {
    echo text >a
    : >lock
    held_flock lock -s
    try lockread --lock-file=lock a
    expect 0 ""
    [ "$output" = text ]
    let_go
    rm "$BATS_TEST_TMPDIR/locked" "$BATS_TEST_TMPDIR/let-go"
    held_flock a
    try lockread --lock-file=lock a
    let_go
    expect 75 "lockread: a: locked by PID $FLOCKER (flock) (-w waits for it)"
}

@test "lock-file: -w waits for it, and -s passes over" {
    echo text >a
    : >lock
    held_flock lock
    try lockread -s --lock-file=lock a
    expect 0 ""
    [ -z "$output" ]
    mkfifo "$BATS_TEST_TMPDIR/read"
    lockread -w inf --lock-file=lock a >"$BATS_TEST_TMPDIR/read" 3>&- 4>&- &
    READER=$!
    let_go
    [ "$(cat "$BATS_TEST_TMPDIR/read")" = text ]
    wait "$READER"
}

@test "lock-file: one that is missing is not made, and nobody is told to make a directory" {
    echo text >a
    try lockread --lock-file=lock a
    [ "$status" -eq 0 ] || expect 66
    [[ $stderr != *"make the directory"* ]]
    [ ! -e lock ]
    try lockread --lock-file= a
    expect 64 "lockread: --lock-file: the path is empty $LOOK"
}

@test "lock-file: -l shows that lock as each FILE's" {
    echo text >a
    : >lock
    held_flock lock
    try lockread --json --lock-file=lock a
    let_go
    expect 0 ""
    [[ $output == '{"name":"a","state":"locked","holders":[{"pid":'$FLOCKER',"command":"flock"}],'* ]]
}

# --- no such input

@test "missing: 66" {
    try lockread nowhere
    expect 66 "lockread: nowhere: there is no such file"
    ln -s nowhere dangling
    try lockread dangling
    expect 66 "lockread: dangling: there is no such file"
    try lockread ""
    expect 66 "lockread: : there is no such file"
    [ -z "$output" ]
}

@test "missing: a directory, a FIFO, a device: 66, and no FIFO is waited for" {
    local file
    mkdir dir
    mkfifo fifo
    for file in dir dir/ fifo /dev/null; do
        try lockread "$file"
        expect 66 "lockread: $file: it is no regular file"
        [ -z "$output" ]
    done
    : >plain
    for file in plain/a loop; do
        [ -L loop ] || ln -s loop loop
        try lockread "$file"
        expect 66
        [[ $stderr == "lockread: $file: cannot open and lock: "*")" ]]
    done
}

@test "missing: -q and --quiet say nothing, and the status stays" {
    dead b
    try lockread -q nowhere
    expect 66 ""
    try lockread --quiet b
    expect 65 ""
    echo text >a
    held_flock a
    try lockread -q a
    let_go
    expect 75 ""
    try lockread -q --max-age=0 b nowhere
    expect 66 ""
    try lockread -q a
    expect 0 ""
    [ "$output" = text ]
}

@test "denied: a file that may not be read, 77" {
    share
    echo text >a
    chmod 000 a
    [ "$(id -u)" -ne 0 ] || chown 65534 a
    try as_user lockread a
    expect 77 "lockread: a: cannot read: Permission denied ($READABLE)"
    chmod 222 a
    try as_user lockread a
    expect 77 "lockread: a: cannot read: Permission denied ($READABLE)"
    [ -z "$output" ]
}

@test "denied: a directory that may not be searched, 77" {
    share
    mkdir closed
    echo text >closed/a
    chmod 000 closed
    try as_user lockread closed/a
    chmod 755 closed
    expect 77
    [[ $stderr == "lockread: closed/a: cannot "*": Permission denied ($READABLE)" ]]
    [ -z "$output" ]
}

@test "unreadable: an error while reading, 74" {
    # A regular file, for stat(2), of which the first page cannot be read.
    try lockread /proc/self/mem
    expect 74 "lockread: /proc/self/mem: cannot read: Input/output error"
    [ -z "$output" ]
    echo text >a
    try lockread --headers a /proc/self/mem a
    expect 74
    [ "$output" = $'==> a <==\ntext\n\n==> a <==\ntext' ]
}

@test "names in messages: control characters are escaped, one line" {
    try lockread $'a\nb\tc\e[1m\\d'
    expect 66 'lockread: a\nb\tc\^[[1m\\d: there is no such file'
    try lockread $'\xff'
    expect 66 "lockread: "$'\xff'": there is no such file"
}

# --- the worst of several

# worse A B: the status of A and B together is A's, in both orders.
worse() {
    local one=$1 other=$2 want=$3
    shift 3
    try "$@" "$one" "$other"
    expect "$want"
    try "$@" "$other" "$one"
    expect "$want"
}

@test "the worst status decides: 74, 77, 66, 65, 69, 75" {
    share
    old aged text 7200
    : >empty
    echo locked >locked
    echo closed >closed
    dead dead
    chmod 000 closed
    chmod 644 dead # root need not be the owner; see below
    chmod 200 dead
    [ "$(id -u)" -ne 0 ] || chown 65534 closed dead
    held_flock locked
    worse aged locked 69 as_user lockread --max-age=1h
    worse empty aged 65 as_user lockread --max-age=1h -e
    worse dead locked 65 as_user lockread
    worse nowhere dead 66 as_user lockread
    worse nowhere locked 66 as_user lockread
    worse closed nowhere 77 as_user lockread
    worse closed locked 77 as_user lockread
    worse /proc/self/mem closed 74 as_user lockread
    worse /proc/self/mem nowhere 74 as_user lockread
    worse /proc/self/mem locked 74 as_user lockread
    try as_user lockread --max-age=1h locked aged empty dead nowhere closed /proc/self/mem
    let_go
    expect 74
    # One line for each that is not printed.
    [ "$(wc -l <<<"$stderr")" -eq 6 ]
}

# --- what is accepted

@test "max-age: what is older is refused, 69" {
    old a text 3700
    try lockread --max-age=1h a
    expect 69
    [[ $stderr =~ ^lockread:\ a:\ it\ is\ 370[0-9]\ seconds\ old,\ too\ old$ ]]
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
    [[ ${stderr%$'\n'*} == "lockread: b: locked by PID $FLOCKER (flock) (-w waits for it)" ]]
    [[ ${stderr#*$'\n'} =~ ^lockread:\ a:\ it\ is\ 72[0-9]{2}\ seconds\ old,\ too\ old$ ]]
    [ -z "$output" ]
    try lockread --newest nowhere neither
    expect 66 "lockread: nowhere: there is no such file
lockread: neither: there is no such file"
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

# --- headers, messages, progress

@test "headers: as tail writes them" {
    echo one >a
    : >b
    printf three >c
    lockread --headers a b c >"$BATS_TEST_TMPDIR/out"
    tail -v -n +1 a b c | cmp - "$BATS_TEST_TMPDIR/out"
    try lockread --headers a
    expect 0 ""
    [ "$output" = $'==> a <==\none' ]
}

@test "headers: none for what is not printed" {
    echo one >a
    dead b
    echo three >c
    try lockread --headers b nowhere a b c
    expect 66
    [ "$output" = $'==> a <==\none\n\n==> c <==\nthree' ]
}

@test "verbose: -v says what was read, also of a large file" {
    echo text >a
    try lockread -v a
    expect 0 "lockread: a: read (5 bytes)"
    [ "$output" = text ]
    truncate -s 70M large
    try sh -c 'lockread --verbose large >/dev/null'
    expect 0 "lockread: large: read ($((70 * 1024 * 1024)) bytes)"
    try lockread -q -v a
    expect 64 "lockread: --quiet: it excludes -v $LOOK"
}

@test "progress: bytes, rate and percent of what takes long" {
    truncate -s 70M large
    try sh -c 'lockread --progress large >/dev/null'
    expect 0
    [[ ${stderr##*$'\n'} =~ ^lockread:\ large:\ 71680KB,\ [0-9.]+[KMGT]?B/s,\ 100%,\ 0s\ left$ ]]
}

# --- lists

@test "list: one aligned line for each file, for people" {
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

@test "list: it goes with -z, -q and --lock-file only, 64" {
    local option
    : >a
    for option in --newest --max-age=1 -s --headers -e --min-size=1 --check=true -w1 --progress -v; do
        try lockread -l "$option" a
        expect 64 "lockread: --list: it goes with -z, -q and --lock-file only $LOOK"
        try lockread --json "$option" a
        expect 64 "lockread: --list: it goes with -z, -q and --lock-file only $LOOK"
        [ -z "$output" ]
    done
    try lockread -z a
    expect 64 "lockread: --zero: it needs -l or --json $LOOK"
}

# --- where it goes

@test "closed: standard output, 74" {
    echo text >a
    try sh -c 'lockread a >&-'
    expect 74 "lockread: standard output: it is closed (open it)"
    try sh -c 'lockread -l a >&-'
    expect 74 "lockread: standard output: it is closed (open it)"
    try sh -c 'lockread -q a >&-'
    expect 74 ""
    # Nothing was written where it should not.
    holds a text
}

@test "closed: standard input and standard error are no reason to fail" {
    echo text >a
    try sh -c 'lockread --check="cat >/dev/null" a <&- 2>&-'
    expect 0 ""
    [ "$output" = text ]
    try sh -c 'lockread nowhere a <&- 2>&-'
    expect 66 ""
    [ "$output" = text ]
}

@test "full: standard output that takes nothing, 74" {
    local options
    echo text >a
    for options in '' --headers; do
        try sh -c "lockread $options a >/dev/full"
        expect 74 "lockread: standard output: cannot write: No space left on device (free some space or inodes)"
    done
    try sh -c 'lockread -l a >/dev/full'
    expect 74 "lockread: standard output: cannot write the list: No space left on device (free some space or inodes)"
    truncate -s 70M large
    try sh -c 'lockread large a >/dev/full'
    expect 74 "lockread: standard output: cannot write: No space left on device (free some space or inodes)"
    try sh -c 'lockread -q a >/dev/full'
    expect 74 ""
}

@test "SIGPIPE: it ends like cat when nobody reads on" {
    head -c 1000000 /dev/zero >large
    try env --default-signal=PIPE bash -c 'lockread large | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"'
    expect 141 ""
    try env --ignore-signal=PIPE bash -c 'lockread large | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"'
    expect 74 "lockread: standard output: cannot write: Broken pipe"
}
