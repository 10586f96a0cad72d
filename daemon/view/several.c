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

/* A task's text in the round so far. */
struct piece {
	char *text;
	size_t share;
	bool part; /* there is more of it */
};

struct view_several {
	struct task *const *tasks; /* as they were given */
	size_t n, chars;
	bool brief, whole;
	int next_wait_s;
	/* Of more than one: */
	struct ranks ranks;
	struct shares shares;
	struct piece *pieces; /* one for each of the ranks that gets one, */
	size_t n_pieces, at;  /* and the next */
	char *text;           /* of all, when it is done */
};

static void
add_each(const struct view_several *s, const struct task **cut, struct buf *out)
{
	const struct ranks *ranks = &s->ranks;
	size_t i, n = s->n_pieces;
	bool line = s->brief;

	for (i = 0; i < n; i++) {
		add_text(s->pieces[i].text, &line, out);
		if (s->pieces[i].part && *cut == NULL)
			*cut = ranks->tasks[i];
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
list(const struct view_several *s)
{
	const struct ranks *ranks = &s->ranks;
	const struct task *cut = NULL;
	struct buf out = { 0 };
	char *text;

	text = view_verdict(ranks->tasks, ranks->n, s->whole);
	buf_puts(&out, text);
	free(text);
	add_each(s, &cut, &out);
	if (!s->brief)
		buf_puts(&out, "\n");
	if (cut != NULL) {
		buf_puts(&out, "\n[what is cut: ");
		call_read_all(task_record(cut), &out);
		buf_puts(&out, ", and so for each]");
	}
	if (!s->brief)
		add_next(ranks, s->whole, s->next_wait_s, &out);
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

struct view_several *
view_several_new(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s)
{
	struct view_several *s = xcalloc(1, sizeof(*s));

	s->tasks = tasks;
	s->n = n;
	s->brief = brief;
	s->chars = chars;
	s->next_wait_s = next_wait_s;
	if (n == 1)
		return s;
	s->whole = lookup_is_group(tasks, n);
	ranks_init(&s->ranks, tasks, n);
	s->shares = share_out(&s->ranks, chars);
	s->n_pieces = s->ranks.count[RANK_QUEUED] > QUEUED_LINES_MAX ?
	    s->ranks.from[RANK_QUEUED] :
	    n;
	s->pieces = xcalloc(n, sizeof(*s->pieces));
	return s;
}

void
view_several_free(struct view_several *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n_pieces; i++)
		free(s->pieces[i].text);
	free(s->pieces);
	if (s->n > 1)
		ranks_clear(&s->ranks);
	free(s->text);
	free(s);
}

/* What is short enough already is not read again. */
static void
render_piece(const struct view_several *s, const struct task *task,
    struct piece *piece)
{
	size_t share = share_of(&s->shares, task);

	if (piece->text != NULL &&
	    (s->brief || share == piece->share ||
		utf8_chars(piece->text, strlen(piece->text)) <= share))
		return;
	free(piece->text);
	piece->part = false;
	piece->share = share;
	piece->text = s->brief ?
	    view_first_line(task) :
	    view_listed(task, share,
		rank_of(task) == RANK_FAILED ? NULL : &piece->part);
}

bool
view_several_step(struct view_several *s)
{
	if (s->text != NULL)
		return false;
	if (s->n == 1)
		s->text = render_one(s->tasks[0], s->brief, s->chars,
		    s->next_wait_s);
	else if (s->at < s->n_pieces) {
		render_piece(s, s->ranks.tasks[s->at], &s->pieces[s->at]);
		s->at++;
	} else {
		s->text = list(s);
		s->at = 0;
		if (!fits(s->text) && shorten(&s->shares)) {
			free(s->text);
			s->text = NULL;
		}
	}
	return true;
}

char *
view_several_text(const struct view_several *s)
{
	return xstrndup(s->text,
	    utf8_first(s->text, strlen(s->text), ANSWER_MAX_CHARS));
}

char *
view_tasks(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s)
{
	struct view_several *several = view_several_new(tasks, n, brief, chars,
	    next_wait_s);
	char *text;

	while (view_several_step(several))
		continue;
	text = view_several_text(several);
	view_several_free(several);
	return text;
}
