#!/usr/bin/env bats
# The manual pages and README: what they say is what the programs do.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load manual

# --- The pages themselves

@test "manual: mandoc finds nothing to warn about" {
    need mandoc
    local page
    for page in "${PAGES[@]}"; do
        run mandoc -T lint -W warning "$MAN/$page"
        [ "$status" -eq 0 ] && [ -z "$output" ] || {
            echo "$output" >&2
            return 1
        }
    done
}

@test "manual: SYNOPSIS is the usage line of --help" {
    need mandoc
    local program
    for program in atomwrite uniqcreate lockread; do
        run bash -c "mandoc -T ascii '$MAN/$program.1' | sed 's/.\x08//g' |
            sed -n '/^SYNOPSIS/{n;s/^ *//;p;}'"
        [ "usage: $output" = "$("$program" --help | head -n 1)" ]
    done
}

@test "manual: each page describes the options of --help, and no others" {
    local program
    for program in atomwrite uniqcreate lockread; do
        "$program" --help |
            sed -nE 's/^ +((-[a-zA-Z], )?--[a-z0-9-]+(=[@A-Z]+)?(, --version)?)( .*)?$/\1/p' |
            sort >"$BATS_TEST_TMPDIR/help"
        sed -n 's/^\.It \(Fl .*\)/\1/p' "$MAN/$program.1" |
            sed -e 's/Fl Fl /--/g' -e 's/Fl /-/g' -e 's/ Ns = Ns Ar /=/' -e 's/ , /, /' |
            sort >"$BATS_TEST_TMPDIR/page"
        [ -s "$BATS_TEST_TMPDIR/help" ]
        diff "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/page" >&2
    done
}

# statuses PAGE: the numbers in its table of exit statuses.
statuses() {
    awk '/^\.S[hs] (EXIT STATUS|Exit status)/ { inside = 1; next }
        /^\.S[hs]/ { inside = 0 }
        inside && /^\.It [0-9]+$/ { print $2 }' "$MAN/$1"
}

@test "manual: the exit statuses are those of the programs" {
    local program
    sed -nE 's/^ *STATUS_[A-Z_]+ = ([0-9]+),.*/\1/p' "$SOURCES/cli/status.h" |
        awk '$1 < 256' >"$BATS_TEST_TMPDIR/known"
    [ -s "$BATS_TEST_TMPDIR/known" ]
    diff <(statuses wholefile.7) "$BATS_TEST_TMPDIR/known" >&2
    for program in atomwrite uniqcreate lockread; do
        [ "$(statuses "$program.1" | wc -l)" -gt 5 ]
        run grep -vxF -f "$BATS_TEST_TMPDIR/known" <(statuses "$program.1")
        [ -z "$output" ]
    done
}

@test "manual: the promises stand once, and each page says which of them it keeps" {
    local page name names
    names=$(sed -n 's/^\.It Sy //p' "$MAN/wholefile.7" | head -n 10)
    [ "$(wc -l <<<"$names")" -eq 10 ]
    for page in atomwrite.1 uniqcreate.1 lockread.1; do
        while IFS= read -r name; do
            grep -qxF "$name" <<<"$names"
        done < <(sed -n 's/^\.It Sy //p' "$MAN/$page")
        # In full nowhere else.
        [ "$(grep -c 'never a mix, a prefix' "$MAN/$page")" -eq 0 ]
    done
    # Each promise is kept by somebody.
    diff <(sort <<<"$names") <(sed -n 's/^\.It Sy //p' "$MAN"/*.1 | sort -u) >&2
}

@test "manual: DIAGNOSTICS are what the programs say" {
    # What is put in, and where the source breaks a string, does not matter.
    tr -d '\n' < <(find "$SOURCES" -name '*.c' -exec cat {} +) | sed 's/" *"//g' >"$BATS_TEST_TMPDIR/said"
    local page text
    for page in atomwrite.1 uniqcreate.1 lockread.1; do
        while IFS= read -r text; do
            text=${text% PID N (NAME)}
            text=${text##*PID N (NAME) }
            grep -qF "$text" "$BATS_TEST_TMPDIR/said" || {
                echo "$page: $text" >&2
                return 1
            }
        done < <(awk '/^\.Sh/ { inside = $2 == "DIAGNOSTICS" }
            inside && sub(/^\.It /, "")' "$MAN/$page")
    done
}

@test "manual: every example has a name, and every name a test" {
    local page
    for page in "${PAGES[@]}"; do
        run awk '/^\.Sh/ { inside = $2 == "EXAMPLES" || $2 == "RECIPES" }
            inside && /^\.(Bd|Dl)/ && !marked { print FILENAME ": " FNR ": no name" }
            { marked = /^\.\\" example: [a-z-]+( crontab)?$/ }' "$MAN/$page"
        [ -z "$output" ] || {
            echo "$output" >&2
            return 1
        }
        marked "$page" | sed "s/^/$page /" >>"$BATS_TEST_TMPDIR/marked"
    done
    sed -nE 's/.*run_(example|crontab) ([a-z]+\.[17]) ([a-z-]+).*/\2 \3/p' \
        "$TESTS_DIR"/suite/manual_*.bats | sort -u >"$BATS_TEST_TMPDIR/tested"
    [ -s "$BATS_TEST_TMPDIR/marked" ]
    diff <(sort "$BATS_TEST_TMPDIR/marked") "$BATS_TEST_TMPDIR/tested" >&2
}

@test "manual: HISTORY says what has changed since 1.0.0, the newest first" {
    local page
    for page in "${PAGES[@]}"; do
        run sed -n '/^\.Sh HISTORY/,/^\.Sh CAVEATS/s/^\.It //p' "$MAN/$page"
        [ "${lines[0]}" = "after 1.0.0" ]
        [ "${lines[-1]}" = 1.0.0 ]
    done
}

@test "README: its examples work" {
    need flock jq
    has_rung o-tmpfile || skip "no nameless files here, so no --live"
    ln -s "$BUILDDIR/src" src
    # The commands, as they are; what they print stands beneath each.
    sed -n 's/^    \$ //p' "$TESTS_DIR/../README" >"$BATS_TEST_TMPDIR/example"
    [ -s "$BATS_TEST_TMPDIR/example" ]
    try sh -eu "$BATS_TEST_TMPDIR/example"
    expect 0
    local line
    while IFS= read -r line; do
        grep -qF -- "$line" <<<"$output$stderr" || {
            printf 'missing: %s\nstdout: %s\nstderr: %s\n' "$line" "$output" "$stderr" >&2
            return 1
        }
    done < <(sed -n 's/^    -> //p' "$TESTS_DIR/../README")
    clean
}
