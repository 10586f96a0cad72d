/*
 * What a pass of retention came to.  See kept.h.  The file `retention` is
 * written at each end of a task, in place and unsynced: it is believed only in
 * the boot, under the limits and with the tasks of which it tells.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/log.h"
#include "common/machine.h"
#include "daemon/config.h"
#include "daemon/record/record.h"
#include "daemon/retention/kept.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/store/survey.h"
#include "daemon/task/task.h"

#define NAME "retention"
#define SIZE 400
/* So many tasks that the file knows nothing of are looked at. */
#define LATER_MAX 100

static int fd = -1;

/* It stays open: each end of a task is written. */
static bool
open_file(void)
{
	if (fd == -1)
		fd = openat(store_rootfd(), NAME,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		    0600);
	return fd != -1;
}

/* What has to be the same. */
static void
write_terms(char text[SIZE])
{
	const struct config_retention *max = &config_get()->retention;
	struct machine here;

	machine_read(&here);
	snprintf(text, SIZE,
	    "1 %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " ", here.boot,
	    max->max_age_s, max->max_tasks, max->max_bytes,
	    max->unseen_grace_s);
}

/*
 * Adds those that have ended since; live ones will tell of their ends.  One that
 * is neither has lost its name in live/, so all are to be looked at.
 */
static bool
add_later(uint64_t from, struct kept *kept)
{
	struct store_name names[LATER_MAX];
	struct store_usage usage;
	size_t i, n = index_range(from, UINT64_MAX, names, LATER_MAX);

	for (i = 0; i < n; i++) {
		if (task_find_live(names[i].number) != NULL)
			continue;
		store_survey(names[i].path, &usage);
		if (usage.ended_at == -1)
			return false;
		kept->ended++;
		kept->grown += usage.bytes;
	}
	return n < LATER_MAX;
}

static size_t
live_below(uint64_t number)
{
	struct task *task = NULL;
	size_t n = 0;

	while ((task = task_next_live(task)) != NULL &&
	    task_record(task)->number < number)
		n++;
	return n;
}

bool
kept_read(struct kept *kept)
{
	char text[SIZE] = "", terms[SIZE];
	const struct kept adopted = *kept;
	size_t len, count, live;
	uint64_t next;
	int end = 0;
	bool read = open_file() && pread(fd, text, SIZE - 1, 0) > 0;

	write_terms(terms);
	len = strlen(terms);
	if (!read || strncmp(text, terms, len) != 0 ||
	    sscanf(text + len,
		"%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
		" %" SCNu64 " %zu %zu .%n",
		&kept->day, &kept->tasks, &kept->bytes, &kept->ended,
		&kept->grown, &next, &count, &live, &end) != 8 ||
	    end == 0)
		return false;
	kept->ended += adopted.ended;
	kept->grown += adopted.grown;
	return index_count(next) == count &&
	    live_below(next) + (size_t)adopted.ended >= live &&
	    add_later(next, kept);
}

void
kept_write(const struct kept *kept)
{
	char text[2 * SIZE];
	size_t len;

	if (!open_file())
		return;
	text[0] = '\0';
	if (kept != NULL) {
		write_terms(text);
		len = strlen(text);
		snprintf(text + len, sizeof(text) - len,
		    "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
		    " %" PRIu64 " %zu %zu .\n",
		    kept->day, kept->tasks, kept->bytes, kept->ended,
		    kept->grown, index_highest() + 1, index_count(0),
		    task_count_live());
	}
	len = strlen(text);
	if ((len == 0 || pwrite(fd, text, len, 0) != (ssize_t)len) &&
	    ftruncate(fd, 0) == -1)
		log_warn("cannot empty %s/%s", store_root(), NAME);
}

void
kept_close(void)
{
	if (fd != -1)
		close(fd);
	fd = -1;
}
