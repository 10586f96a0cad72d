/*
 * Descriptors.  See io.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"

ssize_t
io_read(int fd, void *data, size_t size)
{
	char *text = data;
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, text + len, size - len)) != 0) {
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)len;
}

int
io_write(int fd, const void *data, size_t size)
{
	const char *text = data;
	ssize_t n;

	while (size > 0) {
		n = write(fd, text, size);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int
io_open_regular(int dirfd, const char *name, off_t *size)
{
	struct stat st;
	int saved,
	    fd = openat(dirfd, name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode)) {
			if (size != NULL)
				*size = st.st_size;
			return fd;
		}
		errno = EINVAL;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
