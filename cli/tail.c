/*
 * Last lines.  See tail.h.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "cli/tail.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "common/mem.h"

/* Of a task that failed. */
#define WHY_LINES 5
#define WHY_BYTES 2000

/*
 * Where the last lines of len bytes begin, or -1: further back.  *lines
 * counts down the newlines that are still to be found.
 */
static ssize_t
last_lines(const char *text, size_t len, int64_t *lines)
{
	while (len > 0)
		if (text[--len] == '\n' && (*lines)-- == 0)
			return (ssize_t)len + 1;
	return -1;
}

/* A newline at the very end ends the last line, and begins none. */
static int64_t
newlines_before(int64_t lines, char last)
{
	return last == '\n' ? lines : lines - 1;
}

const char *
tail_of(const char *text, int64_t lines)
{
	size_t len = strlen(text);
	ssize_t start;

	if (lines < 0 || len == 0)
		return text;
	if (lines == 0)
		return text + len;
	lines = newlines_before(lines, text[len - 1]);
	start = last_lines(text, len, &lines);
	return start > 0 ? text + start : text;
}

static int64_t
tail_of_file(int fd, int64_t size, int64_t lines)
{
	char buf[65536], last = '\0';
	ssize_t n, at;

	if (size == 0 || pread(fd, &last, 1, size - 1) != 1)
		return 0;
	if (lines == 0)
		return size;
	for (lines = newlines_before(lines, last); size > 0; size -= n) {
		n = size < (int64_t)sizeof(buf) ? size : (ssize_t)sizeof(buf);
		if (pread(fd, buf, (size_t)n, size - n) != n)
			return 0;
		at = last_lines(buf, (size_t)n, &lines);
		if (at != -1)
			return size - n + at;
	}
	return 0;
}

static int
open_in(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	free(path);
	return fd;
}

int64_t
tail_start(const char *dir, const char *name, int64_t lines)
{
	struct stat st;
	int64_t start = 0;
	int fd;

	if (lines < 0)
		return 0;
	fd = open_in(dir, name);
	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == 0)
		start = tail_of_file(fd, st.st_size, lines);
	close(fd);
	return start;
}

/* The end of a file, which the caller frees; NULL: there is nothing in it. */
static char *
end_of(const char *dir, const char *name)
{
	char text[WHY_BYTES + 1] = "";
	struct stat st;
	off_t from = 0;
	ssize_t n = -1;
	int fd = open_in(dir, name);

	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0) {
		from = st.st_size > WHY_BYTES ? st.st_size - WHY_BYTES : 0;
		n = pread(fd, text, WHY_BYTES, from);
	}
	close(fd);
	while (n > 0 && (unsigned char)text[n - 1] <= ' ')
		text[--n] = '\0';
	return n > 0 ? xstrndup(text, (size_t)n) : NULL;
}

bool
tail_print_why(const struct task_info *task, const char *indent)
{
	char *text = end_of(task->output.dir, "stderr"), *line, *at;

	if (text == NULL && !tasks_is_agent(task)) /* its events tell nothing */
		text = end_of(task->output.dir, "stdout");
	if (text == NULL)
		return false;
	at = xstrdup(tail_of(text, WHY_LINES));
	free(text);
	text = at;
	while ((line = strsep(&at, "\n")) != NULL) {
		fputs(indent, stdout);
		text_print(stdout, line);
	}
	free(text);
	return true;
}
