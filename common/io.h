/*
 * Reading and writing descriptors whole, whatever interrupts that.
 */
#ifndef COMMON_IO_H
#define COMMON_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Reads up to size bytes, fewer at the end of the file only; -1: errno. */
ssize_t io_read(int fd, void *data, size_t size);
/* Writes all of it; -1: errno, and a part may have been written. */
int io_write(int fd, const void *data, size_t size);

/*
 * Opens, to read, a file that a stranger may have put there: no link is
 * followed, and no pipe or device waited for.  -1 with errno, EINVAL: it is
 * no regular file.  Size is filled in unless it is NULL.
 */
int io_open_regular(int dirfd, const char *name, off_t *size);

#endif
