# shellcheck shell=bash
# C functions in the place of libc's, compiled and preloaded, for moments that would need
# luck. Loaded by common.bash.

# built_with NAME: what the build's Makefile says of CC, CPPFLAGS and their like.
built_with() { sed -n "s/^$1 = //p" "$BUILDDIR/Makefile"; }

# instead CODE COMMAND...: as "try", with the C functions of CODE in the place of libc's,
# so that a moment that would need luck comes at will. Each calls asked() first; REAL(f)
# is libc's own. Compiled as the build is, so that it has the names that the headers give
# the functions where sizes and times are wider than they once were. Skips where the
# program took none of them.
instead() {
    local asked=$BATS_TEST_TMPDIR/asked library=$BATS_TEST_TMPDIR/instead.so alone=
    # What a program runs is linked with the system's libc, and must not load musl, too.
    [[ $(built_with CC) != *musl* ]] || alone=-nostdlib
    need cc
    # shellcheck disable=SC2046 # words for the compiler
    $(built_with CC) $(built_with CPPFLAGS) -I"$BUILDDIR" -D_GNU_SOURCE -shared -fPIC \
        $alone -Wall -Wno-unused -Wno-cpp -Werror -o "$library" -x c - <<-EOF
	#include "config.h"
	#include <dlfcn.h>
	#include <errno.h>
	#include <fcntl.h>
	#include <stdarg.h>
	#include <signal.h>
	#include <stdio.h>
	#include <string.h>
	#include <sys/stat.h>
	#include <sys/wait.h>
	#include <unistd.h>
	#ifndef HAVE_STATX
	struct statx;
	#endif
	#define REAL(function) ((__typeof__(&(function)))real(#function))
	#if defined _TIME_BITS && _TIME_BITS == 64
	#define NAMES "__%s64_time64", "__%s_time64", "%s64", "%s"
	#else
	#define NAMES "%s64", "%s"
	#endif
	static void *real(const char *function)
	{
	    static const char *const names[] = {NAMES};
	    char name[64];
	    void *found = NULL;
	    for (size_t i = 0; i < sizeof names / sizeof names[0] && found == NULL; i++) {
	        snprintf(name, sizeof name, names[i], function);
	        found = dlsym(RTLD_NEXT, name);
	    }
	    return found;
	}
	static void asked(void)
	{
	    int fd = open("$asked", O_WRONLY | O_APPEND);
	    if (write(fd, "!", 1) == 1)
	        close(fd);
	}
	$1
	EOF
    shift
    : >"$asked"
    chmod 666 "$asked"
    # A static program takes none; copied, for the tests' ordinary user may not get there.
    if [ -d "$BUILDDIR/tests/dynamic" ] && [ ! -d "$BATS_TEST_TMPDIR/dynamic" ]; then
        mkdir "$BATS_TEST_TMPDIR/dynamic"
        cp "$BUILDDIR/tests/dynamic/"{atomwrite,uniqcreate,lockread} \
            "$BATS_TEST_TMPDIR/dynamic/"
    fi
    local PATH=$BATS_TEST_TMPDIR/dynamic:$PATH
    if [ "$1" = as_user ]; then
        shift
        try as_user env LD_PRELOAD="$library" "$@"
    else
        try env LD_PRELOAD="$library" "$@"
    fi
    [ -s "$asked" ] || skip "the program takes no preloaded function (sanitizers)"
}
