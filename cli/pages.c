/*
 * Calls about many tasks.  See pages.h.
 */
#include <stdlib.h>

#include "cli/pages.h"
#include "cli/progress.h"
#include "cli/rpc.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"

/* Of the calls that a session may have open. */
#define OPEN_MAX (CLIENT_MAX_CALLS / 2)

struct pages {
	struct rpc *rpc;
	const char *tool;
	struct json_object *args;
	char *const *ids; /* that are not yet sent */
	size_t total, n, sent, answered;
	int64_t *calls;
	char **texts;
};

static int
send_page(struct pages *pages, struct error *err)
{
	char **page = NULL;
	size_t i;

	for (i = 0; i < TASKS_MAX_PER_CALL && *pages->ids != NULL; i++)
		page = strv_add(page, *pages->ids++);
	json_add_strv(pages->args, "ids", page);
	strv_free(page);
	pages->calls[pages->sent] = rpc_send(pages->rpc, pages->tool,
	    pages->args, err);
	return pages->calls[pages->sent++] == -1 ? -1 : 0;
}

/* What is said of one that failed is the error of all. */
static int
take(struct pages *pages, struct rpc_reply *reply, struct error *err)
{
	size_t i;

	for (i = 0; i < pages->sent && pages->calls[i] != reply->id; i++)
		continue;
	if (i == pages->sent) {
		free(reply->text); /* of a call given up */
		return 0;
	}
	pages->answered++;
	pages->texts[i] = reply->text;
	if (!reply->failed)
		return 0;
	fail(err, ERR_NOT_FOUND, "%s", reply->text);
	return -1;
}

static void
tell(const struct pages *pages, struct progress *progress)
{
	if (pages->n > 1)
		progress_tell(progress, pages->answered * TASKS_MAX_PER_CALL,
		    pages->total);
}

static int
go_on(struct pages *pages, struct error *err)
{
	struct rpc_reply reply;

	if (pages->sent < pages->n && pages->sent - pages->answered < OPEN_MAX)
		return send_page(pages, err);
	if (rpc_next(pages->rpc, &reply, err) != 0)
		return -1;
	return take(pages, &reply, err);
}

static int
call_all(struct pages *pages, struct error *err)
{
	struct progress progress;
	int result = 0;

	progress_begin(&progress);
	while (result == 0 && pages->answered < pages->n) {
		result = go_on(pages, err);
		tell(pages, &progress);
	}
	progress_end(&progress);
	return result;
}

char **
pages_call(struct rpc *rpc, const char *tool, struct json_object *args,
    char *const *ids, struct error *err)
{
	struct pages pages = { .rpc = rpc,
		.tool = tool,
		.args = args,
		.ids = ids,
		.total = strv_len(ids) };
	int result;
	size_t i;

	pages.n = (pages.total + TASKS_MAX_PER_CALL - 1) / TASKS_MAX_PER_CALL;
	pages.calls = xcalloc(pages.n + 1, sizeof(*pages.calls));
	pages.texts = xcalloc(pages.n + 1, sizeof(*pages.texts));
	result = call_all(&pages, err);
	free(pages.calls);
	json_object_put(args);
	if (result == 0)
		return pages.texts;
	for (i = 0; i < pages.n; i++)
		free(pages.texts[i]);
	free(pages.texts);
	return NULL;
}
