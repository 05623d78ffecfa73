# shellcheck shell=bash disable=SC2154 # variables of run
# Sourced by run: what is measured against a goal. Every function works in a
# directory of its own on each place.

# at PLACE: into a fresh directory on it; "$memory" or "$disk".
at() {
    cd "${!1}" || return
    rm -rf here
    mkdir here
    cd here || return
}

# The peers as one would write them. FILE is f; none looks after its temporary file.
CAT_MV='cat >t && mv t f'
CAT_SYNC_MV_SYNC='cat >t && sync t && mv t f && sync .'
# shellcheck disable=SC2016 # the other shell's parameters
MKTEMP_CAT_MV='t=$(mktemp f.XXXXXX) && cat >"$t" && mv "$t" f'
# shellcheck disable=SC2016
MKTEMP_CAT='t=$(mktemp x-XXXXXX) && cat >"$t" && echo "$t"'

# --- 2: small replacements ---------------------------------------------------

small_peers() {
    local where=$1 small=(-i bytes:200)
    compare 2 '  the limit' 'sponge' "$where" - "${small[@]}" -- limit replace f ::: sponge f
    compare 2 'small replacement' 'cat >t && mv' "$where" 0.30 "${small[@]}" -- \
        atomwrite --no-sync f ::: sh -c "$CAT_MV"
    compare 2 'small replacement, durable' 'cat, sync, mv, sync' "$where" 0.25 "${small[@]}" -- \
        atomwrite f ::: sh -c "$CAT_SYNC_MV_SYNC"
    [ "$is_quick" = no ] || return 0
    compare 2 'small replacement' 'mktemp, cat, mv' "$where" - "${small[@]}" -- \
        atomwrite --no-sync f ::: sh -c "$MKTEMP_CAT_MV"
    compare 2 'small replacement' 'install (in place: not whole)' "$where" - "${small[@]}" -- \
        atomwrite --no-sync f ::: install -m 644 /dev/stdin f
    compare 2 'small replacement' 'dd (in place: not whole)' "$where" - "${small[@]}" -- \
        atomwrite --no-sync f ::: dd of=f status=none
}

small_starts() {
    local program count base
    if [ "$has_valgrind" = no ]; then
        skipped 2 'instructions of a start' 'needs valgrind'
        return 0
    fi
    base=$(instructions "$tools/empty")
    for program in atomwrite uniqcreate lockread; do
        count=$(instructions "$program" --version)
        counted 2 "instructions of $program --version, to empty" '' \
            "$(awk "BEGIN { printf \"%.4f\", $count / $base }")" '' 1.10
    done
}

# all_there COMMAND...: its input is in the pipe, with its end, before it starts.
all_there() {
    rm -f "$work/is_there"
    mkfifo "$work/is_there"
    {
        echo new
        exec >&-
        : >"$work/is_there"
    } | {
        : <"$work/is_there"
        "$@"
    }
}

small_counts() {
    local count
    if [ "$has_trace" = no ]; then
        skipped 2 'system calls beyond start-up' 'needs strace'
        return 0
    fi
    at disk
    echo old >f
    count=$(all_there calls atomwrite --no-sync f)
    counted 2 'system calls beyond start-up' disk "$count" '' 23
    counted 2 'fsyncs without sync' disk "$(calls_of fsync fdatasync syncfs sync)" '' =0
    count=$(all_there calls atomwrite f)
    counted 2 'system calls beyond start-up, durable' disk "$count" '' 25
    counted 2 'fsyncs, durable' disk "$(calls_of fsync fdatasync syncfs sync)" '' =2
    counted 2 '  the limit makes' disk "$(echo new | calls limit replace f)" '' -
    counted 2 '  the limit makes, durable' disk "$(echo new | calls limit durable f)" '' -
}

# small_build WHERE KIND NAME GOAL GOAL: against the limit that is linked so, and sponge.
small_build() {
    local where=$1 kind=$2 name="  $3" small=(-i bytes:200)
    compare 2 "$name" "limit, $kind" "$where" "$4" "${small[@]}" -- \
        "atomwrite-$kind" --no-sync f ::: "limit-$kind" replace f
    compare 2 "$name" sponge "$where" "$5" "${small[@]}" -- \
        "atomwrite-$kind" --no-sync f ::: sponge f
}

# How a program is linked is most of what a small file costs.
small_builds() {
    local where=$1
    if [ "$has_shared" = yes ]; then
        compare 2 'small replacement' sponge "$where" 0.70 -i bytes:200 -- \
            atomwrite --no-sync f ::: sponge f
        small_build "$where" shared --disable-static 1.10 1.00
    else
        skipped 2 '  --disable-static' 'needs the archives of libc and libbsd'
    fi
    if [ "$has_musl" = yes ]; then
        small_build "$where" musl musl 1.15 0.35
    else
        skipped 2 '  musl' 'needs MUSL_BUILDDIR, made by ./bootstrap --musl'
    fi
}

reading_builds() {
    local where=$1
    if [ "$has_shared" = yes ]; then
        compare 5 'one file' cat "$where" 0.55 -- lockread f ::: cat f
        compare 5 '  the limit' cat "$where" - -- limit read f ::: cat f
        compare 5 '  --disable-static' cat "$where" 0.90 -- lockread-shared f ::: cat f
    fi
    if [ "$has_musl" = yes ]; then
        compare 5 '  musl' 'limit, musl' "$where" - -- lockread-musl f ::: limit-musl read f
        compare 5 '  musl' cat "$where" 0.25 -- lockread-musl f ::: cat f
    fi
}

measure_small() {
    local where small=(-i bytes:200)
    small_counts
    small_starts
    for where in "${places[@]}"; do
        at "$where"
        compare 2 'small replacement' 'limit' "$where" 1.10 "${small[@]}" -- \
            atomwrite --no-sync f ::: limit replace f
        compare 2 'small replacement, durable' 'limit' "$where" 1.10 "${small[@]}" -- \
            atomwrite f ::: limit durable f
        small_builds "$where"
        small_peers "$where"
    done
}

# --- 3: large replacements ---------------------------------------------------

large_files() {
    local where=$1
    limit pour source </dev/null
    head -c "$large" /dev/urandom >source
    compare 3 'large regular file' 'cp' "$where" 1.05 -i "file:source" -n 15 -- \
        atomwrite --no-sync f ::: cp source g
    # ext4 allocates all blocks when one file is renamed over another; cp does not rename.
    compare 3 'large regular file' 'cp && mv' "$where" - -i "file:source" -n 15 -- \
        atomwrite --no-sync f ::: sh -c 'cp source t && mv t g'
    rm -f f g source
}

measure_large() {
    local where pipe=(-i "produce:$large" -2 -n 40)
    for where in "${places[@]}"; do
        [ "$where" = memory ] || [ ${#places[@]} -eq 1 ] || continue
        at "$where"
        compare 3 'large pipe' 'limit' "$where" 1.05 "${pipe[@]}" -- \
            atomwrite --no-sync f ::: limit pour f
        counted 3 'peak memory, KiB' "$where" "$last_peak" '' 4096
        compare 3 '  the limit' 'cat >f' "$where" - "${pipe[@]}" -- \
            limit pour f ::: sh -c 'cat >f'
        compare 3 'large pipe' 'cat >f' "$where" 0.72 "${pipe[@]}" -- \
            atomwrite --no-sync f ::: sh -c 'cat >f'
        [ "$is_quick" = yes ] || compare 3 'large pipe' sponge "$where" - "${pipe[@]}" -- \
            atomwrite --no-sync f ::: sponge f
    done
    at disk
    compare 3 'large pipe, durable' 'limit, written behind' disk - "${pipe[@]}" -n 9 -s . -- \
        atomwrite f ::: limit pour-durable f
    compare 3 'large pipe, durable' 'cat >f && sync f' disk - "${pipe[@]}" -n 9 -s . -- \
        atomwrite f ::: sh -c 'cat >f && sync f'
    # It pays for what others have written, too.
    compare 3 'large pipe, durable' 'cat >f && sync' disk 0.70 "${pipe[@]}" -n 9 -s . -- \
        atomwrite f ::: sh -c 'cat >f && sync'
    for where in "${places[@]}"; do
        at "$where"
        large_files "$where"
    done
}

# --- 4: uniqcreate -----------------------------------------------------------

# The names of that time that "limit lines" makes.
EPOCH=--time=@0
HEAD=x-19700101T000000Z

unique_taken() {
    local where=$1 count goal
    mkdir empty taken
    seq "$names" | limit lines "taken/$HEAD" >/dev/null
    sync -f . # or the disk is busy with them meanwhile
    compare 4 "one of $names names of a second" 'in an empty directory' "$where" 1.10 \
        -i bytes:200 -o unlink -- \
        uniqcreate "$EPOCH" --no-sync taken/x- ::: uniqcreate "$EPOCH" --no-sync empty/x-
    compare 4 "one of $names names of a second" 'limit' "$where" - -i bytes:200 -o unlink -- \
        uniqcreate "$EPOCH" --no-sync taken/x- ::: limit claim "taken/$HEAD"
    if [ "$has_trace" = yes ]; then
        calls uniqcreate "$EPOCH" taken/x- </dev/null >/dev/null
        count=$(grep -c "\"$HEAD-" "$work/trace")
        goal=$(awk "BEGIN { print int(2 * log($names) / log(2)) + 2 }")
        counted 4 "  probes with $names names taken" "$where" "$count" '' "$goal"
    fi
    rm -rf empty taken
}

unique_peers() {
    local where=$1
    mkdir tmp new
    compare 4 'a new file' 'limit' "$where" - -i bytes:200 -o unlink -- \
        uniqcreate --no-sync new/x- ::: limit claim new/x
    # safecat syncs the file, and not its name: in memory both cost nothing.
    compare 4 'a new file, durable' 'safecat' "$where" 1.00 -i bytes:200 -e new -- \
        uniqcreate new/x- ::: safecat tmp new
    compare 4 '  the limit, without sync' 'safecat' "$where" - -i bytes:200 -e new -- \
        limit claim new/x ::: safecat tmp new
    compare 4 'an empty file' 'mktemp' "$where" 0.90 -o unlink -- \
        uniqcreate --no-sync --empty x- ::: mktemp x-XXXXXX
    in_locale=C compare 4 'an empty file' 'mktemp, C locale' "$where" 0.90 -o unlink -- \
        uniqcreate --no-sync --empty x- ::: mktemp x-XXXXXX
    compare 4 'a new file' 'mktemp, cat' "$where" 0.90 -i bytes:200 -o unlink -- \
        uniqcreate --no-sync x- ::: sh -c "$MKTEMP_CAT"
    rm -rf tmp new
}

unique_batch() {
    local where=$1 synced records
    records=records_$where
    records=${!records}
    seq "$records" >input
    mkdir new
    compare 4 "--lines, $records records" 'limit' "$where" 1.10 \
        -i file:input -e new -n 5 -- \
        uniqcreate "$EPOCH" --no-sync --lines new/x- ::: limit lines "new/$HEAD"
    if [ "$has_trace" = yes ]; then
        head -n 1000 input >few
        calls uniqcreate --lines new/x- <few >/dev/null
        synced=$(calls_of fsync fdatasync syncfs sync)
        counted 4 '  sync calls for 1000 records' "$where" "$synced" '' 100
    fi
    rm -rf new input few
}

measure_unique() {
    local where
    for where in "${near[@]}"; do
        at "$where"
        unique_taken "$where"
        unique_peers "$where"
        unique_batch "$where"
    done
}

# --- 5: lockread -------------------------------------------------------------

reading_one() {
    local where=$1
    head -c 200 /dev/zero | tr '\0' x >f
    compare 5 'one file' 'limit' "$where" - -- lockread f ::: limit read f
    reading_builds "$where"
    compare 5 'one file' 'flock -n -s f cat f' "$where" 0.40 -- \
        lockread f ::: flock -n -s f cat f
    # Without a locale cat is as good as a start: even the limit is 0.9 of it.
    # shellcheck disable=SC2034 # of compare
    local in_locale=C
    compare 5 'one file' 'cat, C locale' "$where" 0.90 -- lockread f ::: cat f
    compare 5 '  the limit' 'cat, C locale' "$where" - -- limit read f ::: cat f
    compare 5 'one file' 'flock, cat, C locale' "$where" 0.40 -- \
        lockread f ::: flock -n -s f cat f
}

reading_many() {
    local where=$1 many=(-o drain -2 -n 200)
    mkdir many
    seq "$files" | limit lines many/x >/dev/null
    compare 5 "$files files into a pipe" 'limit' "$where" 1.10 "${many[@]}" -- \
        lockread many/* ::: limit read many/*
    compare 5 "$files files into a pipe" 'limit without a look' "$where" - "${many[@]}" -- \
        lockread many/* ::: limit bare-read many/*
    compare 5 "$files files into a pipe" 'cat' "$where" 0.30 "${many[@]}" -- \
        lockread many/* ::: cat many/*
    rm -rf many
}

reading_large() {
    local where=$1 size=$2 pipe=(-o drain -2 -n 40)
    head -c "$size" /dev/zero >large
    compare 5 "$((size >> 20)) MiB into a pipe" 'cat' "$where" 1.00 "${pipe[@]}" -- \
        lockread large ::: cat large
    rm -f large
}

measure_reading() {
    local where
    for where in "${near[@]}"; do
        at "$where"
        reading_one "$where"
        reading_many "$where"
        reading_large "$where" $((32 * 1024 * 1024))
        reading_large "$where" "$large"
        [ "$has_trace" = yes ] || continue
        echo new >f
        calls lockread f >/dev/null
        counted 5 'splice, sendfile, copy_file_range' "$where" \
            "$(calls_of splice sendfile copy_file_range)" '' =0
    done
}

# --- 6: crowds ---------------------------------------------------------------

# crowd_row WHAT AGAINST WHERE GOAL SIZE SIZE
crowd_row() {
    local result middle low high ours theirs turns
    if ! result=$(crowd rates -n "$slices" "$PWD/f" "$5" "$6" atomwrite --no-sync 2>"$work/said"); then
        skipped 6 "$1" "$(tail -n 1 "$work/said")"
        return 0
    fi
    read -r middle low high ours theirs turns refused <<<"$result"
    row 6 "$1" "$2" "$3" '' "$middle" "$low" "$high" '' "$4" \
        "$(awk "BEGIN { print 1e6 / $ours }")" "$(awk "BEGIN { print 1e6 / $theirs }")" \
        "$turns" '' '' '' ''
}

measure_crowds() {
    local where result middle low high worst turns refused=0 # by crowd_row
    for where in "${near[@]}"; do
        at "$where"
        crowd_row 'rate of a writer beside 16 readers' 'beside 1' "$where" '>0.80' 16:1 1:1
        counted 6 '  readers that were refused' "$where" "$refused" '' =0
        crowd_row 'rate of 16 writers together' 'of 1' "$where" '>0.50' 0:16 0:1
    done
    if result=$(crowd wait -n "$waits" "$PWD/f" atomwrite --no-sync 2>"$work/said"); then
        read -r middle low high worst turns <<<"$result"
        row 6 'from a turn to that of a waiter, ms' '' "$where" '' \
            "$middle" "$low" "$high" '' 1
        row 6 '  the same, nine of ten' '' "$where" '' "$worst" "$worst" "$worst" '' -
    else
        skipped 6 'from a turn to that of a waiter' "$(tail -n 1 "$work/said")"
    fi
}
