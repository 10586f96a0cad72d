/*
 * The store: a secret of this state directory, by which a later daemon knows
 * what an earlier one has signed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "daemon/store/files.h"
#include "daemon/store/secret.h"

enum found { FOUND, NONE_GOOD, UNKNOWN };

/* A secret counts if it is whole, and nobody else could read or write it. */
static enum found
read_open(int fd, unsigned char *bytes, size_t n)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) == -1)
		return UNKNOWN;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0 ||
	    st.st_uid != geteuid() || st.st_size != (off_t)n)
		return NONE_GOOD;
	got = read(fd, bytes, n);
	if (got == -1)
		return UNKNOWN;
	return got == (ssize_t)n ? FOUND : NONE_GOOD;
}

/* Returns UNKNOWN, with err, when it may be good but cannot be read now. */
static enum found
read_secret(unsigned char *bytes, size_t n, struct error *err)
{
	int fd = openat(store_rootfd(), "key",
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum found found = UNKNOWN;

	if (fd != -1)
		found = read_open(fd, bytes, n);
	else if (errno == ENOENT || errno == ELOOP || errno == ENXIO)
		found = NONE_GOOD; /* nothing, a symlink, a socket */
	if (found == UNKNOWN)
		fail_errno(err, "cannot read %s/key", store_root());
	if (fd != -1)
		close(fd);
	return found;
}

static int
make_secret(unsigned char *bytes, size_t n, struct error *err)
{
	ssize_t got;

	do
		got = getrandom(bytes, n, 0);
	while (got == -1 && errno == EINTR);
	if (got == (ssize_t)n)
		return 0;
	fail_errno(err, "cannot get random bytes");
	return -1;
}

int
store_secret(unsigned char *bytes, size_t n, struct error *err)
{
	enum found found = read_secret(bytes, n, err);

	if (found == FOUND)
		return 0;
	if (make_secret(bytes, n, err) != 0 || found == UNKNOWN)
		return -1;
	return store_replace_file(store_rootfd(), "key", bytes, n, err);
}
