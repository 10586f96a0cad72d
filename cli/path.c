/*
 * Directories.  See path.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/path.h"
#include "common/mem.h"

char *
path_absolute(const char *dir)
{
	char *real, *here, *path;

	if (dir[0] == '/')
		return xstrdup(dir);
	real = realpath(dir, NULL);
	if (real != NULL)
		return real;
	/* it does not exist; the daemon says so */
	here = getcwd(NULL, 0);
	path = xasprintf("%s/%s", here != NULL ? here : "", dir);
	free(here);
	return path;
}

char *
path_short(const char *path)
{
	const char *home = getenv("HOME");
	size_t len = home == NULL ? 0 : strlen(home);

	if (path == NULL || len < 2 || strncmp(path, home, len) != 0 ||
	    (path[len] != '/' && path[len] != '\0'))
		return xstrdup(path);
	return xasprintf("~%s", path + len);
}

char *
path_find(const char *program)
{
	const char *at = getenv("PATH");
	size_t len;
	char *path;

	for (; at != NULL && *at != '\0'; at += len + (at[len] == ':')) {
		len = strcspn(at, ":");
		path = len == 0 ? xasprintf("./%s", program) :
				  xasprintf("%.*s/%s", (int)len, at, program);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}
