#!/usr/bin/env bats
# -p, --parents: atomwrite and uniqcreate make the directories that are missing.
#
# Expressions in single quotes are for an inner shell, and run(1) of bats sets status,
# output and stderr.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load ../common

FIRST=19700101T000000Z-1

# modes DIR...: their permissions.
modes() { stat -c %a "$@" | tr '\n' ' '; }

# made: the directories that there are, without "." itself.
made() { find . -mindepth 1 -type d | sort | tr '\n' ' '; }

@test "parents: the directories on the way are made, with 0777 less the umask" {
    (umask 027 && atomwrite -p a/b/c/f <<<new)
    holds a/b/c/f new
    [ "$(modes a a/b a/b/c)" = "750 750 750 " ]
    try uniqcreate --parents --time=@0 d/e/x- <<<text
    expect 0 ""
    [ "$output" = "d/e/x-$FIRST" ]
    holds "$output" text
    # In a directory, not by a prefix.
    try uniqcreate -p --time=@0 g/ <<<text
    expect 0 ""
    [ "$output" = "g/$FIRST" ]
    # Where nothing is missing it asks for nothing, and neither does a bare name.
    try atomwrite -p a/b/c/f <<<newer
    expect 0 ""
    holds a/b/c/f newer
    try atomwrite -p f <<<new
    expect 0 ""
}

@test "parents: without -p a directory that is missing is refused, 73" {
    try atomwrite a/f <<<new
    expect 73
    try uniqcreate a/x- <<<new
    expect 73
    [ -z "$(made)" ]
}

@test "parents: what is not accepted makes no directory" {
    try atomwrite -pe a/f </dev/null
    expect 65 "atomwrite: a/f: left as it was: the input is empty"
    try atomwrite -p a/f false
    expect 1 "atomwrite: a/f: left as it was: false exited with status 1"
    try atomwrite -p --check='grep -q no' a/f <<<yes
    expect 65 "atomwrite: a/f: left as it was: the check failed with status 1: grep -q no"
    try atomwrite -p --end-marker=done a/f <<<half
    expect 65
    try uniqcreate -p --min-size=1K a/x- <<<little
    expect 65
    try atomwrite -p a/.f.atomwrite <<<new
    expect 73 "atomwrite: a/.f.atomwrite: left as it was: its name is reserved for temporary files (choose another name)"
    [ -z "$(ls -A)" ]
}

@test "parents: what was accepted ahead is accepted once, and its end marker is gone" {
    try atomwrite -p --end-marker=done --check='echo run >>checks; grep -q new' \
        a/f <<<$'new\ndone'
    expect 0 ""
    holds a/f new
    holds checks run
    try uniqcreate -p --time=@0 --end-marker=done --check='echo run >>checks' \
        b/x- <<<$'text\ndone'
    expect 0 ""
    holds "b/x-$FIRST" text
    holds checks $'run\nrun'
}

@test "parents: with -a, -u, -n, -c and -k" {
    try atomwrite -pa a/b/f <<<one
    expect 0 ""
    try atomwrite -pa a/b/f <<<two
    expect 0 ""
    holds a/b/f $'one\ntwo'
    try atomwrite -pu c/d/f sh -c 'cat; echo made'
    expect 0 ""
    holds c/d/f made
    try atomwrite -pn e/f <<<new
    expect 0 ""
    try atomwrite -pc --unchanged=3 g/f <<<new
    expect 0 ""
    try atomwrite -pc --unchanged=3 g/f <<<new
    expect 3
    try atomwrite -pk 2 h/f <<<new
    expect 0 ""
    [ "$(ls h)" = f ]
}

@test "parents: -a does not take what was accepted ahead for the whole" {
    # Another process is there first, and FILE is what the check refuses.
    mkdir .away
    echo bad >.away/f
    try atomwrite -pa --check='[ -e a ] || { mv .away a; exit 0; }; ! grep -q bad' a/f <<<new
    expect 65
    holds a/f bad
}

@test "parents: with -l, --lines, --null and --empty" {
    has_rung o-tmpfile || skip "needs files without a name"
    try uniqcreate -pl --time=@0 a/b/x- <<<text
    expect 0 ""
    holds "a/b/x-$FIRST" text
    try uniqcreate -p --lines --time=@0 c/d/x- <<<$'one\ntwo'
    expect 0 ""
    [ "$output" = $'c/d/x-19700101T000000Z-1\nc/d/x-19700101T000000Z-2' ]
    try uniqcreate -p --empty --time=@0 e/x-
    expect 0 ""
    [ -e "e/x-$FIRST" ]
}

# steps: mkdirat and fsync of the traced run, in their order, by name.
steps() {
    sed -nE 's/^(mkdirat|fsync)\([0-9]+(, "([^"]*)".*|\)).*/\1 \3/p' "$BATS_TEST_TMPDIR/log" |
        sed 's/ $//' | tr '\n' ';'
}

@test "parents: each directory is durable before the next one is made in it" {
    need_plain_build
    need_trace
    mkdir a
    trace "$BATS_TEST_TMPDIR/log" atomwrite -p a/b/c/f <<<new
    # That of "a" itself, for another process may just have made it.
    [[ $(steps) == "fsync;mkdirat b;fsync;mkdirat c;fsync;fsync;fsync;"* ]]
    trace "$BATS_TEST_TMPDIR/log" atomwrite -p a/b/c/f <<<new
    [[ $(steps) == "fsync;fsync;fsync;"* ]]
    trace "$BATS_TEST_TMPDIR/log" atomwrite --no-sync -p a/b/d/f <<<new
    [ "$(steps)" = "mkdirat d;" ]
    trace "$BATS_TEST_TMPDIR/log" uniqcreate -p --time=@0 e/g/x- <<<new >/dev/null
    [[ $(steps) == "mkdirat e;fsync;mkdirat g;fsync;fsync;fsync;"* ]]
}

@test "parents: a sync that fails is no success, and FILE is not there" {
    need_trace
    try trace "$BATS_TEST_TMPDIR/log" -e inject=fsync:error=EIO:when=1 atomwrite -p a/b/f <<<new
    expect 74 "atomwrite: a/b/f: left as it was: cannot make its directories: Input/output error"
    [ ! -e a/b ]
    mkdir a/b
    try trace "$BATS_TEST_TMPDIR/log" -e inject=fsync:error=EIO:when=1 atomwrite -p a/b/f <<<new
    expect 74 "atomwrite: a/b/f: left as it was: cannot sync the directory above: Input/output error"
    [ -z "$(ls -A a/b)" ]
}

@test "parents: where a directory on the way cannot be read its file system is synced" {
    local user=()
    need_trace
    has_rung o-tmpfile || skip "needs files without a name"
    share
    mkdir a
    if [ "$(id -u)" -eq 0 ]; then
        user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        chown 65534 a
    fi
    chmod 300 a
    [ "$(stat -c %a a)" = 300 ] || skip "needs modes that stick"
    trace "$BATS_TEST_TMPDIR/log" "${user[@]}" atomwrite -p a/b/c/f <<<new
    sed -n '/^mkdirat(.*"b"/,/^mkdirat(.*"c"/p' "$BATS_TEST_TMPDIR/log" |
        grep -q '^syncfs(.*) *= 0'
    chmod 700 a
    holds a/b/c/f new
    clean a
}

@test "parents: where a directory takes no fsync its file system is synced" {
    need_trace
    trace "$BATS_TEST_TMPDIR/log" -e inject=fsync:error=EINVAL:when=1 atomwrite -p a/f <<<new
    sed -n '/^mkdirat(/,/^renameat(/p' "$BATS_TEST_TMPDIR/log" | grep -q '^syncfs(.*) *= 0'
    holds a/f new
}

@test "parents: a way of many names needs few descriptors" {
    local way
    way=$(printf 'd/%.0s' {1..50})
    try bash -c 'ulimit -n 20 && exec atomwrite -p "$1/f"' bash "$way" <<<new
    expect 0 ""
    holds "$way/f" new
}

@test "parents: absolute, odd and winding ways" {
    try atomwrite -p "$WORK/a/f" <<<new
    expect 0 ""
    try atomwrite -p ./b//./c/../d/f <<<new
    expect 0 ""
    holds b/d/f new
    [ -d b/c ]
    mkdir real
    ln -s real link
    try atomwrite -p link/e/f <<<new
    expect 0 ""
    holds real/e/f new
    try atomwrite -p -- $'-g\nh i/\'j/f' <<<new
    expect 0 ""
    holds $'./-g\nh i/\'j/f' new
    local long
    long=$(printf 'n%.0s' {1..255})
    try atomwrite -p "$long/f" <<<new
    expect 0 ""
    # EBADMSG on sshfs, 74.
    try atomwrite -p "${long}n/f" <<<new
    [ "$status" -eq 73 ] || [ "$status" -eq 74 ]
}

@test "parents: what is in the way is said" {
    echo text >file
    try atomwrite -p file/f <<<new
    expect 73
    ln -s nowhere dangling
    try atomwrite -p dangling/a/f <<<new
    expect 73 "atomwrite: dangling/a/f: left as it was: cannot make its directories: Not a directory (a component of the path is not a directory)"
    [ ! -e nowhere ]
    holds file text
}

@test "parents: where none may be made it is 77" {
    share
    mkdir closed
    chmod 555 closed
    try as_user sh -c 'atomwrite -p closed/a/f && echo not reached' <<<new
    expect 77
    [[ $stderr == "atomwrite: closed/a/f: left as it was: cannot "*": Permission denied"* ]]
}

@test "parents: a directory that was there after all, and many runs at once" {
    local pids=() i
    for i in $(seq "$MANY"); do
        atomwrite -p a/b/c/d/f <<<"$i" &
        pids+=($!)
        uniqcreate -pq a/b/c/d/x- <<<"$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    [ "$(find a/b/c/d -name 'x-*' | wc -l)" -eq "$MANY" ]
    [ -s a/b/c/d/f ]
    [ -z "$(find . -name '.*wri*' -o -name '.*uniq*')" ]
}

@test "parents: a signal while the input is read leaves nothing" {
    # COMMAND gets it, too.
    try atomwrite -p a/f sh -c 'echo half; kill -TERM $PPID; exec sleep 600'
    expect 143 "atomwrite: a/f: left as it was: interrupted by signal 15 (Terminated)"
    [ -z "$(ls -A)" ]
}

# swept INJECTION PROGRAM...: a run of PROGRAM with d/e/ missing for each of its system
# calls, to which INJECTION happens; then "judge STATUS CALL".
swept() {
    local injection=$1 call nth count result
    shift
    rm -rf d
    trace "$BATS_TEST_TMPDIR/log" "$@" <<<new >"$BATS_TEST_TMPDIR/out"
    cp "$BATS_TEST_TMPDIR/log" "$BATS_TEST_TMPDIR/calls"
    for call in openat mkdirat fsync close lseek read write copy_file_range newfstatat \
        fcntl linkat renameat renameat2 fchmod statx; do
        count=$(grep -c "^$call(" "$BATS_TEST_TMPDIR/calls" || :)
        for nth in $(seq "$count"); do
            rm -rf d
            result=0
            trace "$BATS_TEST_TMPDIR/log" -e inject="$call:$injection:when=$nth" "$@" \
                <<<new >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || result=$?
            judge "$result" "$call #$nth" || return 1
        done
    done
}

@test "parents: killed at any system call it leaves FILE whole or missing, and the next run is done" {
    need_plain_build
    need_trace
    judge() {
        [ ! -e d/e/f ] || [ "$(cat d/e/f)" = new ] || { echo "$2: torn"; return 1; }
        atomwrite -p d/e/f <<<next || { echo "$2: the next run"; return 1; }
        [ "$(find . -mindepth 1 | sort | tr '\n' ' ')" = "./d ./d/e ./d/e/f " ] ||
            { echo "$2: litter"; return 1; }
    }
    swept signal=KILL atomwrite -p d/e/f
}

@test "parents: whatever system call fails, 0 and 76 mean that FILE is there, all else that it is not" {
    need_plain_build
    need_trace
    judge() {
        if [ "$1" -eq 0 ] || [ "$1" -eq 76 ]; then
            [ "$(cat d/e/f)" = new ] || { echo "$2: $1, but no FILE"; return 1; }
        else
            [ ! -e d/e/f ] || { echo "$2: $1, but FILE is there"; return 1; }
            [ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ] ||
                { echo "$2: $1, and not said once"; return 1; }
        fi
    }
    swept error=EIO atomwrite -p d/e/f
}
