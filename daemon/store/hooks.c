/*
 * The store: hooks.  See hooks.h.  Nothing is made before there is one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/record/record.h"
#include "daemon/store/accept.h"
#include "daemon/store/accept_into.h"
#include "daemon/store/files.h"
#include "daemon/store/hooks.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"

#define LINKS "hooks"

bool
store_is_hook(const char *name)
{
	return strncmp(name, "hook-", 5) == 0;
}

bool
store_hook_is_own(const struct store_hook *hook)
{
	size_t len = strlen(hook->name), n = strlen(STORE_HOOK_OWN);

	return len > n && strcmp(hook->name + len - n, STORE_HOOK_OWN) == 0;
}

bool
store_has_hook(const char *path, const char *name)
{
	char *folder = xasprintf("%s/%s", path, name);
	bool has = faccessat(store_rootfd(), folder, F_OK,
		       AT_SYMLINK_NOFOLLOW) == 0;

	free(folder);
	return has;
}

static char *
link_of(uint64_t number, const char *uuid, const char *name)
{
	return xasprintf(LINKS "/" ENTRY_NAME ".%s", number, uuid, name);
}

static int
make_link(const struct record *rec, const char *name, struct error *err)
{
	char *link = link_of(rec->number, rec->from.uuid, name);
	char *target = xasprintf("../%s/%s", rec->path, name);
	int result = symlinkat(target, store_rootfd(), link);

	if (result == -1 && errno == ENOENT &&
	    mkdirat(store_rootfd(), LINKS, 0700) == 0) {
		unsynced_folder(".");
		result = symlinkat(target, store_rootfd(), link);
	}
	if (result == -1 && errno == EEXIST) /* of a daemon that was killed */
		result = 0;
	if (result == -1)
		fail_errno(err, "cannot make %s/%s", store_root(), link);
	free(target);
	free(link);
	return result;
}

static int
fill(int dirfd, const char *json, const char *told, const char *env,
    size_t env_len, struct error *err)
{
	int result;

	STEP("hook-dir-made");
	result = store_write_file(dirfd, "hook.json", json, strlen(json), err);
	if (result == 0)
		result = store_fill_run(dirfd, told, env, env_len, err);
	close(dirfd);
	return result;
}

int
store_create_hook(const struct record *rec, const char *name, const char *json,
    const char *told, const char *env, size_t env_len, struct error *err)
{
	struct accept_into into;
	int dirfd = accept_into_begin(&into, rec, name, err);
	int result = dirfd == -1 ? -1 :
				   fill(dirfd, json, told, env, env_len, err);

	if (result == 0)
		result = make_link(rec, name, err);
	STEP("hook-linked");
	if (result == 0)
		result = accept_into_publish(&into, "hook.json", err);
	STEP("hook-renamed");
	if (result == 0)
		unsynced_folder(LINKS);
	accept_into_end(&into);
	return result;
}

/* Reads where a link leads: "../tasks/DAY/7-UUID/hook-end-1". */
static bool
follow(int dirfd, const char *link, struct store_hook *hook)
{
	char target[160], *task, *name;
	ssize_t n = readlinkat(dirfd, link, target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	name = strrchr(target, '/');
	if (strncmp(target, "../tasks/", 9) != 0 || name == NULL)
		return false;
	*name++ = '\0';
	task = strrchr(target, '/');
	*task++ = '\0';
	if (!store_is_hook(name) ||
	    (size_t)snprintf(hook->name, sizeof(hook->name), "%s", name) >=
		sizeof(hook->name))
		return false;
	return store_parse_name(target + 3, task, &hook->task) &&
	    store_has_hook(hook->task.path, hook->name);
}

int
store_each_hook(void (*fn)(const struct store_hook *hook), struct error *err)
{
	DIR *dir = store_open_dir(store_rootfd(), LINKS);
	struct store_hook hook;
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
		return 0;
	if (dir == NULL) {
		fail_errno(err, "cannot read %s/" LINKS, store_root());
		return -1;
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] == '.')
			continue;
		else if (follow(dirfd(dir), entry->d_name, &hook))
			fn(&hook);
		else /* its acceptance never ended, or its task is deleted */
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return 0;
}

void
store_end_hook(const struct store_hook *hook)
{
	char *link = link_of(hook->task.number, hook->task.uuid, hook->name);

	if (unlinkat(store_rootfd(), link, 0) == -1 && errno != ENOENT)
		log_warn("cannot remove %s/%s", store_root(), link);
	free(link);
}
