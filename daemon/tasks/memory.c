/*
 * Free memory, from /proc/meminfo.  See memory.h and proc(5).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/tasks/memory.h"

#define FIELD "MemAvailable:"

/* It is among the first lines. */
int64_t
memory_available(const char *path)
{
	char text[1024], *at;
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	at = strstr(text, FIELD);
	if (at == NULL || strchr(at, '\n') == NULL)
		return -1;
	return strtoll(at + strlen(FIELD), NULL, 10) * 1024;
}
