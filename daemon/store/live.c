/*
 * The store: live tasks by their links.  See live.h.
 */
#include <errno.h>
#include <fcntl.h>
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
#include "daemon/store/files.h"
#include "daemon/store/live.h"
#include "daemon/store/name.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"

static char *
link_of(const struct record *rec)
{
	return xasprintf("live/" ENTRY_NAME, rec->number, rec->from.uuid);
}

int
store_make_link(const struct record *rec, bool *made, struct error *err)
{
	char *link = link_of(rec), *target = xasprintf("../%s", rec->path);
	int result = symlinkat(target, store_rootfd(), link);

	*made = result == 0;
	unsynced_keep(link);
	if (result == -1 && errno == EEXIST)
		result = 0;
	if (result == -1)
		fail_errno(err, "cannot make %s/%s", store_root(), link);
	free(target);
	free(link);
	return result;
}

void
store_link(const struct record *rec)
{
	struct error err;
	bool made;

	if (faccessat(store_rootfd(), rec->path, F_OK, 0) == 0 &&
	    store_make_link(rec, &made, &err) != 0)
		log_warnx(TASK_ID ": %s", rec->number, err.text);
}

bool
store_lacks_link(const struct store_name *name)
{
	char *link = xasprintf("live/" ENTRY_NAME, name->number, name->uuid);
	bool lacks = faccessat(store_rootfd(), link, F_OK,
			 AT_SYMLINK_NOFOLLOW) != 0 &&
	    errno == ENOENT;

	free(link);
	return lacks;
}

void
store_settle(const struct record *rec)
{
	char *link = link_of(rec);

	store_drop_env(rec);
	unsynced_then_remove(link);
	free(link);
}

static int
oldest_first(const void *a, const void *b)
{
	const struct store_name *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
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

/* A dangling link belongs to a task whose acceptance never ended. */
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
	log_info("%s: this link leads to no task, removed", link->path);
	unlinkat(store_rootfd(), link->path, 0);
}

/*
 * A link that leads nowhere is removed.  A look that fails for want of
 * something is tried again with all others; a link that the disk has lost is
 * left where it is, and costs the others nothing.
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
	if (error_passes(err))
		return -1;
	log_warnx("left alone: %s", err->text);
	return 0;
}

int
store_each_live(int (*fn)(const struct store_name *name, void *arg,
		    struct error *err),
    void *arg, struct error *err)
{
	struct store_names links = { 0 };
	int result = store_read_names("live", &links, err);
	size_t i;

	if (links.n > 0)
		qsort(links.items, links.n, sizeof(*links.items), oldest_first);
	for (i = 0; result == 0 && i < links.n; i++)
		result = take_live(&links.items[i], fn, arg, err);
	free(links.items);
	return result;
}
