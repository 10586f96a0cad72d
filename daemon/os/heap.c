/*
 * Giving memory back.  See heap.h.
 */
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

#include "daemon/os/heap.h"

#define LARGE_BLOCK (128 << 10)

/*
 * glibc keeps so many freed blocks of each small size at hand (tcache), and
 * gives back no page with one of them.
 */
#define AT_HAND 7
#define SMALL_MAX 1032
#define STEP 16

void
heap_init(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
}

/*
 * Those at hand, which come first, may be anywhere since the burst; the others
 * are from where there is room.  Freed first, these are at hand then.
 */
static void
exchange(size_t size)
{
	void *volatile blocks[2 * AT_HAND];
	size_t i;

	for (i = 0; i < 2 * AT_HAND; i++)
		blocks[i] = malloc(size);
	while (i > 0)
		free(blocks[--i]);
}

void
heap_trim(void)
{
	size_t size;

	malloc_trim(0);
	for (size = SMALL_MAX % STEP + STEP; size <= SMALL_MAX; size += STEP)
		exchange(size);
	malloc_trim(0);
}
