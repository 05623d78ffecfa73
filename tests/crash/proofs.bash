# shellcheck shell=bash
# proofs - the bed can fail: a lying disk and broken programs, each of which must be
# caught. Sourced by run, whose variables and functions it uses.
# shellcheck disable=SC2034,SC2154 # they are of run

# prove FS NAME WORKLOAD [OPTION]...: what to break is in WHOLEFILE_BREAK. By states of
# the kind $only alone; with "second" nothing is broken but the run between the cuts.
only=
prove() {
    local fs=$1 name=$2 workload=$3 tries=0 findings='' verdict=FAIL
    local -A result=([images]=0 [bad]=0)
    local kind=() again=0 most=150

    [[ $name == *"$wanted_proof"* ]] || return 0
    shift 3
    [[ -z $only ]] || kind=(-k "$only")
    if [[ $only == second ]]; then
        kind+=("$@")
        set --
        again=10
        most=40
    fi
    # By chance a noisy recording may hold no commit at the bad moment.
    while ((tries < 10 && result[bad] == 0)); do
        tries=$((tries + 1))
        record "$fs" "$workload" $((seed * 1000 + tries)) "$@" || break
        replay "$fs" "$workload" "$tries" "$most" "${kind[@]}" || break
    done
    rm -f bad.image
    ((result[bad] == 0)) || verdict=ok
    count "$verdict"
    printf '%-4s %-5s proof: %s: %d of %d states bad, recording %d\n' \
        "$verdict" "$fs" "$name" "${result[bad]}" "${result[images]}" \
        "$tries"
}

prove_all() {
    local fs=$1 preload=(-p "$work/broken.so") order_workload=replace

    # btrfs starts to write a file that is renamed over another one, as ext4
    # would without noauto_da_alloc; so show it where names are new.
    [[ $fs != btrfs ]] || order_workload=unique
    prove "$fs" 'a disk that drops flushes' replace -d
    if [[ $dynamic == no ]]; then
        printf 'skipped: %s: broken builds\n' "$fs"
        return
    fi
    WHOLEFILE_BREAK='file' \
        prove "$fs" 'no fsync of the file' replace "${preload[@]}"
    WHOLEFILE_BREAK='directory' \
        prove "$fs" 'no fsync of the directory' replace "${preload[@]}"
    WHOLEFILE_BREAK='order' \
        prove "$fs" 'renamed first' "$order_workload" -n "${preload[@]}"
    for only in sectors reordered second; do
        WHOLEFILE_BREAK='file' \
            prove "$fs" "no fsync of the file, by $only" replace "${preload[@]}"
        WHOLEFILE_BREAK='directory' \
            prove "$fs" "no fsync of the directory, by $only" replace "${preload[@]}"
    done
    only=
    WHOLEFILE_BREAK='file' \
        prove "$fs" 'unchanged, without fsync of the file' unchanged "${preload[@]}"
    # Not without that of the directory: the file's takes along the name on all of these.
    WHOLEFILE_BREAK='directory' \
        prove "$fs" 'taken, without fsync of the directory' take "${preload[@]}"
    WHOLEFILE_BREAK='directory' \
        prove "$fs" 'put aside, without fsync of the directory' failed "${preload[@]}"
    WHOLEFILE_BREAK='directory' \
        prove "$fs" 'retained, without fsync of the directory' retain "${preload[@]}"
    WHOLEFILE_BREAK='directory' \
        prove "$fs" 'on a new way, without fsync of its directories' parents \
        "${preload[@]}"
}
