/*
 * The output of several tasks.  See many.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/activity.h"
#include "cli/asking.h"
#include "cli/follow.h"
#include "cli/many.h"
#include "cli/reader.h"
#include "cli/result.h"
#include "cli/ring.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/tail.h"
#include "cli/tasks.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/monotime.h"

#define STDERR_COLOUR 31
#define NAME_COLUMNS 24

struct one {
	struct task_info *task;
	char *prefix[2]; /* for stdout and stderr */
	struct lens lens[2];
	struct follow *follow; /* of a command */
	int64_t check_id;      /* of the call that waits for its end; -1 */
	int64_t look_id;       /* likewise for what an agent does */
	int64_t cursor;        /* in that */
	char *result;          /* of an agent that has ended, or NULL */
	bool looked;           /* all that it did is told */
	bool ended, done;
};

struct many {
	struct rpc *rpc;
	const struct many_spec *spec;
	struct one *all;
	size_t n;
	struct asking asking;
};

/* "t7 build | ", in a colour of its own, to the width of the widest. */
static char *
prefix(const struct one *one, size_t index, size_t width, bool coloured)
{
	static const int colours[] = { 36, 33, 32, 35, 34, 96 };
	const struct task_info *task = one->task;
	char *name, *cut, *line;

	name = task->label == NULL ? xstrdup(task->id) :
				     xasprintf("%s %s", task->id, task->label);
	cut = text_cut(name, NAME_COLUMNS, false);
	line = coloured ?
	    xasprintf("\x1b[%dm%s%*s |\x1b[m ", colours[index % 6], cut,
		(int)(width - text_width(cut)), "") :
	    xasprintf("%s%*s | ", cut, (int)(width - text_width(cut)), "");
	free(cut);
	free(name);
	return line;
}

static size_t
name_width(const struct tasks *tasks)
{
	size_t i, one, width = 0;

	for (i = 0; i < tasks->n; i++) {
		one = strlen(tasks->info[i].id);
		if (tasks->info[i].label != NULL)
			one += 1 + strlen(tasks->info[i].label);
		if (one > width)
			width = one;
	}
	return width < NAME_COLUMNS ? width : NAME_COLUMNS;
}

static void
one_init(struct one *one, const struct many_spec *spec, struct task_info *task,
    size_t index, size_t width)
{
	int i;

	one->task = task;
	one->check_id = one->look_id = one->cursor = -1;
	for (i = 0; i < 2; i++) {
		one->prefix[i] = prefix(one, index, width,
		    terminal_coloured(STDOUT_FILENO + i, spec->colour));
		one->lens[i] = spec->lens;
		one->lens[i].by_line = true;
		one->lens[i].prefix = one->prefix[i];
		one->lens[i].id = spec->json ? task->id : NULL;
		one->lens[i].stream = i == 0 ? "stdout" : "stderr";
		if (tasks_is_agent(task))
			one->lens[i].clean = text_add_clean;
	}
	if (!spec->use_stderr || spec->use_stdout)
		one->lens[1].colour = terminal_coloured(STDERR_FILENO,
					  spec->colour) ?
		    STDERR_COLOUR :
		    0;
}

static void
one_clear(struct one *one)
{
	int i;

	follow_free(one->follow);
	free(one->result);
	for (i = 0; i < 2; i++) {
		lens_clear(&one->lens[i]);
		free(one->prefix[i]);
	}
}

/* Prints text by lines, the last ones of it. */
static void
print_text(struct one *one, const char *stream, const char *text, int64_t lines)
{
	struct buf out = { 0 };

	one->lens[0].stream = stream;
	text = tail_of(text, lines);
	lens_add(&one->lens[0], &out, text, strlen(text));
	lens_end(&one->lens[0], &out);
	fwrite(out.data, 1, out.len, stdout);
	fflush(stdout);
	buf_clear(&out);
}

static int
open_output(struct one *one, const struct many_spec *spec, struct error *err)
{
	const char *dir = one->task->output.dir;

	one->follow = follow_open(dir, err);
	if (one->follow == NULL)
		return -1;
	if (spec->use_stdout) {
		follow_add(one->follow, "stdout", STDOUT_FILENO,
		    tail_start(dir, "stdout", spec->lines));
		follow_through(one->follow, "stdout", &one->lens[0]);
	}
	if (spec->use_stderr) {
		follow_add(one->follow, "stderr",
		    spec->use_stdout && !spec->json ? STDERR_FILENO :
						      STDOUT_FILENO,
		    tail_start(dir, "stderr", spec->lines));
		follow_through(one->follow, "stderr", &one->lens[1]);
	}
	return 0;
}

static int
send_check(struct many *m, struct one *one, int64_t wait_s, struct error *err)
{
	const struct tasks_query query = { .wait_s = wait_s,
		.result_chars = TASKS_RESULT_CHARS };

	one->check_id = tasks_send_check(m->rpc, one->task->id, &query, err);
	return one->check_id == -1 ? -1 : 0;
}

static int
send_look(struct many *m, struct one *one, struct error *err)
{
	one->look_id = activity_send(m->rpc, one->task->id, one->cursor,
	    m->spec->follow && one->cursor >= 0, err);
	return one->look_id == -1 ? -1 : 0;
}

/* A person is told how what was followed has failed. */
static void
say_end(const struct task_info *task)
{
	if (isatty(STDERR_FILENO) && strcmp(task->state, "completed") != 0)
		say("%s%s%s %s", task->id, task->label == NULL ? "" : " ",
		    task->label == NULL ? "" : task->label, task->state);
}

static int
take_check(struct many *m, struct one *one, const struct rpc_reply *reply,
    struct error *err)
{
	struct tasks tasks = { 0 };
	struct error none;
	int result = 0;

	one->check_id = -1;
	one->ended = reply->failed; /* it was deleted meanwhile */
	if (!reply->failed && tasks_read(reply->text, &tasks, err) != 0)
		result = -1;
	else if (tasks.n > 0) {
		one->ended = status_ended(&tasks.info[0]);
		asking_say(&m->asking, &tasks.info[0]);
		if (one->ended && tasks_is_agent(one->task))
			one->result = result_text(&tasks.info[0], &none);
		if (one->ended && m->spec->follow)
			say_end(&tasks.info[0]);
	}
	tasks_clear(&tasks);
	if (result == 0 && !one->ended && m->spec->follow)
		return send_check(m, one, TASKS_WAIT_S, err);
	if (one->follow != NULL)
		follow_look(one->follow);
	return result;
}

static int
take_look(struct many *m, struct one *one, const struct rpc_reply *reply,
    struct error *err)
{
	struct activity_look look = { .text = reply->text };
	bool first = one->cursor == -1;

	one->look_id = -1;
	one->looked = true;
	if (reply->failed) { /* it has begun anew, or is gone */
		one->looked = one->cursor <= 0 ||
		    strstr(reply->text, "is beyond the end") == NULL;
		one->cursor = 0;
	} else {
		if (activity_parse(&look, err) != 0)
			return -1;
		if (*look.lines != '\0')
			print_text(one, "activity", look.lines,
			    first ? m->spec->lines : -1);
		one->looked = look.ended || !m->spec->follow;
		one->cursor = look.cursor;
	}
	return one->looked ? 0 : send_look(m, one, err);
}

static int
take_reply(struct many *m, const struct rpc_reply *reply, struct error *err)
{
	struct one *one;

	for (one = m->all; one < m->all + m->n; one++)
		if (one->check_id == reply->id)
			return take_check(m, one, reply, err);
		else if (one->look_id == reply->id)
			return take_look(m, one, reply, err);
	return 0;
}

static int
hear(struct many *m, struct error *err)
{
	struct rpc_reply reply;
	int got, result = 0;

	while (result == 0 && (got = rpc_receive(m->rpc, &reply, err)) != 0) {
		if (got == -1)
			return -1;
		result = take_reply(m, &reply, err);
		free(reply.text);
	}
	return result;
}

/* Lines are written whole, so that those of two tasks do not mix. */
static int
copy(struct one *one, const struct pollfd *fds, struct error *err)
{
	if (follow_step(one->follow, fds, err) != 0 ||
	    follow_flush(one->follow, err) != 0)
		return -1;
	if (!one->ended || !follow_idle(one->follow))
		return 0;
	follow_end(one->follow);
	one->done = true;
	return follow_flush(one->follow, err);
}

static void
finish_agent(struct one *one, int64_t lines)
{
	if (!one->ended || !one->looked || one->done)
		return;
	one->done = true;
	if (one->result != NULL && *one->result != '\0')
		print_text(one, "result", one->result, lines);
}

/* Whether all is told. */
static bool
is_done(const struct many *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (!m->all[i].done)
			return false;
	return true;
}

enum { RPC_FD, READER_FD, FIRST_FD };

static int
step(struct many *m, struct error *err)
{
	struct pollfd fds[FIRST_FD + MANY_MAX * FOLLOW_FDS];
	int wait, timeout = -1;
	size_t i;

	fds[RPC_FD] = (struct pollfd){ .fd = rpc_fd(m->rpc), .events = POLLIN };
	fds[READER_FD] = reader_poll();
	for (i = FIRST_FD; i < FIRST_FD + m->n * FOLLOW_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1 };
	for (i = 0; i < m->n; i++) {
		if (m->all[i].follow == NULL || m->all[i].done)
			continue;
		wait = follow_poll(m->all[i].follow,
		    &fds[FIRST_FD + i * FOLLOW_FDS]);
		if (wait >= 0 && (timeout == -1 || wait < timeout))
			timeout = wait;
	}
	if (poll(fds, FIRST_FD + m->n * FOLLOW_FDS, timeout) == -1) {
		if (errno == EINTR)
			return 0;
		fail_errno(err, "cannot wait");
		return -1;
	}
	if (reader_is_gone(&fds[READER_FD]))
		return reader_miss(err);
	if (fds[RPC_FD].revents != 0 && hear(m, err) != 0)
		return -1;
	for (i = 0; i < m->n; i++)
		if (m->all[i].follow == NULL)
			finish_agent(&m->all[i], m->spec->lines);
		else if (!m->all[i].done &&
		    copy(&m->all[i], &fds[FIRST_FD + i * FOLLOW_FDS], err) != 0)
			return -1;
	return 0;
}

/* As it is now, one task after the other. */
static int
print_now(struct many *m, struct one *one, struct error *err)
{
	int result;

	if (one->follow != NULL)
		return follow_drain(one->follow, err);
	if (status_ended(one->task)) {
		if (one->task->result != NULL)
			print_text(one, "result", one->task->result,
			    m->spec->lines);
		return 0;
	}
	result = send_look(m, one, err);
	while (result == 0 && one->look_id != -1)
		if (!(result = hear(m, err)) && one->look_id != -1)
			poll(&(struct pollfd){ .fd = rpc_fd(m->rpc),
				 .events = POLLIN },
			    1, -1);
	return result;
}

static int
begin(struct many *m, struct one *one, struct error *err)
{
	if (!tasks_is_agent(one->task) && open_output(one, m->spec, err) != 0)
		return -1;
	if (!m->spec->follow)
		return print_now(m, one, err);
	if (one->follow == NULL && send_look(m, one, err) != 0)
		return -1;
	return send_check(m, one, 0, err);
}

int
many_print(struct rpc *rpc, const struct many_spec *spec,
    const struct tasks *tasks, struct error *err)
{
	struct many m = { .rpc = rpc, .spec = spec, .n = tasks->n };
	size_t i, width = name_width(tasks);
	int64_t began = monotime_ms();
	int result = 0;

	if (spec->follow && tasks->n > MANY_MAX) {
		fail(err, ERR_LIMIT,
		    "%zu tasks are too many to be followed, the most are %d; "
		    "select fewer",
		    tasks->n, MANY_MAX);
		return -1;
	}
	m.all = xcalloc(m.n + 1, sizeof(*m.all));
	for (i = 0; i < m.n; i++)
		one_init(&m.all[i], spec, &tasks->info[i], i, width);
	for (i = 0; i < m.n && result == 0; i++)
		result = begin(&m, &m.all[i], err);
	while (result == 0 && spec->follow && !is_done(&m))
		result = step(&m, err);
	for (i = 0; i < m.n; i++)
		one_clear(&m.all[i]);
	free(m.all);
	asking_clear(&m.asking);
	if (result == 0 && spec->follow)
		ring_ended(began, NULL);
	return result;
}
