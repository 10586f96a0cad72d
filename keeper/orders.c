/*
 * Reading orders.  See orders.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/keeperctl.h"
#include "keeper/orders.h"

/* More than the kernel takes for the arguments of a program. */
#define ORDERS_MAX_BYTES (8u << 20)

/* Vector and text share one mapping, vector first. */
static char **
map(int fd, size_t size, int *n)
{
	static char name[] = "ccproc-keeper";
	size_t vector = (size + 2) * sizeof(char *);
	char **argv, *text, *p;
	ssize_t len;

	argv = mmap(NULL, vector + size + 1, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (argv == MAP_FAILED)
		return NULL;
	text = (char *)argv + vector;
	len = io_read(fd, text, size);
	if (len < 0)
		return NULL;
	argv[0] = name;
	*n = 1;
	for (p = text; p < text + len; p += strlen(p) + 1)
		argv[(*n)++] = p;
	return argv;
}

char **
orders_read(const char *dir, int *n, struct error *err)
{
	char path[PATH_MAX], **argv = NULL;
	struct stat st;
	int fd = KEEPER_ORDERS_FD;

	snprintf(path, sizeof(path), "%s/" KEEPER_ORDERS, dir);
	if (fcntl(fd, F_GETFD) == -1)
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (st.st_size > ORDERS_MAX_BYTES)
			errno = E2BIG;
		else
			argv = map(fd, (size_t)st.st_size, n);
	}
	if (argv == NULL)
		fail_errno(err, "%s", path);
	if (fd >= 0)
		close(fd);
	return argv;
}
