# shellcheck shell=bash
#
# consumers - the cases of those who take from a spool, wait for a file or keep so many,
# and of those who make the way: how they are run and how they are judged.
#
#   take            lockread --take empties a spool; its COMMAND stores elsewhere
#   aside           each COMMAND fails, and --failed keeps the files
#   await           lockread --await waits for what atomwrite delivers
#   retain          uniqcreate --retain=2, with three dumps there
#   parents         atomwrite -p a/b/f
#   unique-parents  uniqcreate -p a/b/u-
#
# What is in the spool is there whole, or was handled, or put aside: never lost.
#
# shellcheck disable=SC2034,SC2154 # of run and cases

consumers=(take aside await retain parents unique-parents)
# Events are the files of $contents that have these names.
events=(new old)
dumps=(d-2020010{1,2,3}T000000Z-1)
export HANDLED=$contents/handled
# shellcheck disable=SC2016 # for the shell of lockread
take_command='cat >"$HANDLED/part" 2>/dev/null && mv "$HANDLED/part" "$HANDLED/${LOCKREAD_FILE##*/}"'
# The same by hand: nothing syncs the spool.
naive_take="for LOCKREAD_FILE in spool/*; do export LOCKREAD_FILE
    { $take_command; } <\"\$LOCKREAD_FILE\" && rm \"\$LOCKREAD_FILE\"; done"
# They fill the directory's block of ext4: one name more needs a new one.
fillers=()
for filler in {101..115}; do
    fillers+=("bad/$filler$(printf '%0245d' 0)")
done
fillers+=("bad/$(printf '%0212d' 0)")
waiter=

# prepare_consumer CASE: what is there besides the files of all cases; "all": all of it.
prepare_consumer() {
    case $1 in take | aside | all)
        mkdir spool bad
        cp "${events[@]/#/$contents/}" spool/
        touch "${fillers[@]}"
        ;;
    esac
    case $1 in retain | all)
        for dump in "${dumps[@]}"; do
            cp "$contents/old" "$dump"
        done
        ;;
    esac
}

# start_waiter: it sleeps when this returns, for the file is not there.
start_waiter() {
    local state

    "$programs/lockread" --await -w 600 n >"$contents/waited" 2>"$contents/waited.err" &
    waiter=$!
    # Or it has ended, as judge_await will find.
    while read -r state <"/proc/$waiter/stat" && [[ $state != *') S '* ]]; do
        :
    done 2>/dev/null
}

# end_waiter FILE: it is FILE that was waited for.
end_waiter() {
    local answer=0

    [[ -n $waiter ]] || return 0
    wait "$waiter" || answer=$?
    waiter=
    ((answer == 0)) || blame "--await ends with $answer: $(<"$contents/waited.err")"
    same "$contents/waited" "$1" || blame "--await prints something else than $1"
}

# What it waits for did not come: nothing is printed, and it goes on.
stop_waiter() {
    local answer=0

    [[ -n $waiter ]] || return 0
    kill -TERM "$waiter" 2>/dev/null || :
    wait "$waiter" || answer=$?
    waiter=
    [[ $answer == 143 && ! -s $contents/waited ]] ||
        blame "--await ends with $answer for what did not come"
}

# stop_waiting: before a disk is unmounted.
stop_waiting() {
    if [[ -e n ]]; then
        end_waiter "$contents/new"
    else
        stop_waiter
    fi
}

# judge_await STRICT: as for "new"; and the one who waits has all of it or nothing.
judge_await() {
    judge_file await "$1"
    [[ $1 == strict ]] || return 0
    if [[ -e n ]]; then
        end_waiter "$contents/new"
    elif ! kill -0 "$waiter" 2>/dev/null || [[ -s $contents/waited ]]; then
        blame 'what did not come has ended --await'
    fi
}

# trouble: what the system says of the disk, for =~.
trouble() {
    local read_only='Read-only file system \(the file system is mounted read-only\)'

    case $test_name in
    *full* | *inodes*) echo 'No space left on device \(free some space or inodes\)' ;;
    *quota*) echo 'Disk quota exceeded \(quota exceeded: free some space\)' ;;
    *RLIMIT*) echo 'File too large \(raise the limit: ulimit -f\)' ;;
    *read-only*) echo "$read_only" ;;
    *) echo "(Input/output error|$read_only)" ;;
    esac
}

# said_is REGEX: that and nothing else was said.
said_is() {
    [[ $said =~ ^$1$ ]] || blame "status $status, and said: $said"
}

# In place of a file's name, that of its directory.
not_synced='spool/: files were taken, but may come back after a power cut: cannot sync it: '

# where EVENT: "spool", "handled" or "bad", those where it is whole, with blanks between.
where() {
    local found=

    ! same "spool/$1" "$contents/$1" || found+=' spool'
    ! same "bad/$1" "$contents/$1" || found+=' bad'
    ! same "$HANDLED/$1" "$contents/$1" || found+=' handled'
    echo "${found# }"
}

# judge_take STRICT
judge_take() {
    local event place lines='' left=0

    for event in "${events[@]}"; do
        place=$(where "$event")
        case $place in
        '') blame "status $status, and event $event is lost" ;;
        handled) ;;
        spool)
            left=$((left + 1))
            lines+="${lines:+$'\n'}lockread: spool/$event: left as it was: $take_command exited with status $status"
            ;;
        *)
            left=$((left + 1))
            [[ $1 != strict ]] || blame "event $event is here: $place"
            ;;
        esac
    done
    ((status != 0 || left == 0)) || blame "status 0, but events are left"
    case $test_name in
    *full* | *quota* | *inodes*) ((status == 0)) || blame "status $status, with nothing to write" ;;
    *RLIMIT*) [[ $said == "$lines" ]] || blame "status $status, and said: $said" ;;
    *read-only*) judge_read_only ;;
    *) ((status == 0)) || said_is "(lockread: (spool/(new|old): [a-z ,]+: |$not_synced)$(trouble)"$'\n?'")+" ;;
    esac
}

# No COMMAND runs where names cannot be removed after it.
judge_read_only() {
    local event lines=

    for event in "${events[@]}"; do
        lines+=$'\n'"lockread: spool/$event: cannot remove names there: $(trouble)"
    done
    ((status == 73)) || blame "status $status"
    said_is "${lines#$'\n'}"
    [[ -z $(ls -A "$HANDLED") ]] || blame 'COMMAND ran'
}

# Whether it could be moved or not, COMMAND's status is the one.
judge_aside() {
    local event place lines='' moved=0

    for event in "${events[@]}"; do
        place=$(where "$event")
        case $place in
        bad)
            moved=$((moved + 1))
            lines+="lockread: spool/$event: moved to bad/$event: exit 3 exited with status 3"$'\n'
            ;;
        spool)
            lines+="lockread: spool/$event: left as it was: exit 3 exited with status 3"$'\n'
            lines+="lockread: spool/$event: cannot move it to bad: $(trouble)"$'\n'
            ;;
        '') blame "status $status, and event $event is lost" ;;
        *) blame "event $event is here: $place" ;;
        esac
    done
    ((moved < 2)) || outcome='done'
    case $test_name in
    *read-only*) judge_read_only ;;
    *fails*)
        ((status == 3)) || blame "status $status"
        lines='spool/(new|old): (left as it was|moved to bad/(new|old)): exit 3 exited with status 3'
        lines+="|spool/(new|old): cannot move it to bad: $(trouble)|$not_synced$(trouble)"
        said_is "(lockread: ($lines)"$'\n?'")+"
        if [[ $said == *' cannot '* ]]; then
            outcome=refused
        elif ((moved < 2)); then
            blame 'moved, and back again'
        fi
        ;;
    *)
        ((status == 3)) || blame "status $status"
        said_is "${lines%$'\n'}"
        ;;
    esac
}

# judge_retain STRICT: a run that made nothing has removed nothing.
judge_retain() {
    local dump made kept=0

    made=$(find . -maxdepth 1 -name 'd-*' ! -name 'd-2020010*' -printf '%f')
    for dump in "${dumps[@]}"; do
        [[ -e $dump ]] || continue
        kept=$((kept + 1))
        same "$dump" "$contents/old" || blame "$dump has changed"
    done
    if [[ -n $made ]]; then
        same "$made" "$contents/new" || blame "status $status, and $made is a part"
        [[ -e ${dumps[2]} ]] || blame "${dumps[2]} is one of the newest, and gone"
    else
        ((kept == 3)) || blame "status $status, nothing new, and $((3 - kept)) removed"
    fi
    case $status in
    0)
        [[ $made == "$printed" && $kept == 1 ]] ||
            blame "status 0, but '$made' and $kept old ones are there"
        ;;
    76) ;;
    *) [[ $1 != strict || -z $made ]] || blame "status $status, but $made is there" ;;
    esac
}

# judge_said PROGRAM: what a writer says is one line, that of what happened.
judge_said() {
    local object='(n|d-|a/b/f|a/b/u-)' outcome='(left as it was|nothing was created)'
    case $status in
    0) said_is '' ;;
    153) said_is "$1: $object: $outcome: interrupted by signal 25 \(File size limit exceeded\)" ;;
    76) said_is "$1: [^ ]+: .*: $(trouble)" ;;
    *) said_is "$1: $object: $outcome: cannot [a-z ]+: $(trouble)" ;;
    esac
}

# judge_consumer CASE STRICT
judge_consumer() {
    case $1 in
    take) judge_take "$2" ;;
    aside) judge_aside ;;
    await) judge_await "$2" && judge_said atomwrite ;;
    retain) judge_retain "$2" && judge_said uniqcreate ;;
    parents) judge_file "$1" "$2" && judge_said atomwrite ;;
    unique-parents) judge_unique "$1" "$2" && judge_said uniqcreate ;;
    esac
}

# The disk is healthy again: what was left is handled now, the same run succeeds.
judge_next_consumer() {
    local answer=0 event

    case $1 in
    take | aside)
        said=$("$programs/lockread" --take="$take_command" spool bad/new bad/old 2>&1) ||
            answer=$?
        for event in "${events[@]}"; do
            [[ $(where "$event") == handled ]] || blame "event $event is not handled next"
        done
        ;;
    await)
        said=$("$programs/atomwrite" n <"$contents/next" 2>&1) || answer=$?
        end_waiter "$contents/next"
        ;;
    retain)
        said=$("$programs/uniqcreate" -q --retain=2 d- <"$contents/next" 2>&1) || answer=$?
        [[ $(find . -maxdepth 1 -name 'd-*' | wc -l) == 2 ]] || blame 'the next run does not leave 2'
        ;;
    parents)
        said=$("$programs/atomwrite" -p a/b/f <"$contents/next" 2>&1) || answer=$?
        same a/b/f "$contents/next" || blame 'the next run did not replace it'
        ;;
    unique-parents)
        said=$("$programs/uniqcreate" -q -p a/b/u- <"$contents/next" 2>&1) || answer=$?
        ;;
    esac
    [[ $answer$said == 0 ]] || blame "the next run ends with $answer: $said"
}

# How many steps at least of this test cannot succeed. To take needs
# no room; to move a name needs it where the directory is full, on ext4, and on btrfs.
least_refused() {
    case $test_name in
    'tmpfs full, '*aside | *RLIMIT*aside | *full*take | *quota*take | *inodes*take | *inodes*aside) echo 0 ;;
    *) echo 1 ;;
    esac
}
