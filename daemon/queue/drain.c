/*
 * Pausing the queue.  See drain.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/io.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/queue/drain.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/unsynced.h"
#include "daemon/store/version.h"
#include "daemon/task/lookup.h"

/* A line for each group, such as g7, and one for all. */
#define DRAIN_FILE "drained"
#define ALL "all"
/* More than groups there are; what is larger is not ours. */
#define MAX_BYTES (16 << 20)

static char **lines; /* or NULL */

static bool
has(const char *line)
{
	char *const *p;

	for (p = lines; p != NULL && *p != NULL; p++)
		if (strcmp(*p, line) == 0)
			return true;
	return false;
}

static bool
is_line(const char *line)
{
	return strcmp(line, ALL) == 0 ||
	    (line[0] == 'g' && line[1] != '\0' &&
		line[1 + strspn(line + 1, "0123456789")] == '\0');
}

/* False: it is damaged. */
static bool
take(char *text, size_t len)
{
	char *line;

	if (len == 0 || text[len - 1] != '\n' || strlen(text) != len)
		return false;
	while ((line = strsep(&text, "\n")) != NULL && *line != '\0') {
		if (!is_line(line))
			return false;
		lines = strv_add(lines, line);
	}
	return true;
}

static bool
read_lines(int fd, off_t size)
{
	struct buf text = { 0 };
	ssize_t n;
	bool sound;

	if (size > MAX_BYTES)
		return false;
	buf_reserve(&text, (size_t)size + 1);
	n = io_read(fd, text.data, (size_t)size);
	text.data[n < 0 ? 0 : n] = '\0';
	sound = n > 0 && take(text.data, (size_t)n);
	buf_clear(&text);
	return sound;
}

void
drain_load(void)
{
	off_t size = 0;
	int fd = io_open_regular(store_rootfd(), DRAIN_FILE, &size);
	bool sound;

	drain_forget();
	if (fd == -1 && errno == ENOENT)
		return;
	sound = fd != -1 && read_lines(fd, size);
	if (fd != -1)
		close(fd);
	if (!sound) {
		log_warnx("%s/" DRAIN_FILE " cannot be read: the queue counts "
			  "as paused, until ccproc unpause --queue",
		    store_root());
		lines = strv_add(lines, ALL);
	}
}

void
drain_forget(void)
{
	strv_free(lines);
	lines = NULL;
}

static int
write_lines(char *const *line, struct error *err)
{
	struct buf text = { 0 };
	int result = 0;

	for (; line != NULL && *line != NULL; line++)
		buf_printf(&text, "%s\n", *line);
	if (text.len > 0)
		result = store_replace_file(store_rootfd(), DRAIN_FILE,
		    text.data, text.len, err);
	else if (unlinkat(store_rootfd(), DRAIN_FILE, 0) != 0 &&
	    errno != ENOENT) {
		fail_errno(err, "cannot remove %s/" DRAIN_FILE, store_root());
		result = -1;
	}
	STEP("drain-written");
	if (result == 0 && text.len > 0)
		unsynced_top(DRAIN_FILE);
	if (result == 0)
		unsynced_folder(".");
	buf_clear(&text);
	return result;
}

/* Whether nothing is left of a group. */
static bool
is_gone(const char *line)
{
	struct task_list list = { 0 };
	struct error err;
	bool gone = strcmp(line, ALL) != 0 &&
	    lookup_group(id_number(line), &list, &err) == 0 && list.n == 0;

	task_list_clear(&list);
	return gone;
}

/*
 * Returns the lines without that one.  The first of them goes if its group has,
 * else it becomes the last: to look at all would take too long.
 */
static char **
lines_without(const char *line)
{
	char **then = NULL, *const * p;
	const char *first = NULL;

	for (p = lines; p != NULL && *p != NULL; p++)
		if (strcmp(*p, line) == 0)
			continue;
		else if (first == NULL)
			first = *p;
		else
			then = strv_add(then, *p);
	return first == NULL || is_gone(first) ? then : strv_add(then, first);
}

int
drain_set(const char *group, bool on, struct error *err)
{
	const char *line = group == NULL ? ALL : group;
	char **then;

	if (has(line) == on)
		return 0;
	if (on && store_raise_version(STORE_VERSION_HOLD, err) != 0)
		return -1;
	then = lines_without(line);
	if (on)
		then = strv_add(then, line);
	if (write_lines(then, err) != 0) {
		strv_free(then);
		return -1;
	}
	drain_forget();
	lines = then;
	log_info("the queue%s%s: %s", group == NULL ? "" : " of ",
	    group == NULL ? "" : group, on ? "paused" : "goes on");
	return 0;
}

bool
drain_is_on(void)
{
	return has(ALL);
}

const char *
drain_first_group(void)
{
	char *const *p;

	for (p = lines; p != NULL && *p != NULL; p++)
		if (strcmp(*p, ALL) != 0)
			return *p;
	return NULL;
}

const char *
drain_of(const struct record *rec)
{
	if (lines == NULL)
		return NULL;
	if (has(ALL))
		return "";
	return rec->from.group != NULL && has(rec->from.group) ?
	    rec->from.group :
	    NULL;
}
