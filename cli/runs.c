/*
 * The runs of a task.  See runs.h.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/runs.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/exitrec.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"

/* The bytes that are shown of what an agent was told. */
#define SHOWN_BYTES 120
/* The bytes that are read of it, where all is to be told. */
#define PROMPT_BYTES (1u << 20)
#define CHUNK (64u << 10)

/* Returns the task's folder, below which that of the current run may be. */
static char *
first_dir(const struct task_info *task)
{
	const char *slash = strrchr(task->output.dir, '/');

	return task->run > 1 && slash != NULL ?
	    xstrndup(task->output.dir, (size_t)(slash - task->output.dir)) :
	    xstrdup(task->output.dir);
}

char *
runs_dir(const struct task_info *task, int64_t n, struct error *err)
{
	static const char *const kinds[] = { "run", "retry" };
	char *first = first_dir(task), *dir = NULL;
	size_t i;

	if (n == 1)
		return first;
	for (i = 0; i < 2; i++) {
		dir = xasprintf("%s/%s-%" PRId64, first, kinds[i], n);
		if (access(dir, F_OK) == 0)
			break;
		free(dir);
		dir = NULL;
	}
	free(first);
	if (dir == NULL)
		fail(err, ERR_NOT_FOUND,
		    "%s has %" PRId64 " run%s; there is no run %" PRId64,
		    task->id, task->runs, plural((uint64_t)task->runs), n);
	return dir;
}

/* The first line of what it was told, or its beginning. */
static void
add_prompt(int dirfd, struct buf *out)
{
	char text[SHOWN_BYTES + 1] = "";
	int fd = openat(dirfd, "prompt",
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return;
	if (read(fd, text, SHOWN_BYTES) > 0)
		buf_printf(out, ": %.*s", (int)strcspn(text, "\n"), text);
	close(fd);
}

static void
add_exit(const struct exitrec *rec, struct buf *out)
{
	char span[TIMEFMT_SIZE];

	if (rec->elapsed >= 0)
		buf_printf(out, "%s, ", timefmt_span(rec->elapsed, span));
	if (rec->spawn_stage[0] != '\0')
		buf_puts(out, "not started");
	else if (rec->stop_reason != STOP_NONE)
		buf_printf(out, "stopped (%s)",
		    stop_reason_name(rec->stop_reason));
	else if (rec->exit_signal != 0)
		buf_printf(out, "signal %" PRId64, rec->exit_signal);
	else
		buf_printf(out, "exit code %" PRId64, rec->exit_code);
}

char *
runs_describe(const struct task_info *task, int64_t n)
{
	struct exitrec rec = { 0 };
	struct buf out = { 0 };
	struct error err;
	char *dir = runs_dir(task, n, &err);
	int dirfd = dir == NULL ? -1 :
				  open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir != NULL && strstr(strrchr(dir, '/'), "/retry-") != NULL)
		buf_puts(&out, "tried again, ");
	if (dirfd != -1 && exitrec_read(dirfd, "exit.json", &rec, &err) == 0 &&
	    rec.complete)
		add_exit(&rec, &out);
	else
		buf_puts(&out, n == task->run ? task->state : "waits");
	if (dirfd != -1) {
		add_prompt(dirfd, &out);
		close(dirfd);
	}
	free(dir);
	return buf_steal(&out);
}

char *
runs_prompt(const struct task_info *task)
{
	char *first = first_dir(task), *path = xasprintf("%s/prompt", first);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct buf text = { 0 };
	char *clean = NULL;
	ssize_t n;

	free(path);
	free(first);
	if (fd == -1)
		return NULL;
	do {
		buf_reserve(&text, CHUNK);
		n = read(fd, text.data + text.len, CHUNK);
		text.len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && text.len < PROMPT_BYTES);
	close(fd);
	clean = utf8_clean(text.data, text.len);
	buf_clear(&text);
	return clean;
}
