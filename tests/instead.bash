# shellcheck shell=bash
# C functions in the place of libc's, compiled and preloaded, for moments that would need
# luck. Loaded by common.bash.

# instead CODE COMMAND...: as "try", with the C functions of CODE in the place of libc's,
# so that a moment that would need luck comes at will. Each calls asked() first; REAL(f)
# is libc's own. Skips where the program took none of them.
instead() {
    local asked=$BATS_TEST_TMPDIR/asked library=$BATS_TEST_TMPDIR/instead.so
    need cc
    cc -D_GNU_SOURCE -shared -fPIC -Wall -Wno-unused -Werror -o "$library" -x c - <<-EOF
	#include <dlfcn.h>
	#include <errno.h>
	#include <fcntl.h>
	#include <stdarg.h>
	#include <signal.h>
	#include <string.h>
	#include <sys/stat.h>
	#include <sys/wait.h>
	#include <unistd.h>
	#define REAL(function) ((__typeof__(&(function)))dlsym(RTLD_NEXT, #function))
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
    if [ "$1" = as_user ]; then
        shift
        try as_user env LD_PRELOAD="$library" "$@"
    else
        try env LD_PRELOAD="$library" "$@"
    fi
    [ -s "$asked" ] || skip "the program takes no preloaded function (sanitizers, --enable-static)"
}
