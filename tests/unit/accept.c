/* The end marker: found as a last line only, and cut off with its newline. */
#include "config.h"

#include "data/accept.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static FILE *file;

/* What FORM says of CONTENT, which REST is left of. */
static void
expect(const char *content, const struct accept *form, enum accept_result result,
    const char *rest)
{
    off_t size = -1;
    char left[256] = "";
    int fd = fileno(file);

    EXPECT_NUMBER(ftruncate(fd, 0), 0);
    EXPECT_NUMBER(pwrite(fd, content, strlen(content), 0), (long long)strlen(content));
    EXPECT_NUMBER(accept_form(fd, form, &size), result);
    EXPECT(pread(fd, left, sizeof(left) - 1, 0) != -1);
    EXPECT_TEXT(left, rest);
    if (result != ACCEPT_OK)
        return;
    EXPECT_NUMBER(size, (long long)strlen(rest));
    /* What is appended to it comes where the marker was. */
    EXPECT_NUMBER(lseek(fd, 0, SEEK_CUR), (long long)strlen(rest));
}

static const struct accept done = {.end_marker = "done"};

static void
found(void)
{
    expect("text\ndone\n", &done, ACCEPT_OK, "text\n");
    expect("text\ndone", &done, ACCEPT_OK, "text\n");
    expect("done\n", &done, ACCEPT_OK, "");
    expect("done", &done, ACCEPT_OK, "");
    expect("\ndone\n", &done, ACCEPT_OK, "\n");
    expect("done\ndone\n", &done, ACCEPT_OK, "done\n");
}

static void
not_found(void)
{
    expect("", &done, ACCEPT_NO_MARKER, "");
    expect("\n", &done, ACCEPT_NO_MARKER, "\n");
    expect("one", &done, ACCEPT_NO_MARKER, "one");
    expect("text\nundone\n", &done, ACCEPT_NO_MARKER, "text\nundone\n");
    expect("xdone", &done, ACCEPT_NO_MARKER, "xdone");
    expect("xxdone\n", &done, ACCEPT_NO_MARKER, "xxdone\n");
    expect("done\n\n", &done, ACCEPT_NO_MARKER, "done\n\n");
    expect("done\nx", &done, ACCEPT_NO_MARKER, "done\nx");
    expect("done \n", &done, ACCEPT_NO_MARKER, "done \n");
    expect("done\r\n", &done, ACCEPT_NO_MARKER, "done\r\n");
}

/* A marker of one byte, and one longer than the content. */
static void
lengths(void)
{
    const struct accept dot = {.end_marker = "."};
    const struct accept line = {.end_marker = "a line longer than all"};

    expect(".", &dot, ACCEPT_OK, "");
    expect(".\n", &dot, ACCEPT_OK, "");
    expect("\n.", &dot, ACCEPT_OK, "\n");
    expect("..\n", &dot, ACCEPT_NO_MARKER, "..\n");
    expect("x\n.\n", &dot, ACCEPT_OK, "x\n");
    expect("longer than all\n", &line, ACCEPT_NO_MARKER, "longer than all\n");
}

/* The size is that of what is left. */
static void
sizes(void)
{
    const struct accept some = {.end_marker = "done", .min_size_bytes = 5};
    const struct accept any = {.min_size_bytes = 1};

    expect("text\ndone\n", &some, ACCEPT_OK, "text\n");
    expect("text\n", &any, ACCEPT_OK, "text\n");
    expect("tex\ndone\n", &some, ACCEPT_TOO_SMALL, "tex\n");
    expect("", &any, ACCEPT_TOO_SMALL, "");
}

int
main(void)
{
    file = tmpfile();
    if (file == NULL)
        return 99;
    unit_test("the marker is cut off, with or without its newline", found);
    unit_test("what is not the last line is no marker", not_found);
    unit_test("a marker may be short, and longer than the content", lengths);
    unit_test("what is left of the content counts for its size", sizes);
    return unit_end();
}
