#!/usr/bin/env bats
# The manual pages: what they say is what the programs do. Each literal block that a
# comment line "example: NAME" stands before is taken from the page and run here, in
# an empty directory. Absolute paths lead into that directory; what needs root, a
# network or a server meets a stand-in on PATH.
#
# shellcheck disable=SC2154 # "run" of bats assigns output and stderr

load common

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

# --- The pages themselves

@test "manual: mandoc finds nothing to warn about" {
    need mandoc
    local page
    for page in "${PAGES[@]}"; do
        run mandoc -T lint -W warning "$MAN/$page"
        [ "$status" -eq 0 ] && [ -z "$output" ] || {
            echo "$output" >&2
            return 1
        }
    done
}

@test "manual: SYNOPSIS is the usage line of --help" {
    need mandoc
    local program
    for program in atomwrite uniqcreate lockread; do
        run bash -c "mandoc -T ascii '$MAN/$program.1' | sed 's/.\x08//g' |
            sed -n '/^SYNOPSIS/{n;s/^ *//;p;}'"
        [ "usage: $output" = "$("$program" --help | head -n 1)" ]
    done
}

@test "manual: each page describes the options of --help, and no others" {
    local program
    for program in atomwrite uniqcreate lockread; do
        "$program" --help |
            sed -nE 's/^ +((-[a-zA-Z], )?--[a-z-]+(=[@A-Z]+)?(, --version)?)( .*)?$/\1/p' |
            sort >"$BATS_TEST_TMPDIR/help"
        sed -n 's/^\.It \(Fl .*\)/\1/p' "$MAN/$program.1" |
            sed -e 's/Fl Fl /--/g' -e 's/Fl /-/g' -e 's/ Ns = Ns Ar /=/' -e 's/ , /, /' |
            sort >"$BATS_TEST_TMPDIR/page"
        [ -s "$BATS_TEST_TMPDIR/help" ]
        diff "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/page" >&2
    done
}

# statuses PAGE: the numbers in its table of exit statuses.
statuses() {
    awk '/^\.S[hs] (EXIT STATUS|Exit status)/ { inside = 1; next }
        /^\.S[hs]/ { inside = 0 }
        inside && /^\.It [0-9]+$/ { print $2 }' "$MAN/$1"
}

@test "manual: the exit statuses are those of the programs" {
    local program
    sed -nE 's/^ *STATUS_[A-Z_]+ = ([0-9]+),.*/\1/p' "$SOURCES/cli/status.h" |
        awk '$1 < 256' >"$BATS_TEST_TMPDIR/known"
    [ -s "$BATS_TEST_TMPDIR/known" ]
    diff <(statuses wholefile.7) "$BATS_TEST_TMPDIR/known" >&2
    for program in atomwrite uniqcreate lockread; do
        [ "$(statuses "$program.1" | wc -l)" -gt 5 ]
        run grep -vxF -f "$BATS_TEST_TMPDIR/known" <(statuses "$program.1")
        [ -z "$output" ]
    done
}

# promise PAGE NAME: its words there.
promise() {
    awk -v item=".It Sy $2" '
        $0 == item { inside = 1; next }
        inside && /^\.(It Sy|El)/ { exit }
        inside { print }
    ' "$MAN/$1"
}

@test "manual: the promises are in the same words on every page" {
    local page name names
    names=$(sed -n 's/^\.It Sy //p' "$MAN/wholefile.7")
    [ "$(wc -l <<<"$names")" -eq 10 ]
    for page in atomwrite.1 uniqcreate.1 lockread.1; do
        while IFS= read -r name; do
            grep -qxF "$name" <<<"$names"
            [ -n "$(promise "$page" "$name")" ]
            diff <(promise "$page" "$name") <(promise wholefile.7 "$name") >&2
        done < <(sed -n 's/^\.It Sy //p' "$MAN/$page")
    done
}

@test "manual: DIAGNOSTICS are what the programs say" {
    # What is put in, and where the source breaks a string, does not matter.
    tr -d '\n' < <(find "$SOURCES" -name '*.c' -exec cat {} +) | sed 's/" *"//g' >"$BATS_TEST_TMPDIR/said"
    local page text
    for page in atomwrite.1 uniqcreate.1 lockread.1; do
        while IFS= read -r text; do
            text=${text% PID N (NAME)}
            grep -qF "$text" "$BATS_TEST_TMPDIR/said" || {
                echo "$page: $text" >&2
                return 1
            }
        done < <(awk '/^\.Sh/ { inside = $2 == "DIAGNOSTICS" }
            inside && sub(/^\.It /, "")' "$MAN/$page")
    done
}

@test "manual: every example has a name, and every name a test" {
    local page
    for page in "${PAGES[@]}"; do
        run awk '/^\.Sh/ { inside = $2 == "EXAMPLES" || $2 == "RECIPES" }
            inside && /^\.(Bd|Dl)/ && !marked { print FILENAME ": " FNR ": no name" }
            { marked = /^\.\\" example: [a-z-]+( crontab)?$/ }' "$MAN/$page"
        [ -z "$output" ] || {
            echo "$output" >&2
            return 1
        }
        marked "$page" | sed "s/^/$page /" >>"$BATS_TEST_TMPDIR/marked"
    done
    sed -nE 's/.*run_(example|crontab) ([a-z]+\.[17]) ([a-z-]+).*/\2 \3/p' \
        "$BATS_TEST_FILENAME" | sort -u >"$BATS_TEST_TMPDIR/tested"
    [ -s "$BATS_TEST_TMPDIR/marked" ]
    diff <(sort "$BATS_TEST_TMPDIR/marked") "$BATS_TEST_TMPDIR/tested" >&2
}

@test "README: its examples work" {
    need flock
    has_rung o-tmpfile || skip "no nameless files here, so no --live"
    ln -s "$BUILDDIR/src" src
    # The commands, as they are; what they print stands beneath each.
    sed -n 's/^    \$ //p' "$TESTS_DIR/../README" >"$BATS_TEST_TMPDIR/example"
    [ -s "$BATS_TEST_TMPDIR/example" ]
    try sh -eu "$BATS_TEST_TMPDIR/example"
    expect 0
    local line
    while IFS= read -r line; do
        grep -qF -- "$line" <<<"$output$stderr" || {
            printf 'missing: %s\nstdout: %s\nstderr: %s\n' "$line" "$output" "$stderr" >&2
            return 1
        }
    done < <(sed -n 's/^    -> //p' "$TESTS_DIR/../README")
    clean
}

# --- atomwrite(1)

@test "atomwrite(1): status" {
    try run_example atomwrite.1 status
    expect 0 ''
    [[ $output = Filesystem* && $output = "$(cat status)" ]]
    clean
}

@test "atomwrite(1): command" {
    try run_example atomwrite.1 command
    expect 0 ''
    grep -q ^Filesystem status
    cp status before
    echo 'echo half; exit 1' | stand_in df
    try run_example atomwrite.1 command
    expect 1 'atomwrite: status: left as it was: df exited with status 1'
    cmp status before
    clean
}

@test "atomwrite(1): pipeline" {
    printf 'b\na\nb\n' >names
    try run_example atomwrite.1 pipeline
    expect 0 ''
    [ "$(awk '{ print $1 $2 }' report | xargs)" = '1a 2b' ]
    cp report before
    rm names
    try run_example atomwrite.1 pipeline
    [ "$status" -ne 0 ]
    cmp report before
    clean
}

@test "atomwrite(1): end-marker" {
    echo 'echo content' | stand_in produce .
    try run_example atomwrite.1 end-marker
    expect 0 ''
    holds report content
    echo 'echo half; exit 1' | stand_in produce .
    try run_example atomwrite.1 end-marker
    expect 65 'atomwrite: report: left as it was: the last line is not the end marker (its producer did not finish)'
    holds report content
    clean
}

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

@test "atomwrite(1): counter" {
    try run_example atomwrite.1 counter
    expect 0 ''
    holds counter 1
    count
    holds counter 21
    clean
}

@test "atomwrite(1): json" {
    need jq
    echo '{"name":"x"}' >config.json
    try run_example atomwrite.1 json
    expect 0 ''
    [ "$(jq -c . config.json)" = '{"name":"x","debug":true}' ]
    echo '{"title":"x"}' >config.json
    try run_example atomwrite.1 json
    expect 65 'atomwrite: config.json: left as it was: the check failed with status 1: jq -e .name >/dev/null'
    holds config.json '{"title":"x"}'
    clean
}

@test "atomwrite(1): append" {
    try run_example atomwrite.1 append
    expect 0 ''
    try run_example atomwrite.1 append
    expect 0 ''
    [ "$(wc -l <visits)" -eq 2 ]
    clean
}

@test "atomwrite(1): create-once" {
    keeps_modes || skip "no modes here"
    try run_example atomwrite.1 create-once
    expect 0 ''
    [ "$(stat -c %a secret)" = 600 ]
    [ -s secret ]
    cp secret before
    try run_example atomwrite.1 create-once
    expect 0 'atomwrite: secret: left as it was: it exists already (leave out -n to replace it)'
    cmp secret before
    clean
}

@test "atomwrite(1): if-changed" {
    try run_example atomwrite.1 if-changed
    expect 0 ''
    grep -q '^#define YEAR [0-9]*$' year.h
    local before
    before=$(stat -c '%i %y' year.h)
    try run_example atomwrite.1 if-changed
    expect 0 ''
    [ "$(stat -c '%i %y' year.h)" = "$before" ]
    clean
}

@test "atomwrite(1): keep" {
    # shellcheck disable=SC2016
    echo 'echo "$RUN"' | stand_in date
    for RUN in 1 2 3 4 5; do
        export RUN
        try run_example atomwrite.1 keep
        expect 0 ''
    done
    holds stamp 5
    holds stamp.1 4
    holds stamp.2 3
    holds stamp.3 2
    [ ! -e stamp.4 ]
    clean
}

@test "atomwrite(1): branch" {
    try run_example atomwrite.1 branch
    expect 0 ''
    [ -z "$output" ]
    echo old >status
    held_turn status
    try run_example atomwrite.1 branch
    [ "$output" = "somebody else is at it" ]
    release
    echo 'exit 1' | stand_in df
    try run_example atomwrite.1 branch
    [ "$output" = "the old status stays" ]
    holds status released
    clean
}

# --- uniqcreate(1)

@test "uniqcreate(1): message" {
    mkdir inbox
    echo hello >message
    try run_example uniqcreate.1 message
    expect 0 ''
    [[ $output =~ ^"stored as "(inbox/[0-9]{8}T[0-9]{6}Z-1\.eml)$ ]]
    cmp message "${BASH_REMATCH[1]}"
    clean inbox
}

@test "uniqcreate(1): command" {
    mkdir reports
    try run_example uniqcreate.1 command
    expect 0 ''
    grep -q ^Filesystem "$output"
    rm reports/*
    echo 'exit 1' | stand_in df
    try run_example uniqcreate.1 command
    expect 1 'uniqcreate: reports/disk-: nothing was created: df exited with status 1'
    [ -z "$(ls -A reports)" ]
}

@test "uniqcreate(1): sorting" {
    mkdir words
    try run_example uniqcreate.1 sorting
    expect 0 ''
    [ "$output" = $'one\ntwo\nthree' ]
    clean words
}

@test "uniqcreate(1): live" {
    has_rung o-tmpfile || skip "no nameless files here, so no --live"
    mkdir dumps
    mkfifo "$BATS_TEST_TMPDIR/listed"
    # It does not come to its end before it was listed.
    stand_in dump . <<END
echo first
read -r _ <'$BATS_TEST_TMPDIR/listed'
echo last
END
    stand_in lockread <<END
'$(command -v lockread)' "\$@" || exit
[ "\$1" != -l ] || echo >'$BATS_TEST_TMPDIR/listed'
END
    try run_example uniqcreate.1 live
    expect 0 ''
    [[ ${lines[0]} =~ ^locked\ +[0-9]+\ uniqcreate\ .*\ dumps/[0-9]+T[0-9]+Z-1$ ]]
    [ "${lines[1]}" = first ]
    [ "${lines[2]}" = last ]
    clean dumps
}

@test "uniqcreate(1): lines" {
    mkdir jobs
    seq 300 >list
    try run_example uniqcreate.1 lines
    expect 0 ''
    [ "${#lines[@]}" -eq 300 ]
    # shellcheck disable=SC2086 # no blanks in these names
    cat $output | cmp - list
    [ "$(find jobs -type f | wc -l)" -eq 300 ]
    clean jobs
}

@test "uniqcreate(1): empty" {
    mkdir logs
    echo 'echo the job' | stand_in job .
    try run_example uniqcreate.1 empty
    expect 0 ''
    holds logs/run-*.log 'the job'
    clean logs
}

@test "uniqcreate(1): check" {
    need jq
    mkdir events
    echo "echo '{\"id\":1}'" | stand_in next-event .
    try run_example uniqcreate.1 check
    expect 0 ''
    [[ $output =~ \ events/[0-9]+T[0-9]+Z-1$ ]]
    rm events/*
    echo "echo '{}'" | stand_in next-event .
    try run_example uniqcreate.1 check
    expect 0 'uniqcreate: events/: nothing was created: the check failed with status 1: jq -e .id >/dev/null'
    [ -z "$(ls -A events)" ]
}

# --- lockread(1)

@test "lockread(1): fresh" {
    echo now >status
    try run_example lockread.1 fresh
    expect 0 ''
    [ "$output" = now ]
    touch -d '1 hour ago' status
    try run_example lockread.1 fresh
    [[ $stderr =~ ^"lockread: status: it is 36"[0-9]{2}" seconds old, too old"$ ]]
    [ "$output" = "no fresh status" ]
}

@test "lockread(1): spool" {
    need flock
    mkdir spool
    echo one >spool/1
    echo two >spool/2
    example lockread.1 spool >"$BATS_TEST_TMPDIR/example"
    try flock spool/2 sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = one ]
    try run_example lockread.1 spool
    expect 0 ''
    [ "$output" = $'one\ntwo' ]
}

@test "lockread(1): wait" {
    need flock
    exec 9>dump
    flock 9
    run_example lockread.1 wait 9>&- &
    echo whole >&9
    exec 9>&-
    wait $!
    holds copy whole
}

@test "lockread(1): newest" {
    need flock
    atomwrite -k1 status df -P
    atomwrite -k1 status df -P
    echo "Filesystem that is newest" >status
    example lockread.1 newest >"$BATS_TEST_TMPDIR/example"
    try sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = "Filesystem that is newest" ]
    try flock status sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = "$(cat status.1)" ]
    run_example lockread.1 newest
}

@test "lockread(1): branch" {
    need flock
    keeps_modes || skip "no modes here"
    echo whole >dump
    try run_example lockread.1 branch
    expect 0 ''
    [ "$output" = complete ]
    holds copy whole
    try flock dump sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = "not yet" ]
    [ ! -s copy ]
    chmod 0200 dump
    try run_example lockread.1 branch
    expect 0 ''
    [ "$output" = "its writer died" ]
    [ ! -s copy ]
    rm -f dump
    try run_example lockread.1 branch
    expect 0 ''
    [ "$output" = "something else is wrong" ]
}

@test "lockread(1): list" {
    mkdir spool
    echo one >spool/1
    try run_example lockread.1 list
    expect 0 ''
    [[ $output =~ ^free\ +-\ +4\ .*\ spool/1$ ]]
}

@test "lockread(1): json" {
    need flock jq
    mkdir spool
    : >spool/1
    : >spool/2
    example lockread.1 json >"$BATS_TEST_TMPDIR/example"
    try flock spool/2 sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$output" = flock ]
    try run_example lockread.1 json
    expect 0 ''
    [ -z "$output" ]
}

@test "lockread(1): unfinished" {
    need flock
    keeps_modes || skip "no modes here"
    mkdir spool
    : >spool/1
    : >'spool/ 2'
    : >spool/3
    chmod 0200 'spool/ 2'
    example lockread.1 unfinished >"$BATS_TEST_TMPDIR/example"
    try flock spool/3 sh "$BATS_TEST_TMPDIR/example"
    expect 0 ''
    [ "$(echo spool/*)" = 'spool/1 spool/3' ]
    run_example lockread.1 unfinished
}

# --- wholefile(7)

@test "wholefile(7): a status file from cron, and its monitor" {
    mkdir -p var/lib/status
    try run_example wholefile.7 cron-monitor
    [[ $output = "no fresh status" && $stderr = *": there is no such file" ]]
    try run_crontab wholefile.7 cron-status
    expect 0 ''
    grep -q ^Filesystem var/lib/status/disk
    try run_example wholefile.7 cron-monitor
    expect 0 ''
    [[ $output = Filesystem* ]]
    echo 'exit 1' | stand_in df
    try run_crontab wholefile.7 cron-status
    expect 1 "atomwrite: $WORK/var/lib/status/disk: left as it was: df exited with status 1"
    grep -q ^Filesystem var/lib/status/disk
    clean var/lib/status
}

@test "wholefile(7): a Prometheus textfile" {
    keeps_modes || skip "no modes here"
    local d=var/lib/prometheus/node-exporter
    mkdir -p $d var/log
    # As Debian's: du(1), turned into metrics.
    stand_in directory-size.sh usr/share/prometheus-node-exporter-collectors <<'END'
echo '# TYPE node_directory_size_bytes gauge'
du -s "$@" | awk '{ printf "node_directory_size_bytes{directory=\"%s\"} %d\n", $2, $1 * 1024 }'
END
    try run_crontab wholefile.7 prometheus
    expect 0 ''
    grep -qE '^node_directory_size_bytes\{directory=".*/var/log"\} [0-9]+$' $d/size.prom
    [ "$(stat -c %a $d/size.prom)" = 644 ]
    cp $d/size.prom before
    true | stand_in directory-size.sh usr/share/prometheus-node-exporter-collectors
    try run_crontab wholefile.7 prometheus
    expect 65 "atomwrite: $WORK/$d/size.prom: left as it was: the input is empty"
    cmp before $d/size.prom
    clean $d
}

@test "wholefile(7): a Prometheus textfile of a pipeline" {
    local d=var/lib/prometheus/node-exporter
    mkdir -p $d
    printf 'echo "fan1_input: 42"\n' | stand_in sensors
    stand_in hw.awk usr/share/prometheus-node-exporter-collectors <<'END'
exec awk '{ sub(/:/, ""); print "node_hw_" $1, $2 }'
END
    try run_crontab wholefile.7 prometheus-pipeline
    expect 0 ''
    holds $d/hw.prom 'node_hw_fan1_input 42'
    printf 'echo "fan1_input: 7"; exit 3\n' | stand_in sensors
    try run_crontab wholefile.7 prometheus-pipeline
    expect 3 "atomwrite: $WORK/$d/hw.prom: left as it was: bash exited with status 3"
    holds $d/hw.prom 'node_hw_fan1_input 42'
    clean $d
}

@test "wholefile(7): sudoers" {
    keeps_modes || skip "no modes here"
    mkdir -p etc/sudoers.d
    command -v visudo >/dev/null ||
        echo "grep -qE '^[a-z]+ ALL=\([a-z]+\) [A-Z]+: /[a-z/]+\$'" | stand_in visudo
    try run_example wholefile.7 sudoers
    expect 0 ''
    holds etc/sudoers.d/backup 'backup ALL=(root) NOPASSWD: /usr/bin/rsync'
    [ "$(stat -c %a etc/sudoers.d/backup)" = 440 ]
    # The check is what decides.
    echo 'echo "syntax error" >&2; exit 1' | stand_in visudo
    try run_example wholefile.7 sudoers
    [ "$status" -eq 65 ]
    clean etc/sudoers.d
}

@test "wholefile(7): nginx" {
    mkdir -p etc/nginx
    printf 'user nobody;\nevents {}\n' >etc/nginx/nginx.conf
    # Its options as in the recipe; a configuration needs events, and a user it knows.
    stand_in nginx <<'END'
if [ "$1" = -s ]; then
    [ "$2" = reload ] && : >reloaded
    exit
fi
[ "$1 $2 $3" = "-t -q -c" ] && grep -q '^events {' "$4" && ! grep -q '^user .*[^a-z-].*;' "$4"
END
    try run_example wholefile.7 nginx
    expect 0 ''
    [ "$(cat etc/nginx/nginx.conf)" = $'user www-data;\nevents {}' ]
    [ -e reloaded ]
    rm reloaded
    echo 'user nobody;' >etc/nginx/nginx.conf
    try run_example wholefile.7 nginx
    # shellcheck disable=SC2016
    expect 65 "atomwrite: $WORK/etc/nginx/nginx.conf: left as it was: the check failed with status 1: "'nginx -t -q -c "$ATOMWRITE_STAGED"'
    holds etc/nginx/nginx.conf 'user nobody;'
    [ ! -e reloaded ]
    clean etc/nginx
}

@test "wholefile(7): a counter" {
    echo 20 >counter
    try run_example wholefile.7 counter
    expect 0 ''
    count
    holds counter 41
    clean
}

@test "wholefile(7): a spool and its reader" {
    need flock
    mkdir spool
    for input in one two three; do
        echo $input >input
        try run_example wholefile.7 spool-writer
        expect 0 ''
    done
    local events=(spool/*.event)
    [ "${#events[@]}" -eq 3 ]
    # One is being written, and one cannot be handled yet.
    echo 'tee -a handled | grep -qv two' | stand_in handle .
    example wholefile.7 spool-reader >"$BATS_TEST_TMPDIR/example"
    try flock "${events[2]}" sh "$BATS_TEST_TMPDIR/example"
    [ "$(xargs <handled)" = 'one two' ]
    [ "$(cat spool/* | xargs)" = 'two three' ]
    echo 'cat >>handled' | stand_in handle .
    try run_example wholefile.7 spool-reader
    expect 0 ''
    [ -z "$(ls -A spool)" ]
    [ "$(xargs <handled)" = 'one two two three' ]
}

# far: ssh(1) to a host that has a large database.
far() {
    # shellcheck disable=SC2016
    echo '[ "$1" = db ] && shift && exec "$@"' | stand_in ssh
    # shellcheck disable=SC2016
    echo '[ "$1" = shop ] && seq 1000' | stand_in pg_dump
}

@test "wholefile(7): a dump that must be complete" {
    far
    for _ in 1 2 3 4; do
        try run_example wholefile.7 dump
        expect 0 ''
    done
    [ "$(echo shop.sql*)" = 'shop.sql shop.sql.1 shop.sql.2' ]
    seq 1000 | cmp - shop.sql
    echo 'seq 500; exit 255' | stand_in ssh
    try run_example wholefile.7 dump
    expect 255 'atomwrite: shop.sql: left as it was: ssh exited with status 255'
    echo 'echo nothing much' | stand_in ssh
    try run_example wholefile.7 dump
    expect 65 'atomwrite: shop.sql: left as it was: the input has 13 bytes, less than the 1024 of --min-size'
    seq 1000 | cmp - shop.sql
    clean
}

@test "wholefile(7): a dump with an end marker" {
    far
    try run_example wholefile.7 dump-marker
    expect 0 ''
    seq 1000 | cmp - shop.sql
    echo 'seq 500; exit 255' | stand_in ssh
    try run_example wholefile.7 dump-marker
    expect 65 'atomwrite: shop.sql: left as it was: the last line is not the end marker (its producer did not finish)'
    seq 1000 | cmp - shop.sql
    clean
}

@test "wholefile(7): a live dump" {
    has_rung o-tmpfile || skip "no nameless files here, so no --live"
    far
    try run_example wholefile.7 dump-live
    expect 0 ''
    [[ $output =~ ^shop-[0-9]{4}-[0-9]{2}-[0-9]{2}-1\.sql$ ]]
    seq 1000 | cmp - "$output"
    clean
}

@test "wholefile(7): a reader that always has an answer" {
    try run_example wholefile.7 kept-writer
    expect 0 ''
    try run_example wholefile.7 kept-reader
    expect 0 ''
    [ "$output" = "$(cat status)" ]
    try run_example wholefile.7 kept-writer
    expect 0 ''
    echo spoilt >status
    try run_example wholefile.7 kept-reader
    expect 0 ''
    [ "$output" = "$(cat status.1)" ]
    clean
}

@test "wholefile(7): together with flock" {
    need flock
    printf 'serial 1\n' >zone
    try run_example wholefile.7 flock-script
    expect 0 ''
    grep -qE '^serial [0-9]{9,}$' zone
    try run_example wholefile.7 flock-joined
    expect 0 ''
    [[ $output =~ ^serial\ [0-9]+$'\n'"www A 192.0.2.7"$ ]]
    # They do respect it.
    sed 's/atomwrite/& -w 0/' "$BATS_TEST_TMPDIR/example" >"$BATS_TEST_TMPDIR/impatient"
    try flock zone.lock sh "$BATS_TEST_TMPDIR/impatient"
    expect 75
    [ -z "$output" ]
    [ "$(grep -c 'locked by PID [0-9]* (flock)' <<<"$stderr")" -eq 2 ]
    clean
}

@test "wholefile(7): a log that is written in place" {
    need flock
    command -v uptime >/dev/null || echo 'echo up' | stand_in uptime
    try run_example wholefile.7 flock-in-place
    expect 0 ''
    [ "${#lines[@]}" -eq 2 ]
    [ "$output" = "$(cat log)" ]
}
