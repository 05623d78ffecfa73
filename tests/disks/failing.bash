# shellcheck shell=bash
#
# failing - each case on a disk (sick.c) whose N-th write or flush fails.
#
# shellcheck disable=SC2034,SC2154,SC2164 # of run, which ends where cd fails

make_ground() {
    local image=$work/ground

    rm -f "$image"
    case $1 in
    ext4)
        truncate -s 32M "$image"
        mkfs.ext4 -q -F -b 4096 -m 0 -J size=4 -E lazy_itable_init=0 "$image"
        # Or a rename before its fsync would be mended by the file system.
        options=loop,noauto_da_alloc
        ;;
    xfs)
        truncate -s 300M "$image"
        mkfs.xfs -q -K "$image"
        options=loop,nouuid
        ;;
    btrfs)
        truncate -s 128M "$image"
        mkfs.btrfs -q -K -m single "$image" >/dev/null 2>&1
        options=loop
        ;;
    esac
    mount -o "$options" "$image" "$work/disk"
    (cd "$work/disk" && prepare all)
    umount "$work/disk"
}

order() {
    echo "$*" >"$work/sick/orders"
}

start_sick() {
    cp --sparse=always "$work/ground" "$work/image"
    coproc "$work/sick-disk" "$work/image" "$work/sick"
    sick=$!
    # It closes its output once it is mounted.
    cat <&"${COPROC[0]}" || :
    mount -o "$options" "$work/sick/disk" "$work/disk"
    cd "$work/disk"
}

stop_sick() {
    cd "$work"
    umount "$work/disk"
    umount "$work/sick"
    wait "$sick" || :
}

# fail_at KIND N COUNT CASE: how many writes or flushes failed is in `ill`. The disk is
# healed after it was unmounted: what was only in memory by then has had its chance.
fail_at() {
    start_sick
    order "$1 $2 $3"
    act "$4"
    [[ -z $waiter ]] || stop_waiting
    ill=$(<"$work/sick/orders")
    cd "$work"
    umount "$work/disk"
    order none 0 0
    if ! mount -o "$options" "$work/sick/disk" "$work/disk"; then
        blame 'the file system cannot be mounted again'
        umount "$work/sick"
        wait "$sick" || :
        return
    fi
    cd "$work/disk"
    judge "$4" remounted
    judge_next "$4"
    stop_sick
}

try_failing() {
    local fs=$1 case=$2 kind=$3 count=$4 number=0 ill=1 how=once

    ((count == 1)) || how='from then on'
    begin "$fs, a $kind fails $how, $case"
    while ((ill > 0 && number < 100)); do
        number=$((number + 1))
        step="$test_name, number $number"
        fail_at "$kind" "$number" "$count" "$case"
    done
    finish 1 1
}

# What does not sync says 0 and loses the data.
prove_failing() {
    local case number

    for case in naive naive-take; do
        begin "$case"
        is_proof=1
        for number in 1 2 3; do
            fail_at write "$number" 0 "$case"
        done
        finish_proof
    done
}

try_all_failing() {
    local fs case kind count

    read -ra flags < <(pkg-config --cflags --libs fuse3)
    "${compiler[@]}" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra \
        -o "$work/sick-disk" "$here/sick.c" "${flags[@]}"
    for fs in "${filesystems[@]}"; do
        make_ground "$fs"
        [[ $fs != ext4 ]] || prove_failing
        for case in "${cases[@]}"; do
            for kind in write flush; do
                for count in 1 0; do
                    try_failing "$fs" "$case" "$kind" "$count"
                done
            done
        done
    done
}
