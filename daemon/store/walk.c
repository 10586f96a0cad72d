/*
 * The store: walking tasks, live ones by their links, all by their days (see
 * store_steps.c).  Nothing is kept in memory: the names on disk are the index.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/store/files.h"
#include "daemon/store/store.h"

#define UUID_LEN 36

/* A list of names, sorted by number. */
struct names {
	struct store_name *items;
	size_t n, size;
};

bool
store_parse_name(const char *dir, const char *entry, struct store_name *name)
{
	char *end;

	if (entry[0] < '0' || entry[0] > '9')
		return false;
	errno = 0;
	name->number = strtoull(entry, &end, 10);
	if (errno != 0 || end[0] != '-' || strlen(end + 1) < UUID_LEN)
		return false;
	memcpy(name->uuid, end + 1, UUID_LEN);
	name->uuid[UUID_LEN] = '\0';
	return (size_t)snprintf(name->path, sizeof(name->path), "%s/%s", dir,
		   entry) < sizeof(name->path);
}

static int
oldest_first(const void *a, const void *b)
{
	const struct store_name *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void
add_name(struct names *names, const struct store_name *name)
{
	if (names->n == names->size) {
		names->size = names->size == 0 ? 64 : names->size * 2;
		names->items = xreallocarray(names->items, names->size,
		    sizeof(*names->items));
	}
	names->items[names->n++] = *name;
}

bool
store_is_tombstone(const struct store_name *name)
{
	size_t len = strlen(name->path);

	return len > 5 && strcmp(name->path + len - 5, ".gone") == 0;
}

const char *
store_day(const struct store_name *name)
{
	return name->path + strlen("tasks/");
}

static int
read_names(const char *path, struct names *names, struct error *err)
{
	struct store_name name;
	struct dirent *entry;
	DIR *dir = store_open_dir(store_rootfd(), path);

	while (dir != NULL && (errno = 0, entry = readdir(dir)) != NULL)
		if (store_parse_name(path, entry->d_name, &name))
			add_name(names, &name);
	if (dir == NULL || errno != 0) {
		fail_errno(err, "cannot read %s/%s", store_root(), path);
		if (dir != NULL)
			closedir(dir);
		return -1;
	}
	closedir(dir);
	return 0;
}

static int
day_newest_first(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

static int
read_days(char ***days, struct error *err)
{
	struct dirent *entry;
	DIR *dir = store_open_dir(store_rootfd(), "tasks");

	*days = NULL;
	while (dir != NULL && (errno = 0, entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			*days = strv_add(*days, entry->d_name);
	if (*days != NULL)
		qsort(*days, strv_len(*days), sizeof(**days), day_newest_first);
	if (dir != NULL && errno == 0) {
		closedir(dir);
		return 0;
	}
	fail_errno(err, "cannot read %s/tasks", store_root());
	if (dir != NULL)
		closedir(dir);
	return -1;
}

char **
store_days(void)
{
	struct error err;
	char **days;

	if (read_days(&days, &err) != 0)
		log_warnx("%s", err.text);
	return days;
}

/* Whether there were any; -1 with err. */
static int
highest_of(const char *path, uint64_t *max, struct error *err)
{
	struct names names = { 0 };
	int result = read_names(path, &names, err);
	size_t i;

	for (i = 0; i < names.n; i++)
		if (names.items[i].number > *max)
			*max = names.items[i].number;
	if (result == 0)
		result = names.n > 0;
	free(names.items);
	return result;
}

/* What is no folder of ours has no names. */
static int
highest_of_day(const char *day, uint64_t *max, struct error *err)
{
	char *path = xasprintf("tasks/%s", day);
	int result = highest_of(path, max, err);

	free(path);
	if (result == -1 &&
	    (err->errnum == ENOENT || err->errnum == ENOTDIR ||
		err->errnum == ELOOP || err->errnum == EACCES))
		return 0;
	return result;
}

int
store_highest(bool all, uint64_t *max, struct error *err)
{
	char **days, **day;
	int any = highest_of("live", max, err);

	if (any == -1 || read_days(&days, err) != 0)
		return -1;
	for (any = 0, day = days; day != NULL && *day != NULL; day++) {
		any = highest_of_day(*day, max, err);
		if (any == -1 || (any > 0 && !all))
			break;
	}
	strv_free(days);
	return any == -1 ? -1 : 0;
}

static void
walk(bool tombstones, bool (*fn)(const struct store_name *, void *), void *arg)
{
	struct store_steps *steps = store_steps_new();
	struct store_name name;
	enum store_step step;
	bool more = true;

	while (more && (step = store_steps_next(steps, &name)) != STEP_END)
		if (step == STEP_TASK || (tombstones && step == STEP_TOMBSTONE))
			more = fn(&name, arg);
	store_steps_free(steps);
}

void
store_each(bool (*fn)(const struct store_name *name, void *arg), void *arg)
{
	walk(false, fn, arg);
}

void
store_each_name(bool (*fn)(const struct store_name *name, void *arg), void *arg)
{
	walk(true, fn, arg);
}

static bool
is_there(struct store_name *name, const char *day, const char *end)
{
	size_t len = (size_t)snprintf(name->path, sizeof(name->path),
	    "tasks/%s/%" PRIu64 "-%s%s", day, name->number, name->uuid, end);
	struct stat st;

	return len < sizeof(name->path) &&
	    fstatat(store_rootfd(), name->path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
store_find(uint64_t number, const char *uuid, struct store_name *name)
{
	char **days = store_days(), **day;
	bool found = false;

	name->number = number;
	snprintf(name->uuid, sizeof(name->uuid), "%s", uuid);
	for (day = days; !found && day != NULL && *day != NULL; day++)
		found = is_there(name, *day, "") ||
		    is_there(name, *day, ".gone");
	strv_free(days);
	return found;
}

bool
store_passes(const struct error *err)
{
	return err->code == ERR_SYSTEM &&
	    (err->errnum == EMFILE || err->errnum == ENFILE ||
		err->errnum == ENOMEM);
}

/* Whether errno says that a path leads to nothing, whenever one looks. */
static bool
leads_nowhere(void)
{
	return errno == ENOENT || errno == ENOTDIR;
}

bool
store_follow(const char *link, struct store_name *name)
{
	char target[128], *slash;
	ssize_t n;
	struct stat st;

	n = readlinkat(store_rootfd(), link, target, sizeof(target) - 1);
	if (n == -1 && !leads_nowhere() && errno != EINVAL) /* not a link */
		return false;
	if (n <= 3)
		goto out;
	target[n] = '\0';
	slash = strrchr(target, '/');
	if (strncmp(target, "../tasks/", 9) != 0 || slash == NULL)
		goto out;
	*slash = '\0';
	if (!store_parse_name(target + 3, slash + 1, name))
		goto out;
	if (fstatat(store_rootfd(), name->path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = 0;
	else if (!leads_nowhere())
		return false;
	if (errno == 0 && S_ISDIR(st.st_mode))
		return true;
out:
	errno = 0;
	return false;
}

/* A dangling link is of a task whose acceptance never ended. */
static void
forget_unaccepted(const struct store_name *link)
{
	struct stat st;
	char target[128], *dot, *slash;
	ssize_t n;

	n = readlinkat(store_rootfd(), link->path, target, sizeof(target) - 1);
	if (n > 3) {
		target[n] = '\0';
		slash = strrchr(target, '/');
		if (slash != NULL && slash > target + 3) {
			dot = xasprintf("%.*s/.%s", (int)(slash - target - 3),
			    target + 3, slash + 1);
			if (fstatat(store_rootfd(), dot, &st,
				AT_SYMLINK_NOFOLLOW) == 0)
				store_remove_dir(store_rootfd(), dot);
			free(dot);
		}
	}
	log_info("%s: no task behind this link, removed", link->path);
	unlinkat(store_rootfd(), link->path, 0);
}

/*
 * Only what leads nowhere goes.  What cannot be read for want of something is
 * tried again with all others; what the disk has lost is left where it is,
 * and costs the others nothing.
 */
static int
take_live(const struct store_name *link,
    int (*fn)(const struct store_name *name, void *arg, struct error *err),
    void *arg, struct error *err)
{
	struct store_name name;

	if (store_follow(link->path, &name))
		return fn(&name, arg, err);
	if (errno == 0) {
		forget_unaccepted(link);
		return 0;
	}
	fail_errno(err, "cannot look where %s/%s leads", store_root(),
	    link->path);
	if (store_passes(err))
		return -1;
	log_warnx("left alone: %s", err->text);
	return 0;
}

int
store_each_live(int (*fn)(const struct store_name *name, void *arg,
		    struct error *err),
    void *arg, struct error *err)
{
	struct names links = { 0 };
	int result = read_names("live", &links, err);
	size_t i;

	if (links.n > 0)
		qsort(links.items, links.n, sizeof(*links.items), oldest_first);
	for (i = 0; result == 0 && i < links.n; i++)
		result = take_live(&links.items[i], fn, arg, err);
	free(links.items);
	return result;
}
