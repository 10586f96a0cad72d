/*
 * The store: deleting.  First the tombstone, which keeps the number and the
 * UUID taken, then the move into the trash, which is emptied bit by bit.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/io.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/record/record.h"
#include "daemon/store/delete.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/keys.h"
#include "daemon/store/name.h"
#include "daemon/store/unsynced.h"

static int
discard(const struct record *rec, struct error *err)
{
	char *trash = xasprintf("trash/" ENTRY_NAME, rec->number,
	    rec->from.uuid);
	int result;

	result = renameat(store_rootfd(), rec->path, store_rootfd(), trash);
	if (result == -1)
		fail_errno(err, "cannot move %s/%s into the trash",
		    store_root(), rec->path);
	STEP("delete-moved");
	if (result == 0) {
		store_drop_key(rec);
		unsynced_parent(rec->path);
		unsynced_folder("trash");
	}
	free(trash);
	return result;
}

int
store_discard(const struct record *rec, struct error *err)
{
	int result = discard(rec, err);

	if (result == 0)
		index_drop(rec->number, rec->from.uuid);
	return result;
}

/*
 * It is empty, but that of a task which was replaced tells by which one: who
 * means the old one means that for as long as there are tasks of its day.
 */
static int
write_tombstone(const struct record *rec, const char *path, struct error *err)
{
	uint64_t by = record_replaced_by(rec);
	char text[24] = "";
	int fd = openat(store_rootfd(), path,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t len = 0;

	if (by != 0)
		len = snprintf(text, sizeof(text), TASK_ID "\n", by);
	if (fd == -1 || pwrite(fd, text, (size_t)len, 0) != len) {
		fail_errno(err, "cannot make %s/%s", store_root(), path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	close(fd);
	if (len > 0)
		unsynced_all(path);
	return 0;
}

uint64_t
store_replaced_by(uint64_t number)
{
	struct store_name name;
	char text[24] = "";
	int fd = -1;

	if (index_buried(number, &name))
		fd = io_open_regular(store_rootfd(), name.path, NULL);
	if (fd == -1)
		return 0;
	if (io_read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	text[strcspn(text, "\n")] = '\0';
	return id_number(text);
}

int
store_delete(const struct record *rec, struct error *err)
{
	char *gone = xasprintf("%s.gone", rec->path);
	int result;

	if (write_tombstone(rec, gone, err) != 0) {
		free(gone);
		return -1;
	}
	STEP("delete-tombstone-made");
	result = discard(rec, err);
	if (result != 0 && err->errnum == ENOENT)
		result = 0; /* somebody else has deleted it meanwhile */
	if (result == 0)
		index_bury(rec->number, rec->from.uuid);
	else
		unlinkat(store_rootfd(), gone, 0);
	free(gone);
	return result;
}

void
store_forget(const struct store_name *name)
{
	unlinkat(store_rootfd(), name->path, 0);
}

/* A folder that has anything else in it stays. */
void
store_forget_day(const char *day)
{
	char *path = xasprintf("tasks/%s", day);

	unlinkat(store_rootfd(), path, AT_REMOVEDIR);
	free(path);
}
