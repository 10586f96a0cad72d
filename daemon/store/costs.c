/*
 * The store: what agent runs have cost, a line for each in costs/DAY (UTC).
 * They serve for totals only: every line follows from the result of a task.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/store/costs.h"
#include "daemon/store/files.h"
#include "daemon/store/unsynced.h"

/* Enough for 700,000 runs in a day. */
#define DAY_MAX_BYTES (16 << 20)

/* A line that was cut off, as on a full disk, must not spoil the next one. */
static bool
ends_in_a_line(int fd)
{
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st) == 0 && st.st_size > 0 &&
	    pread(fd, &last, 1, st.st_size - 1) != 1)
		return false;
	return last == '\n';
}

int
store_note_cost(const char *day, const char *line, struct error *err)
{
	char *path = xasprintf("costs/%s", day), *text;
	ssize_t len, written = -1;
	int fd;

	mkdirat(store_rootfd(), "costs", 0700); /* mostly it is there */
	fd = openat(store_rootfd(), path,
	    O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
	    0600);
	if (fd != -1) {
		text = xasprintf("%s%s\n", ends_in_a_line(fd) ? "" : "\n",
		    line);
		len = (ssize_t)strlen(text);
		written = write(fd, text, (size_t)len);
		if (written >= 0 && written < len)
			errno = ENOSPC;
		if (written != len)
			written = -1;
		free(text);
	}
	if (written == -1)
		fail_errno(err, "cannot write to %s/%s", store_root(), path);
	if (fd != -1)
		close(fd);
	free(path);
	STEP("cost-noted");
	if (written != -1)
		unsynced_file("costs", day);
	return written == -1 ? -1 : 0;
}

static char *
read_all(int fd)
{
	struct buf text = { 0 };
	char chunk[4096];
	ssize_t n;

	while (text.len < DAY_MAX_BYTES &&
	    (n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&text, chunk, (size_t)n);
	return buf_steal(&text);
}

char *
store_read_costs(const char *day)
{
	char *path = xasprintf("costs/%s", day), *text = NULL;
	int fd = io_open_regular(store_rootfd(), path, NULL);

	free(path);
	if (fd == -1)
		return NULL;
	text = read_all(fd);
	close(fd);
	return text;
}

void
store_drop_old_costs(const char *oldest)
{
	DIR *dir = store_open_dir(store_rootfd(), "costs");
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
		    strcmp(entry->d_name, oldest) < 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
}
