#!/usr/bin/env bats
# atomwrite: FILEs with odd names, or that are not plain files.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2094,SC2153,SC2154

load common

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
    expect 73 "atomwrite: a\\nb\\^[\\\\: left as it was: it already exists (leave out -n to replace it)"
}

@test "names: bytes that are not UTF-8 are told as they are" {
    local name=$'caf\xe9'
    : >"$name"
    try atomwrite -n "$name" <<<new
    expect 73 "atomwrite: $name: left as it was: it already exists (leave out -n to replace it)"
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
    expect 75 "atomwrite: $name: left as it was: being replaced by PID $HOLDER (atomwrite) (wait longer with -w)"
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
        expect 73 "atomwrite: $name: left as it was: its name is reserved for temporary files (choose another name)"
    done
    [ -z "$(ls -A)" ]
}

@test "names: a symlink to one of our hidden names is refused, exit 73" {
    echo old >.g.atomwrite
    ln -s .g.atomwrite link
    try atomwrite link <<<new
    expect 73 "atomwrite: link: left as it was: its name is reserved for temporary files (choose another name)"
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
    expect 64 "atomwrite: d/: a name that ends in / is not a file (see atomwrite --help)"
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
    expect 0 $'atomwrite: f: it has 2 hard links; the others keep the old content\natomwrite: f: replaced (4 bytes)'
    holds f new
    holds other old
    [ "$(stat -c %h other)" = 1 ]
    clean
}

@test "target: a file in no directory, exit 73" {
    try atomwrite nowhere/f <<<new
    expect 73 "atomwrite: nowhere/f: left as it was: cannot open its directory: No such file or directory (create the directory first)"
    [ -z "$(ls -A)" ]
}

@test "target: a file below a file, exit 73" {
    echo old >f
    try atomwrite f/g <<<new
    expect 73 "atomwrite: f/g: left as it was: cannot open its directory: Not a directory (a component of the path is not a directory)"
    holds f old
    clean
}

@test "target: an empty name, exit 64" {
    try atomwrite '' <<<new
    expect 64 "atomwrite: FILE: empty name (see atomwrite --help)"
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
