/*
 * The PATH search of execvp(3), which cannot be told another environment
 * than ours.  See search.h.
 */
#include <errno.h>
#include <string.h>

#include "keeper/search.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

void
search_init(struct search *search, const char *program, const char *path)
{
	search->program = program;
	search->next = path == NULL || *path == '\0' ? DEFAULT_PATH : path;
}

bool
search_next(struct search *search, char *buf, size_t size)
{
	size_t name_len = strlen(search->program), len;
	const char *dir;

	while ((dir = search->next) != NULL) {
		len = strcspn(dir, ":");
		search->next = dir[len] == ':' ? dir + len + 1 : NULL;
		if (len + name_len + 2 > size)
			continue;
		memcpy(buf, dir, len);
		/* an empty folder is the working directory */
		if (len > 0)
			buf[len++] = '/';
		memcpy(buf + len, search->program, name_len + 1);
		return true;
	}
	return false;
}

bool
search_goes_on(int errnum)
{
	return errnum == EACCES || errnum == ENOENT || errnum == ENOTDIR ||
	    errnum == ESTALE || errnum == ENODEV || errnum == ETIMEDOUT ||
	    errnum == ELOOP || errnum == ENAMETOOLONG;
}
