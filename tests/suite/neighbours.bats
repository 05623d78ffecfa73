#!/usr/bin/env bats
# Another local user, who can read FILE or write the directory, and tries to hang,
# redirect, truncate, replace or read what is not his: what SECURITY CONSIDERATIONS of
# wholefile(7) says of each attempt. The victim is root, the neighbour is "as_user".
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load ../common

EPOCH=--time=@0
FIRST=19700101T000000Z-1
SECOND=19700101T000000Z-2
LEFT="left as it was"

setup() {
    common_setup
    need_root
    share
    # Root's own: open to look at; sticky: all may write, /tmp; common: all may do all.
    mkdir own sticky common
    chmod 1777 sticky
    chmod 777 common
}

# he HOW FILE: the neighbour does this to FILE until "he_stops". HOW is a Perl expression
# with the open file F. Where he may not even open it, that fails.
he() {
    need perl
    local pipe=$BATS_TEST_TMPDIR/he
    rm -f "$pipe.ready" "$pipe.stop"
    mkfifo "$pipe.ready" "$pipe.stop"
    exec {HE}<>"$pipe.stop"
    as_user perl -MFcntl=:DEFAULT,:flock -e '
        $SIG{IO} = "IGNORE";
        open(F, "+<", $ARGV[0]) || open(F, "<", $ARGV[0]) || exit 3;
        ('"$1"') || exit 4;
        syswrite(STDOUT, "$$\n");
        sysread(STDIN, $_, 1)' "$2" <"$pipe.stop" >"$pipe.ready" 3>&- 4>&- &
    HE_RUNS=$!
    read -r NEIGHBOUR <"$pipe.ready"
}
he_stops() {
    echo >&"$HE"
    exec {HE}>&-
    wait "$HE_RUNS"
}
# A record lock on all of the file; struct flock of 64 bit Linux.
RECORD_READ='fcntl(F, F_SETLK, $_ = pack("s s x4 q q i x4", F_RDLCK, 0, 0, 0, 0))'
RECORD_WRITE='fcntl(F, F_SETLK, $_ = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0))'
# F_SETLEASE is 1024; Perl does not know it.
LEASE='fcntl(F, 1024, F_WRLCK)'

# replaced FILE: whatever he does, we write it at once.
replaced() {
    try atomwrite -w 0 "$1" <<<new
    expect 0 ""
    holds "$1" new
    clean "${1%/*}"
}

# --- he can read FILE

@test "reader: his exclusive flock makes us wait: 75, and -w bounds it" {
    echo old >own/f
    he 'flock(F, LOCK_EX)' own/f
    try lockread own/f
    expect 75 "lockread: own/f: locked by PID $NEIGHBOUR (perl) (use -w to wait)"
    try atomwrite -w 0 own/f <<<new
    expect 75 "atomwrite: own/f: $LEFT: it is locked by PID $NEIGHBOUR (perl) (wait longer with -w)"
    he_stops
    holds own/f old
    clean own
}

@test "reader: his shared flock makes nobody wait" {
    echo old >own/f
    he 'flock(F, LOCK_SH)' own/f
    try lockread own/f
    expect 0 ""
    replaced own/f
    he_stops
}

@test "reader: his record lock on FILE is asked for by nobody" {
    echo old >own/f
    he "$RECORD_READ" own/f
    try lockread own/f
    expect 0 ""
    replaced own/f
    he_stops
}

@test "reader: his shared lock on --lock-file makes a writer wait, 75" {
    echo old >own/f
    : >own/lock
    he 'flock(F, LOCK_SH)' own/lock
    try atomwrite -w 0 --lock-file=own/lock own/f <<<new
    [ "$status" -eq 75 ]
    he_stops
    holds own/f old
    try atomwrite -w 0 --lock-file=own/lock own/f <<<new
    expect 0 ""
}

@test "reader: on the readable turn of a killed writer his record lock makes us wait, 75" {
    # The writer was killed between giving it its mode and the rename.
    echo old >own/f
    echo half >own/.f.atomwrite
    he "$RECORD_READ" own/.f.atomwrite
    try atomwrite -w 0 own/f <<<new
    expect 75 "atomwrite: own/f: $LEFT: being replaced by PID $NEIGHBOUR (perl) (wait longer with -w)"
    he_stops
    replaced own/f
}

@test "reader: nothing can be read of what is not published yet" {
    echo old >own/f
    held_turn own/f
    # What can be seen of it at all is no more than a private file.
    for hidden in own/.f.atomwrite*; do
        [ "$(stat -c %a "$hidden")" = 600 ]
        run as_user cat "$hidden"
        [ "$status" -ne 0 ]
    done
    # Nor through the writer's descriptors.
    run as_user ls -l "/proc/$HOLDER/fd/"
    [ "$status" -ne 0 ]
    release new
    holds own/f new
}

@test "reader: a live claim can be neither read nor locked by him" {
    has_rung o-tmpfile || skip "no live claims without O_TMPFILE and linkat"
    mkfifo held go
    uniqcreate --live "$EPOCH" -q own/x- sh -c 'echo half; echo >held; cat go' 3>&- 4>&- &
    local writer=$!
    read -r _ <held
    [ "$(stat -c %a "own/x-$FIRST")" = 200 ]
    run as_user cat "own/x-$FIRST"
    [ "$status" -ne 0 ]
    run as_user flock -n "own/x-$FIRST" true
    [ "$status" -ne 0 ]
    # "Not there yet" is all that he is told.
    try as_user lockread "own/x-$FIRST"
    [ "$status" -eq 75 ]
    echo whole >go
    wait "$writer"
    [ "$(as_user lockread "own/x-$FIRST")" = $'half\nwhole' ]
}

# --- he owns FILE

@test "owner: his lease makes us wait, 75, until the system takes it back" {
    as_user sh -c 'echo old >common/f'
    he "$LEASE" common/f || skip "no leases on this file system"
    try lockread common/f
    expect 75 "lockread: common/f: locked by another process (use -w to wait)"
    try atomwrite -w 0 common/f <<<new
    [ "$status" -eq 75 ]
    he_stops
    try lockread common/f
    expect 0 ""
    [ "$output" = old ]
}

@test "owner: a FILE that he made is replaced and stays his, mode and all" {
    as_user sh -c 'umask 0; echo old >sticky/f; chmod 640 sticky/f'
    try atomwrite sticky/f <<<secret
    expect 0 ""
    [ "$(stat -c %u:%a sticky/f)" = "$(as_user id -u):640" ]
    [ "$(as_user cat sticky/f)" = secret ]
}

@test "owner: -n does not take his FILE for ours, 73" {
    as_user sh -c 'echo old >common/f'
    try atomwrite -n common/f <<<secret
    [ "$status" -eq 73 ]
    holds common/f old
}

@test "owner: --owner and -m take his FILE from him" {
    as_user sh -c 'echo old >common/f; chmod 666 common/f'
    if command -v setfacl >/dev/null; then
        as_user setfacl -m u:65533:rw common/f 2>/dev/null || :
    fi
    try atomwrite --owner=0 -m 600 common/f <<<secret
    expect 0 ""
    [ "$(stat -c %u:%a common/f)" = 0:600 ]
    run as_user cat common/f
    [ "$status" -ne 0 ]
    run setpriv --reuid=65533 --regid=65533 --clear-groups cat common/f
    [ "$status" -ne 0 ]
}

@test "owner: a FILE that he keeps open gets nothing of the new content" {
    as_user sh -c 'echo old >common/f'
    he 1 common/f
    try atomwrite common/f <<<secret
    expect 0 ""
    [ "$(cat "/proc/$NEIGHBOUR/fd/3")" = old ]
    he_stops
}

# --- he can write the directory

@test "directory: a symbolic link under the turn's name leads nobody away, 73" {
    echo precious >victim
    for dir in sticky common; do
        as_user ln -s "$PWD/victim" "$dir/.f.atomwrite"
        try atomwrite "$dir/f" <<<new
        [ "$status" -eq 73 ]
        [ ! -e "$dir/f" ]
    done
    holds victim precious
}

@test "directory: links, FIFOs and directories under a stage's name are passed over" {
    echo precious >victim
    as_user ln -s "$PWD/victim" sticky/.f.atomwrite-1
    as_user mkfifo sticky/.f.atomwrite-2
    as_user mkdir sticky/.f.atomwrite-3
    as_user ln -s "$PWD/victim" sticky/.x-.uniqcreate-1
    try atomwrite sticky/f <<<new
    expect 0 ""
    try uniqcreate "$EPOCH" sticky/x- <<<new
    expect 0 ""
    holds sticky/f new
    holds "sticky/x-$FIRST" new
    holds victim precious
}

@test "directory: he cannot have a hidden name of his filled by us" {
    # A file of his, open, waiting for secrets.
    as_user sh -c ': >common/.f.atomwrite-1; : >common/.f.atomwrite; chmod 666 common/.f.*'
    he 1 common/.f.atomwrite-1
    try atomwrite common/f <<<secret
    expect 0 ""
    [ ! -s "/proc/$NEIGHBOUR/fd/3" ]
    he_stops
    [ "$(stat -c %u common/f)" = 0 ]
}

@test "directory: while he holds a turn that he made, writers wait as for any other, 75" {
    as_user sh -c ': >sticky/.f.atomwrite'
    he "$RECORD_WRITE" sticky/.f.atomwrite
    try atomwrite -w 0 sticky/f <<<new
    expect 75 "atomwrite: sticky/f: $LEFT: being replaced by PID $NEIGHBOUR (perl) (wait longer with -w)"
    he_stops
    # Nobody holds it now: root removes it.
    replaced sticky/f
}

@test "directory: a lease on a turn that he made is waited for like a lock, 75" {
    as_user sh -c ': >sticky/.f.atomwrite'
    he "$LEASE" sticky/.f.atomwrite || skip "no leases on this file system"
    try atomwrite -w 0 sticky/f <<<new
    expect 75 "atomwrite: sticky/f: $LEFT: being replaced by another process (wait longer with -w)"
    he_stops
    replaced sticky/f
}

@test "directory: a symbolic link of his in the place of FILE, in a sticky one, 77" {
    echo precious >victim
    as_user ln -s "$PWD/victim" sticky/f
    try atomwrite sticky/f <<<new
    [ "$status" -eq 77 ]
    holds victim precious
    try atomwrite -P sticky/f <<<new
    expect 0 ""
    holds victim precious
    holds sticky/f new
}

@test "directory: a FIFO in the place of FILE hangs nobody" {
    as_user mkfifo common/f
    # The writer says that not a regular file, the reader that it cannot be read.
    try atomwrite -w 0 common/f <<<new
    [ "$status" -eq 73 ]
    try lockread common/f
    [ "$status" -ne 0 ]
    [ -p common/f ]
}

@test "directory: a hard link of his to FILE gets none of the new content" {
    as_user sh -c 'echo old >common/f; ln common/f common/mine'
    chown 0 common/f
    try atomwrite common/f <<<secret
    expect 0 ""
    holds common/mine old
    holds common/f secret
}

@test "directory: a hard link to another file of ours in the place of FILE is replaced alone" {
    echo precious >common/victim
    ln common/victim common/f # where fs.protected_hardlinks does not forbid it to him
    try atomwrite common/f <<<new
    expect 0 ""
    holds common/victim precious
    holds common/f new
}

@test "directory: symbolic links and directories under the names of kept versions" {
    echo precious >victim
    echo old >common/f
    as_user ln -s "$PWD/victim" common/f.1
    try atomwrite -k1 common/f <<<new
    expect 73 "atomwrite: common/f: $LEFT: its .1 is not a regular file (move it away)"
    holds victim precious
    rm -f common/f.1
    as_user mkdir common/f.1
    try atomwrite -k1 common/f <<<new
    [ "$status" -eq 73 ]
    holds common/f old
    as_user ln -s "$PWD/victim" common/.f.atomwrite-kept
    rmdir common/f.1
    try atomwrite -k1 common/f <<<new
    expect 0 ""
    holds common/f new
    holds common/f.1 old
    holds victim precious
}

@test "directory: names that he foresees are passed over, whatever they are" {
    echo precious >victim
    as_user ln -s "$PWD/victim" "common/x-$FIRST"
    try uniqcreate "$EPOCH" common/x- <<<new
    expect 0 ""
    [ "$output" = "common/x-$SECOND" ]
    holds victim precious
    as_user mkfifo "common/y-$FIRST"
    try uniqcreate "$EPOCH" common/y- <<<new
    expect 0 ""
    [ "$output" = "common/y-$SECOND" ]
    if has_rung o-tmpfile; then
        try uniqcreate --live "$EPOCH" common/x- <<<new
        expect 0 ""
        [ "$(stat -c %u "$output")" = 0 ]
    fi
    holds victim precious
}

@test "directory: renamed in the middle of a run, it leads nobody elsewhere" {
    as_user mkdir common/d
    as_user sh -c 'chmod 777 common/d; echo old >common/d/f'
    mkdir trap
    echo precious >trap/f
    held_turn common/d/f
    as_user mv common/d common/away
    as_user ln -s "$PWD/trap" common/d
    release new
    holds trap/f precious
    holds common/away/f new
}
