#include "tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
tape_add(struct tape *tape, const struct tape_entry *entry)
{
    if (tape->count < TAPE_MOST)
        tape->list[tape->count++] = *entry;
}

void
tape_spell(const struct tape *tape, char text[TAPE_TEXT_SIZE])
{
    size_t used = (size_t)snprintf(text, TAPE_TEXT_SIZE, "%uus", tape->tick_us);

    for (size_t i = 0; i < tape->count && used < TAPE_TEXT_SIZE - 32; i++) {
        const struct tape_entry *entry = &tape->list[i];

        used += (size_t)snprintf(text + used, TAPE_TEXT_SIZE - used, " %u:%s%u",
            entry->step,
            entry->action == TAPE_KILL   ? "kill"
            : entry->action == TAPE_FAIL ? "fail"
                                         : "",
            entry->actor);
        if (entry->action == TAPE_FAIL)
            used += (size_t)snprintf(
                text + used, TAPE_TEXT_SIZE - used, "/%d", entry->error);
    }
}

int
tape_parse(struct tape *tape, const char *text)
{
    int used;

    *tape = (struct tape){.count = 0};
    if (sscanf(text, "%uus%n", &tape->tick_us, &used) != 1)
        return -1;
    for (text += used; *text != '\0'; text += used) {
        struct tape_entry entry = {.action = TAPE_RUN};

        if (sscanf(text, " %u:kill%u%n", &entry.step, &entry.actor, &used) == 2)
            entry.action = TAPE_KILL;
        else if (sscanf(text, " %u:fail%u/%d%n", &entry.step, &entry.actor,
                     &entry.error, &used) == 3)
            entry.action = TAPE_FAIL;
        else if (sscanf(text, " %u:%u%n", &entry.step, &entry.actor, &used) != 2)
            return -1;
        tape_add(tape, &entry);
    }
    return 0;
}
