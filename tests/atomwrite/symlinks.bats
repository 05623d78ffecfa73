#!/usr/bin/env bats
# atomwrite: FILEs that are symlinks.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2094,SC2153,SC2154

load common

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
    expect 75 "atomwrite: link: left as it was: being replaced by PID $HOLDER (atomwrite) (wait longer with -w)"
    release first
    holds d/f first
    clean d
}

@test "symlink: one that leads to nothing is refused, exit 73" {
    ln -s nowhere link
    try atomwrite link <<<new
    expect 73 "atomwrite: link: left as it was: it is a dangling symlink (-P replaces the symlink itself)"
    [ "$(readlink link)" = nowhere ]
    [ ! -e nowhere ]
    clean
}

@test "symlink: one that leads in a circle is refused, exit 73" {
    ln -s two one
    ln -s one two
    try atomwrite one <<<new
    expect 73 "atomwrite: one: left as it was: cannot open its directory: Too many levels of symbolic links (the symlinks form a loop)"
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
        expect 73 "atomwrite: link: left as it was: it is a symlink (-P then cannot be used with -a, -u, -c or -k)"
    done
    try atomwrite -P -u link cat
    expect 73 "atomwrite: link: left as it was: it is a symlink (-P then cannot be used with -a, -u, -c or -k)"
    [ "$(readlink link)" = f ]
    holds f old
    clean
}

@test "never over: -n -P leaves a symlink that leads to nothing, exit 73" {
    ln -s nowhere link
    try atomwrite -n -P link <<<new
    expect 73 "atomwrite: link: left as it was: it already exists (leave out -n to replace it)"
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
    expect 77 "atomwrite: sticky/link: left as it was: it is another user's symlink in a sticky directory (name the file it points to)"
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
    expect 77 "atomwrite: mine: left as it was: it is another user's symlink in a sticky directory (name the file it points to)"
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

# becomes KIND COMMAND...: FILE is what COMMAND makes, a KIND, while the input is read.
becomes() {
    echo old >f
    mkfifo input
    atomwrite f <input 2>stderr 3>&- &
    exec 9>input
    head -c 200000 /dev/zero >&9
    rm f
    "${@:2}"
    exec 9>&-
    outcome wait $!
    [ "$status" -eq 73 ]
    [ "$(cat stderr)" = "atomwrite: f: left as it was: it is $1 (choose a regular file)" ]
}

@test "kept: FILE becomes a symlink while the input is read, nothing is followed" {
    echo precious >elsewhere
    becomes "a symlink" ln -s elsewhere f
    [ "$(readlink f)" = elsewhere ]
    holds elsewhere precious
    clean
}

@test "kept: FILE becomes a FIFO while the input is read, exit 73" {
    becomes "a FIFO" mkfifo f
    [ -p f ]
    clean
}

@test "kept: FILE becomes a directory while the input is read, exit 73" {
    becomes "a directory" mkdir f
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
