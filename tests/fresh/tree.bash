# shellcheck shell=bash
# Minimal trees of Debian, and what is run in them. Sourced by the beds that need a
# machine that nobody prepared, in a mount name space of their own.

# The archive that this machine's apt is set up with, and how it gets there.
# shellcheck disable=SC2016 # apt's variables
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)
[ -n "$mirror" ] || skip "needs apt with Debian's archive, after apt-get update"

# bare MACHINE DIR: a minimal tree as debootstrap makes it.
bare() {
    local kept=${FRESH_TREES:+$FRESH_TREES/$1.tar}
    if [ -n "$kept" ] && [ -e "$kept" ]; then
        mkdir "$2" && tar -C "$2" -xf "$kept" || return 1
    else
        debootstrap --variant=minbase --arch="${1##*-}" "${1%-*}" "$2" "$mirror" || return 1
        [ -z "$kept" ] || tar -C "$2" --one-file-system -cf "$kept" . || return 1
    fi
    # How this machine reaches the archive is no part of the tree.
    cp /etc/resolv.conf /etc/hosts "$2/etc/"
    apt-config dump Acquire::http Acquire::https >"$2/etc/apt/apt.conf.d/99network"
    # Where that is a copy of some day, it is good for longer than it says.
    echo 'Acquire::Check-Valid-Until "false";' >>"$2/etc/apt/apt.conf.d/99network"
}

# inside TREE COMMAND...: as root, with PIDs, /proc, terminals and /tmp of its own, and in
# a session of its own: a signal for a process group is not kept in by a PID name space.
# The root is a mount, as that of every machine: unshare(1) changes its propagation.
inside() {
    local tree=$1
    shift
    # shellcheck disable=SC2016 # the inner shell's
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
        HOME=/root ${WHOLEFILE_TEST_MANY:+WHOLEFILE_TEST_MANY=$WHOLEFILE_TEST_MANY} \
        ${http_proxy:+http_proxy=$http_proxy} ${https_proxy:+https_proxy=$https_proxy} \
        unshare --mount --pid --fork --kill-child sh -c '
            tree=$1; shift
            mount --bind "$tree" "$tree" && mount -t proc proc "$tree/proc" &&
                mount -t devpts -o newinstance,ptmxmode=0666 devpts "$tree/dev/pts" &&
                mount --bind "$tree/dev/pts/ptmx" "$tree/dev/ptmx" &&
                mount -t tmpfs tmpfs "$tree/tmp" && exec setsid chroot "$tree" "$@"' \
        sh "$tree" "$@"
}
