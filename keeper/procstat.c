/*
 * Reading /proc/PID/stat.  See procstat.h and proc(5).
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keeper/procstat.h"

/* Field numbers of proc(5); those after the name are all but one numbers. */
#define FIELD_STATE 3
#define FIELD_PPID 4
#define FIELD_THREADS 20
#define FIELD_START 22
#define FIELD_IGNORED 33

static ssize_t
read_stat(pid_t pid, char *text, size_t size)
{
	char path[32] = "/proc/self/stat";
	ssize_t n;
	int fd;

	if (pid != 0)
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, size - 1);
	close(fd);
	if (n >= 0)
		text[n] = '\0';
	return n;
}

static void
copy_comm(char *comm, size_t size, const char *from, const char *end)
{
	size_t i;

	for (i = 0; i < size - 1 && from + i < end; i++) {
		comm[i] = from[i];
		if (comm[i] < 0x20 || comm[i] > 0x7e || comm[i] == '"' ||
		    comm[i] == '\'' || comm[i] == '\\')
			comm[i] = '?';
	}
	comm[i] = '\0';
}

/* Reads the number after one blank; *p moves past it. */
static int64_t
next_number(char **p)
{
	char *at = *p;
	int64_t value = 0;
	bool negative;

	at += *at == ' ';
	negative = *at == '-';
	for (at += negative; *at >= '0' && *at <= '9'; at++)
		value = (int64_t)((uint64_t)value * 10 + (uint64_t)(*at - '0'));
	*p = at;
	return negative ? -value : value;
}

bool
procstat_read(pid_t pid, struct procstat *st)
{
	char text[1024], *open_paren, *p;
	int64_t value;
	int field;

	if (read_stat(pid, text, sizeof(text)) <= 0)
		return false;
	/* The name may hold anything, but nothing after it has a ')'. */
	open_paren = strchr(text, '(');
	p = strrchr(text, ')');
	if (open_paren == NULL || p == NULL || p[1] != ' ' || p[2] == '\0')
		return false;
	copy_comm(st->comm, sizeof(st->comm), open_paren + 1, p);
	st->state = p[2];
	p += 3;
	for (field = FIELD_STATE + 1; field <= FIELD_IGNORED; field++) {
		value = next_number(&p);
		if (field == FIELD_PPID)
			st->ppid = (pid_t)value;
		else if (field == FIELD_THREADS)
			st->threads = (int)value;
		else if (field == FIELD_START)
			st->start = value;
		else if (field == FIELD_IGNORED)
			st->ignored = (uint32_t)value;
	}
	return true;
}

bool
procstat_alive(const struct procstat *st)
{
	/* When the first thread has left the others go on under a zombie. */
	return (st->state != 'Z' && st->state != 'X') || st->threads > 1;
}
