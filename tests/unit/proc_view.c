/* Lines of /proc/self/mountinfo. */
#include "config.h"

#include "lock/proc_view.h"

#include <sys/sysmacros.h>

#include "unit.h"

static void
parsed(void)
{
    uint64_t mount = 0;
    dev_t device = 0;

    EXPECT(proc_view_parse_mount(
        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n", &mount,
        &device));
    EXPECT_NUMBER((long long)mount, 36);
    EXPECT(device == makedev(98, 0));
    EXPECT(proc_view_parse_mount(
        "184 178 0:50 / /a\\040b rw - overlay none rw\n", &mount, &device));
    EXPECT_NUMBER((long long)mount, 184);
    EXPECT(device == makedev(0, 50));
}

static void
refused(void)
{
    static const char *const lines[] = {"", "\n", "36", "36 35", "36 35 98",
        "x 35 98:0 /", "36 35 98:0", "-1 35 98:0 /", "36 35 98:4294967296 /",
        "99999999999999999999999 35 98:0 /"};

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        uint64_t mount;
        dev_t device;

        EXPECT(!proc_view_parse_mount(lines[i], &mount, &device));
    }
}

int
main(void)
{
    unit_test("the ID and the device of a mount", parsed);
    unit_test("what is no such line", refused);
    return unit_end();
}
