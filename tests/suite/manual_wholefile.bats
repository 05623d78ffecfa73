#!/usr/bin/env bats
# The examples of wholefile(7).
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load manual

# --- wholefile(7)

@test "wholefile(7): one directory an hour" {
    mkdir -p var/spool
    echo text >message
    try run_example wholefile.7 one-directory-an-hour
    expect 0 ''
    holds "$output" text
    [[ ${output#"$WORK/"} =~ ^var/spool/mail/[0-9]{8}T[0-9]{2}/[0-9]{8}T[0-9]{6}Z-1$ ]]
}

@test "wholefile(7): a status file from cron, and its monitor" {
    mkdir -p var/lib/status
    try run_example wholefile.7 cron-monitor
    [[ $output = "no fresh status" && $stderr = *": no such file" ]]
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
    umask 022
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
    # One that prints nothing, and one whose du(1) failed unseen.
    local end
    for end in : 'echo "# TYPE node_directory_size_bytes gauge"'; do
        echo "$end" | stand_in directory-size.sh usr/share/prometheus-node-exporter-collectors
        try run_crontab wholefile.7 prometheus
        expect 65 "atomwrite: $WORK/$d/size.prom: left as it was: the check failed with status 1: grep -qv ^#"
        cmp before $d/size.prom
    done
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

@test "wholefile(7): a daemon that reads its configuration again" {
    mkdir etc
    echo 'cat input' | stand_in generate .
    echo 'echo "$*" >>reloads' | stand_in systemctl
    echo one >input
    try run_example wholefile.7 reload
    expect 0 ''
    try run_example wholefile.7 reload
    expect 1 ''
    holds etc/app.conf one
    holds reloads 'reload app'
    clean etc
}

@test "wholefile(7): a daemon whose reload was killed is reloaded by the next run" {
    echo 'cat input' | stand_in generate .
    echo 'echo "$*" >>reloads' | stand_in systemctl
    local each
    for each in one one two two; do
        echo $each >input
        try run_example wholefile.7 reload-after-a-kill
        expect 0 ''
    done
    holds reloads $'reload app\nreload app'
    # A new configuration, and no reload.
    try atomwrite -c app.conf <<<three
    expect 0 ''
    echo three >input
    echo 'kill -KILL $PPID' | stand_in systemctl
    try run_example wholefile.7 reload-after-a-kill
    expect 137
    echo 'echo "$*" >>reloads' | stand_in systemctl
    try run_example wholefile.7 reload-after-a-kill
    expect 0 ''
    [ "$(wc -l <reloads)" -eq 3 ]
    try run_example wholefile.7 reload-after-a-kill
    expect 0 ''
    [ "$(wc -l <reloads)" -eq 3 ]
    clean
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
    try flock -o "${events[2]}" sh "$BATS_TEST_TMPDIR/example"
    [ "$(xargs <handled)" = 'one two' ]
    [ "$(cat spool/* | xargs)" = 'two three' ]
    echo 'cat >>handled' | stand_in handle .
    try run_example wholefile.7 spool-reader
    expect 0 ''
    [ -z "$(ls -A spool)" ]
    [ "$(xargs <handled)" = 'one two two three' ]
}

@test "wholefile(7): a work queue" {
    ! has_placeholder || skip "nothing here moves a file without replacing another"
    mkdir -p var/spool/jobs/queue var/spool/jobs/bad
    mkdir var/spool/jobs/done
    D=var/spool/jobs LOCKREAD_FILE=queue/x try run_example wholefile.7 spool-handle <<<text
    [ "$(zcat var/spool/jobs/done/x)" = text ]
    example wholefile.7 spool-handle | stand_in handle var/spool/jobs
    try run_crontab wholefile.7 spool-queue
    expect 0 ''
    zcat var/spool/jobs/done/disk-* | grep -q ^Filesystem
    [ -z "$(ls -A var/spool/jobs/queue)" ]
    echo 'exit 1' | stand_in handle var/spool/jobs
    try run_crontab wholefile.7 spool-queue
    [ "$status" -eq 1 ]
    [ "$(find var/spool/jobs/bad -type f | wc -l)" -eq 1 ]
    [ -z "$(ls -A var/spool/jobs/queue)" ]
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
    try flock -o zone.lock sh "$BATS_TEST_TMPDIR/impatient"
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
