#!/usr/bin/env bats
# atomwrite: hidden names that are in the way, and file systems that have no locks.
#
# Expressions in single quotes are for an inner shell, a file that is read and written at
# once is the point, run(1) of bats sets status, output and stderr, and each test is a
# process of its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2094,SC2153,SC2154

load common

# ---- hidden names that are in the way

@test "in the way: a symlink for the turn is not followed, exit 73" {
    echo old >f
    echo precious >elsewhere
    ln -s elsewhere .f.atomwrite
    try atomwrite f <<<new
    expect 73 "atomwrite: .f.atomwrite: in the way, and not a regular file (remove it)"
    [ "$(readlink .f.atomwrite)" = elsewhere ]
    holds elsewhere precious
    holds f old
    rm .f.atomwrite
    clean
}

@test "in the way: a symlink to nothing for the turn makes nothing, exit 73" {
    echo old >f
    ln -s nowhere .f.atomwrite
    try atomwrite f <<<new
    expect 73 "atomwrite: .f.atomwrite: in the way, and not a regular file (remove it)"
    [ ! -e nowhere ]
    holds f old
    rm .f.atomwrite
    clean
}

@test "in the way: a FIFO for the turn does not hang, exit 73" {
    mkdir d
    echo old >d/f
    mkfifo d/.f.atomwrite
    try atomwrite d/f <<<new
    expect 73 "atomwrite: d/.f.atomwrite: in the way, and not a regular file (remove it)"
    [ -p d/.f.atomwrite ]
    holds d/f old
    rm d/.f.atomwrite
    clean d
}

@test "in the way: a directory for the turn, exit 73" {
    echo old >f
    mkdir .f.atomwrite
    try atomwrite f <<<new
    expect 73 "atomwrite: .f.atomwrite: in the way, and not a regular file (remove it)"
    [ -d .f.atomwrite ]
    holds f old
    rmdir .f.atomwrite
    clean
}

@test "in the way: a file for the turn that nobody holds is a dead writer's, and is removed" {
    echo old >f
    echo whatever >.f.atomwrite
    chmod 0 .f.atomwrite
    [ "$(id -u)" -eq 0 ] || chmod 200 .f.atomwrite
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "in the way: a file for the turn that is f's own second name is removed" {
    echo old >f
    ln f .f.atomwrite
    try atomwrite -w 0 f <<<new
    expect 0 ""
    holds f new
    clean
}

@test "in the way: strange names of stages are passed over" {
    has_rung o-tmpfile && skip "stages have no names here"
    echo old >f
    echo precious >elsewhere
    ln -s elsewhere .f.atomwrite-1
    mkfifo .f.atomwrite-2
    mkdir .f.atomwrite-3
    try atomwrite f <<<new
    expect 0 ""
    holds f new
    holds elsewhere precious
    rm .f.atomwrite-1 .f.atomwrite-2
    rmdir .f.atomwrite-3
    clean
}

@test "in the way: strange names of versions in the making, exit 73 or replaced" {
    echo old >f
    echo precious >elsewhere
    ln -s elsewhere .f.atomwrite-kept
    try atomwrite -k 1 f <<<new
    expect 0 ""
    holds f new
    holds f.1 old
    holds elsewhere precious
    clean
}

@test "in the way: the turn of another user's dead writer, exit 77" {
    need_all_locks
    need_root
    share
    mkdir d
    chmod 1777 d
    as_user sh -c 'echo old >d/f; chmod 666 d/f; umask 077; : >d/.f.atomwrite'
    try as_somebody atomwrite d/f <<<new
    expect 77 "atomwrite: d/.f.atomwrite: left behind by a dead process of another user (its owner or root must remove it)"
    holds d/f old
}

@test "in the way: the turn of another user is looked at many times before its writer is dead" {
    need_all_locks
    need_root
    need_trace
    share
    mkdir d
    chmod 1777 d
    as_user sh -c 'echo old >d/f; chmod 666 d/f; umask 077; : >d/.f.atomwrite'
    # It may be between its creation and its lock.
    try trace "$BATS_TEST_TMPDIR/log" -e trace=/^ppoll setpriv --reuid=$SOMEBODY \
        --regid=$SOMEBODY --clear-groups atomwrite -w 0 d/f <<<new
    [ "$status" -eq 77 ]
    [ "$(grep -c '^ppoll' "$BATS_TEST_TMPDIR/log")" -ge 10 ]
    holds d/f old
}

@test "in the way: the turn of a dead writer is taken over by its owner, and by root" {
    need_root
    share
    mkdir d
    chmod 1777 d
    as_user sh -c 'echo old >d/f; chmod 666 d/f; umask 077; : >d/.f.atomwrite'
    try as_user atomwrite d/f <<<new
    expect 0 ""
    holds d/f new
    clean d
    as_user sh -c 'umask 077; : >d/.f.atomwrite'
    try atomwrite d/f <<<newer
    expect 0 ""
    holds d/f newer
    clean d
}

@test "in the way: the turn of another user's living writer is waited for, exit 75" {
    need_root
    share
    mkdir d
    chmod 777 d
    mkfifo held go
    chmod 666 held go
    as_user atomwrite -u d/f sh -c 'echo "$PPID" >held; cat go' 3>&- &
    local user=$! holder
    read -r holder <held
    try as_somebody atomwrite -w 0 d/f <<<new
    expect 75 "atomwrite: d/f: left as it was: being replaced by PID $holder (atomwrite) (wait longer with -w)"
    echo first >go
    wait "$user"
    holds d/f first
    clean d
}

@test "in the way: a reader of the published file cannot hold up the next writer" {
    # The record lock went with the writer; a flock on what was the turn is a reader's.
    echo old >f
    held_turn f
    release first
    exec 8<f
    flock -s 8
    try atomwrite -w 0 f <<<new
    expect 0 ""
    exec 8<&-
    holds f new
    clean
}

# ---- file systems that have no locks, or contradict themselves

# openat_unless CONDITION ERROR: code of an openat(2) for "instead" that knows no files
# without a name, and fails with ERROR where CONDITION is true of NAME, which is to be made.
openat_unless() {
    cat <<-EOF
	static int
	ends_in(const char *name, const char *end)
	{
	    size_t length = strlen(name);
	    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
	}
	int openat(int dir, const char *name, int flags, ...)
	{
	    static int tries;
	    va_list rest;
	    mode_t mode;
	    asked();
	    va_start(rest, flags);
	    mode = va_arg(rest, mode_t);
	    va_end(rest);
	    errno = (flags & O_TMPFILE) == O_TMPFILE ? EOPNOTSUPP : $2;
	    if (errno == EOPNOTSUPP || ((flags & O_EXCL) && ($1)))
	        return -1;
	    return REAL(openat)(dir, name, flags, mode);
	}
	EOF
}
NO_RECORD_LOCKS='
    int fcntl(int fd, int command, ...)
    {
        va_list rest;
        void *argument;
        asked();
        va_start(rest, command);
        argument = va_arg(rest, void *);
        va_end(rest);
        errno = ENOLCK;
        return command == F_SETLK ? -1 : REAL(fcntl)(fd, command, argument);
    }'
NO_LOCKS="No locks available (the file system does not support locks: use another one)"

@test "no record locks: f is left as it was, exit 73, and no name is left" {
    echo old >f
    instead "$NO_RECORD_LOCKS" atomwrite f <<<new
    expect 73
    [[ $stderr == "atomwrite: f: left as it was: cannot "*": $NO_LOCKS" ]]
    clean
    # And where files cannot be without a name.
    instead "$NO_RECORD_LOCKS $(openat_unless 0 0)" atomwrite f <<<new
    expect 73 "atomwrite: f: left as it was: cannot create a temporary file beside it: $NO_LOCKS"
    clean
    holds f old
}

@test "a turn that is there to be made and not to be seen is waited for, as long as -w says, exit 75" {
    echo old >f
    local turn='ends_in(name, ".atomwrite")'
    instead "$(openat_unless "$turn" EEXIST)" atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: being replaced by another process (wait longer with -w)"
    clean
    holds f old
    instead 'int linkat(int from, const char *name, int dir, const char *link, int flags)
        {
            asked();
            errno = EEXIST;
            return -1;
        }' atomwrite -w 0 f <<<new
    expect 75 "atomwrite: f: left as it was: being replaced by another process (wait longer with -w)"
    clean
    holds f old
}

@test "a stage's name that is there to be made and not to be seen is passed over" {
    instead "$(openat_unless 'ends_in(name, "-1")' EEXIST)" atomwrite f <<<new
    expect 0 ""
    clean
    holds f new
}

@test "a stage whose name has become another's is not put in FILE's place, exit 75" {
    echo old >f
    instead "$(openat_unless 0 0)" atomwrite f \
        sh -c 'rm .f.atomwrite-1; echo other >.f.atomwrite-1; echo new'
    expect 75 "atomwrite: f: left as it was: another process removed its temporary file (try again)"
    holds f old
    holds .f.atomwrite-1 other
    rm .f.atomwrite-1
    clean
}

@test "no end of such names, but TERM ends it, exit 143" {
    echo old >f
    # 99 after so many tries that a signal was forgotten.
    local never='(ends_in(name, ".atomwrite") == 0) && (++tries != 3000 || raise(SIGTERM) == 0) &&
        (tries < 9000 || (_exit(99), 0))'
    instead "$(openat_unless "$never" EEXIST)" atomwrite f <<<new
    expect 143
    clean
    holds f old
}

# setlk_fails WHEN ERROR: code of an fcntl(2) for "instead" whose F_SETLK fails with ERROR
# where WHEN is true of "n", the number of the call.
setlk_fails() {
    cat <<-EOF
	int fcntl(int fd, int command, ...)
	{
	    static int n;
	    va_list rest;
	    void *argument;
	    asked();
	    va_start(rest, command);
	    argument = va_arg(rest, void *);
	    va_end(rest);
	    errno = $2;
	    if (command == F_SETLK && (++n, ($1)))
	        return -1;
	    return REAL(fcntl)(fd, command, argument);
	}
	EOF
}
NOT_PERMITTED="Permission denied (check the permissions of the file and its directory)"

@test "record locks that are not permitted are not taken for held, exit 77, and no name is left" {
    echo old >f
    instead "$(setlk_fails 1 EACCES)" timeout 60 atomwrite f <<<new
    # Where the stage has no name its turn is the first to be locked.
    if has_rung o-tmpfile || moves_stage; then
        expect 77 "atomwrite: f: left as it was: cannot take its turn: $NOT_PERMITTED"
    else
        expect 77 "atomwrite: f: left as it was: cannot create a temporary file beside it: $NOT_PERMITTED"
    fi
    clean
    instead "$(setlk_fails 1 EACCES) $(openat_unless 0 0)" timeout 60 atomwrite f <<<new
    expect 77 "atomwrite: f: left as it was: cannot create a temporary file beside it: $NOT_PERMITTED"
    clean
    holds f old
}

@test "a record lock that is refused with EACCES while nobody has it is tried again" {
    echo old >f
    instead "$(setlk_fails 'n <= 2' EACCES) $(openat_unless 0 0)" timeout 60 atomwrite f <<<new
    expect 0 ""
    clean
    holds f new
}

@test "a record lock that fails once does not fail the run" {
    echo old >f
    instead "$(setlk_fails 'n == 1' ENOLCK) $(openat_unless 0 0)" timeout 60 atomwrite f <<<new
    expect 0 ""
    clean
    holds f new
}

@test "a statx(2) that is refused keeps nobody from comparing, or from cleaning up" {
    local refused='int statx(int dir, const char *path, int flags, unsigned mask,
        struct statx *file)
        {
            asked();
            errno = EPERM;
            return -1;
        }'
    echo old >f
    instead "$refused $(openat_unless 0 0)" timeout 60 atomwrite f <<<new
    expect 0 ""
    clean
    holds f new
    # The hidden name of its stage goes, too, when it fails.
    instead "$refused $(openat_unless 0 0)" timeout 60 atomwrite f false
    expect 1 "atomwrite: f: left as it was: false exited with status 1"
    clean
    holds f new
}
