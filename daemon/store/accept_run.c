/*
 * The store: accepting one more run of a task, by rename like the first.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/record/damage.h"
#include "daemon/record/record.h"
#include "daemon/store/accept.h"
#include "daemon/store/accept_run.h"
#include "daemon/store/files.h"
#include "daemon/store/live.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"
#include "json/json.h"

static int
write_asked(int dirfd, const struct run_spec *asked, struct error *err)
{
	struct json_object *object = json_object_new_object();
	const char *text;
	size_t len;
	int result;

	schema_encode(run_spec_fields, asked, object);
	text = json_text(object, &len);
	result = store_write_file(dirfd, "run.json", text, len, err);
	json_object_put(object);
	return result;
}

/* The file gets a second name, so that it is there whenever we are killed. */
static int
take_env(int dirfd, const struct record *rec, struct error *err)
{
	char *from = xasprintf("%s/env", rec->dir);
	int result = 0;

	if (unlinkat(dirfd, "env", 0) == -1 ||
	    linkat(store_rootfd(), from, dirfd, "env", 0) == -1) {
		fail_errno(err, "cannot take over the environment");
		result = -1;
	}
	free(from);
	return result;
}

static int
fill(const char *dot, const struct record *rec, const struct run_spec *asked,
    const char *prompt, const char *env, size_t env_len, struct error *err)
{
	int dirfd, result;

	store_remove_dir(store_rootfd(), dot); /* of a daemon that was killed */
	if (mkdirat(store_rootfd(), dot, 0700) == -1) {
		fail_errno(err, "cannot make %s/%s", store_root(), dot);
		return -1;
	}
	dirfd = store_open_task(dot, err);
	if (dirfd == -1)
		return -1;
	STEP("run-dir-made");
	result = write_asked(dirfd, asked, err);
	if (result == 0)
		result = store_fill_run(dirfd, prompt, env == NULL ? "" : env,
		    env_len, err);
	if (result == 0 && env == NULL)
		result = take_env(dirfd, rec, err);
	close(dirfd);
	return result;
}

static int
publish(const char *dot, const char *path, struct error *err)
{
	STEP("run-linked");
	if (renameat(store_rootfd(), dot, store_rootfd(), path) == -1) {
		fail_errno(err, "cannot rename %s/%s", store_root(), dot);
		return -1;
	}
	STEP("run-renamed");
	return 0;
}

/* The name is among the tasks of its day, where the next daemon removes it. */
static char *
dot_of(const struct record *rec, const struct run *run)
{
	const char *name = strrchr(rec->path, '/') + 1;

	return xasprintf("%.*s.%s-%s", (int)(name - rec->path), rec->path, name,
	    run->name);
}

static void
note(const char *path, bool linked)
{
	unsynced_file(path, "run.json");
	unsynced_file(path, "prompt");
	unsynced_file(path, "env");
	unsynced_parent(path);
	if (linked)
		unsynced_folder("live");
}

int
store_create_run(const struct record *rec, const struct run *run,
    const char *prompt, const char *env, size_t env_len, struct error *err)
{
	char *dot = dot_of(rec, run);
	char *path = xasprintf("%s/%s", rec->path, run->name);
	int result = fill(dot, rec, &run->asked, prompt, env, env_len, err);
	bool made = false;

	if (result == 0)
		result = store_make_link(rec, &made, err);
	if (result == 0)
		result = publish(dot, path, err);
	if (result == 0)
		note(path, made);
	if (result != 0) {
		store_remove_dir(store_rootfd(), dot);
		if (made)
			store_settle(rec);
		fail_prefix(err, "nothing was queued");
	}
	free(dot);
	free(path);
	return result;
}

static bool
is_torn(int taskfd, const char *name)
{
	int fd = openat(taskfd, name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	bool torn = fd != -1 && damage_is_torn(fd);

	if (fd != -1)
		close(fd);
	return torn;
}

/* The last one goes first, so that there is no gap whenever we are killed. */
void
store_drop_torn_runs(const char *path)
{
	struct error err;
	char name[RUN_NAME_SIZE];
	int fd = store_open_task(path, &err);
	unsigned n = 2, last;

	while (fd != -1 && run_find_name(fd, n, name) && !is_torn(fd, name))
		n++;
	for (last = n; fd != -1 && run_find_name(fd, last, name);)
		last++;
	while (last-- > n && run_find_name(fd, last, name)) {
		log_warnx("%s/%s is damaged, as a power cut leaves what nobody "
			  "was told of: removed",
		    path, name);
		store_remove_dir(fd, name);
	}
	if (fd != -1)
		close(fd);
}
