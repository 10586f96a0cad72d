/*
 * Reading marks.  See mark.h.
 *
 * /proc/PID/environ is the memory where execve(2) put the environment, so
 * what a program does later with its variables does not count, but a program
 * may have written something else there.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keeper/mark.h"
#include "keeper/numbers.h"
#include "keeper/run_dir.h"

static const char variable[] = "CCPROC_TASK=";

#define NAME_LEN (sizeof(variable) - 1)

/* One string of an environment on its way by, of which only this counts. */
struct reader {
	const char *value; /* that we look for */
	size_t at;         /* in the string */
	bool named;        /* so far it is the variable's name */
	bool same;         /* so far it is the value too */
	enum mark mark;
};

static void
begin_string(struct reader *reader)
{
	reader->at = 0;
	reader->named = reader->same = true;
}

static void
end_string(struct reader *reader)
{
	bool whole = reader->named && reader->at >= NAME_LEN;

	if (whole && reader->mark == MARK_NONE)
		reader->mark = reader->same &&
			reader->value[reader->at - NAME_LEN] == '\0' ?
		    MARK_OURS :
		    MARK_OTHER;
	begin_string(reader);
}

static void
take(struct reader *reader, char c)
{
	size_t at = reader->at++;

	if (at < NAME_LEN)
		reader->named = reader->named && c == variable[at];
	else /* same is false from where the value ends */
		reader->same = reader->same &&
		    c == reader->value[at - NAME_LEN];
}

/* Returns where the next string begins to be of interest, at most end. */
static const char *
skip(const struct reader *reader, const char *p, const char *end)
{
	if (reader->at < NAME_LEN ? reader->named : reader->same)
		return p;
	p = memchr(p, '\0', (size_t)(end - p));
	return p == NULL ? end : p;
}

static void
take_chunk(struct reader *reader, const char *p, size_t len)
{
	const char *end = p + len;

	while ((p = skip(reader, p, end)) < end) {
		if (*p == '\0')
			end_string(reader);
		else
			take(reader, *p);
		p++;
	}
}

static enum mark
read_mark(const char *path, const char *name)
{
	struct reader reader = { .value = name };
	char chunk[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return MARK_NONE;
	begin_string(&reader);
	while (reader.mark == MARK_NONE &&
	    (n = read(fd, chunk, sizeof(chunk))) > 0)
		take_chunk(&reader, chunk, (size_t)n);
	close(fd);
	end_string(&reader);
	return reader.mark;
}

enum mark
mark_read(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	return read_mark(path, name);
}

enum mark
mark_read_threads(pid_t pid, const char *name)
{
	enum mark mark = MARK_NONE;
	struct numbers threads;
	char path[64];
	int tid;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	if (!numbers_open(&threads, path))
		return MARK_NONE;
	while (mark == MARK_NONE && (tid = numbers_next(&threads)) >= 0) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/environ",
		    (int)pid, tid);
		mark = read_mark(path, name);
	}
	numbers_close(&threads);
	return mark;
}

void
mark_name(const char *dir, char *name, size_t size)
{
	const char *last = run_dir_name(dir);
	bool hook = last != NULL && run_dir_is_hook(last);
	char task[RUN_DIR_SIZE];
	int n;

	name[0] = '\0';
	if (!run_dir_task(dir, task))
		return;
	n = snprintf(name, size, "%s%st%s", hook ? last : "", hook ? "-" : "",
	    run_dir_name(task));
	if (n < 0 || (size_t)n >= size)
		name[0] = '\0';
}
