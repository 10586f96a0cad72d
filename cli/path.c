/*
 * Directories.  See path.h.
 */
#include <stdlib.h>
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
