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
#include "common/log.h"
#include "common/mem.h"
#include "common/paths.h"
#include "common/step.h"
#include "daemon/agent/result.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/store.h"
#include "json/json.h"

static int seqfd = -1;
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

static int
open_seq(struct error *err)
{
	seqfd = openat(store_rootfd(), "seq",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (seqfd == -1) {
		fail_errno(err, "cannot open %s/seq", store_root());
		return -1;
	}
	return 0;
}

/*
 * A lost or damaged seq is made anew from the names of the tasks.  After a
 * power cut it may be older than the newest ones, for it is not synced.
 */
int
store_read_seq(struct error *err)
{
	char text[32] = "";
	uint64_t number;

	if (pread(seqfd, text, sizeof(text) - 1, 0) == -1) {
		fail_errno(err, "cannot read %s/seq", store_root());
		return -1;
	}
	number = strtoull(text, NULL, 10);
	if (number > last_number)
		last_number = number;
	return store_highest(last_number == 0, &last_number, err);
}

static int
open_all(const char *path, struct error *err)
{
	if (paths_make_private(path, err) != 0 ||
	    store_root_open(path, err) != 0 || store_check_version(err) != 0 ||
	    make_dir("tasks", err) != 0 || make_dir("live", err) != 0 ||
	    make_dir("trash", err) != 0)
		return -1;
	return open_seq(err);
}

int
store_open(const char *path, struct error *err)
{
	store_close();
	return open_all(path, err);
}

static void
close_all(void)
{
	store_close_trash();
	store_root_close();
	store_unlock();
	if (seqfd != -1)
		close(seqfd);
	seqfd = -1;
}

void
store_close(void)
{
	close_all();
	last_number = 0;
}

static int
write_number(uint64_t number, struct error *err)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%020" PRIu64 "\n", number);

	if (pwrite(seqfd, text, (size_t)len, 0) == len)
		return 0;
	fail_errno(err, "cannot number a new task in %s/seq", store_root());
	return -1;
}

int
store_take_numbers(uint64_t upto, struct error *err)
{
	if (store_look() != STORE_THERE) {
		fail(err, ERR_SYSTEM,
		    "the state directory %s was removed or moved away; new "
		    "tasks are refused until it is there again",
		    store_root());
		return -1;
	}
	if (upto <= last_number)
		return 0;
	if (write_number(upto, err) != 0)
		return -1;
	STEP("number-written");
	last_number = upto;
	return 0;
}

int
store_next_number(uint64_t *number, struct error *err)
{
	if (store_take_numbers(last_number + 1, err) != 0)
		return -1;
	*number = last_number;
	return 0;
}

/* Numbers go on where they were, whatever the new one says. */
static int
open_again(struct error *err)
{
	char *path = xstrdup(store_root());
	int result;

	close_all();
	result = open_all(path, err);
	if (result != 0 && store_root() == NULL)
		store_root_note(path);
	free(path);
	return result;
}

int
store_restore(const char *socket_path, struct error *err)
{
	pid_t holder;

	if (store_look() == STORE_REMOVED) {
		if (open_again(err) != 0)
			return -1;
	} else if (make_dir("tasks", err) != 0 || make_dir("live", err) != 0 ||
	    make_dir("trash", err) != 0)
		return -1;
	if (!store_has("seq", seqfd)) {
		if (seqfd != -1)
			close(seqfd);
		if (open_seq(err) != 0)
			return -1;
	}
	if (!store_locked()) {
		store_unlock();
		if (store_lock(socket_path, &holder, err) != 0)
			return -1;
	} else if (store_read_seq(err) != 0)
		return -1;
	store_note_version();
	return last_number == 0 ? 0 : write_number(last_number, err);
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

	dirfd = store_open_task(rec->dir, err);
	if (dirfd == -1)
		return -1;
	object = agent_result_encode(rec->result);
	text = json_text(object, &len);
	result = store_replace_file(dirfd, "result.json", text, len, err);
	STEP("result-written");
	json_object_put(object);
	close(dirfd);
	return result;
}

int
store_write_small(const char *path, const char *name, const char *text,
    size_t len, struct error *err)
{
	int dirfd = store_open_task(path, err), result;

	if (dirfd == -1)
		return -1;
	result = store_replace_file(dirfd, name, text, len, err);
	close(dirfd);
	return result;
}

void
store_mark_seen(const struct record *rec)
{
	char *path = xasprintf("%s/seen", rec->dir);
	int fd = openat(store_rootfd(), path,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		log_warn("t%" PRIu64 ": cannot note that it was seen",
		    rec->number);
	else
		close(fd);
	STEP("seen-written");
	free(path);
}

/* What a keeper has given back for another try, when there is none. */
static void
remove_environment(const struct record *rec)
{
	char *path = xasprintf("%s/env", rec->dir);

	if (unlinkat(store_rootfd(), path, 0) == -1 && errno != ENOENT)
		log_warn("t%" PRIu64 ": cannot remove %s/%s", rec->number,
		    store_root(), path);
	free(path);
}

void
store_settle(const struct record *rec)
{
	char *link = xasprintf("live/%" PRIu64 "-%s", rec->number,
	    rec->from.uuid);

	remove_environment(rec);
	if (unlinkat(store_rootfd(), link, 0) == -1 && errno != ENOENT)
		log_warn("t%" PRIu64 ": cannot remove %s/%s", rec->number,
		    store_root(), link);
	STEP("live-unlinked");
	free(link);
}

void
store_link(const struct record *rec)
{
	char *link = xasprintf("live/%" PRIu64 "-%s", rec->number,
	    rec->from.uuid);
	char *target = xasprintf("../%s", rec->path);

	if (faccessat(store_rootfd(), rec->path, F_OK, 0) == 0 &&
	    symlinkat(target, store_rootfd(), link) == -1 && errno != EEXIST)
		log_warn("t%" PRIu64 ": cannot make %s/%s", rec->number,
		    store_root(), link);
	free(target);
	free(link);
}
