#!/usr/bin/env bats
# lockread -l for people: the header, the widths of columns, and those of the terminal.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2153,SC2154

load common

# Most of them show a file that is free.
setup() {
    common_setup
    need_all_locks
}

# on_terminal COLUMNS COMMAND...: it has a terminal of that width; what it printed is in
# $output, with both of its outputs.
on_terminal() {
    local columns=$1
    shift
    need script stty
    script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
        skip "needs a terminal of its own"
    COLUMNS_WANTED=$columns run env -u COLUMNS SHELL="$BASH" script -qec \
        'stty -opost cols "$COLUMNS_WANTED" && exec '"$(printf '%q ' "$@")" \
        /dev/null </dev/null
}

# held_by NAME FILE: a process with that name holds FILE's lock exclusively until
# "let_go". PID: $FLOCKER.
held_by() {
    need flock
    cp "$(command -v flock)" "$BATS_TEST_TMPDIR/$1"
    mkfifo "$BATS_TEST_TMPDIR/locked" "$BATS_TEST_TMPDIR/let-go"
    "$BATS_TEST_TMPDIR/$1" "$2" sh -c \
        "echo >'$BATS_TEST_TMPDIR/locked'; cat '$BATS_TEST_TMPDIR/let-go'" 3>&- 4>&- &
    FLOCKER=$!
    read -r _ <"$BATS_TEST_TMPDIR/locked"
}

# utf8: the locale C.UTF-8 is here.
need_utf8() {
    need locale
    [ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ] ||
        skip "needs the locale C.UTF-8"
}

@test "terminal: a line above says what the columns are, and --headers says it elsewhere" {
    : >a
    touch -d '+1 day' a
    on_terminal 80 lockread -l a
    [ "$status" -eq 0 ]
    printf '%s\n' "$output" | diff - <(
        cat <<'LIST'
STATE  HOLDERS  SIZE  AGE  MODE        NAME
free   -           0   0s  -rw-r--r--  a
LIST
    )
    try lockread -l --headers a
    expect 0 ""
    printf '%s\n' "$output" | diff - <(
        cat <<'LIST'
STATE  HOLDERS  SIZE  AGE  MODE        NAME
free   -           0   0s  -rw-r--r--  a
LIST
    )
    try lockread -l a
    expect 0 ""
    [ "$output" = "free  -  0  0s  -rw-r--r--  a" ]
}

@test "terminal: --headers stands once above any number of lines, also above none" {
    mkdir empty
    seq -f file-%g 2500 | xargs touch
    lockread -l --headers file-* >"$BATS_TEST_TMPDIR/out"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 2501 ]
    [ "$(grep -c '^STATE  HOLDERS  ' "$BATS_TEST_TMPDIR/out")" -eq 1 ]
    [[ $(head -n 1 "$BATS_TEST_TMPDIR/out") = STATE\ * ]]
    try lockread -l --headers empty
    expect 0 ""
    [ "$output" = "STATE  HOLDERS  SIZE  AGE  MODE        NAME" ]
}

@test "terminal: -z is for programs there, too: no header, and with --headers one with NUL" {
    : >a
    touch -d '+1 day' a
    on_terminal 20 lockread -lz a
    [ "$status" -eq 0 ]
    [ "$output" = "free  -  0  0s  -rw-r--r--  a" ]
    lockread -lz --headers a | tr '\0' '@' >"$BATS_TEST_TMPDIR/out"
    { printf 'STATE  HOLDERS  SIZE  AGE  MODE        NAME@'
        printf 'free   -           0   0s  -rw-r--r--  a@'; } |
        cmp - "$BATS_TEST_TMPDIR/out"
}

@test "terminal: --json cannot be used with --headers, 64, and has none" {
    : >a
    try lockread --json --headers a
    expect 64 "lockread: --json: can be used with -z, -q, --lock-file and --files0-from only $LOOK"
    on_terminal 80 lockread --json a
    [ "$status" -eq 0 ]
    [[ $output = '{"name":"a",'* ]]
    [ "${#lines[@]}" -eq 1 ]
}

@test "terminal: the command is shortened so that lines fit, and never the name or the PID" {
    local holder rest='    0   0s  -rw-r--r--  a-name-of-some-length' wide least
    : >a-name-of-some-length
    touch -d '+1 day' a-name-of-some-length
    held_by fourteen-chars a-name-of-some-length
    holder="$FLOCKER fourteen-chars"
    wide=$((8 + ${#holder} + 1 + ${#rest}))
    # All of it fits exactly; one column less, and so on; then no less than a PID, or
    # the header.
    on_terminal "$wide" lockread -l a-name-of-some-length
    [ "${lines[1]}" = "locked  $holder $rest" ]
    on_terminal $((wide - 1)) lockread -l a-name-of-some-length
    [ "${lines[1]}" = "locked  ${holder::-2}+ $rest" ]
    [ "${#lines[1]}" -eq $((wide - 1)) ]
    least=$((${#FLOCKER} + 2))
    [ "$least" -ge 7 ] || least=7
    on_terminal $((wide - ${#holder} + least)) lockread -l a-name-of-some-length
    [ "${lines[1]}" = "locked  ${holder:0:least - 1}+ $rest" ]
    # There it has no room for its name, whatever is cut.
    on_terminal $((wide - ${#holder} + least - 1)) lockread -l a-name-of-some-length
    [ "${lines[1]}" = "locked  $holder $rest" ]
    let_go
}

@test "terminal: a line that cannot fit does not shorten the others" {
    local long
    : >a
    long=$(printf '%0100d' 0)
    : >"$long"
    touch -d '+1 day' a "$long"
    held_by fourteen-chars a
    on_terminal 75 lockread -l a "$long"
    [ "${lines[1]}" = "locked  $FLOCKER fourteen-chars     0   0s  -rw-r--r--  a" ]
    [[ ${lines[2]} = free\ *"  $long" ]]
    let_go
}

@test "terminal: COLUMNS goes before the terminal's own width, if it is a number" {
    local wide
    : >a
    touch -d '+1 day' a
    held_by fourteen-chars a
    try lockread -l --headers a
    wide=${#lines[1]}
    on_terminal 200 env COLUMNS=$((wide - 2)) lockread -l a
    [ "${lines[1]}" = "locked  $FLOCKER fourteen-ch+     0   0s  -rw-r--r--  a" ]
    for columns in 0 -5 x ''; do
        on_terminal 200 env COLUMNS=$columns lockread -l a
        [ "${lines[1]}" = "locked  $FLOCKER fourteen-chars     0   0s  -rw-r--r--  a" ]
    done
    # Elsewhere nothing is shortened; nor where a terminal does not know its width.
    COLUMNS=30 try lockread -l --headers a
    [ "${lines[1]}" = "locked  $FLOCKER fourteen-chars     0   0s  -rw-r--r--  a" ]
    on_terminal 0 lockread -l a
    [ "${lines[1]}" = "locked  $FLOCKER fourteen-chars     0   0s  -rw-r--r--  a" ]
    let_go
}

# Two wide characters and one that combines: five columns in nine bytes, four characters.
WIDE=$'\xe6\xbc\xa2\xe5\xad\x97e\xcc\x81'

# spread TEXT: lists a, which $WIDE holds, and b; TEXT takes up what HOLDERS of a does.
spread() {
    expect 0 ""
    diff - <(printf '%s\n' "$output") <<LIST
locked  $FLOCKER $WIDE  0  0s  -rw-r--r--  a
free    -${FLOCKER//?/ }$1  0  0s  -rw-r--r--  b
LIST
}

@test "terminal: columns are aligned by what characters take up, in UTF-8" {
    need_utf8
    : >a
    : >b
    touch -d '+1 day' a b
    held_by "$WIDE" a
    LC_ALL=C.UTF-8 try lockread -l a b
    spread '     '
    # By bytes where the locale is not one of UTF-8.
    LC_ALL=C try lockread -l a b
    spread '         '
    # One that is not installed has the widths of C.UTF-8; the order is that of setlocale(3).
    LC_ALL=xx_YY.UTF-8 try lockread -l a b
    spread '     '
    LC_ALL='' LC_CTYPE='' LANG=xx_YY.utf8 try lockread -l a b
    spread '     '
    let_go
}

@test "terminal: where no locale can be had a character of UTF-8 is a column" {
    local no_locale='
        #include <locale.h>
        locale_t newlocale(int mask, const char *name, locale_t base)
        {
            asked();
            return (locale_t)0;
        }'
    : >a
    : >b
    touch -d '+1 day' a b
    held_by "$WIDE" a
    LC_ALL=C.UTF-8 instead "$no_locale" lockread -l a b
    spread '    '
    LC_ALL=C instead "$no_locale" lockread -l a b
    spread '         '
    let_go
}

@test "terminal: a wide command is cut between characters, a wide name is counted by columns" {
    local name=$'\xe6\xbc\xa2\xe5\xad\x97' rest wide
    need_utf8
    : >"$name"
    touch -d '+1 day' "$name"
    held_by "$WIDE$name" "$name"
    rest="    0   0s  -rw-r--r--  $name"
    # HOLDERS has nine columns in 15 bytes, and the name two less than characters.
    wide=$((8 + ${#FLOCKER} + 1 + 9 + 1 + ${#rest} - 2))
    LC_ALL=C.UTF-8 on_terminal "$wide" lockread -l "$name"
    [ "${lines[1]}" = "locked  $FLOCKER $WIDE$name $rest" ]
    LC_ALL=C.UTF-8 on_terminal $((wide - 1)) lockread -l "$name"
    [ "${lines[1]}" = "locked  $FLOCKER $WIDE${name:0:3}+ $rest" ]
    # The next cut is within the second of two columns: one is left free.
    LC_ALL=C.UTF-8 on_terminal $((wide - 2)) lockread -l "$name"
    [ "${lines[1]}" = "locked  $FLOCKER $WIDE+  $rest" ]
    let_go
}

@test "terminal: names are escaped there as they are elsewhere, in any locale" {
    need_utf8
    : >$'a\x9b\x1b[31m\xc2\x9bb\xff'
    touch -d '+1 day' a*
    on_terminal 200 lockread -l a*
    local there=${lines[1]}
    [[ $there = free\ * ]]
    LC_ALL=C.UTF-8 on_terminal 200 lockread -l a*
    [ "${lines[1]}" = "$there" ]
    [[ $there = *'\^[[31m'* ]]
}
