/*
 * newest - of all FILEs, that with the newest modification time that can be had
 * (--newest). Their names and times are in memory, all of them.
 */
#ifndef WHOLEFILE_READ_NEWEST_H
#define WHOLEFILE_READ_NEWEST_H

#include "read/await.h"
#include "read/reader.h"

/*
 * Prints one FILE, as reader_take does. Else returns what came of the last one, and the
 * worst status of all. AWAIT, or NULL, watches them from before they are looked at.
 */
struct reading newest_take(struct reader *reader, struct await *await);

#endif
