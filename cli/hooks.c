/*
 * Hooks that failed.  See hooks.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/hooks.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/exitrec.h"
#include "common/hookend.h"
#include "common/mem.h"

/* The task's folder; that of a later run is in it, and has no other. */
static DIR *
open_folder(const struct task_info *task)
{
	const char *name = strrchr(task->output.dir, '/');
	bool later = name != NULL &&
	    (strncmp(name, "/run-", 5) == 0 ||
		strncmp(name, "/retry-", 7) == 0);
	char *path = xasprintf("%s%s", task->output.dir, later ? "/.." : "");
	DIR *dir = opendir(path);

	free(path);
	return dir;
}

/* NULL: it did not fail, or is not over. */
static char *
failure_in(int parent, const char *name)
{
	struct exitrec exit = { 0 };
	struct error err;
	char *failure = NULL, *line = NULL;
	int fd = openat(parent, name,
	    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd != -1 && exitrec_read(fd, "exit.json", &exit, &err) == 0)
		failure = hookend_failure(&exit);
	if (failure != NULL)
		line = xasprintf("%s failed: %s", name, failure);
	free(failure);
	if (fd != -1)
		close(fd);
	return line;
}

char **
hooks_failed(const struct task_info *task)
{
	DIR *dir = open_folder(task);
	struct dirent *entry;
	char **failed = NULL, *line;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, "hook-", 5) != 0)
			continue;
		line = failure_in(dirfd(dir), entry->d_name);
		if (line != NULL)
			failed = strv_add(failed, line);
		free(line);
	}
	if (dir != NULL)
		closedir(dir);
	return failed;
}
