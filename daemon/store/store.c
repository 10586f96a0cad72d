/*
 * The state directory: opening it, and making again what was removed of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/paths.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/lock.h"
#include "daemon/store/number.h"
#include "daemon/store/store.h"
#include "daemon/store/trash.h"
#include "daemon/store/unsynced.h"
#include "daemon/store/version.h"

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
open_all(const char *path, struct error *err)
{
	if (paths_make_private(path, err) != 0 ||
	    store_root_open(path, err) != 0 || store_check_version(err) != 0 ||
	    make_dir("tasks", err) != 0 || make_dir("live", err) != 0 ||
	    make_dir("trash", err) != 0)
		return -1;
	return store_open_seq(err);
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
	index_forget();
	trash_close();
	store_root_close();
	store_unlock();
	store_close_seq();
}

void
store_close(void)
{
	close_all();
	store_forget_numbers();
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

	(void)store_last_number(); /* which the names tell, too */
	if (store_look() == STORE_REMOVED) {
		if (open_again(err) != 0)
			return -1;
	} else if (make_dir("tasks", err) != 0 || make_dir("live", err) != 0 ||
	    make_dir("trash", err) != 0)
		return -1;
	index_look_again();
	if (!store_has_seq() && store_open_seq(err) != 0)
		return -1;
	if (!store_locked()) {
		store_unlock();
		if (store_lock(socket_path, &holder, err) != 0)
			return -1;
	} else if (store_read_seq(err) != 0)
		return -1;
	unsynced_folder(".");
	unsynced_folder("tasks");
	store_note_version();
	return store_write_seq(err);
}
