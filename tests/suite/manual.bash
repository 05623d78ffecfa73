# shellcheck shell=bash disable=SC2034,SC2154 # for those who load it
# The manual pages: what they say is what the programs do. Each literal block that a
# comment line "example: NAME" stands before is taken from the page and run here, in
# an empty directory. Absolute paths lead into that directory; what needs root, a
# network or a server meets a stand-in on PATH.

load ../common

MAN=$TESTS_DIR/../man
SOURCES=$TESTS_DIR/../src
PAGES=(atomwrite.1 uniqcreate.1 lockread.1 wholefile.7)

setup() {
    common_setup
    BIN=$BATS_TEST_TMPDIR/bin
    mkdir "$BIN"
    PATH=$BIN:$PATH
    # Elsewhere there can be a mount that it may not look at.
    df -P >/dev/null 2>&1 || echo 'exec /bin/df -P .' | stand_in df
}

# stand_in NAME [DIR]: the program NAME, a shell script of standard input.
stand_in() {
    local file=${2:-$BIN}/$1
    mkdir -p "${2:-$BIN}"
    { echo '#!/bin/sh' && cat; } >"$file"
    chmod 755 "$file"
}

# example PAGE NAME: the block, as a reader sees it.
example() {
    awk -v name="$2" '
        $1 == ".\\\"" && $2 == "example:" { wanted = $3 == name }
        wanted && /^\.Ed/ { exit }
        inside { print }
        wanted && /^\.Bd -literal/ { inside = 1 }
    ' "$MAN/$1" |
        sed -e 's/^\\&//' -e "s/\\\\(aq/'/g" -e 's/\\e/\\/g' |
        sed -E "s#(^|[[:space:]=:])/(etc|usr/share|var)/#\1$WORK/\2/#g"
}

# run_example PAGE NAME: in a shell of its own.
run_example() {
    example "$1" "$2" >"$BATS_TEST_TMPDIR/example"
    [ -s "$BATS_TEST_TMPDIR/example" ] || return 99
    sh "$BATS_TEST_TMPDIR/example"
}

# run_crontab PAGE NAME: the block is a crontab with a field for the user.
run_crontab() {
    local line minute hour day month weekday user command variables=()
    while IFS= read -r line; do
        if [[ $line =~ ^([A-Z]+)=(.*)$ ]]; then
            variables+=("$line")
            # The programs are not installed yet.
            [ "${BASH_REMATCH[1]}" != PATH ] || variables+=("PATH=${BASH_REMATCH[2]}:$PATH")
            continue
        fi
        read -r minute hour day month weekday user command <<<"$line"
        [[ $minute$hour$day$month$weekday =~ ^[0-9*/,-]+$ && $user = root ]] || return 99
        # cron(8) turns what follows into standard input.
        [[ $command != *%* ]] || return 99
        env -i PATH="$PATH" "${variables[@]}" sh -c "$command" || return
    done < <(example "$1" "$2")
    [ -n "$command" ]
}

# keeps_modes: the file system does (FAT does not).
keeps_modes() {
    : >.mode && chmod 0440 .mode
    local mode
    mode=$(stat -c %a .mode)
    rm -f .mode
    [ "$mode" = 440 ]
}

# marked PAGE: the names of its examples.
marked() { sed -n 's/^\.\\" example: \([a-z-]*\).*/\1/p' "$MAN/$1"; }

# count PAGE: four processes count to five each.
count() {
    local one pids=()
    for _ in 1 2 3 4; do
        for _ in 1 2 3 4 5; do
            sh "$BATS_TEST_TMPDIR/example" || return
        done &
        pids+=($!)
    done
    for one in "${pids[@]}"; do
        wait "$one" || return
    done
}
