/*
 * Places.  See place.h.
 */
#include <string.h>

#include "keeper/place.h"

bool
place_is_run(const char *name)
{
	return strncmp(name, "run-", 4) == 0 || strncmp(name, "retry-", 6) == 0;
}

const char *
place_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash[1] == '\0' ? NULL : slash + 1;
}

bool
place_task(const char *dir, char task[PLACE_SIZE])
{
	const char *name = place_name(dir);
	size_t len = strlen(dir);

	if (name != NULL && place_is_run(name))
		len = (size_t)(name - dir) - 1;
	if (len >= PLACE_SIZE)
		len = 0;
	memcpy(task, dir, len);
	task[len] = '\0';
	if (place_name(task) == NULL)
		task[0] = '\0';
	return task[0] != '\0';
}
