/*
 * Directories of tasks and runs.  See run_dir.h.
 */
#include <string.h>

#include "keeper/run_dir.h"

bool
run_dir_is_later(const char *name)
{
	return strncmp(name, "run-", 4) == 0 ||
	    strncmp(name, "retry-", 6) == 0 || run_dir_is_hook(name);
}

bool
run_dir_is_hook(const char *name)
{
	return strncmp(name, "hook-", 5) == 0;
}

const char *
run_dir_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash[1] == '\0' ? NULL : slash + 1;
}

bool
run_dir_task(const char *dir, char task[RUN_DIR_SIZE])
{
	const char *name = run_dir_name(dir);
	size_t len = strlen(dir);

	if (name != NULL && run_dir_is_later(name))
		len = (size_t)(name - dir) - 1;
	if (len >= RUN_DIR_SIZE)
		len = 0;
	memcpy(task, dir, len);
	task[len] = '\0';
	if (run_dir_name(task) == NULL)
		task[0] = '\0';
	return task[0] != '\0';
}
