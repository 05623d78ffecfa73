#!/usr/bin/env bats
# The table in tests/README, from the transitions of the model to the functions of src,
# holds on both sides: what it names is there.

load ../common

setup() {
    model=$BATS_TEST_DIRNAME/../model
    source=$BATS_TEST_DIRNAME/../../src
    # The rows: a model and a transition, and the functions that are it.
    table=$(sed -n '/^The model and the code/,/^What the model leaves out/p' \
        "$BATS_TEST_DIRNAME/../README" | grep -E '^  [a-z]+\.pml ')
}

# names FILE WORD: whether WORD stands in it as a whole word.
names() { grep -qE "(^|[^a-zA-Z0-9_])$2($|[^a-zA-Z0-9_])" "$1"; }

# A definition begins a line, as in all of src.
defined() { grep -rqE --include='*.c' "^$1\(" "$source"; }

@test "model: each function that the table names is one of src" {
    local row word bad=0
    [ "$(printf '%s\n' "$table" | wc -l)" -ge 20 ]
    while read -r _ _ row; do
        [ -n "$row" ]
        for word in $row; do
            defined "$word" || { echo "no function $word in src" && bad=1; }
        done
    done <<<"$table"
    [ "$bad" -eq 0 ]
}

@test "model: each transition that the table names is one of the model" {
    local file transition bad=0
    while read -r file transition _; do
        names "$model/$file" "$transition" ||
            { echo "no $transition in $file" && bad=1; }
    done <<<"$table"
    [ "$bad" -eq 0 ]
}

@test "model: each step and label of its processes is in the table" {
    local file label bad=0
    for file in turn live take; do
        # A label that only ends a branch, or is there for spin, is no transition.
        while read -r label; do
            grep -qE "^  $file\.pml +$label( |$)" <<<"$table" ||
                { echo "$label of $file.pml is not in the table" && bad=1; }
        done < <(sed -nE 's/^([a-z_]+):.*/\1/p' "$model/$file.pml" |
            grep -vE '^(progress_.*|killed|nothing|asked|alive|ended|again)$')
    done
    [ "$bad" -eq 0 ]
}

@test "model: each function in brackets, in a comment of the model, is one of src" {
    local word bad=0
    while read -r word; do
        defined "$word" || { echo "no function $word in src" && bad=1; }
    done < <(grep -hoE '\([a-z]+_[a-z_]+( in [a-z_]+\.c)?\)' "$model"/*.pml |
        sed -E 's/[()]//g; s/ in .*//' | sort -u)
    [ "$bad" -eq 0 ]
}
