/*
 * What the kernel remembers of paths.  See cached.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/os/cached.h"
#include "daemon/os/mounts.h"

/* Linux 5.12 */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* Linux 5.8 */
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif
#define MNT_ID_OFFSET 0x90

/* The id of its mount, which not every C library has a name for. */
static uint64_t
mount_of(const struct statx *st)
{
	uint64_t id;

	memcpy(&id, (const char *)st + MNT_ID_OFFSET, sizeof(id));
	return id;
}

/*
 * Network file systems, and those that a process serves, have no disk of their
 * own, and may wait for what others know at once.
 */
static bool
waits(const struct statx *st)
{
	return st->stx_dev_major == 0 &&
	    ((st->stx_mask & STATX_MNT_ID) == 0 || !mounts_local(mount_of(st)));
}

static enum cached
of_file(int fd, mode_t type)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		STATX_TYPE | STATX_MNT_ID, &st) != 0 ||
	    waits(&st))
		return CACHED_UNKNOWN;
	return (st.stx_mode & S_IFMT) == type &&
		faccessat(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0 ?
	    CACHED_IS :
	    CACHED_IS_NOT;
}

enum cached
cached_is(const char *path, mode_t type, size_t *looks)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_CACHED };
	enum cached result;
	int fd;

	if (*looks == 0 || path[0] != '/')
		return CACHED_UNKNOWN;
	--*looks;
	fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (fd == -1)
		return errno == ENOENT ? CACHED_IS_NOT : CACHED_UNKNOWN;
	result = of_file(fd, type);
	close(fd);
	return result;
}

enum cached
cached_program(const char *program, const char *path, size_t *looks)
{
	enum cached result = CACHED_IS_NOT;
	char candidate[PATH_MAX];
	const char *end;
	int n;

	if (strchr(program, '/') != NULL)
		return cached_is(program, S_IFREG, looks);
	for (; path != NULL && result == CACHED_IS_NOT;
	     path = *end == '\0' ? NULL : end + 1) {
		end = strchrnul(path, ':');
		n = snprintf(candidate, sizeof(candidate), "%.*s/%s",
		    (int)(end - path), path, program);
		/* an empty folder is the working directory */
		result = *path != '/' || (size_t)n >= sizeof(candidate) ?
		    CACHED_UNKNOWN :
		    cached_is(candidate, S_IFREG, looks);
	}
	return result;
}
