# shellcheck shell=bash
# The clients that are servers, each on a port of a network name space of our own.

# answers PORT: somebody listens there.
answers() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# --- the textfile collector of Prometheus

# Each client of them has an exporter, and a PORT, of its own.
scrape() { curl -sf "http://127.0.0.1:$PORT/metrics"; }
scraped_well() {
    scrape >scraped && grep -q '^node_textfile_scrape_error 0' scraped &&
        [ "$(grep -c '^backup_' scraped)" -eq 2 ]
}

client_node_exporter() {
    need prometheus-node-exporter curl
    PORT=9100
    mkdir d
    printf 'backup_age 0\nbackup_size 17\n' >d/backup.prom
    printf 'backup_age 123456789\nbackup_size {"17}\n' >broken
    printf 'backup_age 123456789\nbackup_size 171819\n' >new
    prometheus-node-exporter --collector.disable-defaults --collector.textfile \
        --collector.textfile.directory="$PWD/d" --web.listen-address="127.0.0.1:$PORT" 2>log &
    until_true answers "$PORT"
    demand scraped_well
    local number begun=${EPOCHREALTIME/./}
    for ((number = 1; number <= 1000; number++)); do
        printf 'backup_age %s\nbackup_size 17\n' "$number" |
            atomwrite --no-sync d/backup.prom || exit 1
    done &
    local writer=$! scrapes=0
    while kill -0 "$writer" 2>/dev/null; do
        demand scraped_well
        scrapes=$((scrapes + 1))
    done
    demand wait "$writer"
    demand test "$scrapes" -gt 10
    echo "measured: $scrapes scrapes beside 1000 replacements," \
        "$((1000 * 1000000 / (${EPOCHREALTIME/./} - begun))) a second, no error"
    paused ours d/backup.prom
    demand scraped_well
    resumed
    paused cat d/backup.prom
    refuse scraped_well
    resumed
}

# Debian's own collectors, run by the recipe of wholefile(7), as cron(8) would.
collect() {
    local line variables=()
    recipe prometheus >scheduled
    while IFS= read -r line; do
        line=${line//\/var\/lib\/prometheus\/node-exporter/$PWD/d}
        line=${line//\/var\/log/$1}
        case $line in
        PATH=*) variables+=("${line/PATH=/PATH=$BUILDDIR/src:}") ;;
        [A-Z]*=*) variables+=("$line") ;;
        '* * * * * root '*) env -i "${variables[@]}" sh -c "${line#* root }" || return ;;
        *) return 99 ;;
        esac
    done <scheduled
}
measured() {
    scrape >scraped && grep -q '^node_textfile_scrape_error 0' scraped &&
        grep -q '^node_directory_size_bytes{.*} [0-9]' scraped
}

client_collectors() {
    local scripts=/usr/share/prometheus-node-exporter-collectors
    need prometheus-node-exporter curl "$scripts/directory-size.sh"
    PORT=9101
    mkdir d measured
    seq 1000 >measured/f
    prometheus-node-exporter --collector.disable-defaults --collector.textfile \
        --collector.textfile.directory="$PWD/d" --web.listen-address="127.0.0.1:$PORT" 2>log &
    until_true answers "$PORT"
    demand collect "$PWD/measured"
    demand measured
    # It exits with 0 although du(1) has failed, and prints its comments alone.
    status=0
    collect "$PWD/nowhere" || status=$?
    demand test "$status" -eq 65
    demand measured
    "$scripts/directory-size.sh" "$PWD/nowhere" >d/size.prom
    refuse measured
    demand collect "$PWD/measured"
    # Others that need no hardware.
    local each
    for each in inotify-instances fstab-check.sh; do
        PATH=$scripts:$PATH demand atomwrite -e "d/${each%.*}.prom" "$each"
    done
    demand measured
}

# --- nginx

nginx_conf() {
    cat <<-EOF
	daemon off;
	pid $PWD/pid;
	error_log $PWD/error.log notice;
	events { }
	http {
	    access_log off;
	    server { listen 127.0.0.1:8080; location / { return 200 "$1\n"; } }
	}
	EOF
}
served() { [ "$(curl -sf http://127.0.0.1:8080/)" = "$1" ]; }

client_nginx() {
    need nginx curl
    nginx_conf one >conf
    nginx -c "$PWD/conf" 2>log &
    until_true served one
    # shellcheck disable=SC2016 # for the check
    check='nginx -t -q -c "$ATOMWRITE_STAGED"'
    demand atomwrite -u --check="$check" conf sed 's/one/two/'
    demand nginx -c "$PWD/conf" -s reload
    until_true served two
    status=0
    atomwrite -u --check="$check" conf sed 's/listen/listne/' || status=$?
    demand test "$status" -eq 65
    demand nginx -t -q -c "$PWD/conf"
    # In the middle of a write the old one is there whole; in place it is not.
    nginx_conf three >new
    paused ours conf
    demand nginx -t -q -c "$PWD/conf"
    resumed
    paused cat conf
    refuse nginx -t -q -c "$PWD/conf"
    resumed
    nginx -c "$PWD/conf" -s quit
}

# reloads: how many times the server has read its configuration again.
reloads() { grep -c ': reconfiguring$' error.log; }
more_reloads() { [ "$(reloads)" -gt "$1" ]; }
# Two signals at once would be one: one after the other.
reload() {
    (
        flock 9
        before=$(reloads)
        nginx -c "$PWD/conf" -s reload && until_true more_reloads "$before"
    ) 9>reload.lock
}
conf_and_reload() { atomwrite -v -c --unchanged=1 conf && reload; }

# As many reloads as there were changes, of 16 writers at once.
client_nginx_reloads() {
    need nginx curl
    nginx_conf 0 >conf
    nginx -c "$PWD/conf" 2>log &
    until_true served 0
    local writer writers=() before
    for ((writer = 0; writer < 16; writer++)); do
        # Four writers for each of four contents, twice each.
        for _ in 1 2; do
            nginx_conf "$((writer % 4))" | conf_and_reload 2>>"said.$writer"
        done &
        writers+=($!)
    done
    wait "${writers[@]}"
    demand test "$(cat said.* | grep -c 'unchanged')" -gt 0
    demand test "$(reloads)" -eq "$(cat said.* | grep -c 'replaced')"
    # What it has read was whole, each time.
    refuse grep -F '[emerg]' error.log
    nginx_conf last | demand conf_and_reload
    until_true served last
    before=$(reloads)
    nginx_conf last | refuse conf_and_reload
    demand test "$(reloads)" -eq "$before"
    # The control: nothing has changed, and it reads all again.
    nginx_conf last | cat >conf && reload
    refuse test "$(reloads)" -eq "$before"
    nginx -c "$PWD/conf" -s quit
}

# --- visudo

client_visudo() {
    need visudo
    mkdir -m 750 sudoers.d
    echo 'backup ALL=(root) NOPASSWD: /usr/bin/rsync' |
        demand atomwrite -m 0440 --check='visudo -cqf -' sudoers.d/backup
    status=0
    echo 'backup ALL=(root' | atomwrite --check='visudo -cqf -' sudoers.d/backup || status=$?
    demand test "$status" -eq 65
    demand visudo -cqf sudoers.d/backup
    demand test "$(stat -c %a sudoers.d/backup)" = 440
    echo 'backup ALL=(root' >sudoers.d/backup
    refuse visudo -cqf sudoers.d/backup
}

# --- name servers

asked() { dig +short +tries=1 +time=2 -p "$1" @127.0.0.1 "$2" A; }
has_address() { [ "$(asked "$1" "$2")" = "$3" ]; }

client_dnsmasq() {
    need dnsmasq dig
    mkdir hosts
    dnsmasq --keep-in-foreground --no-hosts --no-resolv --conf-file=/dev/null --pid-file= \
        --user=root --port=5300 --listen-address=127.0.0.1 --bind-interfaces \
        --hostsdir="$PWD/hosts" 2>log &
    until_true answers 5300
    # Without a restart, by the event of the new file alone.
    echo '192.0.2.1 one.test' | demand uniqcreate hosts/h- >/dev/null
    until_true has_address 5300 one.test 192.0.2.1
    echo '192.0.2.2 two.test' | demand atomwrite hosts/two
    until_true has_address 5300 two.test 192.0.2.2
    uniqcreate hosts/h- sh -c 'echo 192.0.2.3 three.test; exit 1'
    sh -c 'echo 192.0.2.4 four.test; exit 1' >hosts/four
    # The control: a producer that failed is believed all the same.
    until_true has_address 5300 four.test 192.0.2.4
    refuse has_address 5300 three.test 192.0.2.3
}

client_unbound() {
    need unbound dig
    cat >conf <<-EOF
	server:
	    interface: 127.0.0.1
	    port: 5301
	    do-daemonize: no
	    username: ""
	    chroot: ""
	    directory: "$PWD"
	    pidfile: "$PWD/pid"
	    use-syslog: no
	    local-zone: "test." static
	    include: "$PWD/names"
	remote-control:
	    control-enable: no
	EOF
    echo 'local-data: "a.test. A 192.0.2.1"' >names
    unbound -d -c "$PWD/conf" 2>log &
    local server=$!
    until_true answers 5301
    demand has_address 5301 a.test 192.0.2.1
    # shellcheck disable=SC2016 # for the check
    local check="sed 's|$PWD/names|'\"\$ATOMWRITE_STAGED\"'|' conf >conf.try && unbound-checkconf conf.try"
    demand atomwrite -u --check="$check" names sed 's/\.1"/.2"/'
    demand kill -HUP "$server"
    until_true has_address 5301 a.test 192.0.2.2
    status=0
    echo 'local-data: "a.test. A' | atomwrite --check="$check" names || status=$?
    demand test "$status" -eq 65
    demand unbound-checkconf conf
    printf 'local-data: "a.test. A 192.0.2.3"\nlocal-data: "b.test. A 192.0.2.4"\n' >new
    paused ours names
    demand unbound-checkconf conf
    resumed
    paused cat names
    refuse unbound-checkconf conf
    resumed
    kill "$server"
}

zone_data() {
    cat <<-EOF
	\$TTL 60
	@ SOA ns.test. root.test. ( $1 3600 600 86400 60 )
	@ NS ns.test.
	ns A 192.0.2.1
	www A 192.0.2.$1
	EOF
}

# A zone whose serial number is counted up.
client_bind() {
    need named named-checkzone dig
    cat >conf <<-EOF
	options {
	    directory "$PWD";
	    pid-file none;
	    session-keyfile "$PWD/key";
	    listen-on port 5302 { 127.0.0.1; };
	    listen-on-v6 { none; };
	    recursion no;
	};
	controls { };
	zone "test" { type primary; file "zone"; };
	EOF
    zone_data 1 >zone
    named -f -c "$PWD/conf" -L "$PWD/log" &
    local server=$!
    until_true has_address 5302 www.test 192.0.2.1
    # shellcheck disable=SC2016 # for the check
    local check='named-checkzone -q test "$ATOMWRITE_STAGED"'
    # shellcheck disable=SC2016
    demand atomwrite -u --check="$check" zone \
        awk '/SOA/ { $6++ } /^www/ { $3 = "192.0.2.2" } { print }'
    demand kill -HUP "$server"
    until_true has_address 5302 www.test 192.0.2.2
    status=0
    atomwrite -u --check="$check" zone sed 's/SOA/AOS/' || status=$?
    demand test "$status" -eq 65
    demand named-checkzone -q test zone
    zone_data 3 >new
    paused ours zone
    demand named-checkzone -q test zone
    resumed
    demand kill -HUP "$server"
    until_true has_address 5302 www.test 192.0.2.3
    paused cat zone
    refuse named-checkzone -q test zone
    resumed
    kill "$server"
}

# --- cron: a real crontab, and what it mails

client_cron() {
    need cron
    mount -t tmpfs none /var/spool/cron && mkdir -m 1730 /var/spool/cron/crontabs
    mkdir empty && mount --bind empty /etc/cron.d
    touch crontab && mount --bind crontab /etc/crontab
    mkdir ended
    printf '#!/bin/sh\ncat >>%s/mail\n' "$PWD" >sendmail
    chmod 755 sendmail
    [ -e /usr/sbin/sendmail ] || : >/usr/sbin/sendmail
    mount --bind sendmail /usr/sbin/sendmail
    echo old | tee status >lost
    cat >/var/spool/cron/crontabs/root <<-EOF
	PATH=$PATH
	* * * * * atomwrite -w 60 $PWD/good df -P
	* * * * * atomwrite $PWD/status sh -c 'echo half; exit 3'
	* * * * * sh -c 'echo half; exit 3' >$PWD/lost
	CHECK=grep -qv ^#
	* * * * * atomwrite --check="\$CHECK" $PWD/checked printf '#\ntext\n'
	EOF
    chmod 600 /var/spool/cron/crontabs/root
    cron -f -L 0 &
    local server=$! try
    for ((try = 0; try < 150; try++)); do
        [ ! -s mail ] || [ ! -s good ] || break
        sleep 1
    done
    kill "$server"
    demand grep -q Filesystem good
    demand grep -q 'atomwrite: .*status: left as it was: sh exited with status 3' mail
    demand test "$(cat status)" = old
    demand test "$(cat checked)" = $'#\ntext'
    # Only what went wrong is mailed.
    refuse grep -q good mail
    # The control: half of it is there, and no mail tells of it.
    refuse grep -q old lost
    refuse grep -q lost mail
}
