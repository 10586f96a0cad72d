/*
 * The store: what the disk has refused.  See refusals.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "daemon/store/files.h"
#include "daemon/store/refusals.h"

/* Each line is the id of a boot and the number of a task. */
#define REFUSALS_FILE "refused"

static uint64_t *numbers; /* in order */
static size_t n;
static struct buf unkept; /* numbers that the file lacks */

/* The first of them that is not lower. */
static size_t
place_of(uint64_t number)
{
	size_t low = 0, high = n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (numbers[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
refusals_has(uint64_t first, uint64_t last)
{
	size_t at = place_of(first);

	return at < n && numbers[at] <= last;
}

/* False: it was there already. */
static bool
add(uint64_t number)
{
	size_t at = place_of(number);

	if (at < n && numbers[at] == number)
		return false;
	numbers = xreallocarray(numbers, n + 1, sizeof(*numbers));
	memmove(numbers + at + 1, numbers + at, (n - at) * sizeof(*numbers));
	numbers[at] = number;
	n++;
	return true;
}

void
refusals_add(uint64_t number)
{
	if (add(number))
		buf_add(&unkept, &number, sizeof(number));
}

void
refusals_keep(void)
{
	struct machine here;
	struct buf lines = { 0 };
	uint64_t number;
	size_t at;
	int fd;

	if (unkept.len == 0)
		return;
	machine_read(&here);
	fd = openat(store_rootfd(), REFUSALS_FILE,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	for (at = 0; at < unkept.len; at += sizeof(number)) {
		memcpy(&number, unkept.data + at, sizeof(number));
		buf_printf(&lines, "%s %" PRIu64 "\n", here.boot, number);
	}
	if (fd == -1 || io_write(fd, lines.data, lines.len) == -1)
		log_warn("cannot note it in %s/" REFUSALS_FILE, store_root());
	if (fd != -1)
		close(fd);
	buf_clear(&lines);
	buf_clear(&unkept);
}

/* Returns whether there is one of this boot. */
static bool
read_lines(FILE *file)
{
	struct machine here;
	char boot[sizeof(here.boot)];
	uint64_t number;
	bool found = false;

	machine_read(&here);
	while (fscanf(file, "%39s %" SCNu64, boot, &number) == 2) {
		if (strcmp(boot, here.boot) != 0)
			continue;
		found = true;
		add(number);
	}
	return found;
}

void
refusals_recall(void)
{
	int fd = io_open_regular(store_rootfd(), REFUSALS_FILE, NULL);
	FILE *file = fd == -1 ? NULL : fdopen(fd, "r");

	if (file == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (!read_lines(file))
		unlinkat(store_rootfd(), REFUSALS_FILE, 0);
	fclose(file);
}

void
refusals_clear(void)
{
	free(numbers);
	numbers = NULL;
	n = 0;
	buf_clear(&unkept);
}
