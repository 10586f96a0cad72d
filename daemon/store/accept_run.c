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
#include "common/mem.h"
#include "common/step.h"
#include "daemon/record/record.h"
#include "daemon/store/accept.h"
#include "daemon/store/accept_into.h"
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
fill(int dirfd, const struct record *rec, const struct run_spec *asked,
    const char *prompt, const char *env, size_t env_len, struct error *err)
{
	int result;

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

int
store_create_run(const struct record *rec, const struct run *run,
    const char *prompt, const char *env, size_t env_len, struct error *err)
{
	struct accept_into into;
	int dirfd = accept_into_begin(&into, rec, run->name, err);
	int result = dirfd == -1 ?
	    -1 :
	    fill(dirfd, rec, &run->asked, prompt, env, env_len, err);
	bool made = false;

	if (result == 0)
		result = store_make_link(rec, &made, err);
	STEP("run-linked");
	if (result == 0)
		result = accept_into_publish(&into, "run.json", err);
	STEP("run-renamed");
	if (made)
		unsynced_folder("live");
	if (result != 0) {
		if (made)
			store_settle(rec);
		fail_prefix(err, "nothing was queued");
	}
	accept_into_end(&into);
	return result;
}

/* The last one goes first, so that there is no gap whenever we are killed. */
void
store_drop_torn_runs(const char *path)
{
	struct error err;
	char name[RUN_NAME_SIZE];
	int fd = store_open_task(path, &err);
	unsigned n = 2, last;

	while (fd != -1 && run_find_name(fd, n, name) &&
	    !accept_into_is_torn(fd, name, "run.json"))
		n++;
	for (last = n; fd != -1 && run_find_name(fd, last, name);)
		last++;
	while (last-- > n && run_find_name(fd, last, name))
		accept_into_undo(path, fd, name);
	if (fd != -1)
		close(fd);
}
