/*
 * The state directory: opening, numbers, small files of a task.  Locks are in
 * store_lock.c, creating and deleting tasks in store_create.c and
 * store_delete.c, walking them in store_walk.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/paths.h"
#include "daemon/agent/result.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/store_files.h"

static int seqfd = -1;
static void (*on_change)(void);
static uint64_t last_number;

static int
make_dir(const char *name, struct error *err)
{
	if (mkdirat(store_rootfd(), name, 0700) == -1 && errno != EEXIST) {
		fail_errno(err, "cannot make %s/%s", store_root(), name);
		return -1;
	}
	return 0;
}

static bool
highest(const struct store_name *name, void *arg)
{
	uint64_t *max = arg;

	if (name->number > *max)
		*max = name->number;
	return true;
}

/* A lost or damaged seq is made anew from the names of the tasks. */
static int
open_seq(struct error *err)
{
	char text[32] = "";
	ssize_t n;

	seqfd = openat(store_rootfd(), "seq",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (seqfd == -1) {
		fail_errno(err, "cannot open %s/seq", store_root());
		return -1;
	}
	n = pread(seqfd, text, sizeof(text) - 1, 0);
	if (n > 0)
		last_number = strtoull(text, NULL, 10);
	if (last_number == 0)
		store_each_name(highest, &last_number);
	return 0;
}

int
store_open(const char *path, struct error *err)
{
	store_close();
	if (paths_make_private(path, err) != 0)
		return -1;
	if (store_root_open(path, err) != 0)
		return -1;
	if (make_dir("tasks", err) != 0 || make_dir("live", err) != 0 ||
	    make_dir("trash", err) != 0 || open_seq(err) != 0)
		return -1;
	return 0;
}

void
store_close(void)
{
	store_root_close();
	store_unlock();
	if (seqfd != -1)
		close(seqfd);
	seqfd = -1;
	last_number = 0;
}

void
store_on_change(void (*fn)(void))
{
	on_change = fn;
}

void
store_changed(void)
{
	if (on_change != NULL)
		on_change();
}

int
store_next_number(uint64_t *number, struct error *err)
{
	char text[32];
	int len;

	len = snprintf(text, sizeof(text), "%020" PRIu64 "\n", last_number + 1);
	if (pwrite(seqfd, text, (size_t)len, 0) != len) {
		fail_errno(err, "cannot number a new task in %s/seq",
		    store_root());
		return -1;
	}
	*number = ++last_number;
	return 0;
}

uint64_t
store_last_number(void)
{
	return last_number;
}

int
store_write_result(const struct record *rec, struct error *err)
{
	struct json_object *object;
	const char *text;
	size_t len;
	int dirfd, result;

	dirfd = store_open_task(rec->path, err);
	if (dirfd == -1)
		return -1;
	object = agent_result_encode(rec->result);
	text = json_text(object, &len);
	result = store_replace_file(dirfd, "result.json", text, len, err);
	json_object_put(object);
	close(dirfd);
	return result;
}

void
store_mark_seen(const struct record *rec)
{
	char *path = xasprintf("%s/seen", rec->path);
	int fd = openat(store_rootfd(), path,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		log_warn("t%" PRIu64 ": cannot note that it was seen",
		    rec->number);
	else
		close(fd);
	free(path);
}

void
store_settle(const struct record *rec)
{
	char *link = xasprintf("live/%" PRIu64 "-%s", rec->number,
	    rec->stored.from.uuid);

	if (unlinkat(store_rootfd(), link, 0) == -1 && errno != ENOENT)
		log_warn("t%" PRIu64 ": cannot remove %s/%s", rec->number,
		    store_root(), link);
	free(link);
}
