#!/usr/bin/env bats
# Standard output and standard error that do not block, as ssh(1) and node leave them: all
# programs wait until they take more.
#
# Expressions in single quotes are for an inner shell, and run(1) of bats sets status,
# output and stderr.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load ../common

EPOCH=--time=@0
FIRST=19700101T000000Z-1

# slowly COMMAND...: its standard output is a pipe that does not block and that is full
# until the program has come to a stop or has ended. What came of it: $BATS_TEST_TMPDIR/out.
slowly() {
    need perl
    try perl -MFcntl -e '
        my $out = shift;
        pipe(my $in, my $full) or die;
        fcntl($full, F_SETFL, O_WRONLY | O_NONBLOCK) or die;
        1 while syswrite($full, "\0" x 4096);
        my $pid = fork;
        if ($pid == 0) {
            open(STDOUT, ">&", $full) or die;
            close($in);
            exec(@ARGV) or die;
        }
        close($full);
        # It sleeps in poll(2), or is gone.
        for (;;) {
            open(my $stat, "<", "/proc/$pid/stat") or last;
            last if <$stat> =~ /\) [SZ] / && $seen++ > 20;
            select(undef, undef, undef, 0.01);
        }
        open(my $file, ">", $out) or die;
        while (sysread($in, my $data, 65536)) { $data =~ tr/\0//d; print $file $data }
        waitpid($pid, 0);
        exit(($? & 127) ? 128 + ($? & 127) : $? >> 8);' "$BATS_TEST_TMPDIR/out" "$@"
}

@test "non-blocking: lockread prints all of large and small files" {
    head -c 3000000 /dev/zero | tr '\0' x >large
    echo text >f
    slowly lockread large f large
    expect 0 ""
    cat large f large | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "non-blocking: lockread passes on what does not fit into memory" {
    truncate -s 65M large
    echo end >>large
    slowly lockread large
    expect 0 ""
    holds "$BATS_TEST_TMPDIR/out" end
}

@test "non-blocking: lockread -l prints all of a long list" {
    seq 2000 | xargs touch
    slowly sh -c 'exec lockread -l $(seq 2000)'
    expect 0 ""
    [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 2000 ]
}

@test "non-blocking: uniqcreate prints its path" {
    slowly uniqcreate "$EPOCH" x- </dev/null
    expect 0 ""
    holds "$BATS_TEST_TMPDIR/out" "x-$FIRST"
}

@test "non-blocking: uniqcreate -l prints the path of its claim" {
    has_rung o-tmpfile || skip "needs files without a name"
    slowly uniqcreate "$EPOCH" -l x- </dev/null
    expect 0 ""
    holds "$BATS_TEST_TMPDIR/out" "x-$FIRST"
}

@test "non-blocking: uniqcreate --lines prints all of its paths" {
    seq 3000 >"$BATS_TEST_TMPDIR/in"
    slowly sh -c 'exec uniqcreate --no-sync --lines x- <"$1"' sh "$BATS_TEST_TMPDIR/in"
    expect 0 ""
    sort "$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/sorted"
    printf '%s\n' x-* | sort | cmp - "$BATS_TEST_TMPDIR/sorted"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 3000 ]
}

@test "non-blocking: a message on standard error is whole" {
    slowly sh -c 'exec atomwrite -v f 2>&1' <<<new
    expect 0 ""
    holds "$BATS_TEST_TMPDIR/out" "atomwrite: f: created (4 bytes)"
}
