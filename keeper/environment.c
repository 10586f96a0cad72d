/*
 * Taking the environment of a task.  See environment.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "keeper/environment.h"

/* More than the kernel takes for arguments and environment together. */
#define ENV_MAX_BYTES (8u << 20)

/* Vector and text share one mapping, vector first; empty strings drop out. */
static int
map_text(struct environment *env, int fd, size_t size)
{
	size_t n = 0, vector = (size / 2 + 2) * sizeof(char *);
	char *text, *end;
	ssize_t len;

	env->map_size = vector + size + 1;
	env->map = mmap(NULL, env->map_size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (env->map == MAP_FAILED) {
		env->map = NULL;
		return -1;
	}
	env->vector = env->map;
	env->text = text = (char *)env->map + vector;
	len = io_read(fd, text, size);
	if (len < 0)
		return -1;
	env->size = (size_t)len;
	for (end = text + len; text < end; text += strlen(text) + 1)
		if (*text != '\0')
			env->vector[n++] = text;
	return 0;
}

static int
read_file(struct environment *env, int dirfd)
{
	struct stat st;
	int rc = -1, fd;

	fd = openat(dirfd, "env", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		if (st.st_size > ENV_MAX_BYTES)
			errno = E2BIG;
		else
			rc = map_text(env, fd, (size_t)st.st_size);
	}
	close(fd);
	return rc;
}

int
environment_take(struct environment *env, int dirfd)
{
	int rc, saved;

	*env = (struct environment){ .vector = NULL };
	rc = read_file(env, dirfd);
	saved = errno;
	unlinkat(dirfd, "env", 0);
	errno = saved;
	return rc;
}

/*
 * Nobody reads it before the task is over, and who finds a task that is not
 * and has lost its keeper removes it: half of one is not read.
 */
int
environment_give_back(const struct environment *env, int dirfd)
{
	int rc, fd;

	fd = openat(dirfd, "env",
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = io_write(fd, env->text, env->size);
	if (close(fd) != 0)
		rc = -1;
	if (rc != 0)
		unlinkat(dirfd, "env", 0);
	return rc;
}

void
environment_clear(struct environment *env)
{
	if (env->map != NULL)
		munmap(env->map, env->map_size);
	*env = (struct environment){ .vector = NULL };
}
