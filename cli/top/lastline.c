/*
 * What a task has written last.  See lastline.h.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/text.h"
#include "cli/top/lastline.h"
#include "cli/top/rows.h"
#include "common/mem.h"

#define LINE_BYTES 4096

/* Sequences that only colour, or move within the line, say nothing here. */
static size_t
sequence(const char *text, size_t len)
{
	size_t i = 2;

	if (len < 3 || text[0] != '\x1b' || text[1] != '[')
		return 0;
	while (i < len && text[i] >= ' ' && text[i] <= '?')
		i++;
	return i < len && text[i] != '\0' && strchr("mKGhl", text[i]) != NULL ?
	    i + 1 :
	    0;
}

/*
 * As a terminal shows lines: what comes after a carriage return stands in the
 * place of what was before it.
 */
static char *
as_seen(const char *text, size_t len)
{
	struct buf out = { 0 }, clean = { 0 };
	size_t i, skip, line = 0;

	for (i = 0; i < len; i++) {
		skip = sequence(text + i, len - i);
		if (skip > 0) {
			i += skip - 1;
			continue;
		}
		if (text[i] == '\r') {
			if (i + 1 < len && text[i + 1] != '\n' &&
			    text[i + 1] != '\r')
				out.len = line;
			continue;
		}
		buf_add(&out, text + i, 1);
		if (text[i] == '\n')
			line = out.len;
	}
	if (out.len > 0)
		text_add_clean(&clean, out.data, out.len);
	buf_clear(&out);
	return buf_steal(&clean);
}

static int
open_in(const struct row *row, const char *name)
{
	char *path = xasprintf("%s/%s", row->run_dir, name);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	free(path);
	return fd;
}

char *
lastline_tail(const struct row *row, const char *name, size_t bytes)
{
	char *text, *seen, *begin;
	struct stat st;
	ssize_t n = -1;
	off_t from = 0;
	int fd = row->run_dir == NULL ? -1 : open_in(row, name);

	if (fd == -1)
		return xstrdup("");
	text = xcalloc(1, bytes + 1);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (st.st_size > (off_t)bytes)
			from = st.st_size - (off_t)bytes;
		n = pread(fd, text, bytes, from);
	}
	close(fd);
	begin = text;
	if (from > 0 && n > 0 &&
	    (begin = memchr(text, '\n', (size_t)n)) == NULL)
		begin = text; /* one long line */
	seen = n > 0 ? as_seen(begin, (size_t)(text + n - begin)) : xstrdup("");
	free(text);
	return seen;
}

static int64_t
bytes_of(const struct row *row, const char *name, int64_t *at)
{
	char *path = xasprintf("%s/%s", row->run_dir, name);
	struct stat st = { 0 };

	if (lstat(path, &st) != 0)
		st.st_size = 0;
	*at = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	free(path);
	return st.st_size;
}

bool
lastline_grew(struct row *row)
{
	int64_t at, bytes;

	if (row->run_dir == NULL)
		return false;
	bytes = bytes_of(row, "stdout", &at);
	if (bytes == row->bytes)
		return false;
	row->bytes = bytes;
	return true;
}

/* The last one that is not empty; borrows of text, which is cut. */
static char *
last_of(char *text)
{
	size_t len = strlen(text);
	char *line;

	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		text[--len] = '\0';
	line = strrchr(text, '\n');
	return line == NULL ? text : line + 1;
}

bool
lastline_read(struct row *row)
{
	int64_t out_at, err_at, out, err;
	char *text, *line;

	if (row->run_dir == NULL)
		return false;
	out = bytes_of(row, "stdout", &out_at);
	err = bytes_of(row, "stderr", &err_at);
	if (out + err == row->bytes)
		return false;
	row->bytes = out + err;
	text = lastline_tail(row,
	    err > 0 && (out == 0 || err_at > out_at) ? "stderr" : "stdout",
	    LINE_BYTES);
	line = last_of(text);
	if (*line != '\0') {
		free(row->last);
		row->last = text_clean(line, false);
	}
	free(text);
	return true;
}
