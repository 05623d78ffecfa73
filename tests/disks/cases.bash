# shellcheck shell=bash
#
# cases - what is run on a disk that is full or fails, and how it is judged.
#
# The disk is the current directory; $contents, elsewhere, holds the files old, new,
# next and what comes of them. A step is one run of one case; a test is many steps.
#
# shellcheck disable=SC2154 # contents, programs: run

# shellcheck disable=SC2034 # run
cases=(replace new append update keep no-clobber command staged live "${consumers[@]}")

make_contents() {
    head -c 9000 /dev/urandom >"$contents/old"
    head -c 20000 /dev/urandom >"$contents/new"
    cat "$contents/old" "$contents/new" >"$contents/both"
    echo 'the next run' >"$contents/next"
    echo 'an older version' >"$contents/older"
}

# The file that CASE changes, and what it has afterwards. uniqcreate: none.
target_of() {
    case $1 in
    new | no-clobber | await) echo n ;;
    parents) echo a/b/f ;;
    staged | live) echo ;;
    *) echo f ;;
    esac
}

wanted_of() {
    case $1 in
    append | update) echo "$contents/both" ;;
    *) echo "$contents/new" ;;
    esac
}

# prepare CASE
prepare() {
    find . -mindepth 1 ! -name lost+found -delete
    cp "$contents/old" f
    cp "$contents/older" f.1
    prepare_consumer "$1"
    sync -f .
}

# act CASE [WRAPPER]...: sets status, said and printed. Through pipes, for a limit on
# the size of files is one on those of the shell, too.
act() {
    local program=$programs/atomwrite words=()

    rm -rf "$HANDLED"
    mkdir "$HANDLED"
    case $1 in
    replace) words=(f) ;;
    new) words=(n) ;;
    append) words=(-a f) ;;
    update) words=(-u f cat - "$contents/new") ;;
    keep) words=(-k 2 f) ;;
    no-clobber) words=(-n n) ;;
    command) words=(f cat "$contents/new") ;;
    staged) words=(u-) program=$programs/uniqcreate ;;
    live) words=(-l u-) program=$programs/uniqcreate ;;
    take) words=(--take="$take_command" spool) program=$programs/lockread ;;
    aside) words=(--take='exit 3' --failed=bad spool) program=$programs/lockread ;;
    await) start_waiter && words=(n) ;;
    retain) words=(--retain=2 d-) program=$programs/uniqcreate ;;
    parents) words=(-p a/b/f) ;;
    unique-parents) words=(-p a/b/u-) program=$programs/uniqcreate ;;
    naive-take) words=(-c "$naive_take") program=sh ;;
    naive) words=(-c 'cat >.g && mv .g f') program=sh ;;
    esac
    shift
    status=0
    said=$(
        {
            timeout 60 "$@" "$program" "${words[@]}" <"$contents/new" |
                cat >"$contents/printed"
            exit "${PIPESTATUS[0]}"
        } 2>&1
    ) || status=$?
    printed=$(<"$contents/printed")
}

# blame WHAT: one violation, in the words of the test and the step.
blame() {
    violations=$((violations + 1))
    ((violations > 20 || is_proof)) || printf '# %s: %s\n' "$step" "$1"
}

same() {
    cmp -s -- "$1" "$2"
}

hidden_names() {
    find . -mindepth 1 \
        \( -name '.*atomwrite*' -o -name '.*uniqcreate*' \)
}

is_old() {
    if [[ $1 != f ]]; then
        [[ ! -e $1 ]]
    else
        same f "$contents/old"
    fi
}

# judge_file CASE STRICT: FILE is new where the status says so, and old where it does
# not. Not strict, after a remount: it may be the new one all the same.
judge_file() {
    local file

    file=$(target_of "$1")
    case $status in
    0)
        same "$file" "$(wanted_of "$1")" ||
            blame "status 0, but $file is not the new one"
        [[ $1 != keep ]] || same f.1 "$contents/old" ||
            blame 'status 0, but f.1 is not the old one'
        return
        ;;
    76)
        # Committed, as far as anybody can see.
        [[ $2 != strict ]] || same "$file" "$(wanted_of "$1")" ||
            blame "status 76, but $file is not the new one"
        ;;
    *)
        [[ $2 != strict ]] || is_old "$file" ||
            blame "status $status, but $file has changed"
        ;;
    esac
    [[ $2 == strict ]] || is_old "$file" || same "$file" "$(wanted_of "$1")" ||
        blame "status $status, and $file is neither old nor new"
    [[ $1 != keep ]] || same f.1 "$contents/old" || same f.1 "$contents/older" ||
        blame "status $status, and f.1 is neither version"
}

# What there is of uniqcreate is complete; a dead claim may be there after a remount.
judge_unique() {
    local files=() file answer

    mapfile -t files < <(find . -name 'u-*' -printf '%P\n')
    ((${#files[@]} <= 1)) || blame "${#files[@]} files were made"
    file=${files[0]:-}
    if ((status == 0)); then
        [[ -n $file && $printed == "$file" ]] ||
            blame "status 0, but '$printed' is not there"
        same "$file" "$contents/new" || blame "status 0, but '$file' is not complete"
        return
    fi
    [[ -n $file ]] || return 0
    if [[ $1 == live && $2 != strict && $(stat -c %a -- "$file") == 200 ]]; then
        answer=0
        "$programs/lockread" "$file" >/dev/null 2>&1 || answer=$?
        ((answer == 65)) || blame "a dead claim is not answered with 65"
    elif ! same "$file" "$contents/new"; then
        blame "status $status, and $file is a part"
    elif ((status != 76)) && [[ $2 == strict && $said != *': created, '* ]]; then
        blame "status $status, but $file is there"
    fi
}

judge() {
    local outcome=refused

    ((status != 0)) || outcome='done'
    case $1 in
    staged | live) judge_unique "$1" "$2" ;;
    naive-take) judge_take "$2" ;;
    *)
        if [[ " ${consumers[*]} " == *" $1 "* ]]; then
            judge_consumer "$1" "$2"
        else
            judge_file "$1" "$2"
        fi
        ;;
    esac
    if ((status != 0)) && ! grep -qE '^(atomwrite|uniqcreate|lockread): ' <<<"$said"; then
        blame "status $status without a message"
    fi
    [[ $2 != strict || -z $(hidden_names) ]] ||
        blame "status $status, and $(hidden_names | tr '\n' ' ')is left"
    case $outcome in
    done) done_count=$((done_count + 1)) ;;
    *) refused=$((refused + 1)) ;;
    esac
    case $status in
    0 | 71 | 73 | 74 | 76 | 77) ;;
    1) [[ $step == *'signal ignored, take,'* ]] || blame 'status 1' ;;
    3) [[ $1 == aside ]] || blame 'status 3' ;;
    153) [[ $step == *'signal taken'* ]] || blame 'it died by SIGXFSZ' ;;
    124) blame 'it hangs' ;;
    *) blame "status $status" ;;
    esac
}

# On a healthy disk again: somebody writes, and nothing hidden is left.
judge_next() {
    local program=atomwrite operand=f

    if [[ " ${consumers[*]} " == *" $1 "* ]]; then
        judge_next_consumer "$1"
        return
    fi
    case $1 in
    new | no-clobber) operand=n ;;
    staged | live) program=uniqcreate operand=u- ;;
    esac
    if ! said=$("$programs/$program" "$operand" <"$contents/next" 2>&1 >/dev/null); then
        blame "the next run fails: $said"
    elif [[ $program == atomwrite ]] && ! same "$operand" "$contents/next"; then
        blame 'the next run did not replace it'
    fi
    [[ -z $(hidden_names) ]] ||
        blame "$(hidden_names | tr '\n' ' ')is left after the next run"
}

# begin TEST, then steps, then finish REFUSED DONE: how many steps at least MUST have
# been refused and done, or the test has tried nothing.
begin() {
    test_name=$1
    step=$1
    violations=0 refused=0 done_count=0 is_proof=0
}

finish() {
    local word=ok

    ((refused >= $1)) || blame "only $refused runs were refused"
    ((done_count >= $2)) || blame "only $done_count runs were done"
    if ((violations > 0)); then
        word='not ok'
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
    steps=$((steps + refused + done_count))
    printf '%s - %s: %d done, %d refused, %d violations\n' \
        "$word" "$test_name" "$done_count" "$refused" "$violations"
}

# finish_proof: what was tried here is wrong, and must have been found to be.
finish_proof() {
    local word=ok

    if ((violations > 0)); then
        passed=$((passed + 1))
    else
        word='not ok'
        failed=$((failed + 1))
    fi
    printf '%s - proof: %s is caught (%d violations in %d)\n' \
        "$word" "$test_name" "$violations" $((done_count + refused))
}
