#!/usr/bin/env bats
# atomwrite: the mode of a replaced file and of a new one.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2094,SC2153,SC2154

load common

# ---- the mode

@test "same file: a replaced FILE keeps its mode, whatever the umask" {
    local mode
    for mode in 600 640 644 664 666 444 400 755 777 0 1644; do
        echo old >f
        chmod "$mode" f
        try sh -c 'umask 077; atomwrite --no-sync f' <<<new
        expect 0 ""
        [ "$(mode_of f)" = "$mode" ]
        chmod 600 f
        holds f new
        rm f
    done
    clean
}

@test "same file: -a, -u and -k keep the mode, too" {
    echo old >f
    chmod 604 f
    try atomwrite -a f <<<more
    expect 0 ""
    [ "$(mode_of f)" = 604 ]
    try atomwrite -u f cat
    expect 0 ""
    [ "$(mode_of f)" = 604 ]
    try atomwrite -k 1 f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 604 ]
    [ "$(mode_of f.1)" = 604 ]
    clean
}

@test "same file: setuid, setgid and the sticky bit stay with the same owner" {
    local mode
    for mode in 4755 2755 6711 1755; do
        echo old >f
        chmod "$mode" f
        [ "$(mode_of f)" = "$mode" ] || skip "mode $mode cannot be had here"
        try atomwrite f <<<new
        expect 0 ""
        [ "$(mode_of f)" = "$mode" ]
    done
}

@test "a new FILE has mode 0666 less the umask" {
    local umask
    for umask in 000 002 022 027 077 066; do
        try sh -c "umask $umask; atomwrite --no-sync f.$umask; : >like.$umask" <<<new
        expect 0 ""
        [ "$(mode_of f.$umask)" = "$(mode_of like.$umask)" ]
    done
    clean
}

@test "-m: an octal mode, for a new FILE and for one that is replaced, whatever the umask" {
    local mode
    for mode in 600 640 0644 755 400 1777; do
        rm -f f
        try sh -c "umask 077; atomwrite --no-sync -m $mode f" <<<new
        expect 0 ""
        [ "$(mode_of f)" = "${mode#0}" ]
        rm -f f
        echo old >f
        chmod 666 f
        try atomwrite --no-sync --mode="$mode" f <<<new
        expect 0 ""
        [ "$(mode_of f)" = "${mode#0}" ]
    done
    clean
}

@test "-m: a symbolic mode changes the mode that FILE has" {
    local change
    for change in u+x=740 g-r=600 go=r=644 a+r=644 u=rwx,go=rx=755 o+w=642 ug+s=6640; do
        rm -f f
        echo old >f
        chmod 640 f
        try atomwrite --no-sync -m "${change%=*}" f <<<new
        expect 0 ""
        [ "$(mode_of f)" = "${change##*=}" ]
    done
    clean
}

@test "-m: a symbolic mode changes the mode that a new FILE would have" {
    try sh -c 'umask 027; atomwrite -m u+x f' <<<new
    expect 0 ""
    [ "$(mode_of f)" = 740 ]
}

@test "-m: a mode that comes out as the mark of an unfinished file, exit 64" {
    echo old >f
    chmod 640 f
    try atomwrite -m u-r,g-r f <<<new
    expect 64 "atomwrite: f: left as it was: its mode would be 0200, which marks an unfinished file (choose another mode or umask)"
    [ "$(mode_of f)" = 640 ]
    holds f old
    clean
}

@test "a umask that would make the mark of an unfinished file, exit 64" {
    try sh -c 'umask 0577; atomwrite f' <<<new
    expect 64 "atomwrite: f: left as it was: its mode would be 0200, which marks an unfinished file (choose another mode or umask)"
    [ -z "$(ls -A)" ]
}

@test "same file: never more open than before or after" {
    need_trace
    echo old >f
    chmod 600 f
    trace log -e trace=open,openat,creat,fchmod,chmod,fchmodat,umask,rename,renameat,renameat2 \
        atomwrite -m 640 f <<<new
    [ "$(mode_of f)" = 640 ]
    # One chmod, to the last mode, before the rename; and every file is born with 0600.
    [ "$(grep -c chmod log)" -eq 1 ]
    grep -A1 '^fchmod(.*, 0640) *= 0$' log | grep -q '^rename'
    run grep -E 'O_CREAT|O_TMPFILE' log
    [ "$status" -eq 0 ]
    run ! grep -vE ', 0600\) += ' <<<"$output"
}

@test "same file: a FILE that gets closed to others is never seen open" {
    need_trace
    echo old >f
    chmod 666 f
    trace log -e trace=fchmod,chmod,fchmodat,rename,renameat,renameat2 \
        atomwrite -m 600 f <<<new
    [ "$(mode_of f)" = 600 ]
    [ "$(grep -c chmod log)" -eq 1 ]
    grep -A1 '^fchmod(.*, 0600) *= 0$' log | grep -q '^rename'
}

@test "same file: what has a hidden name is no more open than the new FILE will be" {
    need_trace
    need_acl
    echo old >f
    setfacl -m u:$SOMEBODY:rw f
    chmod 660 f
    # It dies before its last chmod, so that what is there in that moment stays.
    outcome trace log -e trace=fchmod -e inject=fchmod:error=EPERM:signal=KILL \
        atomwrite -m 600 f <<<new
    [ "$status" -eq 137 ]
    [ -e .f.atomwrite ]
    run stat -c %a .f.atomwrite*
    [ "$(sort -u <<<"$output")" = 600 ]
    try atomwrite -w 0 f <<<new
    expect 0 ""
    [ "$(mode_of f)" = 660 ]
    clean
}
