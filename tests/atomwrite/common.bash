# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154 # for those who load it
# What the tests of atomwrite have in common.

load ../common

# old: FILE "f" as it was; left_alone: as it still is, with nothing beside it.
old() { printf 'old\n' >f; }
left_alone() { holds f old && clean; }

# refused_call MESSAGE ARGUMENT...: this call is wrong, is told so, and changes nothing.
refused_call() {
    local message=$1
    shift
    old
    try atomwrite "$@" <<<new
    expect 64 "atomwrite: $message (see atomwrite --help)"
    left_alone
    [ "$(ls -A)" = f ]
}

PERMISSIONS="check the permissions of the file and its directory"
ATTRIBUTES="check the owner, the sticky bit and the attributes of the directory"

SOMEBODY=64001
# as_somebody COMMAND...: as the owner of a directory, but in no group of a file there.
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

# watched COMMAND...: in the background, with default signals (a shell has INT ignored
# there) but for $IGNORED. Its PID: $PID. Then "ended" says in $ended how it ended, which
# no status of a shell can: "signal 15", "exit 143".
watched() {
    need perl
    rm -f "$BATS_TEST_TMPDIR/watched"
    mkfifo "$BATS_TEST_TMPDIR/watched"
    IGNORED=${IGNORED:-} perl -e '
        my ($fifo, $result) = splice(@ARGV, 0, 2);
        my $pid = fork;
        if ($pid == 0) {
            $SIG{$_} = "DEFAULT" for qw(HUP INT QUIT PIPE TERM XCPU XFSZ CHLD);
            $SIG{$_} = "IGNORE" for split(" ", $ENV{IGNORED});
            exec {$ARGV[0]} @ARGV or exit 127;
        }
        open(my $out, ">", $fifo); print $out "$pid\n"; close $out;
        waitpid($pid, 0);
        open($out, ">", $result);
        print $out $? & 127 ? "signal " . ($? & 127) : "exit " . ($? >> 8);
    ' "$BATS_TEST_TMPDIR/watched" "$BATS_TEST_TMPDIR/result" "$@" \
        <&0 2>"$BATS_TEST_TMPDIR/stderr" 3>&- 4>&- &
    WATCHER=$!
    read -r PID <"$BATS_TEST_TMPDIR/watched"
}
ended() {
    wait "$WATCHER"
    ended=$(cat "$BATS_TEST_TMPDIR/result")
    stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

# died_of NUMBER NAME: it ended by this signal, and said so; FILE is as it was.
died_of() {
    ended
    [ "$ended" = "signal $1" ]
    [ "$stderr" = "atomwrite: f: left as it was: interrupted by signal $1 ($2)" ]
    left_alone
}

# fed COMMAND...: watched, with a standard input that is open as descriptor 9, and of
# which it has begun to read.
fed() {
    mkfifo input
    watched sh -c 'exec "$@" <input' sh "$@"
    exec 9>input
    # More than a pipe holds: when it is through, somebody reads.
    head -c 200000 /dev/zero >&9
}

# busy [OPTION]...: watched, with a COMMAND that has begun and will not end by itself.
busy() {
    mkfifo begun never
    watched atomwrite "$@" f sh -c 'exec 2>/dev/null; echo half; echo >begun; read -r _ <never' \
        </dev/null
    read -r _ <begun
}

# Users and groups that nobody has here: numbers do.
SOMEBODY_ELSE=64002
OTHER_GROUP=64003

mode_of() { stat -c %a "$1"; }
owner_of() { stat -c %u:%g "$1"; }

need_acl() {
    need setfacl getfacl
    : >"$BATS_TEST_TMPDIR/acl"
    setfacl -m u:$SOMEBODY:r "$BATS_TEST_TMPDIR/acl" 2>/dev/null ||
        skip "needs a file system with ACLs"
}
acl_of() { getfacl -cpn "$1"; }

need_attributes() {
    need setfattr getfattr
    : >"$BATS_TEST_TMPDIR/attribute"
    setfattr -n user.test -v x "$BATS_TEST_TMPDIR/attribute" 2>/dev/null ||
        skip "needs a file system with extended attributes"
}
attribute_of() { getfattr --only-values -n "$2" "$1"; }
