# shellcheck shell=bash disable=SC2154 # variables of run
# Sourced by run: file systems of their own, where device flushes can be counted; and
# what each program costs.

# flushes DEVICE: how many it has done.
flushes() {
    local fields
    read -ra fields <"/sys/block/${1#/dev/}/stat"
    printf '%s' "${fields[15]:--1}"
}

# flushes_of DEVICE COMMAND...: the median of five runs; others may write, too.
flushes_of() {
    local device=$1 i before counts=()
    shift
    for i in 1 2 3 4 5; do
        before=$(flushes "$device")
        echo "text $i" | "$@" >/dev/null
        counts+=($(($(flushes "$device") - before)))
    done
    printf '%s\n' "${counts[@]}" | sort -n | sed -n 3p
}

shared_extents() {
    head -c 8388608 /dev/urandom >source
    sync .
    atomwrite f <source
    if filefrag -v f | grep -q shared; then echo 1; else echo 0; fi
}

# measure_disk FS DEVICE
measure_disk() {
    local fs=$1 device=$2
    at "disk_$fs"
    echo old >f
    counted disk "flushes of a small replacement, durable" "$fs" \
        "$(flushes_of "$device" atomwrite f)" '' -
    counted disk '  the limit makes' "$fs" "$(flushes_of "$device" limit durable f)" '' -
    compare disk 'small replacement, durable' limit "$fs" 1.10 -i bytes:200 -- \
        atomwrite f ::: limit durable f
    compare disk 'small replacement' limit "$fs" 1.10 -i bytes:200 -- \
        atomwrite --no-sync f ::: limit replace f
    seq 1000 >records
    counted disk 'flushes of --lines, 1000 records' "$fs" \
        "$(flushes_of "$device" sh -c 'uniqcreate -q --lines x- <records')" '' -
    case $fs in
    xfs | btrfs)
        counted disk 'regular file as input is a reflink' "$fs" "$(shared_extents)" '' =1
        ;;
    esac
}

measure_disks() {
    local fs device
    if [ "${WHOLEFILE_BENCH_INSIDE:-}" != 1 ] || [ ! -e /dev/loop-control ]; then
        skipped disk 'ext4, xfs, btrfs' 'needs root and loop devices'
        return 0
    fi
    for fs in ext4 xfs btrfs; do
        if ! command -v "mkfs.$fs" >/dev/null; then
            skipped disk "$fs" "needs mkfs.$fs"
            continue
        fi
        truncate -s 512M "$work/$fs.image"
        device=$(losetup --find --show "$work/$fs.image") || continue
        loops+=("$device")
        declare -g "disk_$fs=$disk/$fs"
        mkdir "$disk/$fs"
        if "mkfs.$fs" -q "$device" >/dev/null && mount "$device" "$disk/$fs"; then
            measure_disk "$fs" "$device"
            cd /
            umount "$disk/$fs"
        else
            skipped disk "$fs" 'cannot be mounted here'
        fi
        losetup -d "$device" && unset 'loops[-1]'
        rm -f "$work/$fs.image"
    done
}

# --- what each program costs ---------------------------------------------------

# cost NAME COMMAND...: its line of the second table. "pair" runs it beside empty.
cost() {
    local name=$1 result us faults peak count='' steps='' synced=''
    shift
    command -v "$1" >/dev/null || return 0
    rm -rf tmp new
    mkdir tmp new
    if [ "$has_trace" = yes ]; then
        # A program with a shared libc starts with more. Used by "calls".
        # shellcheck disable=SC2034
        [[ $1 == @(empty|limit|atomwrite|uniqcreate|lockread) ]] ||
            local start_calls=$start_shared
        count=$(echo new | calls "$@")
        synced=$(calls_of fsync fdatasync syncfs sync)
    fi
    # Start-up through a shell is many processes: slow under valgrind.
    if [ "$has_valgrind" = yes ] && [ "$is_quick" = no ]; then
        steps=$(echo new | instructions "$@")
    fi
    result=$(LC_ALL=$in_locale "$tools/pair" -t 0.4 -n 100 -i bytes:200 \
        "$@" ::: "$tools/empty" 2>"$work/said") || return 0
    read -r _ _ _ us _ _ faults _ peak _ <<<"$result"
    printf '%-34s %9s %7s %6s %9s %7s %9s\n' \
        "$name" "$us" "$count" "$synced" "$steps" "$faults" "$peak"
    row series cost-us "$name" disk '' "$us" "$us" "$us" us - >/dev/null
    row series cost-calls "$name" disk '' "$count" "$count" "$count" '' - >/dev/null
    row series cost-instructions "$name" disk '' "$steps" "$steps" "$steps" '' - >/dev/null
    row series cost-faults "$name" disk '' "$faults" "$faults" "$faults" '' - >/dev/null
    row series cost-peak "$name" disk '' "$peak" "$peak" "$peak" KiB - >/dev/null
}

measure_costs() {
    at disk
    echo old >f
    start_shared=$start_calls
    [ "$has_shared" = no ] || [ "$has_trace" = no ] ||
        start_shared=$((start_calls + $(calls "$tools/empty-shared")))
    printf '\n%-34s %9s %7s %6s %9s %7s %9s\n' 'what one run costs (200 bytes, disk)' \
        us 'calls' fsyncs instr. faults 'peak KiB'
    cost empty empty
    cost 'limit replace' limit replace f
    cost 'atomwrite --no-sync' atomwrite --no-sync f
    [ "$has_shared" = no ] || cost 'atomwrite --no-sync, shared' atomwrite-shared --no-sync f
    cost 'limit durable' limit durable f
    cost atomwrite atomwrite f
    cost sponge sponge f
    cost 'cat && mv' sh -c "$CAT_MV"
    cost 'mktemp && cat && mv' sh -c "$MKTEMP_CAT_MV"
    cost 'cat && sync && mv && sync' sh -c "$CAT_SYNC_MV_SYNC"
    cost 'install /dev/stdin' install -m 644 /dev/stdin f
    cost dd dd of=f status=none
    cost 'limit claim' limit claim new/x
    cost 'uniqcreate --no-sync' uniqcreate --no-sync new/x-
    cost uniqcreate uniqcreate new/x-
    cost safecat safecat tmp new
    cost mktemp mktemp x-XXXXXX
    cost 'limit read' limit read f
    cost lockread lockread f
    cost cat cat f
    cost 'flock -n -s f cat f' flock -n -s f cat f
    printf '(calls beyond those of empty)\n'
}
