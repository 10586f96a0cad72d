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

static int rootfd = -1;
static int seqfd = -1;
static uint64_t last_number;
static char *root;

int
store_rootfd(void)
{
	return rootfd;
}

static int
make_dir(const char *name, struct error *err)
{
	if (mkdirat(rootfd, name, 0700) == -1 && errno != EEXIST) {
		fail_errno(err, "cannot make %s/%s", root, name);
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

	seqfd = openat(rootfd, "seq",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (seqfd == -1) {
		fail_errno(err, "cannot open %s/seq", root);
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
	root = xstrdup(path);
	rootfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rootfd == -1) {
		fail_errno(err, "cannot open the state directory %s", path);
		return -1;
	}
	if (make_dir("tasks", err) != 0 || make_dir("live", err) != 0 ||
	    make_dir("trash", err) != 0 || open_seq(err) != 0)
		return -1;
	return 0;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
store_close(void)
{
	close_fd(&rootfd);
	store_unlock();
	close_fd(&seqfd);
	free(root);
	root = NULL;
	last_number = 0;
}

const char *
store_root(void)
{
	return root;
}

const char *
store_full_path(const char *path)
{
	static char *full;

	free(full);
	full = xasprintf("%s/%s", root, path);
	return full;
}

int
store_next_number(uint64_t *number, struct error *err)
{
	char text[32];
	int len;

	len = snprintf(text, sizeof(text), "%020" PRIu64 "\n",
	    last_number + 1);
	if (pwrite(seqfd, text, (size_t)len, 0) != len) {
		fail_errno(err, "cannot number a new task in %s/seq", root);
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
store_open_task(const char *path, struct error *err)
{
	int fd = openat(rootfd, path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1) {
		fail_errno(err, "cannot open %s/%s", root, path);
		if (err->errnum == ENOENT)
			err->code = ERR_NOT_FOUND;
	}
	return fd;
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
	int fd = openat(rootfd, path,
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

	if (unlinkat(rootfd, link, 0) == -1 && errno != ENOENT)
		log_warn("t%" PRIu64 ": cannot remove %s/%s", rec->number,
		    root, link);
	free(link);
}

int64_t
store_file_bytes(const char *path, const char *name)
{
	char *full = xasprintf("%s/%s", path, name);
	struct stat st;
	int64_t size = 0;

	if (fstatat(rootfd, full, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		size = st.st_size;
	free(full);
	return size;
}
