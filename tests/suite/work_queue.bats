#!/usr/bin/env bats
# The work queues of README and of wholefile(7), killed at will: each producer, command,
# consumer and handler, alone and together, before, in the middle of and after its work.
# No job is lost, and each result is there once, and whole.
#
# Expressions in single quotes are for an inner shell.
# shellcheck disable=SC2016,SC2154

load manual

# The jobs below this number meet each kind of death once; the producers of those from it
# on are left alone.
DEATHS=16
JOBS=32

setup() {
    common_setup
    need flock gzip
    BIN=$BATS_TEST_TMPDIR/bin
    export QUEUE=$BATS_TEST_TMPDIR/queue
    mkdir "$BIN" "$QUEUE" "$QUEUE/busy"
    GZIP_PROGRAM=$(command -v gzip)
    export GZIP_PROGRAM
    PATH=$BIN:$PATH
    # harm KIND JOB MOMENT: once for each KIND and JOB, kills this process, the one that
    # started it, $RUN, which is the one that it is for, or all of them.
    cat >"$QUEUE/harm" <<'END_OF_HARM'
harm() {
    [ $(($2 / 4 % 4)) -eq "$3" ] && ! [ -e "$QUEUE/$1-$2" ] || return 0
    : >"$QUEUE/$1-$2"
    case $(($2 % 4)) in
    0) kill -KILL $$ ;;
    1) kill -KILL $PPID ;;
    2) kill -KILL "$RUN" ;;
    3) kill -KILL "$RUN" $PPID $$ ;;
    esac
}
END_OF_HARM
    # What writes a job, in two parts.
    stand_in df <<'END_OF_DF'
. "$QUEUE/harm"
[ "$JOB" -lt "$DEATHS" ] || harm() { :; }
harm producer "$JOB" 0
echo "Filesystem $JOB"
harm producer "$JOB" 1
echo "end of $JOB"
harm producer "$JOB" 2
END_OF_DF
    # What handles one. It has a lock of its own, which nobody else may have meanwhile.
    stand_in gzip <<'END_OF_GZIP'
. "$QUEUE/harm"
name=${LOCKREAD_FILE##*/}
exec 9>>"$QUEUE/busy/$name"
flock -n 9 || { echo "$name" >>"$QUEUE/twice"; exit 1; }
read -r _ job <"$LOCKREAD_FILE"
harm consumer "$job" 0
"$GZIP_PROGRAM" -c >"$QUEUE/$name.gz"
head -c 20 "$QUEUE/$name.gz"
harm consumer "$job" 1
tail -c +21 "$QUEUE/$name.gz"
harm consumer "$job" 2
END_OF_GZIP
    export DEATHS
}

# as_run LINE: a shell that becomes what LINE runs, which so is $RUN.
as_run() { sh -c 'export RUN=$$; eval "exec $1"' sh "$1" 2>>"$QUEUE/said"; }

# queue STORE HANDLE JOBS_DIR RESULTS_DIR [FAILED_DIR]: the lines STORE and HANDLE, until
# all that was stored is handled.
queue() {
    local job round stored=()
    for ((job = 0; job < DEATHS + JOBS; job++)); do
        if JOB=$job as_run "$1"; then
            stored+=("$job")
        fi
    done
    # All but those that death came upon, in each of its twelve ways.
    [ "$(find "$QUEUE" -name 'producer-*' | wc -l)" -eq 12 ]
    [ "${stored[*]}" = "$(seq -s ' ' 12 $((DEATHS + JOBS - 1)))" ]
    for ((round = 0; round < 1000; round++)); do
        [ -z "${5:-}" ] || mv -n "$5"/* "$3/" 2>/dev/null || :
        [ -n "$(ls "$3")" ] || break
        local pids=()
        for _ in 1 2 3 4; do
            as_run "$2" 3>&- 4>&- &
            pids+=($!)
        done
        wait "${pids[@]}" || :
    done
    [ -z "$(ls "$3")" ]
    # And so the consumers: each job from 12 on, but for every fourth four.
    [ "$(find "$QUEUE" -name 'consumer-*' | wc -l)" -eq 24 ]
    [ ! -e "$QUEUE/twice" ]
    [ "$(find "$4" -type f ! -name '.*' | wc -l)" -eq "${#stored[@]}" ]
    diff <(for job in "${stored[@]}"; do printf 'Filesystem %s\nend of %s\n' "$job" "$job"; done |
        sort) <("$GZIP_PROGRAM" -dc "$4"/* | sort)
    clean "$3"
    clean "$4"
}

@test "work queue: README's, whoever is killed" {
    local lines
    # It is on README's first screen. The programs are those on PATH: not everywhere does
    # a symbolic link lead to them.
    mapfile -t lines < <(head -n 24 "$TESTS_DIR/../README" | sed -n 's/^    \$ //; T; s|src/||g; p')
    [ "${#lines[@]}" -eq 4 ]
    sh -c "${lines[0]}"
    queue "${lines[1]}" "${lines[2]}" jobs 'done'
}

@test "work queue: that of wholefile(7), with those put aside whose handler was killed" {
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    local d=$WORK/var/spool/jobs lines
    mkdir -p "$d"/{queue,bad,done}
    { echo '#!/bin/sh' && example wholefile.7 spool-handle; } >"$d/handle"
    chmod 755 "$d/handle"
    mapfile -t lines < <(example wholefile.7 spool-queue)
    [ "${#lines[@]}" -eq 3 ]
    export D=$d
    queue "${lines[1]#* root }" "${lines[2]#* root }" "$d/queue" "$d/done" "$d/bad"
}
