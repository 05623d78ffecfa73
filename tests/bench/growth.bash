# shellcheck shell=bash disable=SC2154 # variables of run
# Sourced by run: how cost grows. Lines of the CSV alone, for ./plot; x is the size, the
# names that are taken, or the people; value is in milliseconds, or a second.

# grown SERIES X PROGRAM-NAME [PAIR-OPTION]... -- A... ::: B...
# A line for each of the two; OTHER-NAME is what B is called.
grown() {
    local series=$1 x=$2 name=$3 other=$4 options=() result ours theirs
    shift 4
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    result=$(LC_ALL=$in_locale "$tools/pair" -t "$(awk "BEGIN { print $seconds / 4 }")" -n 200 \
        "${options[@]}" "$@" 2>"$work/said") || return 0
    read -r _ _ _ ours theirs _ <<<"$result"
    grown_row "$series" "$x" "$name" "$(awk "BEGIN { print $ours / 1000 }")" ms
    grown_row "$series" "$x" "$other" "$(awk "BEGIN { print $theirs / 1000 }")" ms
}

grown_row() { row series "$1" "$3" "$place" "$2" "$4" "$4" "$4" "$5" -; }

growth_of_size() {
    local size most=$((64 * 1024 * 1024))
    [ "$is_long" = no ] || most=$((1024 * 1024 * 1024))
    [ "$is_quick" = no ] || most=$((1024 * 1024))
    for ((size = 256; size <= most; size *= 8)); do
        grown size $size atomwrite limit -i "produce:$size" -2 -- \
            atomwrite --no-sync f ::: limit pour f
        grown size $size 'cat && mv' sponge -i "produce:$size" -2 -- \
            sh -c "$CAT_MV" ::: sponge f
        grown size-durable $size atomwrite 'cat, sync, mv, sync' -i "produce:$size" -2 -s . -- \
            atomwrite f ::: sh -c "$CAT_SYNC_MV_SYNC"
    done
}

# The naive way is left out where it would take seconds.
growth_of_names() {
    local taken=0 wanted most=100000
    [ "$is_long" = no ] || most=1000000
    [ "$is_quick" = no ] || most=10000
    mkdir taken
    for ((wanted = 1; wanted <= most; wanted *= 10)); do
        seq $((wanted - taken)) | limit lines "taken/$HEAD" >/dev/null
        taken=$wanted
        grown names $taken uniqcreate 'limit' -i bytes:200 -o unlink -- \
            uniqcreate "$EPOCH" --no-sync taken/x- ::: limit claim "taken/$HEAD"
        grown names $taken 'from 1 upwards' 'mktemp, cat' -n 20 -i bytes:200 -o unlink -- \
            limit probe "taken/$HEAD" ::: sh -c "cd taken && $MKTEMP_CAT | sed s,^,taken/,"
    done
    rm -rf taken
}

# A batch, by the file: into a directory that grows.
growth_of_batches() {
    local count most=100000
    [ "$is_long" = no ] || most=1000000
    [ "$is_quick" = no ] || most=10000
    mkdir new
    for ((count = 100; count <= most; count *= 10)); do
        seq "$count" >records
        grown batch $count 'uniqcreate --lines' limit -n 3 -i file:records -e new -- \
            uniqcreate "$EPOCH" --no-sync --lines new/x- ::: limit lines "new/$HEAD"
        [ "$place" = memory ] || [ "$count" -gt 100000 ] ||
            grown batch $count 'the same, durable' limit -n 3 -i file:records -e new -s . -- \
                uniqcreate "$EPOCH" --lines new/x- ::: limit lines "new/$HEAD"
    done
    rm -rf new records
}

growth_of_reading() {
    local count most=10000
    mkdir many
    for ((count = 1; count <= most; count *= 10)); do
        rm -rf many
        mkdir many
        seq "$count" | limit lines many/x >/dev/null
        grown files $count lockread limit -o drain -2 -- lockread many/* ::: limit read many/*
        grown files $count cat 'flock f cat f' -o drain -2 -- \
            cat many/* ::: flock -s many/x-1 cat many/x-1
    done
    rm -rf many
}

growth_of_crowds() {
    local people rate
    for people in 1 2 4 8 16 32; do
        rate=$(crowd rates -n 1 -m 400 "$PWD/f" "0:$people" "$people:1" atomwrite --no-sync) ||
            return 0
        # shellcheck disable=SC2086 # two words
        set -- $rate
        grown_row crowd $people 'this many writers' "$4" 1/s
        grown_row crowd $people 'a writer beside this many readers' "$5" 1/s
    done
}

# shellcheck disable=SC2154 # places
measure_growth() {
    for place in "${near[@]}"; do
        at "$place"
        growth_of_size
        # A million names of a disk are made, and removed, at the speed of the disk.
        [ "$is_long" = yes ] || [ "$place" = "${places[0]}" ] || continue
        growth_of_names
        growth_of_batches
        growth_of_reading
        growth_of_crowds
    done
    printf '%-4s how cost grows: %s lines of the series\n' 7 "$(grep -c ^series, "$csv")"
}
