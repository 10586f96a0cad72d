/*
 * Labels of tasks that have ended.  See labels.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/io.h"
#include "common/jsonscan.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/find/labels.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/task/task.h"

#define PLAIN \
	"0123456789._-" \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* In place, since 1,000 blocks here and there would keep as many pages. */
static struct labels known[HISTORY_MAX_SCAN]; /* by their numbers */
static size_t n;
static struct store_name last; /* the oldest that was looked at, */
static uint64_t newest;        /* and the newest */
static bool whole;             /* there are no more, or enough */
static size_t losses;          /* of the index, when all were there */

/* The first of them with this number or a higher one. */
static size_t
place_of(uint64_t number)
{
	size_t low = 0, high = n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (known[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The oldest have to go when there are too many. */
static void
add(const struct labels *names)
{
	size_t at = place_of(names->number);

	if (at < n && known[at].number == names->number)
		return;
	if (n < HISTORY_MAX_SCAN) {
		memmove(known + at + 1, known + at, (n - at) * sizeof(*known));
		known[at] = *names;
		n++;
		return;
	}
	if (at > 0) {
		memmove(known, known + 1, --at * sizeof(*known));
		known[at] = *names;
	}
	/* those below are read when there is room for them again */
	last = (struct store_name){ .number = known[0].number };
}

/* Drops those that have been cleaned up; older ones come in their place. */
static void
drop_lost(void)
{
	struct store_name name;
	size_t i, kept = 0;

	if (losses == index_losses())
		return;
	losses = index_losses();
	for (i = 0; i < n; i++)
		if (index_range(known[i].number, known[i].number, &name, 1) > 0)
			known[kept++] = known[i];
	whole = whole && kept == n;
	n = kept;
}

/* What is no name, in a file that somebody has changed, names nothing. */
static void
copy(struct jsonspan value, char text[LABEL_MAX_CHARS + 1])
{
	if (!jsonscan_string(value, text, LABEL_MAX_CHARS + 1) ||
	    text[strspn(text, PLAIN)] != '\0')
		text[0] = '\0';
}

static void
scan(const char *text, size_t len, struct labels *names)
{
	static const char *const members[] = { "label", "group", "group_name" };
	struct jsonspan found[3];
	struct error err;
	char group[LABEL_MAX_CHARS + 1];

	if (jsonscan_check(text, len, &err) != 0)
		return; /* a task whose file is damaged has no name */
	jsonscan_members((struct jsonspan){ text, len }, members, found, 3);
	copy(found[0], names->label);
	copy(found[1], group);
	copy(found[2], names->group_name);
	names->group = group[0] == '\0' ? 0 : id_number(group);
}

/* Of a task that has gone, or is damaged, there is nothing to know. */
static int
read_names(const struct store_name *name, struct labels *names,
    struct error *err)
{
	char *path = xasprintf("%s/spec.json", name->path), *text;
	off_t size;
	int fd = io_open_regular(store_rootfd(), path, &size), result = 0;
	ssize_t len;

	free(path);
	if (fd == -1 || size > (off_t)LINE_MAX_BYTES) {
		if (fd == -1 && errno_passes(errno)) {
			fail_errno(err, TASK_ID, name->number);
			result = -1;
		}
		if (fd != -1)
			close(fd);
		return result;
	}
	text = xcalloc(1, (size_t)size + 1);
	len = io_read(fd, text, (size_t)size);
	if (len > 0)
		scan(text, (size_t)len, names);
	free(text);
	close(fd);
	return 0;
}

static int
look(const struct store_name *name, struct error *err)
{
	struct labels names = { .number = name->number };

	if (task_find_live(name->number) != NULL)
		return 0; /* its end will be told */
	if (read_names(name, &names, err) != 0)
		return -1;
	add(&names);
	return 0;
}

/* Reads one more: 1; there are no more: 0; -1: it cannot be read now. */
static int
know_older(struct error *err)
{
	const struct store_name before = last;

	if (n == HISTORY_MAX_SCAN || !index_before(&last)) {
		whole = true;
		return 0;
	}
	if (newest == 0)
		newest = last.number;
	if (look(&last, err) == 0)
		return 1;
	last = before;
	return -1;
}

/* Most that are newer are live, one after the other, or their end was told. */
static int
know_newer(struct error *err)
{
	struct store_name name;

	for (;;) {
		while (task_find_live(newest + 1) != NULL)
			newest++;
		if (index_range(newest + 1, UINT64_MAX, &name, 1) == 0)
			return 0;
		if (look(&name, err) != 0)
			return -1;
		newest = name.number;
	}
}

static void
keep(const char *name, char text[LABEL_MAX_CHARS + 1])
{
	snprintf(text, LABEL_MAX_CHARS + 1, "%s", name == NULL ? "" : name);
}

static void
ended(struct watcher *watcher, struct task *task, unsigned news)
{
	const struct record *rec = task_record(task);
	const char *group = rec->from.group;
	struct labels names = { .number = rec->number,
		.group = group == NULL ? 0 : id_number(group) };

	(void)watcher;
	(void)news;
	keep(rec->spec.label, names.label);
	keep(rec->from.group_name, names.group_name);
	add(&names);
}

static struct watcher watcher = {
	.name = "labels",
	.wants = TASK_ENTERED(TASK_ENDED),
	.changed = ended,
};

int
labels_step(struct error *err)
{
	if (!watcher.watching) {
		task_watch_all(&watcher);
		losses = index_losses();
	}
	return know_older(err);
}

int
labels_know(struct error *err)
{
	int more = 1;

	if (index_know(err) != 0)
		return -1;
	drop_lost();
	while (!whole && more == 1)
		more = labels_step(err);
	return whole ? know_newer(err) : -1;
}

void
labels_each(bool (*fn)(const struct labels *names, void *arg), void *arg)
{
	size_t i = n;

	while (i > 0 && fn(&known[i - 1], arg))
		i--;
}

void
labels_stop(void)
{
	task_unwatch(&watcher);
	n = 0;
	memset(&last, 0, sizeof(last));
	newest = 0;
	whole = false;
}
