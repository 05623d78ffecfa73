#!/usr/bin/env bats
# atomwrite: what status 0 says of a power cut, and when it cannot be said.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2153,SC2154

load common

# ---- P3 durable

@test "durable: the content is synced before the rename, the directory after it" {
    need_trace
    old
    trace log -e trace=fsync,rename,renameat,renameat2 atomwrite f <<<new
    holds f new
    sed -n 's/^\([a-z]*\).*= 0$/\1/p' log >calls
    [ "$(head -n 1 calls)" = fsync ]
    grep -q '^rename' calls
    [ "$(tail -n 1 calls)" = fsync ]
}

@test "durable: an unchanged FILE is synced all the same under -c" {
    need_trace
    old
    trace log -e trace=fsync,rename,renameat,renameat2 atomwrite -c f <<<old
    [ "$(grep -c '^fsync(.*= 0$' log)" -eq 2 ]
    run ! grep '^rename' log
    left_alone
}

@test "durable: --no-sync syncs nothing" {
    need_trace
    old
    trace log -e trace=fsync,fdatasync,sync_file_range,syncfs atomwrite --no-sync f <<<new
    [ ! -s log ]
    holds f new
}

@test "durable: a failed fsync is not retried, FILE is left as it was, exit 74" {
    need_trace
    old
    try trace log -e trace=fsync -e inject=fsync:error=EIO:when=1 atomwrite f <<<new
    expect 74 "atomwrite: f: left as it was: cannot make the new content durable: Input/output error"
    [ "$(wc -l <log)" -eq 1 ]
    left_alone
}

@test "durable: the directory cannot be synced, the content is there, exit 76" {
    need_trace
    old
    try trace log -e trace=fsync -e inject=fsync:error=EIO:when=2 atomwrite f <<<new
    expect 76 "atomwrite: f: replaced, but it may not survive a power cut: cannot sync its directory: Input/output error"
    holds f new
    clean
}

@test "durable: an unchanged FILE that cannot be synced, exit 76" {
    need_trace
    old
    try trace log -e trace=fsync -e inject=fsync:error=EIO:when=1 atomwrite -c f <<<old
    expect 76 "atomwrite: f: unchanged, but it may not survive a power cut: cannot sync it: Input/output error"
    left_alone
}
