# shellcheck shell=bash
# Completion of atomwrite(1), uniqcreate(1) and lockread(1) for bash. Needs nothing else;
# where bash-completion is loaded the arguments of a COMMAND are completed by it.

# The options of PROGRAM: those that want a value end with "=".
_wholefile_options() {
    local accept='-e --non-empty --min-size= --check=' write='--end-marker= -m= --mode=
        --owner= -p --parents --no-sync' wait='-w= --wait= --lock-file=' rest='-v --verbose --progress
        --help --version'
    case $1 in
    atomwrite)
        echo "-a --append -u --update -n --no-clobber -c --if-changed --unchanged= --touch
            -k= --keep= -P --no-dereference $accept $write $wait $rest"
        ;;
    uniqcreate)
        echo "-f= --format= --local --time= -s= --suffix= --width= -l --live --empty
            --lines --null --retain= -z --zero -q --quiet $accept $write $rest"
        ;;
    lockread)
        echo "--newest --max-age= -s --skip --files0-from= --await --take= --failed=
            --headers -l --list --json -z --zero -q --quiet $accept $wait $rest"
        ;;
    esac
}

# Whether WORD ends with a value that comes next: "--keep", "-k", "-ek".
_wholefile_wants_value() {
    local word=$1 letter
    shift
    case $word in
    --*) [[ " $* " = *" $word= "* ]] ;;
    -?*)
        # A value may follow its letter at once: only the last one wants the next word.
        while word=${word#?} && [ -n "$word" ]; do
            letter=${word:0:1}
            [[ " $* " != *" -$letter= "* ]] || break
        done
        [ "${#word}" -eq 1 ]
        ;;
    *) false ;;
    esac
}

# Sets COMPREPLY to what KIND of file begins with TEXT: -f any, -d directories.
_wholefile_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

# Sets COMPREPLY to the values of OPTION that begin with TEXT. $has_colon: that is the
# group of an owner.
_wholefile_value() {
    local option=$1 text=$2
    case $option in
    --lock-file | --files0-from) _wholefile_files -f "$text" ;;
    --failed) _wholefile_files -d "$text" ;;
    --check | --take) mapfile -t COMPREPLY < <(compgen -c -- "$text" | sort -u) ;;
    --owner)
        if [ -n "$has_colon" ]; then
            mapfile -t COMPREPLY < <(compgen -g -- "$text")
        else
            compopt -o nospace 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -u -- "$text")
        fi
        ;;
    -w | --wait) mapfile -t COMPREPLY < <(compgen -W '0 inf' -- "$text") ;;
    -m | --mode) mapfile -t COMPREPLY < <(compgen -W '0600 0640 0644 0755' -- "$text") ;;
    esac
}

# The words from POSITION on are a command line of their own.
_wholefile_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [ "$COMP_CWORD" -eq "$1" ]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$2" | sort -u)
    else
        _wholefile_files -f "$2"
    fi
}

# Sets COMPREPLY to those of OPTION... that begin with TEXT.
_wholefile_names() {
    local text=$1 each
    shift
    for each; do
        # The value of a letter is a word of its own.
        [[ $each = --* ]] || each=${each%=}
        [[ $each != "$text"* ]] || COMPREPLY+=("$each")
    done
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
}

_wholefile() {
    local program=${1##*/} text=$2 option='' has_colon='' ended='' options position word
    read -rd '' -a options <<<"$(_wholefile_options "$program")"
    COMPREPLY=()
    # bash makes words of "--owner", "=", "root", ":" and "adm".
    case $text in = | :) text='' ;; esac
    for ((position = 1; position < COMP_CWORD; position++)); do
        word=${COMP_WORDS[position]}
        if [ -n "$option" ]; then
            [ "$word" != = ] || continue
            if [ "$word" = : ] || [ "${COMP_WORDS[position + 1]}" = : ]; then
                has_colon=yes
                continue
            fi
            option='' has_colon=''
        elif [ "$word" = -- ]; then
            ended=yes
            position=$((position + 1))
            break
        elif _wholefile_wants_value "$word" "${options[@]}"; then
            option=$word
            [[ $word = --* ]] || option=-${word: -1}
        elif [[ $word != -?* ]]; then
            break
        fi
    done
    # POSITION is that of FILE, or of what is being completed.
    if [ -n "$option" ]; then
        _wholefile_value "$option" "$text"
    elif [ "$position" -lt "$COMP_CWORD" ] && [ "$program" != lockread ]; then
        _wholefile_command $((position + 1)) "$text"
    elif [ "$position" -eq "$COMP_CWORD" ] && [ -z "$ended" ] && [[ $text = -* ]]; then
        _wholefile_names "$text" "${options[@]}"
    else
        _wholefile_files -f "$text"
    fi
}

complete -F _wholefile atomwrite uniqcreate lockread
