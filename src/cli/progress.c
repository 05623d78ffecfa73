#include "config.h"

#include "cli/progress.h"

#include <bsd/libutil.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "cli/say.h"

#define SECOND_NS   INT64_C(1000000000)
#define REDRAW_NS   (SECOND_NS / 2)
#define LINE_NS     (10 * SECOND_NS)
#define SHORTEST_NS (SECOND_NS / 1000)

/* "1234K", and room to spare. */
enum { AMOUNT_SIZE = 8, TEXT_SIZE = 128 };

void
progress_start(struct progress *progress, const char *name, int input)
{
    struct stat source;

    *progress = (struct progress){.name = name};
    progress->start_ns = clock_ns();
    progress->shown_ns = progress->start_ns;
    progress->is_terminal = isatty(STDERR_FILENO) == 1;
    if (input != -1 && fstat(input, &source) == 0 && S_ISREG(source.st_mode)) {
        off_t at = lseek(input, 0, SEEK_CUR);

        progress->expected_bytes = at == -1 ? 0 : source.st_size - at;
    }
}

static void
amount(char text[AMOUNT_SIZE], int64_t bytes)
{
    if (humanize_number(
            text, AMOUNT_SIZE, bytes, "B", HN_AUTOSCALE, HN_NOSPACE | HN_DECIMAL) == -1)
        snprintf(text, AMOUNT_SIZE, "?");
}

static void
describe(const struct progress *progress, int64_t elapsed_ns, char text[TEXT_SIZE])
{
    char moved[AMOUNT_SIZE];
    char rate[AMOUNT_SIZE];
    double per_ns;
    int length;

    if (elapsed_ns < SHORTEST_NS)
        elapsed_ns = SHORTEST_NS;
    per_ns = (double)progress->moved_bytes / (double)elapsed_ns;
    amount(moved, progress->moved_bytes);
    amount(rate, (int64_t)(per_ns * (double)SECOND_NS));
    length = snprintf(text, TEXT_SIZE, "%s, %s/s", moved, rate);
    if (progress->expected_bytes > 0 && length > 0) {
        off_t left = progress->expected_bytes - progress->moved_bytes;

        if (left < 0)
            left = 0;
        snprintf(text + length, TEXT_SIZE - (size_t)length, ", %d%%, %llds left",
            (int)(100 * (progress->expected_bytes - left) / progress->expected_bytes),
            per_ns > 0 ? (long long)((double)left / per_ns / (double)SECOND_NS) : 0LL);
    }
}

static void
show(struct progress *progress, int64_t now)
{
    char text[TEXT_SIZE];
    char line[TEXT_SIZE + 8];
    int length;

    progress->shown_ns = now;
    /* The next one will say what this one would. */
    if (!io_takes_line(STDERR_FILENO))
        return;
    describe(progress, now - progress->start_ns, text);
    if (!progress->is_terminal) {
        say(progress->name, NULL, "%s", text);
        return;
    }
    progress->is_on_screen = true;
    /* Back to the start of the line, and clear what the last one left. */
    length = snprintf(line, sizeof(line), "\r%s\033[K", text);
    if (length > 0)
        (void)io_send(STDERR_FILENO, line, (size_t)length);
}

void
progress_moved(void *context, off_t bytes)
{
    struct progress *progress = context;
    int64_t now = clock_ns();

    progress->moved_bytes += bytes;
    if (now - progress->shown_ns >= (progress->is_terminal ? REDRAW_NS : LINE_NS))
        show(progress, now);
}

void
progress_end(struct progress *progress)
{
    show(progress, clock_ns());
    if (progress->is_on_screen)
        (void)io_send(STDERR_FILENO, "\n", 1);
    progress->is_on_screen = false;
}
