/*
 * Several tasks as one text.  See several.h.  A reader may stop at any line:
 * the verdict comes first, then what failed.
 */
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/record/record.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "daemon/view/call.h"
#include "daemon/view/group.h"
#include "daemon/view/line.h"
#include "daemon/view/ranks.h"
#include "daemon/view/several.h"
#include "daemon/view/text.h"

/* Tasks in the queue that get a line each; more are ranges. */
#define QUEUED_LINES_MAX 5
/*
 * Characters that all that completed share.  What a command has printed that
 * succeeded is seldom read, an agent's answer is what was asked for.
 */
#define COMMANDS_SHARE 6000
#define AGENTS_SHARE 20000
#define SHARE_MIN 100
/* Characters of one that runs; and below this only first lines are left. */
#define RUNNING_CHARS 200
#define LEAST_CHARS 40

/* How much each of several tasks may say. */
struct shares {
	size_t failed, command, agent, running;
};

static size_t
share(size_t chars, size_t all, size_t n)
{
	size_t each = n == 0 ? all : all / n;

	if (chars != RESULT_CHARS || each > chars)
		return chars;
	return each < SHARE_MIN ? SHARE_MIN : each;
}

static struct shares
share_out(const struct ranks *ranks, size_t chars)
{
	size_t i, agents = 0, others = ranks->n - ranks->count[RANK_FAILED];

	for (i = ranks->count[RANK_FAILED]; i < ranks->n; i++)
		if (record_is_agent(task_record(ranks->tasks[i])))
			agents++;
	return (struct shares){ .failed = chars,
		.command = share(chars, COMMANDS_SHARE, others - agents),
		.agent = share(chars, AGENTS_SHARE, agents),
		.running = chars < RUNNING_CHARS ? chars : RUNNING_CHARS };
}

/* Takes from those that are least missed; false: there is nothing to take. */
static bool
shorten(struct shares *shares)
{
	if (shares->command + shares->agent + shares->running > 0) {
		shares->command /= 2;
		shares->agent /= 2;
		shares->running /= 2;
		if (shares->command + shares->agent < LEAST_CHARS)
			shares->command = shares->agent = shares->running = 0;
		return true;
	}
	shares->failed /= 2;
	return shares->failed > 0;
}

static size_t
share_of(const struct shares *shares, const struct task *task)
{
	switch (rank_of(task)) {
	case RANK_FAILED:
		return shares->failed;
	case RANK_RUNNING:
	case RANK_ASKING:
		return shares->running;
	default:
		return record_is_agent(task_record(task)) ? shares->agent :
							    shares->command;
	}
}

/* Adds a task's text; one of a line stands below another such one. */
static void
add_text(const char *text, bool *line, struct buf *out)
{
	bool was = *line;

	*line = strchr(text, '\n') == NULL;
	buf_printf(out, "%s%s", was && *line ? "\n" : "\n\n", text);
}

static void
add_each(const struct ranks *ranks, const struct shares *shares, bool brief,
    const struct task **cut, struct buf *out)
{
	size_t i, n = ranks->n;
	const struct task *task;
	bool line = brief, part;
	char *text;

	if (ranks->count[RANK_QUEUED] > QUEUED_LINES_MAX)
		n = ranks->from[RANK_QUEUED];
	for (i = 0; i < n; i++) {
		part = false;
		task = ranks->tasks[i];
		text = brief ? view_first_line(task) :
			       view_listed(task, share_of(shares, task),
				   rank_of(task) == RANK_FAILED ? NULL : &part);
		add_text(text, &line, out);
		free(text);
		if (part && *cut == NULL)
			*cut = task;
	}
	if (n == ranks->n)
		return;
	buf_puts(out, line ? "\n" : "\n\n");
	ranks_add_ranges(ranks->tasks + n, ranks->n - n, out);
	buf_printf(out, ": %zu queued", ranks->n - n);
}

static void
add_next(const struct ranks *ranks, bool whole, int next_wait_s,
    struct buf *out)
{
	const struct record *first = task_record(ranks->tasks[0]);
	struct task **open = xcalloc(ranks->n + 1, sizeof(struct task *));
	size_t i, n = 0;

	for (i = 0; i < ranks->n; i++)
		if (!record_ended(task_record(ranks->tasks[i])))
			open[n++] = ranks->tasks[i];
	if (n > 0) {
		buf_puts(out, "\nnext: ");
		call_check_all(open, n, whole ? first->from.group : NULL,
		    next_wait_s, out);
	}
	free(open);
}

static char *
list(const struct ranks *ranks, const struct shares *shares, bool brief,
    bool whole, int next_wait_s)
{
	const struct task *cut = NULL;
	struct buf out = { 0 };
	char *text;

	text = view_verdict(ranks->tasks, ranks->n, whole);
	buf_puts(&out, text);
	free(text);
	add_each(ranks, shares, brief, &cut, &out);
	if (!brief)
		buf_puts(&out, "\n");
	if (cut != NULL) {
		buf_puts(&out, "\n[what is cut: ");
		call_read_all(task_record(cut), &out);
		buf_puts(&out, ", and so for each]");
	}
	if (!brief)
		add_next(ranks, whole, next_wait_s, &out);
	while (out.data[out.len - 1] == '\n')
		out.data[--out.len] = '\0';
	return buf_steal(&out);
}

static bool
fits(const char *text)
{
	return utf8_chars(text, strlen(text)) <= ANSWER_MAX_CHARS;
}

static char *
render_one(const struct task *task, bool brief, size_t chars, int next_wait_s)
{
	char *text = brief ? view_first_line(task) :
			     view_task(task, chars, next_wait_s);

	for (; !fits(text) && chars > 0; chars /= 2) {
		free(text);
		text = view_task(task, chars / 2, next_wait_s);
	}
	return text;
}

static char *
render_all(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s)
{
	bool whole = lookup_is_group(tasks, n);
	struct ranks ranks;
	struct shares shares;
	char *text;

	ranks_init(&ranks, tasks, n);
	shares = share_out(&ranks, chars);
	text = list(&ranks, &shares, brief, whole, next_wait_s);
	while (!fits(text) && shorten(&shares)) {
		free(text);
		text = list(&ranks, &shares, brief, whole, next_wait_s);
	}
	ranks_clear(&ranks);
	return text;
}

char *
view_tasks(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s)
{
	char *text = n == 1 ? render_one(tasks[0], brief, chars, next_wait_s) :
			      render_all(tasks, n, brief, chars, next_wait_s);

	text[utf8_first(text, strlen(text), ANSWER_MAX_CHARS)] = '\0';
	return text;
}
