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

#endif
