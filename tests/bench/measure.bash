# shellcheck shell=bash disable=SC2034,SC2154 # shared with run
# Sourced by run: one line of the table for each measurement, and one of the CSV.
#
# A line of the CSV: item,what,against,where,x,value,low,high,unit,goal,met,
# ours_us,theirs_us,pairs,ours_faults,theirs_faults,ours_peak_kib,theirs_peak_kib
#
# "met" is yes or no; near, where the goal lies between LOW and HIGH, so that the
# noise is greater than what is missing; empty where nothing was promised.

CSV_HEAD=item,what,against,where,x,value,low,high,unit,goal,met
CSV_HEAD+=,ours_us,theirs_us,pairs,ours_faults,theirs_faults,ours_peak_kib,theirs_peak_kib

start_table() {
    printf '%s\n' "$CSV_HEAD" >"$csv"
    printf '%-4s %-44s %-27s %-7s %9s %-13s %6s %s\n' \
        item what against where value between goal met
}

# judge VALUE LOW GOAL: sets met.
judge() {
    met=
    [ "$3" != - ] || return 0
    met=$(awk -v value="$1" -v low="$2" -v goal="$3" 'BEGIN {
        if (goal ~ /^>/) { value = -value; low = value; goal = -substr(goal, 2) }
        if (goal ~ /^=/) { print value == substr(goal, 2) ? "yes" : "no"; exit }
        print value + 0 <= goal + 0 ? "yes" : low + 0 <= goal + 0 ? "near" : "no" }')
    case $met in
    yes) goals_met=$((goals_met + 1)) ;;
    near) goals_near=$((goals_near + 1)) ;;
    no) goals_missed=$((goals_missed + 1)) ;;
    esac
}

# row ITEM WHAT AGAINST WHERE X VALUE LOW HIGH UNIT GOAL [COST]...
row() {
    local goal=${10} between="" costs
    judge "$6" "$7" "$goal"
    costs=$(printf ',%s' "${@:11:7}")
    [ $# -gt 10 ] || costs=,,,,,,,
    printf '%s,"%s","%s",%s,%s,%s,%s,%s,%s,%s,%s%s\n' \
        "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "$goal" "$met" "$costs" >>"$csv"
    [ "$1" != series ] || return 0
    [ "$7" = "$8" ] || between=$(printf '%.2f-%.2f' "$7" "$8")
    [ "$goal" = - ] && goal=
    printf '%-4s %-44s %-27s %-7s %9s %-13s %6s %s\n' \
        "$1" "$2" "$3" "$4" "$6${9:+ $9}" "$between" "$goal" "$met"
}

# skipped ITEM WHAT WHY
skipped() { printf '%-4s %-44s skipped: %s\n' "$1" "$2" "$3"; }

# is_wanted ITEM: asked for with --only, or nothing was.
is_wanted() { [ -z "$only" ] || [[ ,$only, == *,$1,* ]]; }

# compare ITEM WHAT AGAINST WHERE GOAL [PAIR-OPTION]... -- A... ::: B...
# Runs in the current directory; a peer that is missing is said and left out.
compare() {
    local item=$1 what=$2 against=$3 where=$4 goal=$5 options=() result
    local middle low high ours theirs pairs faults peak faults2 peak2
    shift 5
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    local word rest=("$@")
    for word in "${!rest[@]}"; do
        [ "${rest[word]}" != ::: ] || break
    done
    if ! command -v "${rest[word + 1]}" >/dev/null; then
        skipped "$item" "$what" "needs ${rest[word + 1]}"
        return 0
    fi
    if ! result=$(LC_ALL=$in_locale "$tools/pair" -t "$seconds" "${options[@]}" "$@" 2>"$work/said"); then
        skipped "$item" "$what" "$(tail -n 1 "$work/said")"
        return 0
    fi
    read -r middle low high ours theirs pairs faults faults2 peak peak2 <<<"$result"
    row "$item" "$what" "$against" "$where" "" "$middle" "$low" "$high" "" "$goal" \
        "$ours" "$theirs" "$pairs" "$faults" "$faults2" "$peak" "$peak2"
    last_peak=$peak
}

# counted ITEM WHAT WHERE VALUE UNIT GOAL
counted() { row "$1" "$2" "" "$3" "" "$4" "$4" "$4" "$5" "$6"; }

can_trace() { command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; }

# traced_calls LOG: how many there are, of all processes; the exit is not one.
traced_calls() { grep -cE '^([0-9]+ +)?[a-z_0-9]+\(' "$1" || true; }

# calls COMMAND...: prints how many system calls it makes beyond those of a start.
calls() {
    strace -f -e signal=none -o "$work/trace" "$@" >"$work/printed" 2>"$work/said"
    local all exits
    all=$(traced_calls "$work/trace")
    exits=$(grep -c 'exit_group(' "$work/trace" || true)
    printf '%s' $((all - exits - start_calls))
}

# calls_of NAME...: how many of these the last "calls" saw.
calls_of() {
    local pattern
    pattern=$(IFS='|' && printf '%s' "$*")
    grep -cE "^([0-9]+ +)?($pattern)\(" "$work/trace" || true
}

# instructions COMMAND...: prints how many, of all its processes.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --trace-children=yes \
        "$@" 2>&1 >/dev/null | awk '/Collected :/ { sum += $NF } END { print sum }'
}
