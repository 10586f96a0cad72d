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

static uint64_t *numbers;
static size_t n, kept;

bool
refusals_has(uint64_t first, uint64_t last)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (numbers[i] >= first && numbers[i] <= last)
			return true;
	return false;
}

void
refusals_add(uint64_t number)
{
	if (n > 0 && numbers[n - 1] == number)
		return;
	numbers = xreallocarray(numbers, n + 1, sizeof(*numbers));
	numbers[n++] = number;
}

void
refusals_keep(void)
{
	struct machine here;
	struct buf lines = { 0 };
	int fd;

	if (kept == n)
		return;
	machine_read(&here);
	fd = openat(store_rootfd(), REFUSALS_FILE,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	for (; kept < n; kept++)
		buf_printf(&lines, "%s %" PRIu64 "\n", here.boot,
		    numbers[kept]);
	if (fd == -1 || io_write(fd, lines.data, lines.len) == -1)
		log_warn("cannot note it in %s/" REFUSALS_FILE, store_root());
	if (fd != -1)
		close(fd);
	buf_clear(&lines);
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
		refusals_add(number);
	}
	kept = n;
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
	n = kept = 0;
}
