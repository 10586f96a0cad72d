/*
 * The PATH search of execvp(3), which cannot be told another environment
 * than ours.  See path_lookup.h.
 */
#include <errno.h>
#include <string.h>

#include "keeper/path_lookup.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

void
path_lookup_init(struct path_lookup *lookup, const char *program,
    const char *path)
{
	lookup->program = program;
	lookup->next = path == NULL || *path == '\0' ? DEFAULT_PATH : path;
}

bool
path_lookup_next(struct path_lookup *lookup, char *buf, size_t size)
{
	size_t name_len = strlen(lookup->program), len;
	const char *dir;

	while ((dir = lookup->next) != NULL) {
		len = strcspn(dir, ":");
		lookup->next = dir[len] == ':' ? dir + len + 1 : NULL;
		if (len + name_len + 2 > size)
			continue;
		memcpy(buf, dir, len);
		/* an empty folder is the working directory */
		if (len > 0)
			buf[len++] = '/';
		memcpy(buf + len, lookup->program, name_len + 1);
		return true;
	}
	return false;
}

bool
path_lookup_goes_on(int errnum)
{
	return errnum == EACCES || errnum == ENOENT || errnum == ENOTDIR ||
	    errnum == ESTALE || errnum == ENODEV || errnum == ETIMEDOUT ||
	    errnum == ELOOP || errnum == ENAMETOOLONG;
}
