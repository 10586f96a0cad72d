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
#define HOOK_FILE "hook.json"

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
make_link(const struct store_hook *hook, struct error *err)
{
	char *link = link_of(hook->task.number, hook->task.uuid, hook->name);
	char *target = xasprintf("../%s/%s", hook->task.path, hook->name);
	int result = symlinkat(target, store_rootfd(), link);

	unsynced_keep(link);
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
	result = store_write_file(dirfd, HOOK_FILE, json, strlen(json), err);
	if (result == 0)
		result = store_fill_run(dirfd, told, env, env_len, err);
	close(dirfd);
	return result;
}

int
store_create_hook(const struct record *rec, const struct store_hook *hook,
    const char *json, const char *told, const char *env, size_t env_len,
    struct error *err)
{
	struct accept_into into;
	int dirfd = accept_into_begin(&into, rec, hook->name, err);
	int result = dirfd == -1 ? -1 :
				   fill(dirfd, json, told, env, env_len, err);

	if (result == 0)
		result = make_link(hook, err);
	STEP("hook-linked");
	if (result == 0)
		result = accept_into_publish(&into, HOOK_FILE, err);
	STEP("hook-renamed");
	if (result == 0)
		unsynced_folder(LINKS);
	accept_into_end(&into);
	return result;
}

/* Whether a keeper may still begin it, as far as the claim tells. */
static bool
is_unclaimed(int taskfd, const char *name)
{
	char *claim = xasprintf("%s/" CLAIM_FILE, name);
	struct stat st;
	bool unclaimed = fstatat(taskfd, claim, &st, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    st.st_size == 0;

	free(claim);
	return unclaimed;
}

static void
mend(struct store_hook *hook, int taskfd)
{
	struct error err;

	if (accept_into_is_torn(taskfd, hook->name, HOOK_FILE))
		accept_into_undo(hook->task.path, taskfd, hook->name);
	else if (is_unclaimed(taskfd, hook->name) && make_link(hook, &err) != 0)
		log_warnx(TASK_ID ": %s", hook->task.number, err.text);
}

void
store_mend_hooks(const struct store_name *task)
{
	DIR *dir = store_open_dir(store_rootfd(), task->path);
	struct store_hook hook = { .task = *task };
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (store_is_hook(entry->d_name) &&
		    (size_t)snprintf(hook.name, sizeof(hook.name), "%s",
			entry->d_name) < sizeof(hook.name))
			mend(&hook, dirfd(dir));
	if (dir != NULL)
		closedir(dir);
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

/* The link stays until that is synced: without it a power cut hides the hook. */
void
store_end_hook(const struct store_hook *hook)
{
	char *link = link_of(hook->task.number, hook->task.uuid, hook->name);
	char *folder = xasprintf("%s/%s", hook->task.path, hook->name);

	unsynced_file(folder, "exit.json");
	unsynced_then_remove(link);
	free(folder);
	free(link);
}
