/*
 * The store: accepting a task.  See accept.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/error.h"
#include "common/exitrec.h"
#include "common/id.h"
#include "common/mem.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/record/record.h"
#include "daemon/store/accept.h"
#include "daemon/store/files.h"
#include "daemon/store/keys.h"
#include "daemon/store/number.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"
#include "json/json.h"

/* Room for the exit record: a full disk must not cost an exit code. */
#define CLAIM_BYTES 4096

/* Makes the claim, and reserves its blocks before they are needed. */
static int
make_claim(int dirfd, struct error *err)
{
	int fd, failed;

	fd = openat(dirfd, CLAIM_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (fd == -1) {
		fail_errno(err, "cannot make the claim");
		return -1;
	}
	failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, CLAIM_BYTES);
	if (failed != 0 && errno != EOPNOTSUPP)
		fail_errno(err, "cannot reserve room for the exit record");
	else
		failed = 0;
	close(fd);
	return failed;
}

static int
write_spec(int dirfd, const struct record *rec, struct error *err)
{
	struct json_object *object = json_object_new_object();
	const char *text;
	size_t len;
	int result;

	schema_encode(record_spec_fields, rec, object);
	text = json_text(object, &len);
	result = store_write_file(dirfd, "spec.json", text, len, err);
	json_object_put(object);
	return result;
}

int
store_fill_run(int dirfd, const char *prompt, const char *env, size_t env_len,
    struct error *err)
{
	if ((prompt != NULL &&
		store_write_file(dirfd, "prompt", prompt, strlen(prompt),
		    err) != 0) ||
	    store_write_file(dirfd, "env", env, env_len, err) != 0)
		return -1;
	STEP("accept-env-written");
	return make_claim(dirfd, err);
}

/* Of a command, which keeps it in the file that has an agent's prompt. */
static int
write_stdin(int dirfd, const char *base64, struct error *err)
{
	size_t size = strlen(base64) / 4 * 3, n;
	char *data = xcalloc(size + 1, 1);
	int result;

	if (base64_decode(base64, strlen(base64), data, size, &n) == 0)
		result = store_write_file(dirfd, "prompt", data, n, err);
	else {
		fail(err, ERR_INVALID,
		    "stdin_base64: is no padded base64 without blanks");
		result = -1;
	}
	free(data);
	return result;
}

static int
fill(int dirfd, const struct record *rec, const char *env, size_t env_len,
    struct error *err)
{
	if (write_spec(dirfd, rec, err) != 0)
		return -1;
	STEP("accept-spec-written");
	if (rec->spec.stdin_base64 != NULL &&
	    write_stdin(dirfd, rec->spec.stdin_base64, err) != 0)
		return -1;
	return store_fill_run(dirfd, rec->spec.prompt, env, env_len, err);
}

/* Makes a folder in that of the day, which is there for most tasks. */
static int
make_dir(const char *day, const char *dot, struct error *err)
{
	int result = mkdirat(store_rootfd(), dot, 0700);

	if (result == -1 && errno == ENOENT) {
		if (mkdirat(store_rootfd(), day, 0700) == 0)
			unsynced_parent(day);
		result = mkdirat(store_rootfd(), dot, 0700);
	}
	if (result == -1)
		fail_errno(err, "cannot make %s/%s", store_root(), dot);
	return result;
}

/* Makes the dot directory and fills it. */
static int
prepare(const char *day, const char *dot, const struct record *rec,
    const char *env, size_t env_len, struct error *err)
{
	int dirfd, result;

	if (make_dir(day, dot, err) != 0)
		return -1;
	STEP("accept-dir-made");
	dirfd = store_open_task(dot, err);
	if (dirfd == -1)
		return -1;
	result = fill(dirfd, rec, env, env_len, err);
	close(dirfd);
	return result;
}

/* The link comes first: a task in place has one; a dangling link is removed. */
static int
publish(const char *dot, const char *path, const char *name, struct error *err)
{
	char *link = xasprintf("live/%s", name);
	char *target = xasprintf("../%s", path);
	int result = 0;

	if (symlinkat(target, store_rootfd(), link) == -1) {
		fail_errno(err, "cannot make %s/%s", store_root(), link);
		result = -1;
		goto out;
	}
	STEP("accept-linked");
	if (renameat(store_rootfd(), dot, store_rootfd(), path) == -1) {
		fail_errno(err, "cannot rename %s/%s", store_root(), dot);
		unlinkat(store_rootfd(), link, 0);
		result = -1;
	}
	STEP("accept-renamed");
out:
	free(target);
	free(link);
	return result;
}

/* The number is noted, too: no name tells it once the task is deleted. */
static void
note(const struct record *rec)
{
	unsynced_file(rec->path, "spec.json");
	if (rec->spec.prompt != NULL || rec->from.stdin_sum != NULL)
		unsynced_file(rec->path, "prompt");
	unsynced_file(rec->path, "env");
	unsynced_parent(rec->path);
	unsynced_folder("live");
	if (rec->spec.options.key != NULL)
		unsynced_folder("keys");
	unsynced_top("seq");
}

int
store_create(struct record *rec, const char *env, size_t env_len,
    struct error *err)
{
	const char *key = rec->spec.options.key;
	char day[TIMEFMT_SIZE], *newest, *folder, *name, *dot, *path;
	int result;

	timefmt_day(time_parse_iso(rec->from.created_at), day);
	newest = store_day_for(day);
	folder = xasprintf("tasks/%s", newest);
	free(newest);
	name = xasprintf(ENTRY_NAME, rec->number, rec->from.uuid);
	dot = xasprintf("%s/.%s", folder, name);
	path = xasprintf("%s/%s", folder, name);
	record_place(rec, path);
	free(path);
	result = prepare(folder, dot, rec, env, env_len, err);
	STEP("accept-run-made");
	if (result == 0 && key != NULL)
		result = store_write_key(key, rec->path, err);
	STEP("accept-key-written");
	if (result == 0)
		result = publish(dot, rec->path, name, err);
	if (result != 0) {
		store_remove_dir(store_rootfd(), dot);
		fail_prefix(err, "the task was not accepted");
	}
	if (result == 0)
		note(rec);
	free(folder);
	free(name);
	free(dot);
	return result;
}
