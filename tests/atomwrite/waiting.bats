#!/usr/bin/env bats
# atomwrite: waiting for the turn and for locks, and the lock of flock(1).
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- waiting

@test "waiting: COMMAND that writes FILE itself would wait for ever, exit 75 at once" {
    old
    # The limit is for the day on which it does wait for ever.
    try atomwrite -u f sh -c 'echo inner | timeout 60 atomwrite f || exit'
    [ "$status" -eq 75 ]
    [ "${#stderr_lines[@]}" -eq 2 ]
    [[ ${stderr_lines[0]} =~ ^'atomwrite: f: left as it was: deadlock: PID '[0-9]+' (atomwrite) holds this lock and is waiting for us (do not wait for each other)'$ ]]
    [ "${stderr_lines[1]}" = "atomwrite: f: left as it was: sh exited with status 75" ]
    left_alone
}

@test "waiting: a check that writes FILE itself would wait for ever, exit 65" {
    old
    try atomwrite -a --check='timeout 60 atomwrite f true 2>/dev/null; [ $? = 75 ] && exit 9' f <<<more
    expect 65 "atomwrite: f: left as it was: the check failed with status 9: timeout 60 atomwrite f true 2>/dev/null; [ \$? = 75 ] && exit 9"
    left_alone
}

@test "waiting: a writer whose ancestor has another turn waits for nobody" {
    old
    try atomwrite -u f sh -c 'echo inner | atomwrite g; echo outer'
    expect 0 ""
    holds f outer
    holds g inner
    clean
}

@test "waiting: for a writer in place that is stopped, -w 0.05, exit 75" {
    old
    held_flock f
    kill -STOP "$FLOCKER"
    try atomwrite -w 0.05 f <<<new
    kill -CONT "$FLOCKER"
    expect 75 "atomwrite: f: left as it was: it is locked by PID $FLOCKER (flock) (wait longer with -w)"
    let_go
    left_alone
}

@test "waiting: the turn comes to each of many, one after the other" {
    local i
    : >f
    held_turn f
    for i in {1..10}; do
        atomwrite --no-sync -a f <<<"$i" 3>&- &
    done
    release 0
    wait
    [ "$(sort -n f | tr '\n' ' ')" = "0 1 2 3 4 5 6 7 8 9 10 " ]
    [ "$(head -n 1 f)" = 0 ]
    clean
}

# ---- --lock-file

@test "--lock-file: flock(1) keeps atomwrite out, -w 0, exit 75" {
    old
    held_flock lock
    try atomwrite -w 0 --lock-file=lock f <<<new
    expect 75 "atomwrite: f: left as it was: its lock file is locked by PID $FLOCKER (flock) (wait longer with -w)"
    left_alone
    let_go
    try atomwrite -w 0 --lock-file=lock f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "--lock-file: flock(1), shared, keeps atomwrite out, -w 0.05, exit 75" {
    old
    held_flock lock -s
    try atomwrite -w 0.05 --lock-file=lock f <<<new
    expect 75 "atomwrite: f: left as it was: its lock file is locked by PID $FLOCKER (flock) (wait longer with -w)"
    let_go
    left_alone
}

@test "--lock-file: atomwrite keeps flock(1) out while COMMAND of -u runs" {
    need flock
    old
    : >lock
    held_turn f --lock-file=lock
    run flock -n -E 99 lock true
    [ "$status" -eq 99 ]
    run flock -n -s -E 99 lock true
    [ "$status" -eq 99 ]
    release new
    flock -n lock true
    holds f new
    clean
}

@test "--lock-file: a script that reads, changes and writes under flock(1) loses no update" {
    old
    held_flock lock
    atomwrite --lock-file=lock -u f sed 's/^/seen: /' 3>&- &
    # The script has the lock, so it may replace FILE as it likes.
    echo script >f
    let_go
    wait $!
    holds f 'seen: script'
    clean
}

@test "--lock-file: is taken before the turn" {
    old
    held_flock lock
    mkfifo said
    atomwrite -v --lock-file=lock -u f sh -c 'cat; echo more' 2>said 3>&- &
    local waiter=$!
    exec 8<said
    read -r line <&8
    [ "$line" = "atomwrite: f: waiting for PID $FLOCKER (flock)" ]
    # Who does not know the lock file gets its turn meanwhile.
    try atomwrite -w 0 f <<<meanwhile
    expect 0 ""
    let_go
    wait "$waiter"
    exec 8<&-
    holds f $'meanwhile\nmore'
    clean
}

@test "--lock-file: standard input is read to its end before it is taken" {
    need flock
    mkfifo input
    : >lock
    atomwrite --lock-file=lock f <input 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    flock -n lock true
    exec 9>&-
    wait $!
    [ "$(stat -c %s f)" -eq 200000 ]
    clean
}

@test "--lock-file: is created where it is missing, like any file, and stays" {
    try sh -c 'umask 027; atomwrite --lock-file=lock f' <<<new
    expect 0 ""
    [ "$(stat -c '%a %s' lock)" = "640 0" ]
    local before
    before=$(stat -c %i lock)
    try atomwrite --lock-file=lock f <<<newer
    expect 0 ""
    [ "$(stat -c %i lock)" = "$before" ]
    clean
}

@test "--lock-file: may be a directory, as for flock(1)" {
    mkdir d
    try atomwrite -w 0 --lock-file=d f <<<new
    expect 0 ""
    holds f new
    held_turn f --lock-file=d
    run flock -n -E 99 d true
    [ "$status" -eq 99 ]
    release newer
    holds f newer
    clean
}

@test "--lock-file: its content and mtime are left alone" {
    echo precious >lock
    touch -d @1000000000 lock
    try atomwrite --lock-file=lock f <<<new
    expect 0 ""
    holds lock precious
    [ "$(stat -c %Y lock)" = 1000000000 ]
}

@test "--lock-file: FILE itself is refused, exit 64" {
    old
    ln -s f link
    mkdir d
    local lock
    for lock in f ./f "$PWD/f" link d/../f; do
        try atomwrite --lock-file="$lock" f <<<new
        expect 64 "atomwrite: $lock: the lock file must not be FILE itself (see atomwrite --help)"
    done
    try atomwrite --lock-file=f link <<<new
    expect 64 "atomwrite: f: the lock file must not be FILE itself (see atomwrite --help)"
    left_alone
}

@test "--lock-file: FILE itself is refused before there is one, exit 64" {
    try atomwrite --lock-file=./f f <<<new
    expect 64 "atomwrite: ./f: the lock file must not be FILE itself (see atomwrite --help)"
    [ -z "$(ls -A)" ]
}

@test "--lock-file: in no directory, exit 73" {
    old
    try atomwrite --lock-file=nowhere/lock f <<<new
    expect 73 "atomwrite: nowhere/lock: cannot lock it: No such file or directory (create the directory first)"
    left_alone
}

@test "--lock-file: one that may not be opened, exit 77" {
    share
    as_user sh -c 'echo old >f; : >lock; chmod 0 lock'
    try as_user atomwrite --lock-file=lock f <<<new
    expect 77 "atomwrite: lock: cannot lock it: Permission denied (check the permissions of the file and its directory)"
    left_alone
}

@test "--lock-file: one that may only be read is enough" {
    share
    as_user sh -c 'echo old >f'
    : >lock
    chmod 444 lock
    try as_user atomwrite --lock-file=lock f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "--lock-file: another one's in a sticky directory is opened as it is" {
    need_root
    mkdir sticky
    chmod 1777 sticky
    : >sticky/lock
    chmod 666 sticky/lock
    chown 64001 sticky/lock
    try atomwrite --lock-file=sticky/lock f <<<new
    expect 0 ""
    holds f new
}

@test "--lock-file: removed by another program meanwhile, it is made anew, and locked" {
    old
    held_flock lock
    mkfifo said
    atomwrite -v --lock-file=lock -u f sh -c 'flock -n -E 99 lock true; echo $?' 2>said 3>&- &
    local waiter=$!
    exec 8<said
    read -r _ <&8
    rm lock
    let_go
    wait "$waiter"
    exec 8<&-
    holds f 99
    clean
}
