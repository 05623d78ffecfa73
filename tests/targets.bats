#!/usr/bin/env bats
# atomwrite: FILEs that are not just a file with a plain name, names that are in the way,
# and directories that do not let one in.
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr.
# shellcheck disable=SC2016,SC2153,SC2154

load common

PERMISSIONS="look at the permissions of the file and its directory"
ATTRIBUTES="look at the owner, the sticky bit and the attributes of the directory"

SOMEBODY=64001
as_somebody() {
    setpriv --reuid=$SOMEBODY --regid=$SOMEBODY --clear-groups "$@"
}

# refused_kind WHAT FILE: FILE is refused for what it is.
refused_kind() {
    try atomwrite "$2" <<<new
    expect 73 "atomwrite: $2: left as it was: $1 (choose a regular file)"
}

# round NAME: a file of this name is made, replaced, appended to and kept.
round() {
    try atomwrite --no-sync -- "$1" <<<new
    expect 0 ""
    holds "./$1" new
    try atomwrite --no-sync -k 1 -a -- "$1" <<<more
    expect 0 ""
    holds "./$1" $'new\nmore'
    holds "./$1.1" new
    clean
}

# ---- symlinks

@test "symlink: what it points to is replaced, and it stays a symlink" {
    mkdir d
    echo old >d/f
    chmod 640 d/f
    ln -s d/f link
    try atomwrite link <<<new
    expect 0 ""
    [ "$(readlink link)" = d/f ]
    holds d/f new
    [ "$(stat -c %a d/f)" = 640 ]
    clean
    clean d
}

@test "symlink: an absolute one" {
    mkdir d
    echo old >d/f
    ln -s "$PWD/d/f" link
    try atomwrite link <<<new
    expect 0 ""
    [ "$(readlink link)" = "$PWD/d/f" ]
    holds d/f new
    clean d
}

@test "symlink: a chain through directories that are symlinks" {
    mkdir -p a/b
    echo old >a/b/f
    ln -s a dir
    ln -s ../dir/b/f a/second
    ln -s dir/second first
    try atomwrite first <<<new
    expect 0 ""
    [ -L first ]
    [ -L a/second ]
    holds a/b/f new
    clean
    clean a
    clean a/b
}

@test "symlink: to a directory on the way to FILE" {
    mkdir d
    ln -s d dir
    try atomwrite dir/f <<<new
    expect 0 ""
    [ -L dir ]
    holds d/f new
    clean d
}

@test "symlink: -a, -u, -c and -k work on what it points to" {
    mkdir d
    echo old >d/f
    ln -s d/f link
    try atomwrite -a link <<<more
    expect 0 ""
    try atomwrite -k 1 -u link sed 's/^/x/'
    expect 0 ""
    holds d/f $'xold\nxmore'
    holds d/f.1 $'old\nmore'
    [ ! -e link.1 ]
    local before
    before=$(stat -c %i d/f)
    try atomwrite -c link <d/f
    expect 0 ""
    [ "$(stat -c %i d/f)" = "$before" ]
    [ -L link ]
    clean
    clean d
}

@test "symlink: the name, and what it points to, have one turn" {
    mkdir d
    echo old >d/f
    ln -s d/f link
    held_turn d/f
    try atomwrite -w 0 link <<<new
    expect 75 "atomwrite: link: left as it was: it is the turn of PID $HOLDER (atomwrite) (wait longer with -w)"
    release first
    holds d/f first
    clean d
}

@test "symlink: one that leads to nothing is refused, exit 73" {
    ln -s nowhere link
    try atomwrite link <<<new
    expect 73 "atomwrite: link: left as it was: it is a symlink that leads to nothing (-P replaces the symlink itself)"
    [ "$(readlink link)" = nowhere ]
    [ ! -e nowhere ]
    clean
}

@test "symlink: one that leads in a circle is refused, exit 73" {
    ln -s two one
    ln -s one two
    try atomwrite one <<<new
    expect 73 "atomwrite: one: left as it was: cannot open its directory: Too many levels of symbolic links (the symlinks lead in a circle)"
    [ "$(readlink one)" = two ]
    [ "$(readlink two)" = one ]
    clean
}

@test "symlink: one that leads to a directory is refused, exit 73" {
    mkdir d
    ln -s d link
    refused_kind "it is a directory" link
    [ "$(readlink link)" = d ]
    [ -z "$(ls -A d)" ]
    clean
}

@test "-P: replaces a symlink itself" {
    echo old >f
    ln -s f link
    try atomwrite -P link <<<new
    expect 0 ""
    [ ! -L link ]
    holds link new
    [ "$(stat -c %a link)" = 644 ]
    holds f old
    clean
}

@test "-P: replaces a symlink that leads to nothing, and one in a circle" {
    ln -s nowhere dangling
    ln -s circle circle
    local link
    for link in dangling circle; do
        try atomwrite --no-dereference "$link" <<<new
        expect 0 ""
        [ ! -L "$link" ]
        holds "$link" new
    done
    [ ! -e nowhere ]
    clean
}

@test "-P: replaces a symlink to a directory, and not what is in it" {
    mkdir d
    ln -s d link
    try atomwrite -P link <<<new
    expect 0 ""
    holds link new
    [ -z "$(ls -A d)" ]
}

@test "-P: a regular file is replaced as without it" {
    echo old >f
    chmod 604 f
    try atomwrite -P -k 1 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    [ "$(stat -c %a f)" = 604 ]
}

@test "-P: a symlink has no content for -a, -u, -c and -k, exit 73" {
    echo old >f
    ln -s f link
    local options
    for options in -a '-k 1' -c; do
        # shellcheck disable=SC2086 # "-k 1" is two words
        try atomwrite -P $options link <<<new
        expect 73 "atomwrite: link: left as it was: it is a symlink (-P excludes -a, -u, -c and -k then)"
    done
    try atomwrite -P -u link cat
    expect 73 "atomwrite: link: left as it was: it is a symlink (-P excludes -a, -u, -c and -k then)"
    [ "$(readlink link)" = f ]
    holds f old
    clean
}

@test "never over: -n -P leaves a symlink that leads to nothing, exit 73" {
    ln -s nowhere link
    try atomwrite -n -P link <<<new
    expect 73 "atomwrite: link: left as it was: it exists already (leave out -n to replace it)"
    [ "$(readlink link)" = nowhere ]
    clean
}

@test "symlink: another one's in a sticky directory is not followed, exit 77" {
    need_root
    mkdir sticky
    chmod 1777 sticky
    echo precious >f
    ln -s ../f sticky/link
    chown -h $SOMEBODY sticky/link
    try atomwrite sticky/link <<<new
    expect 77 "atomwrite: sticky/link: left as it was: it is another user's symlink in a sticky directory (name the file that it leads to)"
    holds f precious
    [ -L sticky/link ]
    clean
    clean sticky
}

@test "symlink: another one's in a sticky directory is not followed at the second step, exit 77" {
    need_root
    mkdir sticky
    chmod 1777 sticky
    echo precious >f
    ln -s ../f sticky/link
    chown -h $SOMEBODY sticky/link
    ln -s sticky/link mine
    try atomwrite mine <<<new
    expect 77 "atomwrite: mine: left as it was: it is another user's symlink in a sticky directory (name the file that it leads to)"
    holds f precious
    clean
}

@test "symlink: one's own in a sticky directory is followed" {
    mkdir sticky
    chmod 1777 sticky
    echo old >f
    ln -s ../f sticky/link
    try atomwrite sticky/link <<<new
    expect 0 ""
    holds f new
    [ -L sticky/link ]
    clean
    clean sticky
}

@test "symlink: that of the directory's owner in a sticky directory is followed" {
    need_root
    share
    mkdir sticky
    chmod 1777 sticky
    chown $SOMEBODY sticky
    echo old >f
    chown 65534 f
    ln -s ../f sticky/link
    chown -h $SOMEBODY sticky/link
    try as_user atomwrite sticky/link <<<new
    expect 0 ""
    holds f new
}

@test "kept: FILE becomes a symlink while the input is read, nothing is followed" {
    echo old >f
    echo precious >elsewhere
    mkfifo input
    atomwrite f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    rm f
    ln -s elsewhere f
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it is a symlink (choose a regular file)" ]
    [ "$(readlink f)" = elsewhere ]
    holds elsewhere precious
    clean
}

@test "kept: FILE becomes a FIFO while the input is read, exit 73" {
    echo old >f
    mkfifo input
    atomwrite f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    rm f
    mkfifo f
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it is a FIFO (choose a regular file)" ]
    [ -p f ]
    clean
}

@test "kept: FILE becomes a directory while the input is read, exit 73" {
    echo old >f
    mkfifo input
    atomwrite f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    rm f
    mkdir f
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it is a directory (choose a regular file)" ]
    [ -d f ]
    clean
}

@test "kept: FILE and its directory are removed while the input is read, exit 73" {
    not_on_fuse "what is open stays in the directory"
    mkdir d
    mkfifo input
    atomwrite d/f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    rm -rf d
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(wc -l <stderr)" -eq 1 ]
    [[ "$(cat stderr)" == "atomwrite: d/f: left as it was: cannot "* ]]
    [ ! -e d ]
}

# ---- names

@test "names: with spaces" { round ' a  b '; }
@test "names: with a newline" { round $'a\nb'; }
@test "names: with a leading dash" { round -k; }
@test "names: with what a shell would expand" { round '*?[a]$HOME`$(x)"'\'; }
@test "names: that are not UTF-8" { round $'caf\xe9\xff'; }
@test "names: of one byte, also a dash" {
    round x
    round -
}
@test "names: that begin with a dot" { round .profile; }
@test "names: with the words of hidden names" { round f.atomwrite; }

@test "names: escaped in messages" {
    local name=$'a\nb\e\\'
    : >"$name"
    try atomwrite -n "$name" <<<new
    expect 73 "atomwrite: a\\nb\\^[\\\\: left as it was: it exists already (leave out -n to replace it)"
}

@test "names: bytes that are not UTF-8 are told as they are" {
    local name=$'caf\xe9'
    : >"$name"
    try atomwrite -n "$name" <<<new
    expect 73 "atomwrite: $name: left as it was: it exists already (leave out -n to replace it)"
}

@test "names: of 255 bytes" {
    local name
    name=$(printf '%0255d' 1)
    echo old >"$name"
    try atomwrite "$name" <<<new
    expect 0 ""
    holds "$name" new
    try atomwrite -a "$name" <<<more
    expect 0 ""
    holds "$name" $'new\nmore'
    [ "$(ls -A)" = "$name" ]
}

@test "names: of 255 bytes have a turn of their own" {
    local name other
    name=$(printf '%0255d' 1)
    other=$(printf '%0255d' 2)
    echo old >"$name"
    held_turn "$name"
    try atomwrite -w 0 "$name" <<<new
    expect 75 "atomwrite: $name: left as it was: it is the turn of PID $HOLDER (atomwrite) (wait longer with -w)"
    try atomwrite -w 0 "$other" <<<new
    expect 0 ""
    kill_holder
    [ -n "$(find . -name '.*atomwrite*')" ]
    try atomwrite -w 0 "$name" <<<new
    expect 0 ""
    holds "$name" new
    clean
}

@test "names: of every length around the one that is shortened" {
    local length
    for length in 99 100 101 243 244 245 253; do
        round "$(printf "%0${length}d" 3)"
    done
}

@test "names: of 255 bytes have no room for a version, exit 73" {
    local name
    name=$(printf '%0255d' 1)
    echo old >"$name"
    try atomwrite -k 1 "$name" <<<new
    expect 73 "atomwrite: $name: left as it was: cannot keep the previous version as its .1: File name too long (choose a shorter name)"
    holds "$name" old
    clean
}

@test "names: of 256 bytes are too long, exit 73" {
    local name
    name=$(printf '%0256d' 1)
    try atomwrite "$name" <<<new
    expect 73 "atomwrite: $name: left as it was: cannot open its directory: File name too long (choose a shorter name)"
    [ -z "$(ls -A)" ]
}

@test "names: a path of more than the system takes, exit 73" {
    local path
    path=$(printf '%05000d' 1 | tr 0 /)
    try atomwrite "${path}f" <<<new
    expect 73 "atomwrite: ${path}f: left as it was: cannot open its directory: File name too long (choose a shorter name)"
}

@test "names: one of our hidden names is refused, exit 73" {
    local name
    for name in .f.atomwrite .f.atomwrite-1 .f.atomwrite-kept .f.uniqcreate-12; do
        try atomwrite "$name" <<<new
        expect 73 "atomwrite: $name: left as it was: its name is one of those that writers hide behind (choose another name)"
    done
    [ -z "$(ls -A)" ]
}

@test "names: a symlink to one of our hidden names is refused, exit 73" {
    echo old >.g.atomwrite
    ln -s .g.atomwrite link
    try atomwrite link <<<new
    expect 73 "atomwrite: link: left as it was: its name is one of those that writers hide behind (choose another name)"
    holds .g.atomwrite old
}

# ---- odd targets

@test "target: a directory, exit 73" {
    mkdir d
    refused_kind "it is a directory" d
    refused_kind "it is a directory" .
    refused_kind "it is a directory" ..
    [ -z "$(ls -A d)" ]
    clean
}

@test "target: dir/, exit 64" {
    mkdir d
    try atomwrite d/ <<<new
    expect 64 "atomwrite: d/: a name that ends in / is no file (see atomwrite --help)"
    [ -z "$(ls -A d)" ]
}

@test "target: a FIFO is neither written to nor replaced, exit 73" {
    mkfifo pipe
    refused_kind "it is a FIFO" pipe
    [ -p pipe ]
    clean
}

@test "target: a socket, exit 73" {
    need perl
    perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("sock")) or die'
    refused_kind "it is a socket" sock
    [ -S sock ]
    clean
}

@test "target: a device, exit 73" {
    refused_kind "it is a device" /dev/null
    [ -c /dev/null ]
}

@test "target: /dev/stdout that is a pipe, exit 73" {
    [ -L /dev/stdout ] || skip "needs /dev/stdout"
    try sh -c 'exec 3>&-; { echo new | atomwrite /dev/stdout; echo $? >status; } | cat'
    expect 0 "atomwrite: /dev/stdout: left as it was: it is a FIFO (choose a regular file)"
    [ -z "$output" ]
    [ "$(cat status)" = 73 ]
}

@test "target: /dev/stdout that is a file is this file, and its name is replaced" {
    [ -L /dev/stdout ] || skip "needs /dev/stdout"
    echo old >f
    try sh -c 'echo new | atomwrite /dev/stdout >>f'
    expect 0 ""
    holds f new
    clean
}

@test "target: a file that has more names, the others keep the old content, and -v says so" {
    not_on_fuse "link counts are remembered"
    echo old >f
    ln f other
    try atomwrite -v f <<<new
    expect 0 $'atomwrite: f: it has 2 names: the others keep the old content\natomwrite: f: replaced (4 bytes)'
    holds f new
    holds other old
    [ "$(stat -c %h other)" = 1 ]
    clean
}

@test "target: a file in no directory, exit 73" {
    try atomwrite nowhere/f <<<new
    expect 73 "atomwrite: nowhere/f: left as it was: cannot open its directory: No such file or directory (make the directory first)"
    [ -z "$(ls -A)" ]
}

@test "target: a file below a file, exit 73" {
    echo old >f
    try atomwrite f/g <<<new
    expect 73 "atomwrite: f/g: left as it was: cannot open its directory: Not a directory (a part of the path is no directory)"
    holds f old
    clean
}

@test "target: an empty name, exit 64" {
    try atomwrite '' <<<new
    expect 64 "atomwrite: FILE: the name is empty (see atomwrite --help)"
    [ -z "$(ls -A)" ]
}

@test "target: a mount point of its own, exit 73" {
    need_mounts
    echo old >f
    echo mounted >m
    try "${OWN_MOUNTS[@]}" sh -c '
        mount --bind m f || exit 99
        echo new | atomwrite f
        echo "status $?"
        cat f'
    expect 0 "atomwrite: f: left as it was: cannot put the new content in its place: Device or resource busy (it is a mount point: mount its directory instead)"
    [ "$output" = $'status 73\nmounted' ]
    holds f old
    holds m mounted
    clean
}

@test "target: -k on a mount point moves no version, exit 73" {
    need_mounts
    echo old >f
    echo one >f.1
    echo mounted >m
    try "${OWN_MOUNTS[@]}" sh -c '
        mount --bind m f || exit 99
        echo new | atomwrite -k 2 f
        echo "status $?"
        cat f'
    [ "$output" = $'status 73\nmounted' ]
    [[ "$stderr" == "atomwrite: f: left as it was: cannot "*": Device or resource busy (it is a mount point: mount its directory instead)" ]]
    holds f old
    holds f.1 one
    [ ! -e f.2 ]
    clean
}

@test "target: an immutable file, exit 77" {
    need_root
    need chattr
    echo old >f
    chattr +i f 2>/dev/null || skip "needs a file system with immutable files"
    try atomwrite f <<<new
    chattr -i f
    expect 77 "atomwrite: f: left as it was: cannot put the new content in its place: Operation not permitted ($ATTRIBUTES)"
    holds f old
    clean
}

@test "target: -k on an immutable file moves no version, exit 77" {
    need_root
    need chattr
    echo old >f
    echo one >f.1
    chattr +i f 2>/dev/null || skip "needs a file system with immutable files"
    try atomwrite -k 2 f <<<new
    chattr -i f
    expect 77
    [[ "$stderr" == "atomwrite: f: left as it was: cannot "*": Operation not permitted ($ATTRIBUTES)" ]]
    holds f old
    holds f.1 one
    [ ! -e f.2 ]
    clean
}

@test "target: another one's file in a sticky directory, exit 77" {
    need_root
    share
    mkdir sticky
    chmod 1777 sticky
    echo old >sticky/f
    chmod 666 sticky/f
    try as_user atomwrite sticky/f <<<new
    expect 77 "atomwrite: sticky/f: left as it was: cannot put the new content in its place: Operation not permitted ($ATTRIBUTES)"
    holds sticky/f old
    clean sticky
}

@test "target: -k on another one's file in a sticky directory moves no version, exit 77" {
    need_root
    share
    mkdir sticky
    chmod 1777 sticky
    echo old >sticky/f
    chmod 666 sticky/f
    as_user sh -c 'echo one >sticky/f.1'
    try as_user atomwrite -k 2 sticky/f <<<new
    expect 77
    [[ "$stderr" == "atomwrite: sticky/f: left as it was: cannot "*": Operation not permitted ($ATTRIBUTES)" ]]
    holds sticky/f old
    holds sticky/f.1 one
    [ ! -e sticky/f.2 ]
    clean sticky
}

# ---- what may not be read or written

@test "a directory that may not be written, exit 77, and no writing in place" {
    share
    mkdir d
    echo old >d/f
    chmod 666 d/f
    chmod 555 d
    try as_user atomwrite d/f <<<new
    chmod 755 d
    expect 77 "atomwrite: d/f: left as it was: cannot make a file beside it: Permission denied ($PERMISSIONS)"
    holds d/f old
    clean d
}

@test "a directory that may not be searched, exit 77" {
    share
    mkdir d
    echo old >d/f
    chmod 600 d
    try as_user atomwrite d/f <<<new
    chmod 755 d
    expect 77 "atomwrite: d/f: left as it was: cannot open its directory: Permission denied ($PERMISSIONS)"
    holds d/f old
    clean d
}

@test "a directory that may be written and searched, but not read, is enough" {
    share
    as_user mkdir d
    as_user sh -c 'echo old >d/f'
    as_user chmod 333 d
    try as_user atomwrite d/f <<<new
    expect 0 ""
    try as_user atomwrite -k 1 -a d/f <<<more
    expect 0 ""
    try as_user atomwrite d/g <<<new
    expect 0 ""
    as_user chmod 755 d
    holds d/f $'new\nmore'
    holds d/f.1 new
    holds d/g new
    clean d
}

@test "a FILE that may be written, but not read, is replaced, and keeps its mode" {
    share
    as_user sh -c 'echo old >f; chmod 222 f'
    try as_user atomwrite -v f <<<new
    expect 0 "atomwrite: f: replaced (4 bytes)"
    [ "$(stat -c %a f)" = 222 ]
    as_user chmod 644 f
    holds f new
    clean
}

@test "a FILE that may be neither read nor written is replaced without its lock, and -v says so" {
    share
    as_user sh -c 'echo old >f; chmod 0 f'
    try as_user atomwrite -v f <<<new
    expect 0 $'atomwrite: f: it can be neither read nor written, so it is replaced without its lock\natomwrite: f: replaced (4 bytes)'
    [ "$(stat -c %a f)" = 0 ]
    as_user chmod 644 f
    holds f new
    clean
}

@test "a FILE that may be read, but not written, is replaced, and keeps its mode" {
    share
    as_user sh -c 'echo old >f; chmod 444 f'
    try as_user atomwrite f <<<new
    expect 0 ""
    [ "$(stat -c %a f)" = 444 ]
    holds f new
    clean
}

@test "kept: -a and -u have to read FILE, exit 77" {
    share
    as_user sh -c 'echo old >f; chmod 222 f'
    try as_user atomwrite -a f <<<more
    expect 77 "atomwrite: f: left as it was: cannot read it: Permission denied ($PERMISSIONS)"
    try as_user atomwrite -u f touch ran
    expect 77 "atomwrite: f: left as it was: cannot read it: Permission denied ($PERMISSIONS)"
    as_user chmod 644 f
    holds f old
    [ ! -e ran ]
    clean
}

@test "-c: a FILE that may not be read is replaced" {
    share
    as_user sh -c 'echo old >f; chmod 222 f'
    try as_user atomwrite -c f <<<old
    expect 0 ""
    as_user chmod 644 f
    holds f old
    clean
}

@test "-k: keeps a FILE that may not be read, by a link" {
    has_rung linkat || skip "without links a version is a copy"
    share
    as_user sh -c 'echo old >f; chmod 222 f'
    try as_user atomwrite -k 1 f <<<new
    expect 0 ""
    as_user chmod 644 f f.1
    holds f new
    holds f.1 old
    clean
}

@test "-k: keeps a FILE of somebody else, that may not be linked, as a copy" {
    need_root
    share
    echo old >f
    chmod 644 f
    try as_user atomwrite -k 1 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    clean
}

# ---- hidden names that are in the way

@test "in the way: a symlink for the turn is not followed, exit 73" {
    echo old >f
    echo precious >elsewhere
    ln -s elsewhere .f.atomwrite
    try atomwrite f <<<new
    expect 73 "atomwrite: .f.atomwrite: in the way, and no regular file (remove it)"
    [ "$(readlink .f.atomwrite)" = elsewhere ]
    holds elsewhere precious
    holds f old
    rm .f.atomwrite
    clean
}

@test "in the way: a symlink to nothing for the turn makes nothing, exit 73" {
    echo old >f
    ln -s nowhere .f.atomwrite
    try atomwrite f <<<new
    expect 73 "atomwrite: .f.atomwrite: in the way, and no regular file (remove it)"
    [ ! -e nowhere ]
    holds f old
    rm .f.atomwrite
    clean
}

@test "in the way: a FIFO for the turn does not hang, exit 73" {
    mkdir d
    echo old >d/f
    mkfifo d/.f.atomwrite
    try atomwrite d/f <<<new
    expect 73 "atomwrite: d/.f.atomwrite: in the way, and no regular file (remove it)"
    [ -p d/.f.atomwrite ]
    holds d/f old
    rm d/.f.atomwrite
    clean d
}

@test "in the way: a directory for the turn, exit 73" {
    echo old >f
    mkdir .f.atomwrite
    try atomwrite f <<<new
    expect 73 "atomwrite: .f.atomwrite: in the way, and no regular file (remove it)"
    [ -d .f.atomwrite ]
    holds f old
    rmdir .f.atomwrite
    clean
}

@test "in the way: a file for the turn that nobody holds is a dead writer's, and is removed" {
    echo old >f
    echo whatever >.f.atomwrite
    chmod 0 .f.atomwrite
    [ "$(id -u)" -eq 0 ] || chmod 200 .f.atomwrite
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "in the way: a file for the turn that is f's own second name is removed" {
    echo old >f
    ln f .f.atomwrite
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "in the way: strange names of stages are passed over" {
    has_rung o-tmpfile && skip "stages have no names here"
    echo old >f
    echo precious >elsewhere
    ln -s elsewhere .f.atomwrite-1
    mkfifo .f.atomwrite-2
    mkdir .f.atomwrite-3
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    holds elsewhere precious
    rm .f.atomwrite-1 .f.atomwrite-2
    rmdir .f.atomwrite-3
    clean
}

@test "in the way: strange names of versions in the making, exit 73 or replaced" {
    echo old >f
    echo precious >elsewhere
    ln -s elsewhere .f.atomwrite-kept
    try atomwrite -k 1 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    holds elsewhere precious
    clean
}

@test "in the way: the turn of another user's dead writer, exit 77" {
    need_root
    share
    mkdir d
    chmod 1777 d
    as_user sh -c 'echo old >d/f; chmod 666 d/f; umask 077; : >d/.f.atomwrite'
    try as_somebody atomwrite d/f <<<new
    expect 77 "atomwrite: d/.f.atomwrite: left behind by another user's dead writer (its owner or root has to remove it)"
    holds d/f old
    # Its owner, and root, take it over.
    try as_user atomwrite d/f <<<new
    expect 0 ""
    holds d/f new
    clean d
    as_user sh -c 'umask 077; : >d/.f.atomwrite'
    try atomwrite d/f <<<newer
    expect 0 ""
    holds d/f newer
    clean d
}

@test "in the way: the turn of another user's living writer is waited for, exit 75" {
    need_root
    share
    mkdir d
    chmod 777 d
    mkfifo held go
    chmod 666 held go
    as_user atomwrite -u d/f sh -c 'echo "$PPID" >held; cat go' 3>&- &
    local user=$! holder
    read -r holder <held
    try as_somebody atomwrite -w 0 d/f <<<new
    expect 75 "atomwrite: d/f: left as it was: it is the turn of PID $holder (atomwrite) (wait longer with -w)"
    echo first >go
    wait "$user"
    holds d/f first
    clean d
}

@test "in the way: a reader of the published file cannot hold up the next writer" {
    # The record lock went with the writer; a flock on what was the turn is a reader's.
    echo old >f
    held_turn f
    release first
    exec 8<f
    flock -s 8
    try atomwrite -w 0 f <<<new
    expect 0 ""
    exec 8<&-
    holds f new
    clean
}

# ---- file systems that have no locks, or contradict themselves

# openat_unless CONDITION ERROR: code of an openat(2) for "instead" that knows no files
# without a name, and fails with ERROR where CONDITION is true of NAME, which is to be made.
openat_unless() {
    cat <<-EOF
	static int
	ends_in(const char *name, const char *end)
	{
	    size_t length = strlen(name);
	    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
	}
	int openat(int dir, const char *name, int flags, ...)
	{
	    static int tries;
	    va_list rest;
	    mode_t mode;
	    asked();
	    va_start(rest, flags);
	    mode = va_arg(rest, mode_t);
	    va_end(rest);
	    errno = (flags & O_TMPFILE) == O_TMPFILE ? EOPNOTSUPP : $2;
	    if (errno == EOPNOTSUPP || ((flags & O_EXCL) && ($1)))
	        return -1;
	    return REAL(openat)(dir, name, flags, mode);
	}
	EOF
}
NO_RECORD_LOCKS='
    int fcntl(int fd, int command, ...)
    {
        va_list rest;
        void *argument;
        asked();
        va_start(rest, command);
        argument = va_arg(rest, void *);
        va_end(rest);
        errno = ENOLCK;
        return command == F_SETLK ? -1 : REAL(fcntl)(fd, command, argument);
    }
    int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));'
NO_LOCKS="No locks available (the file system has no locks: use another one)"

@test "no record locks: f is left as it was, exit 73, and no name is left" {
    echo old >f
    instead "$NO_RECORD_LOCKS" atomwrite f <<<new
    expect 73
    [[ $stderr == "atomwrite: f: left as it was: cannot "*": $NO_LOCKS" ]]
    clean
    # And where files cannot be without a name.
    instead "$NO_RECORD_LOCKS $(openat_unless 0 0)" atomwrite f <<<new
    expect 73 "atomwrite: f: left as it was: cannot make a file beside it: $NO_LOCKS"
    clean
    holds f old
}

@test "a turn that is there to be made and not to be seen is waited for, as long as -w says, exit 75" {
    echo old >f
    local turn='ends_in(name, ".atomwrite")'
    instead "$(openat_unless "$turn" EEXIST)" atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: it is the turn of another process (wait longer with -w)"
    clean
    holds f old
    instead 'int linkat(int from, const char *name, int dir, const char *link, int flags)
        {
            asked();
            errno = EEXIST;
            return -1;
        }' atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: it is the turn of another process (wait longer with -w)"
    clean
    holds f old
}

@test "a stage's name that is there to be made and not to be seen is passed over" {
    instead "$(openat_unless 'ends_in(name, "-1")' EEXIST)" atomwrite f <<<new
    expect 0 ""
    clean
    holds f new
}

@test "no end of such names, but TERM ends it, exit 143" {
    echo old >f
    # 99 after so many tries that a signal was forgotten.
    local never='(ends_in(name, ".atomwrite") == 0) && (++tries != 3000 || raise(SIGTERM) == 0) &&
        (tries < 9000 || (_exit(99), 0))'
    instead "$(openat_unless "$never" EEXIST)" atomwrite f <<<new
    expect 143
    clean
    holds f old
}
