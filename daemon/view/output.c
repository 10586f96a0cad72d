/*
 * Output of tasks.  See output.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/view/clean.h"
#include "daemon/view/output.h"

/* The most bytes of a character of UTF-8. */
#define CHAR_BYTES 4

/* Returns a descriptor; -1 with size 0 when there is no file yet. */
static int
open_output(const struct record *rec, const char *name, int64_t *size,
    struct error *err)
{
	off_t bytes;
	int dirfd, fd;

	*size = 0;
	dirfd = store_open_task(rec->dir, err);
	if (dirfd == -1)
		return -1;
	fd = io_open_regular(dirfd, name, &bytes);
	if (fd != -1)
		*size = bytes;
	else if (errno == EINVAL)
		fail(err, ERR_INVALID, "%s/%s is no regular file",
		    store_full_path(rec->dir), name);
	else {
		fail_errno(err, "cannot open %s/%s", store_full_path(rec->dir),
		    name);
		if (err->errnum == ENOENT)
			err->code = ERR_NOT_FOUND;
	}
	close(dirfd);
	return fd;
}

static size_t
read_at(int fd, char *buf, size_t len, int64_t at)
{
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = pread(fd, buf + have, len - have, at + (int64_t)have);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return have;
}

/* Returns how many bytes of buf are the rest of a cut character. */
static size_t
cut_start(const char *buf, size_t len)
{
	size_t i = 0;

	while (i < len && i < CHAR_BYTES - 1 && (buf[i] & 0xc0) == 0x80)
		i++;
	return i;
}

/* Returns how many bytes at the end of buf begin a character to come. */
static size_t
cut_end(const char *buf, size_t len)
{
	size_t i;
	unsigned char c;

	for (i = 1; i <= len && i < CHAR_BYTES; i++) {
		c = (unsigned char)buf[len - i];
		if ((c & 0xc0) == 0x80)
			continue;
		if (c >= 0xc2 && utf8_next(buf + len - i, i) == 0 &&
		    i < (c >= 0xf0        ? 4u :
				c >= 0xe0 ? 3u :
					    2u))
			return i;
		break;
	}
	return 0;
}

static void
take_text(struct output *out, int64_t at, const char *buf, size_t len)
{
	out->from = at;
	out->to = at + (int64_t)len;
	out->text = clean_output(buf, len);
}

static void
take_tail(struct output *out, int64_t at, const char *buf, size_t len,
    size_t max_chars)
{
	size_t start = at == 0 ? 0 : cut_start(buf, len);
	size_t keep;
	const char *line;

	keep = utf8_last(buf + start, len - start, max_chars);
	start = len - keep;
	if (at + (int64_t)start > 0 && keep > 0 &&
	    (start == 0 || buf[start - 1] != '\n')) {
		/* from the next line on, if most is left then */
		line = memchr(buf + start, '\n', keep / 2);
		if (line != NULL)
			start = (size_t)(line - buf) + 1;
	}
	take_text(out, at + (int64_t)start, buf + start, len - start);
}

/* Explains a cursor beyond the end: it may be of another run. */
static void
fail_beyond(const struct record *rec, int64_t cursor, int64_t size,
    struct error *err)
{
	fail(err, ERR_INVALID, "cursor: %lld is beyond the end, which is %lld",
	    (long long)cursor, (long long)size);
	if (rec->run.number > 1)
		fail_add(err, ERR_INVALID,
		    "this is run %u; read_output with \"run\" goes on in an "
		    "earlier one",
		    rec->run.number);
	else
		fail_add(err, ERR_INVALID,
		    "it is of another file, or the task has cut its own "
		    "output; go on from the end, or with -1 for the tail");
}

/*
 * Opens and reads at most max bytes from cursor on, or the last ones.
 * Returns them, with *len and *at; NULL with err.
 */
static char *
read_part(const struct record *rec, const char *name, int64_t cursor,
    size_t max, int64_t *at, size_t *len, struct output *out, struct error *err)
{
	char *buf = NULL;
	int fd;

	memset(out, 0, sizeof(*out));
	fd = open_output(rec, name, &out->size, err);
	if (fd == -1)
		return NULL;
	if (cursor > out->size)
		fail_beyond(rec, cursor, out->size, err);
	else {
		*at = cursor >= 0            ? cursor :
		    out->size > (int64_t)max ? out->size - (int64_t)max :
					       0;
		if (out->size - *at < (int64_t)max)
			max = (size_t)(out->size - *at);
		buf = xcalloc(1, max + 1);
		*len = read_at(fd, buf, max, *at);
	}
	close(fd);
	return buf;
}

int
output_tail(const struct record *rec, const char *name, size_t max_chars,
    struct output *out, struct error *err)
{
	int64_t at;
	size_t len;
	char *buf = read_part(rec, name, -1, max_chars * CHAR_BYTES, &at, &len,
	    out, err);

	if (buf == NULL)
		return -1;
	if (!record_ended(rec))
		len -= cut_end(buf, len);
	take_tail(out, at, buf, len, max_chars);
	free(buf);
	return 0;
}

static void
take_from(struct output *out, int64_t at, const char *buf, size_t len,
    size_t max_chars)
{
	size_t keep = utf8_first(buf, len, max_chars);
	const char *line;

	if (at + (int64_t)keep < out->size && keep < len) {
		line = memrchr(buf, '\n', keep);
		if (line != NULL)
			keep = (size_t)(line - buf) + 1;
	}
	take_text(out, at, buf, keep);
}

int
output_from(const struct record *rec, const char *name, int64_t cursor,
    size_t max_chars, struct output *out, struct error *err)
{
	int64_t at;
	size_t len;
	char *buf = read_part(rec, name, cursor, max_chars * CHAR_BYTES, &at,
	    &len, out, err);

	if (buf == NULL)
		return -1;
	if (!record_ended(rec)) /* the rest of a character may still come */
		len -= cut_end(buf, len);
	take_from(out, at, buf, len, max_chars);
	free(buf);
	return 0;
}

int
output_bytes(const struct record *rec, const char *name, int64_t cursor,
    size_t max, struct output *out, struct error *err)
{
	int64_t at;
	size_t len, skip = 0;
	char *buf = read_part(rec, name, cursor, max, &at, &len, out, err);
	const char *line;

	if (buf == NULL)
		return -1;
	line = cursor < 0 && at > 0 ? memchr(buf, '\n', len) : NULL;
	if (line != NULL)
		skip = (size_t)(line - buf) + 1;
	memmove(buf, buf + skip, len - skip + 1);
	out->from = at + (int64_t)skip;
	out->to = at + (int64_t)len;
	out->text = buf;
	return 0;
}
