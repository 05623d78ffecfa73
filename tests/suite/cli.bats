#!/usr/bin/env bats
# The command lines of all three programs: what is taken, and that what is wrong is one
# line, status 64, and changes nothing. What --help says against the manual pages:
# manual_pages.bats.
#
# Expressions in single quotes are for an inner shell; run(1) of bats sets status, output
# and stderr; each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load ../common

PROGRAMS=(atomwrite uniqcreate lockread)

# wrong LINE ARGUMENT...: the first argument is the program. It is 64 with that line,
# before anything is read, and changes nothing.
wrong() {
    local line=$1 input rest
    shift
    echo unread >"$BATS_TEST_TMPDIR/input"
    exec {input}<"$BATS_TEST_TMPDIR/input"
    find . -printf '%P %s %m %T@\n' | sort >"$BATS_TEST_TMPDIR/before"
    try "$@" <&"$input"
    expect 64 "$1: $line (see $1 --help)"
    [ -z "$output" ]
    read -r rest <&"$input"
    [ "$rest" = unread ]
    exec {input}<&-
    find . -printf '%P %s %m %T@\n' | sort | cmp - "$BATS_TEST_TMPDIR/before"
}

# operand PROGRAM: what it works on; for lockread there is one to be read.
operand() {
    [ "$1" != lockread ] || [ -e "$1.in" ] || echo text >"$1.in"
    echo "$1.in"
}

@test "help: --help prints the usage on standard output, status 0" {
    local program
    for program in "${PROGRAMS[@]}"; do
        try "$program" --help
        expect 0 ""
        [[ $output == "usage: $program [options] "* ]]
        # Lines that fit on a terminal.
        run ! grep -E '.{81}' <<<"$output"
        # Whatever else is asked for.
        try "$program" -v --help --no-such-option
        expect 0 ""
        [[ $output == "usage: $program [options] "* ]]
    done
    [ -z "$(ls -A)" ]
}

@test "help: each long option that it lists is taken" {
    local program option
    for program in "${PROGRAMS[@]}"; do
        "$program" --help | grep -oE '^ *(-., )?--[a-z0-9-]+=?' | grep -oE -- '--[a-z0-9-]+=?' \
            >"$BATS_TEST_TMPDIR/options"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/options")" -gt 10 ]
        while read -r option; do
            case $option in
            *=) # a value is needed
                try "$program" "${option%=}"
                expect 64 "$program: ${option%=}: option requires a value (see $program --help)"
                ;;
            --help) ;;
            *) # none is taken
                try "$program" "$option=value" x
                expect 64 "$program: $option=value: option takes no value (see $program --help)"
                try "$program" "$option"
                expect 64 "$program: FILE: missing operand (see $program --help)" ||
                    expect 64 "$program: PREFIX: missing operand (see $program --help)"
                ;;
            esac
        done <"$BATS_TEST_TMPDIR/options"
    done
}

@test "help: each letter that it lists is taken, and means the long option beside it" {
    local program letter option
    for program in "${PROGRAMS[@]}"; do
        "$program" --help | sed -nE 's/^ *-(.), (--[a-z-]+=?).*/\1 \2/p' >"$BATS_TEST_TMPDIR/options"
        [ -s "$BATS_TEST_TMPDIR/options" ]
        while read -r letter option; do
            try "$program" "-$letter"
            case $option in
            *=) expect 64 "$program: -$letter: option requires a value (see $program --help)" ;;
            *) [[ $stderr == *": missing operand (see $program --help)" ]] ;;
            esac
        done <"$BATS_TEST_TMPDIR/options"
    done
}

@test "version: --version prints name and number, status 0" {
    local program
    for program in "${PROGRAMS[@]}"; do
        try "$program" --version
        expect 0 ""
        [[ $output =~ ^$program\ \(wholefile\)\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    done
}

@test "help and version: standard output that takes nothing, 74" {
    local program option
    for program in "${PROGRAMS[@]}"; do
        for option in --help --version; do
            try sh -c "$program $option >/dev/full"
            expect 74 "$program: standard output: cannot write: No space left on device (free some space or inodes)"
        done
        try sh -c "$program --version >&-"
        expect 74 "$program: standard output: cannot write: Bad file descriptor"
    done
}

@test "wrong: no operand" {
    wrong "FILE: missing operand" atomwrite
    wrong "FILE: missing operand" atomwrite -v --
    wrong "PREFIX: missing operand" uniqcreate
    wrong "FILE: missing operand" lockread --
}

@test "wrong: an option that does not exist" {
    local program
    for program in "${PROGRAMS[@]}"; do
        wrong "-Q: unknown option" "$program" -Q "$(operand "$program")"
        wrong "-Q: unknown option" "$program" -eQ "$(operand "$program")"
        wrong "--nonsense: unknown option" "$program" --nonsense "$(operand "$program")"
        wrong "--nonsense=1: unknown option" "$program" --nonsense=1 "$(operand "$program")"
        wrong "--verbose=1: option takes no value" "$program" --verbose=1 "$(operand "$program")"
    done
    wrong "-vé: unknown option" uniqcreate -vé x
    # In a bundle, after a long one.
    wrong "-d: unknown option" lockread --json -dash
    wrong "-d: unknown option" lockread --max-age=1d -ldash
    # Those of the others.
    wrong "-k: unknown option" uniqcreate -k 1 x
    wrong "-l: unknown option" atomwrite -l x
    wrong "-m: unknown option" lockread -m 600 x
    wrong "-w: unknown option" uniqcreate -w 1 x
}

@test "wrong: an option without its value" {
    wrong "--keep: option requires a value" atomwrite --keep
    wrong "-k: option requires a value" atomwrite -vk
    wrong "-f: option requires a value" uniqcreate -f
    wrong "--time: option requires a value" uniqcreate --time
    wrong "--max-age: option requires a value" lockread --max-age
    wrong "-w: option requires a value" lockread -s -w
}

@test "wrong: an option in the middle of a line that is said in one" {
    wrong '--non\nsense: unknown option' uniqcreate $'--non\nsense' x
    wrong "--width: '1\\n2' is not a number from 1 to 20" uniqcreate $'--width=1\n2' x
    wrong "--max-age: '\\^[[1m' is not a duration (a number of seconds, or with s, m, h, d)" lockread $'--max-age=\e[1m' x
}

@test "wrong: numbers" {
    local value
    for value in '' x 1x ' 1' 1.5 0x1 1e3 --1 +1 -; do
        wrong "--keep: '$value' is not a number from 0 to 9999" atomwrite --keep="$value" x
        wrong "--width: '$value' is not a number from 1 to 20" uniqcreate --width="$value" x
        wrong "--time: '@$value' is not a number" uniqcreate --time="@$value" x
    done
    for value in -1 1000000 99999999999999999999999; do
        wrong "--keep: '$value' is not a number from 0 to 9999" atomwrite -k "$value" x
        wrong "--width: '$value' is not a number from 1 to 20" uniqcreate --width="$value" x
    done
    wrong "--width: '0' is not a number from 1 to 20" uniqcreate --width=0 x
    wrong "--width: '21' is not a number from 1 to 20" uniqcreate --width=21 x
    for value in '' x -1 0 64; do
        wrong "--unchanged: '$value' is not a number from 1 to 63" \
            atomwrite -c --unchanged="$value" x
    done
    for value in '' 0 now 2020-01-01; do
        wrong "--time: '$value' is not @ and a number of seconds" uniqcreate --time="$value" x
    done
    wrong "--time: '@9223372036854775808' is out of range" uniqcreate --time=@9223372036854775808 x
    wrong "--time: out of range" uniqcreate --time=@9223372036854775807 x
}

@test "wrong: sizes" {
    local program value
    for program in "${PROGRAMS[@]}"; do
        for value in '' x -1 1.5 1T 1KB 1KK ' 1' K 1e3 0x10; do
            wrong "--min-size: '$value' is not a size (a number of bytes, or with K, M or G)" \
                "$program" --min-size="$value" "$(operand "$program")"
        done
        for value in 9223372036854775808 99999999999999999999999 9007199254740992K 8589934592G; do
            wrong "--min-size: '$value' is out of range" \
                "$program" --min-size="$value" "$(operand "$program")"
        done
    done
}

@test "wrong: durations" {
    local value
    for value in '' x . s .s 1x 1ms -1 ' 1' '1 s' 1e3 0x10 infinity nan 1:30 1.2.3; do
        wrong "--max-age: '$value' is not a duration (a number of seconds, or with s, m, h, d)" \
            lockread --max-age="$value" x
        wrong "--wait: '$value' is not a duration (a number of seconds, or with s, m, h, d)" \
            lockread -w "$value" x
        wrong "--wait: '$value' is not a duration (a number of seconds, or with s, m, h, d)" \
            atomwrite --wait="$value" x
    done
    for value in 9223372037 106752d 99999999999999999999999; do
        wrong "--max-age: '$value' is out of range" lockread --max-age="$value" x
        wrong "--wait: '$value' is out of range" atomwrite -w "$value" x
    done
    # For ever is a wait, but no age.
    wrong "--max-age: 'inf' is not a duration (a number of seconds, or with s, m, h, d)" \
        lockread --max-age=inf x
}

@test "wrong: modes" {
    local program value
    for program in atomwrite uniqcreate; do
        for value in '' 8 0999 10000 77777 rw u+q u 'u+r,' -1 1.5; do
            wrong "--mode: '$value' is not a mode" "$program" --mode="$value" x
            wrong "--mode: '$value' is not a mode" "$program" -m "$value" x
        done
    done
}

@test "wrong: owners" {
    local program value
    for program in atomwrite uniqcreate; do
        for value in '' :; do
            wrong "--owner: '$value' is not an owner (USER, USER:GROUP or :GROUP)" \
                "$program" --owner="$value" x
        done
        wrong "--owner: 'no-such-user' is not a known user" \
            "$program" --owner=no-such-user x
        wrong "--owner: 'no-such-user:0' is not a known user" \
            "$program" --owner=no-such-user:0 x
        wrong "--owner: ':no-such-group' is not a known group" \
            "$program" --owner=:no-such-group x
        wrong "--owner: '4294967295' is not a known user" \
            "$program" --owner=4294967295 x
        wrong "--owner: '-1' is not a known user" "$program" --owner=-1 x
        wrong "--owner: ':4294967295' is not a known group" \
            "$program" --owner=:4294967295 x
        wrong "--owner: '3999999999:' is not a user with a known login group" \
            "$program" --owner=3999999999: x
    done
}

@test "wrong: end markers, suffixes, lock files" {
    local program
    for program in atomwrite uniqcreate; do
        wrong "--end-marker: not a single line of text" "$program" --end-marker= x
        wrong "--end-marker: not a single line of text" "$program" --end-marker=$'a\nb' x
    done
    wrong "--suffix: 'a/b' contains a /" uniqcreate -s a/b x
    wrong "--lock-file: empty path" atomwrite --lock-file= x
    wrong "--lock-file: empty path" lockread --lock-file= x
}

@test "wrong: atomwrite's names" {
    mkdir dir
    wrong "FILE: empty name" atomwrite ""
    wrong "dir/: a name that ends in / is not a file" atomwrite dir/
    wrong "nowhere/: a name that ends in / is not a file" atomwrite nowhere/
}

@test "wrong: atomwrite's options that do not go together" {
    local option
    for option in -a -c -k1 '-u x cat'; do
        # shellcheck disable=SC2086  # words
        wrong "--no-clobber: cannot be used with -a, -u, -c or -k" atomwrite -n $option x
    done
    wrong "--append: cannot be used with -u" atomwrite -a -u x cat
    wrong "--touch: requires -c" atomwrite --touch x
    wrong "--update: requires a COMMAND" atomwrite -u x
    # None is kept, which is no wish.
    try atomwrite -n -k0 x <<<text
    expect 0 ""
}

@test "right: numbers at the ends of their ranges" {
    try uniqcreate --time=@-62135596800 -f %Y x <<<text
    expect 0 ""
    try uniqcreate --width=20 x </dev/null
    expect 0 ""
    try uniqcreate --min-size=9223372036854775807 x </dev/null
    expect 65
    try atomwrite --min-size=8589934591G x </dev/null
    expect 65
    try atomwrite -w 9223372036 x </dev/null
    expect 0 ""
    try lockread -w inf --max-age=106751d x
    expect 0 ""
    try lockread -w 0 --max-age=9223372036.0 x
    expect 0 ""
    try lockread -w .5 --max-age=1.h x
    expect 0 ""
    try uniqcreate -m 07777 x </dev/null
    expect 0 ""
}

@test "right: the last of an option that comes twice counts, of sizes the larger" {
    try uniqcreate --time=@1 --time=@0 -f a -f %s -s a -s b x- </dev/null
    expect 0 ""
    [ "$output" = x-0-1b ]
    try uniqcreate --min-size=2 -e x <<<""
    expect 65 "uniqcreate: x: nothing was created: the input has 1 bytes, less than the 2 of --min-size"
}

@test "operands: -- ends the options, before FILE and between FILE and COMMAND" {
    try atomwrite -- -v <<<one
    expect 0 ""
    holds ./-v one
    try atomwrite file -- echo two
    expect 0 ""
    holds file two
    try uniqcreate --time=@0 -- -x- -- echo three
    expect 0 ""
    [ "$output" = -x-19700101T000000Z-1 ]
    holds "./$output" three
    try lockread -- -v
    expect 0 ""
    [ "$output" = one ]
    # A second one is COMMAND's name.
    PATH=$BUILDDIR/src:/usr/bin:/bin # all of which may be searched
    run -127 --separate-stderr atomwrite file -- -- echo
    holds file two
}

@test "operands: COMMAND keeps its own options" {
    try atomwrite file printf -- '%s\n' -v --help
    expect 0 ""
    [ "$(cat file)" = $'-v\n--help' ]
    try atomwrite file sh -c 'echo got "$@"' sh -n -q --version
    expect 0 ""
    holds file "got -n -q --version"
    try uniqcreate --time=@0 x- sh -c 'echo got "$@"' sh -l --empty -- -z
    expect 0 ""
    holds "$output" "got -l --empty -- -z"
    # Those of lockread's FILEs are FILEs.
    try lockread file --help
    expect 66 "lockread: --help: no such file"
}

@test "options: long ones may be abbreviated while it is clear which is meant" {
    try uniqcreate --ti=@0 --form=%s --suf=.txt --wid=2 x- <<<text
    expect 0 ""
    [ "$output" = x-0-01.txt ]
    try atomwrite --verb file <<<text
    expect 0
    try lockread --head file
    expect 0 ""
    [ "$output" = $'==> file <==\ntext' ]
    wrong "--no: ambiguous option" uniqcreate --no x
    wrong "--n: ambiguous option" lockread --n file
    wrong "--verb=3: option takes no value" lockread --verb=3 file
}

@test "options: letters may be bundled, and have their value in the same word or the next" {
    try uniqcreate -ezf%s --time=@0 -s.a x- <<<text
    expect 0
    holds x-0-1.a text
    try atomwrite -vk1 file <<<one
    expect 0
    try atomwrite -vk 1 file <<<two
    expect 0
    holds file.1 one
    try lockread -sw0 file
    expect 0 ""
    try lockread -sw 0 file
    expect 0 ""
    [ "$output" = two ]
}

@test "options: they are read alike whatever POSIXLY_CORRECT and the locale say" {
    try env POSIXLY_CORRECT=1 LC_ALL=de_DE.UTF-8 uniqcreate --time=@0 x- echo text
    expect 0 ""
    [ "$output" = x-19700101T000000Z-1 ]
    holds "$output" text
    try env LC_ALL=de_DE.UTF-8 lockread -w 0.5 --max-age=1.5h "$output"
    expect 0 ""
}

@test "messages: the name is that of the program, however it was called" {
    local program
    for program in "${PROGRAMS[@]}"; do
        try "$BUILDDIR/src/$program" -Q
        expect 64 "$program: -Q: unknown option (see $program --help)"
    done
}
