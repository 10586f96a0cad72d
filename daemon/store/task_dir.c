/*
 * The store: the folder of a task or of a later run, and its small files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/id.h"
#include "common/io.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/agent/result.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"
#include "json/json.h"

/* A link whose target is the boot in which a keeper was started. */
#define MARK "begun"

int
store_open_task(const char *path, struct error *err)
{
	int fd = openat(store_rootfd(), path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1) {
		fail_errno(err, "cannot open %s/%s", store_root(), path);
		if (err->errnum == ENOENT || store_rootfd() == -1)
			err->code = ERR_NOT_FOUND;
	}
	return fd;
}

static int
write_exit(int dirfd, const struct exitrec *exit, struct error *err)
{
	static const char tmp[] = "exit.tmp";
	int fd, result;

	unlinkat(dirfd, tmp, 0);
	fd = openat(dirfd, tmp,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		fail_errno(err, "cannot make %s", tmp);
		return -1;
	}
	result = exitrec_write_claim(fd, exit, err);
	if (result == 0 && exit->main_exited)
		result = exitrec_write_main(fd, exit, err);
	if (result == 0)
		result = exitrec_write_outcome(fd, exit, err);
	close(fd);
	STEP("finish-written");
	if (result == 0 && renameat(dirfd, tmp, dirfd, "exit.json") == -1) {
		fail_errno(err, "cannot rename %s", tmp);
		result = -1;
	}
	return result;
}

int
store_finish(const struct record *rec, struct error *err)
{
	int dirfd, result;

	dirfd = store_open_task(rec->dir, err);
	if (dirfd == -1)
		return -1;
	result = write_exit(dirfd, &rec->exit, err);
	if (result == 0) {
		STEP("finish-renamed");
		unlinkat(dirfd, CLAIM_FILE, 0);
		STEP("finish-run-removed");
	}
	close(dirfd);
	return result;
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
	if (result == 0)
		unsynced_file(rec->dir, "result.json");
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
	if (result == 0)
		unsynced_file(path, name);
	return result;
}

/*
 * A link that leads nowhere: its target is in the inode, which a file system
 * keeps together with the name.
 */
int
store_mark_start(const struct record *rec, struct error *err)
{
	char *path = xasprintf("%s/" MARK, rec->dir);
	struct machine here;
	int result;

	machine_read(&here);
	result = symlinkat(here.boot, store_rootfd(), path);
	if (result == -1 && errno == EEXIST &&
	    unlinkat(store_rootfd(), path, 0) == 0)
		result = symlinkat(here.boot, store_rootfd(), path);
	if (result == 0)
		unsynced_folder(rec->dir);
	else {
		fail_errno(err, "cannot make %s/%s", store_root(), path);
		if (err->errnum != ENOENT)
			err->code = ERR_OURS;
	}
	STEP("start-marked");
	free(path);
	return result;
}

void
store_unmark_start(const struct record *rec)
{
	char *path = xasprintf("%s/" MARK, rec->dir);

	if (unlinkat(store_rootfd(), path, 0) == -1 && errno != ENOENT)
		log_warn(TASK_ID ": cannot remove %s/%s", rec->number,
		    store_root(), path);
	free(path);
}

bool
store_began_before(int dirfd)
{
	struct machine here;
	char boot[sizeof(here.boot)] = "";

	if (readlinkat(dirfd, MARK, boot, sizeof(boot) - 1) == -1)
		return false;
	machine_read(&here);
	return strcmp(boot, here.boot) != 0;
}

/* Output is the program's own; what is too large of it is left out there. */
void
store_note_end(const struct record *rec)
{
	unsynced_file(rec->dir, "exit.json");
	unsynced_file(rec->dir, "stdout");
	unsynced_file(rec->dir, "stderr");
	if (rec->spec.worktree)
		unsynced_file(rec->path, "worktree");
}

/* It is not synced: what is lost of it is delivered once more. */
void
store_mark_seen(const struct record *rec)
{
	char *path = xasprintf("%s/seen", rec->dir);
	int fd = openat(store_rootfd(), path,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		log_warn(TASK_ID ": cannot note that it was seen", rec->number);
	else
		close(fd);
	STEP("seen-written");
	free(path);
}

/* The length was bounded when the prompt was written. */
char *
store_read_prompt(const char *path, struct error *err)
{
	char *text = NULL, *name = xasprintf("%s/prompt", path);
	off_t size;
	int fd = io_open_regular(store_rootfd(), name, &size);

	if (fd != -1 && size < LINE_MAX_BYTES) {
		text = xcalloc(1, (size_t)size + 1);
		if (io_read(fd, text, (size_t)size) != size) {
			free(text);
			text = NULL;
		}
	}
	if (text == NULL)
		fail_errno(err, "cannot read %s/%s", store_root(), name);
	if (fd != -1)
		close(fd);
	free(name);
	return text;
}

void
store_drop_env(const struct record *rec)
{
	char *path = xasprintf("%s/env", rec->dir);

	if (unlinkat(store_rootfd(), path, 0) == -1 && errno != ENOENT)
		log_warn(TASK_ID ": cannot remove %s/%s", rec->number,
		    store_root(), path);
	free(path);
}

static bool
look_at_file(const char *path, const char *name, struct stat *st)
{
	char *full = xasprintf("%s/%s", path, name);
	bool there = fstatat(store_rootfd(), full, st, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    S_ISREG(st->st_mode);

	free(full);
	return there;
}

int64_t
store_file_bytes(const char *path, const char *name)
{
	struct stat st;

	return look_at_file(path, name, &st) ? st.st_size : 0;
}

int64_t
store_file_time(const char *path, const char *name)
{
	struct stat st;

	return look_at_file(path, name, &st) ?
	    (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 :
	    0;
}
