/*
 * What the pane shows of a task.  See contents.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/activity.h"
#include "cli/asking.h"
#include "cli/child.h"
#include "cli/rpc.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/top/contents.h"
#include "cli/top/feed.h"
#include "cli/top/keys.h"
#include "cli/top/lastline.h"
#include "cli/top/list.h"
#include "cli/top/rows.h"
#include "common/error.h"
#include "common/mem.h"

/* Of the end of a file. */
#define SHOWN_BYTES (64u << 10)

static char *
question(struct feed *feed, const struct row *row)
{
	const struct tasks_query query = { .result_chars = TASKS_RESULT_CHARS };
	char *ids[] = { row->id, NULL };
	struct tasks tasks = { 0 };
	const struct ask_info *ask;
	struct buf out = { 0 };
	struct error err;
	char *clean;
	size_t i;

	if (tasks_check(feed_rpc(feed), ids, &query, &tasks, &err) != 0)
		return text_clean(err.text, true);
	ask = tasks.info[0].asks.items;
	for (i = 0; i < tasks.info[0].asks.n; i++)
		if (row->request_id != NULL &&
		    strcmp(ask[i].request_id, row->request_id) == 0)
			asking_whole(&tasks.info[0], &ask[i], &out);
	tasks_clear(&tasks);
	clean = text_clean(out.len == 0 ? "" : out.data, true);
	buf_clear(&out);
	return clean;
}

/* The last that an agent did; the whole is in its file. */
static char *
activity(struct feed *feed, const struct row *row)
{
	struct activity_look look = { 0 };
	struct rpc_reply reply = { 0 };
	struct error err;
	int64_t id = activity_send(feed_rpc(feed), row->id, -1, false, &err);
	char *clean;

	if (id == -1 || rpc_wait(feed_rpc(feed), id, &reply, &err) != 0)
		return text_clean(err.text, true);
	look.text = reply.text;
	if (reply.failed || activity_parse(&look, &err) != 0)
		clean = text_clean(reply.failed ? reply.text : err.text, true);
	else
		clean = text_clean(look.lines, true);
	free(reply.text);
	return clean;
}

/* What a command of ours prints. */
static char *
printed(const char *ccproc, const char *verb, const char *id)
{
	char *argv[] = { xstrdup(ccproc), xstrdup(verb), xstrdup(id), NULL };
	struct buf out = { 0 };
	char *clean;
	size_t i;

	child_run(argv, STDOUT_FILENO, &out);
	clean = text_clean(out.len == 0 ? "" : out.data, true);
	buf_clear(&out);
	for (i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	return clean;
}

char *
contents_read(struct feed *feed, const char *ccproc, const struct item *item,
    enum pane_kind kind)
{
	const struct row *row = item == NULL ? NULL : item->row;
	struct buf out = { 0 };

	switch (row == NULL ? PANE_HELP : kind) {
	case PANE_QUESTION:
		return question(feed, row);
	case PANE_ACTIVITY:
		if (row->agent)
			return activity(feed, row);
		return xstrdup("a command has none; see its output");
	case PANE_OUTPUT:
		if (row->agent && row->section == SECTION_ENDED)
			return printed(ccproc, "logs", row->id);
		return lastline_tail(row, "stdout", SHOWN_BYTES);
	case PANE_ERRORS:
		return lastline_tail(row, "stderr", SHOWN_BYTES);
	case PANE_INFO:
		return printed(ccproc, "show", row->id);
	default:
		keys_help(item, &out);
		return buf_steal(&out);
	}
}
