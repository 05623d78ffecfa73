#!/usr/bin/env bats
# What the shells complete, in src/completion: exactly the options of --help, and what
# can follow them.
#
# Expressions in single quotes are for an inner shell, run(1) of bats sets status, output
# and stderr, and each test is a process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2153,SC2154

load ../common

COMPLETION=$TESTS_DIR/../src/completion
PROGRAMS=(atomwrite uniqcreate lockread)

# options PROGRAM: those of --help, sorted; those that want a value end with "=".
options() {
    "$1" --help | sed -nE '/^  (-.,|   ) --/{
        s/^ +//
        s/(, --version).*/\1/
        # Two blanks, or one after a value that is long, begin what is said of it.
        s/^((-., )?--[a-z0-9-]+(=@?[A-Z]+)?) .*/\1/
        s/^-(.), (--[a-z-]+)=.*/-\1=\n\2=/
        s/=@?[A-Z]+$/=/
        s/, /\n/g
        p
    }' | LC_ALL=C sort
}

# in_bash LINE: what bash completes at the end of LINE, sorted.
in_bash() {
    bash --norc --noprofile -c '
        source "$1"
        read -ra COMP_WORDS <<<"$(sed "s/[=:]/ & /g" <<<"$2")"
        [[ $2 != *" " ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        text=${COMP_WORDS[COMP_CWORD]}
        [[ $text != [=:] ]] || text=""
        function=$(complete -p "${COMP_WORDS[0]}" | sed "s/.*-F \([^ ]*\).*/\1/")
        "$function" "${COMP_WORDS[0]}" "$text" "${COMP_WORDS[COMP_CWORD - 1]}"
        [ "${#COMPREPLY[@]}" -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"
    ' bash "$COMPLETION/wholefile.bash" "$1" | LC_ALL=C sort
}

# in_fish LINE: the same for fish, without what it says of each.
in_fish() {
    HOME=$BATS_TEST_TMPDIR XDG_CONFIG_HOME=$BATS_TEST_TMPDIR \
        fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
        "$COMPLETION/wholefile.fish" "$1" </dev/null | cut -f 1 | LC_ALL=C sort
}

# in_zsh LINE: the same for zsh, at a terminal of its own: whatever is given to compadd,
# but where it only asks which of its arguments match (-A, -O, -D).
in_zsh() {
    HOME=$BATS_TEST_TMPDIR ZDOTDIR=$BATS_TEST_TMPDIR zsh -f -c '
        zmodload zsh/zpty || exit 99
        export TERM=dumb
        zpty shell zsh -f -i
        zpty -w shell "PS1= PS2= RPS1=; unsetopt zle_bracketed_paste; stty cols 200 -echo
            fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u
            take() { compstate[insert]= ; print -r -- @\${(j:@:)found}@END }
            compadd() {
                local -a given
                if (( ! \${argv[(I)-[AOD]]} )); then
                    builtin compadd -O given \"\$@\"
                    found+=(\"\${given[@]}\")
                fi
                builtin compadd \"\$@\"
            }
            comppostfuncs=(take); bindkey ^I complete-word; print READY-\$((1 + 1))"
        zpty -r shell text "*READY-2*"
        zpty -w -n shell "$2"$'"'\t'"'
        zpty -r shell text "*@END*"
        print -r -- "$text"
        zpty -d shell
    ' zsh "$COMPLETION" "$1" </dev/null |
        tr -d '\r' | sed -n 's/^[^@]*@\(.*\)@END.*/\1/p' | tr @ '\n' | sed '/^$/d' |
        LC_ALL=C sort -u
}

# zsh_options PROGRAM: all that zsh is told of, spelled as "options" does.
zsh_options() {
    zsh -f -c '
        _arguments() { print -rl -- "$@" }
        service=$2 source "$1"
    ' zsh "$COMPLETION/_wholefile" "$1" |
        sed -nE 's/^(\([^)]*\))?(-[^[]*)\[.*/\2/p' |
        sed -E 's/^(-.)\+$/\1=/' | LC_ALL=C sort
}

@test "completion: bash knows exactly the options of --help" {
    local program
    for program in "${PROGRAMS[@]}"; do
        diff <(options "$program") <(
            bash -c 'source "$1"; printf "%s\n" $(_wholefile_options "$2")' \
                bash "$COMPLETION/wholefile.bash" "$program" | LC_ALL=C sort
        )
        # And says so: letters without what is for the long ones.
        diff <(options "$program" | sed 's/^\(-[^-]\)=$/\1/') <(in_bash "$program -")
    done
}

@test "completion: zsh knows exactly the options of --help" {
    local program
    need zsh
    for program in "${PROGRAMS[@]}"; do
        diff <(options "$program") <(zsh_options "$program")
    done
}

@test "completion: fish knows exactly the options of --help" {
    local each program
    local valued='^complete.* (--exclusive|--force-files|--require-parameter)'
    need fish
    for program in "${PROGRAMS[@]}"; do
        diff <(options "$program" | tr -d =) <({
            in_fish "$program -"
            in_fish "$program --"
        } | LC_ALL=C sort -u | tr -d =)
        # And which of them want a value, when it says whether FILE is over.
        for each in 'complete -c $argv[2] | grep -E -- "$valued.* -[ls] "' \
            '__wholefile_valued $argv[2]'; do
            diff <(options "$program" | sed -n 's/=$//p') <(
                fish --no-config -c "set valued '$valued'; source \$argv[1]; $each" \
                    "$COMPLETION/wholefile.fish" "$program" |
                    sed 's/^complete.* -l \([^ ]*\) .*/--\1/; s/^complete.* -s \([^ ]\) .*/-\1/' |
                    LC_ALL=C sort
            )
        done
    done
}

# things: what there is to complete: files, directories, and two programs.
things() {
    mkdir place-dir "$BATS_TEST_TMPDIR/programs"
    : >place-file
    for each in one two; do
        printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/programs/wholefile-$each"
        chmod 755 "$BATS_TEST_TMPDIR/programs/wholefile-$each"
    done
    PATH=$BATS_TEST_TMPDIR/programs:$PATH
}

# completes SHELL LINE WORD...: those, and no others; a directory may end with "/".
completes() {
    local shell=$1 line=$2
    shift 2
    diff <([ $# -eq 0 ] || printf '%s\n' "$@") \
        <("in_$shell" "$line" | sed 's,/$,,; s/^--[a-z0-9-]*=\(.\)/\1/')
}

# values SHELL: in every place of a command line what can stand there.
values() {
    completes "$1" 'atomwrite pl' place-dir place-file
    completes "$1" 'uniqcreate -q pl' place-dir place-file
    completes "$1" 'lockread place-file pl' place-dir place-file
    completes "$1" 'atomwrite --lock-file pl' place-dir place-file
    completes "$1" 'lockread --lock-file=pl' place-dir place-file
    completes "$1" 'lockread --files0-from=pl' place-dir place-file
    completes "$1" 'lockread --take=cat --failed=pl' place-dir
    completes "$1" 'lockread --failed pl' place-dir
    completes "$1" 'lockread -w ' 0 inf
    completes "$1" 'atomwrite --wait=i' inf
    completes "$1" 'atomwrite -m 06' 0600 0640 0644
    completes "$1" 'atomwrite -k pl'
    completes "$1" 'uniqcreate --min-size=pl'
    completes "$1" 'lockread --max-age pl'
    completes "$1" 'lockread --take=wholefile-' wholefile-one wholefile-two
    completes "$1" 'atomwrite --check wholefile-' wholefile-one wholefile-two
    completes "$1" 'atomwrite --owner=roo' root
    completes "$1" 'atomwrite place-file wholefile-' wholefile-one wholefile-two
    completes "$1" 'uniqcreate -m 0644 --suffix=x place- wholefile-' wholefile-one wholefile-two
    completes "$1" 'atomwrite -w 1 place-file wholefile-one pl' place-dir place-file
    # Options end at the first operand.
    completes "$1" 'lockread place-file --ski'
    completes "$1" 'lockread --ski' --skip
}

@test "completion: bash completes values, files, directories and commands" {
    things
    values bash
    completes bash 'atomwrite --owner=root:roo' root
    completes bash 'atomwrite --owner=root:roo place-file wholefile-o' wholefile-one
    completes bash 'atomwrite -ek 3 -- place-file wholefile-t' wholefile-two
    completes bash 'atomwrite -k3 -- pl' place-dir place-file
}

@test "completion: fish completes values, files, directories and commands" {
    need fish
    things
    values fish
    completes fish 'atomwrite --owner=root:roo' root:root
}

@test "completion: zsh completes values, files, directories and commands" {
    need zsh
    zsh -f -c 'zmodload zsh/zpty && zpty t true' 2>/dev/null || skip "needs a terminal of its own"
    things
    values zsh
}

@test "completion: make install puts them where the shells look, uninstall removes them" {
    local root=$BATS_TEST_TMPDIR/root each shared
    [ -e "$BUILDDIR/Makefile" ] || skip "needs a build tree"
    need make
    env -u MAKEFLAGS -u MAKELEVEL make -s -C "$BUILDDIR" install-data-local \
        install-dist_zshcompletionDATA DESTDIR="$root" datadir=/usr/share >/dev/null
    shared=$root/usr/share
    for each in "${PROGRAMS[@]}"; do
        cmp "$COMPLETION/wholefile.bash" "$shared/bash-completion/completions/$each"
        cmp "$COMPLETION/wholefile.fish" "$shared/fish/vendor_completions.d/$each.fish"
    done
    cmp "$COMPLETION/_wholefile" "$shared/zsh/site-functions/_wholefile"
    env -u MAKEFLAGS -u MAKELEVEL make -s -C "$BUILDDIR" uninstall-local \
        uninstall-dist_zshcompletionDATA DESTDIR="$root" datadir=/usr/share >/dev/null
    [ -z "$(find "$root" -type f)" ]
}
