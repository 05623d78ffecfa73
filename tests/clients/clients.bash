# shellcheck shell=bash disable=SC2154 # for run
# What the clients have in common, and those that need no server. Each runs in a shell and
# a directory of its own; any command that fails ends it.

# need TOOL...: ends as skipped where one is missing.
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || {
            echo "needs $tool"
            exit 77
        }
    done
}

# demand COMMAND...: it succeeds, or the client has failed.
demand() {
    "$@" || {
        echo "failed: $*"
        exit 1
    }
}
# refuse COMMAND...: the control; it has to fail.
refuse() {
    if "$@"; then
        echo "did not fail: $*"
        exit 1
    fi
}

# until_true COMMAND...: tries until it succeeds; a client that never gets there has failed.
until_true() {
    local try
    for ((try = 0; try < 600; try++)); do
        ! "$@" 2>/dev/null || return 0
        sleep 0.05
    done
    echo "never true: $*"
    exit 1
}

# recipe NAME: an example of wholefile(7), as a reader sees it.
recipe() {
    awk -v name="$1" '
        $1 == ".\\\"" && $2 == "example:" { wanted = $3 == name }
        wanted && /^\.Ed/ { exit }
        inside { print }
        wanted && /^\.Bd -literal/ { inside = 1 }' "${here%/*/*}/man/wholefile.7" |
        sed 's/^\\&//; s/\\(aq/'"'"'/g; s/\\e/\\/g'
}

# paused HOW FILE: a producer writes the file "new" in two parts, and waits between them
# until "resumed". HOW: ours, through atomwrite; cat, in place.
paused() {
    local how=$1 file=$2 half
    half=$(($(stat -c %s new) * 2 / 3))
    rm -f half resume
    mkfifo half resume
    cat >produce <<-EOF
	head -c $half new
	echo >half
	read -r _ <resume
	tail -c +$((half + 1)) new
	EOF
    if [ "$how" = ours ]; then
        sh produce | atomwrite "$file" &
    else
        sh produce >"$file" &
    fi
    PRODUCER=$!
    read -r _ <half
}
resumed() {
    echo >resume
    wait "$PRODUCER"
}

# replaces FILE COUNT: that many versions of 1,000 equal lines, each a number.
replaces() {
    local number
    for ((number = 1; number <= $2; number++)); do
        yes "$number" | head -n 1000 | atomwrite --no-sync "$1" || return 1
    done
}
# one_version FILE: it has 1,000 lines, all alike.
one_version() {
    [ "$(sort "$1" | uniq -c | awk '{ print $1 }')" = 1000 ]
}

# A file of 1 GB (16 MB for --short) that is delivered to a reader who waits for it.
client_rsync_await() {
    need rsync
    mkdir from to
    yes 'a line' | head -c "$LARGE_BYTES" >from/f
    # Woken by each part of it, which comes under a hidden name.
    lockread --await -w 600 -e to/f >got &
    local reader=$!
    demand rsync from/f to/f
    demand wait "$reader"
    demand cmp from/f got
    rm to/f
    # The control: half of it is there, and the other half when the reader has ended.
    lockread --await -w 600 -e to/f >got &
    reader=$!
    mkfifo go
    {
        head -c $((LARGE_BYTES / 2)) from/f
        read -r _ <go
        tail -c +$((LARGE_BYTES / 2 + 1)) from/f
    } | cat >to/f &
    local writer=$!
    demand wait "$reader"
    echo >go
    demand wait "$writer"
    demand cmp from/f to/f
    refuse cmp from/f got
}

client_rsync() {
    need rsync
    mkdir from
    yes 0 | head -n 1000 >from/f
    replaces from/f 200 &
    local writer=$! copies=0
    while kill -0 "$writer" 2>/dev/null; do
        # 24: what was listed is gone, which a hidden name soon is.
        rsync -a --checksum from/ to/ 2>said || demand test $? -eq 24
        demand one_version to/f
        copies=$((copies + 1))
    done
    demand wait "$writer"
    demand test "$copies" -gt 3
    yes 9 | head -n 1000 >new
    paused ours from/f
    demand rsync -a --checksum from/ to/
    demand one_version to/f
    resumed
    paused cat from/f
    rsync -a --checksum from/ to/
    refuse one_version to/f
    resumed
}

client_tar() {
    need tar
    mkdir from to
    yes 0 | head -n 1000 >from/f
    replaces from/f 200 &
    local writer=$!
    while kill -0 "$writer" 2>/dev/null; do
        # 1: the directory changed while it was read, which it does, or so did the file,
        # for an inode that loses its last name has a new ctime. The copy is whole.
        tar -cf a.tar from 2>said || demand test $? -eq 1
        demand tar -xf a.tar -C to
        demand one_version to/from/f
    done
    demand wait "$writer"
    yes 9 | head -n 1000 >new
    paused cat from/f
    tar -cf a.tar from
    tar -xf a.tar -C to
    refuse one_version to/from/f
    resumed
}

client_logrotate() {
    need logrotate
    cat >conf <<-EOF
	"$PWD/log" {
	    rotate 3
	    create 0644 root root
	}
	EOF
    chmod 644 conf
    local round
    for round in 1 2 3 4; do
        seq 100 | sed "s/^/$round /" >log
        seq 100 | sed "s/^/$round /" | atomwrite -k 2 status
        demand logrotate -f -s "$PWD/state" conf
        demand test "$(cut -d ' ' -f 1 status | sort -u)" = "$round"
    done
    # Both keep their versions side by side, whole.
    demand test "$(ls)" = $'conf\nlog\nlog.1\nlog.2\nlog.3\nstate\nstatus\nstatus.1\nstatus.2'
    demand test "$(wc -l <status.2)" -eq 100
    # What it does with the suite's own file: it is moved away, and comes back whole.
    sed "s|/log\"|/status\"|" conf >conf2
    chmod 644 conf2
    demand logrotate -f -s "$PWD/state" conf2
    seq 100 | atomwrite -k 2 status
    demand test "$(wc -l <status)" -eq 100
    # In the middle of a write it moves a whole one away; in place, half of one.
    yes 5 | head -n 1000 | tee new >status
    paused ours status
    demand logrotate -f -s "$PWD/state" conf2
    demand one_version status.1
    resumed
    demand one_version status
    paused cat status
    demand logrotate -f -s "$PWD/state" conf2
    refuse one_version status.1
    resumed
}

client_tail_follow() {
    need tail
    echo one >f
    tail -F f >followed 2>said &
    local tail_pid=$!
    until_true grep -q one followed
    echo two | atomwrite f
    until_true grep -q two followed
    echo three | atomwrite f
    until_true grep -q three followed
    demand test "$(cat followed)" = $'one\ntwo\nthree'
    demand grep -q 'has been replaced' said
    # In place it is another story: what was cut off is seen as such.
    echo 4 >f
    until_true grep -q 'file truncated' said
    kill "$tail_pid"
}

client_make_target() {
    need make
    printf 'out: year.h\n\tcp year.h out\n' >Makefile
    date +%Y | atomwrite -c year.h
    touch -d '2001-01-01' year.h
    demand make -s
    date +%Y | atomwrite -c year.h
    demand make -q
    # The control: the same content, and all is made anew.
    touch -d '2001-01-01' out year.h
    date +%Y >year.h
    refuse make -q
}

client_shells() {
    local shell
    cat >script <<-'EOF'
	set -eu
	echo old | atomwrite "$1"
	if false | atomwrite --end-marker=done "$1"; then exit 10; fi 2>/dev/null
	[ "$(cat "$1")" = old ]
	result=0; atomwrite "$1" sh -c 'exit 7' 2>/dev/null || result=$?
	[ "$result" -eq 7 ]
	atomwrite -u counter awk '{ n = $1 } END { print n + 1 }'
	made=$(echo event | uniqcreate "$2")
	[ "$(lockread "$made")" = event ]
	trap 'exit 0' TERM
	EOF
    for shell in dash 'busybox ash' zsh bash; do
        need "${shell%% *}"
        # shellcheck disable=SC2086 # two words
        demand $shell script "f of $shell" "e of $shell-"
    done
    demand test "$(cat counter)" = 4
    # The control: a producer that fails, and a file that is lost.
    echo old >lost
    # shellcheck disable=SC2216
    false | cat >lost
    refuse grep -q old lost
}

# The units of wholefile(7), as systemd itself reads them.
client_units() {
    need systemd-analyze
    local unit count=0
    awk '/^\.\\" file: / { name = $3 }
        /^\.Ed/ { name = "" }
        name != "" && inside { print > name }
        { inside = name != "" && (inside || /^\.Bd -literal/) }' "${here%/*/*}/man/wholefile.7"
    for unit in *.path *.service *.timer; do
        [ -e "$unit" ] || continue
        count=$((count + 1))
        sed -i 's/^\\&//; s/\\(aq/'"'"'/g; s/\\e/\\/g' "$unit"
    done
    [ "$count" -gt 0 ] || {
        echo 'wholefile(7) has no unit'
        exit 77
    }
    # Programs that are not installed here stand in as true(1).
    sed -i -E 's#^(Exec[A-Za-z]+=)/usr/(local/)?s?bin/[a-z-]+#\1/bin/true#' ./*.service 2>/dev/null
    demand systemd-analyze verify --man=no "$PWD"/*.path "$PWD"/*.service
    # The control: without what it is for, a unit is none.
    mkdir broken
    sed '/^Exec/d' "$(printf '%s\n' *.service | head -n 1)" >broken/broken.service
    refuse systemd-analyze verify --man=no "$PWD/broken/broken.service"
}

# Each new file is reported once, under its final name.
client_inotify() {
    need inotifywait
    local count=$EVENTS
    mkdir spool
    mkfifo ready
    inotifywait -m -e close_write,moved_to --format %f spool >events 2>ready &
    local watcher=$!
    grep -q -m 1 established <ready
    seq "$count" | uniqcreate --lines --no-sync spool/e- >made
    echo plain | uniqcreate spool/p- >>made
    uniqcreate -l spool/l- echo live >>made
    # What failed is not told of, and of cat(1), the control, it is.
    uniqcreate spool/f- sh -c 'echo half; exit 1'
    uniqcreate -l spool/f- sh -c 'echo half; exit 1'
    sed 's|^spool/||' made | sort >want
    # shellcheck disable=SC2317 # called by until_true
    all_seen() { [ "$(grep -c '^[epl]-' events)" -ge "$((count + 2))" ]; }
    until_true all_seen
    sh -c 'echo half; exit 1' >spool/half
    until_true grep -qx half events
    demand diff <(echo half | sort - want) <(grep -v '^\.\|^#' events | sort)
    refuse diff want <(grep -v '^\.\|^#' events | sort)
    kill "$watcher"
}
