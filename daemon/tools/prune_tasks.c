/*
 * prune_tasks: a pass of retention now, for the command.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "daemon/config.h"
#include "daemon/reply/later.h"
#include "daemon/reply/tool.h"
#include "daemon/retention/pass.h"
#include "daemon/tools/tools.h"
#include "json/json.h"
#include "json/schema.h"

struct prune_args {
	int64_t dry_run;
	int64_t form; /* enum form */
};

enum form { FORM_TEXT, FORM_JSON };

static const struct choice forms[] = {
	{ "text", FORM_TEXT },
	{ "json", FORM_JSON },
	{ NULL, 0 },
};

static const struct field fields[] = {
	BOOLEAN(struct prune_args, dry_run, .never_empty = true,
	    .help = "Only say what would go."),
	CHOICE(struct prune_args, form, .choices = forms, .hidden = true),
	END_OF_FIELDS,
};

static struct mcp_reply prune_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool prune_tasks_tool = {
	.name = "prune_tasks",
	.description = "Deletes the tasks that are over the limits of "
		       "retention.",
	.fields = fields,
	.size = sizeof(struct prune_args),
	.flags = MCP_DESTRUCTIVE | MCP_IDEMPOTENT | MCP_UNLISTED,
	.call = prune_tasks,
};

struct prune {
	struct mcp_call *call;
	bool dry_run;
	bool json;
	struct pass *pass;
	int64_t next_notice; /* monotonic, ms */
};

/* Who waits hears how far it is so often. */
#define NOTICE_MS 200

/* Adds "; 3 that ...", unless there are none. */
static void
add_count(struct buf *out, const char **before, size_t n, const char *what)
{
	if (n == 0)
		return;
	buf_printf(out, "%s%zu %s", *before, n, what);
	*before = ", ";
}

static void
add_reasons(const struct pass_sum *sum, struct buf *out)
{
	const struct config_retention *max = &config_get()->retention;
	const char *before = "\n";

	add_count(out, &before, sum->old, "ended too long ago");
	if (sum->old > 0)
		buf_printf(out, " (retention.max_age_s %" PRId64 ")",
		    max->max_age_s);
	add_count(out, &before, sum->many, "are too many");
	if (sum->many > 0)
		buf_printf(out, " (retention.max_tasks %" PRId64 ")",
		    max->max_tasks);
	add_count(out, &before, sum->large, "need too much room");
	if (sum->large > 0)
		buf_printf(out, " (retention.max_bytes %" PRId64 ")",
		    max->max_bytes);
}

static void
add_kept(const struct pass_sum *sum, struct buf *out)
{
	const char *before = "\nkept all the same: ";

	add_count(out, &before, sum->unseen, "whose outcome nobody has seen");
	add_count(out, &before, sum->awaited,
	    "that tasks in the queue wait for");
	add_count(out, &before, sum->worktrees, "whose worktrees have changes");
	add_count(out, &before, sum->unread, "that cannot be read");
	add_count(out, &before, sum->failed,
	    "that cannot be deleted (the log says why)");
}

static void
add_json(const struct pass_sum *sum, struct buf *out)
{
	const struct {
		const char *key;
		size_t n;
	} counts[] = {
		{ "removed", pass_removed(sum) },
		{ "too_old", sum->old },
		{ "too_many", sum->many },
		{ "too_large", sum->large },
		{ "kept_unseen", sum->unseen },
		{ "kept_awaited", sum->awaited },
		{ "kept_worktrees", sum->worktrees },
		{ "kept_unread", sum->unread },
		{ "kept_failed", sum->failed },
		{ "left", sum->tasks },
	};
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_add_int(object, counts[i].key, (int64_t)counts[i].n);
	json_add_int(object, "bytes", sum->freed);
	json_add_int(object, "bytes_left", sum->bytes);
	json_add_string(object, "ids", sum->ids.data);
	buf_puts(out, json_text(object, NULL));
	json_object_put(object);
}

static void
add_text(const struct pass_sum *sum, const struct prune *prune, struct buf *out)
{
	size_t n = pass_removed(sum);

	buf_printf(out, "%s %zu task%s, %s %" PRId64 " bytes",
	    prune->dry_run ? "would remove" : "removed", n, n == 1 ? "" : "s",
	    prune->dry_run ? "freeing" : "freed", sum->freed);
	if (n > 0)
		buf_printf(out, ": %s", sum->ids.data);
	add_reasons(sum, out);
	add_kept(sum, out);
	buf_printf(out, "\n%zu task%s, %" PRId64 " bytes %s", sum->tasks,
	    sum->tasks == 1 ? "" : "s", sum->bytes,
	    prune->dry_run ? "would stay" : "stay");
}

static void
done(const struct pass_sum *sum, void *arg)
{
	struct prune *prune = arg;
	struct buf out = { 0 };

	if (prune->json)
		add_json(sum, &out);
	else
		add_text(sum, prune, &out);
	mcp_call_finish(prune->call, mcp_reply_text(prune->call, out.data));
	buf_clear(&out);
	free(prune);
}

static void
told(size_t looked_at, size_t all, void *arg)
{
	struct prune *prune = arg;

	if (monotime_ms() < prune->next_notice)
		return;
	prune->next_notice = monotime_ms() + NOTICE_MS;
	mcp_call_progress_of(prune->call, (double)looked_at, (double)all, NULL);
}

static void
cancelled(void *arg)
{
	struct prune *prune = arg;

	pass_free(prune->pass);
	free(prune);
}

static struct mcp_reply
prune_tasks(struct mcp_call *call, const void *arguments)
{
	const struct prune_args *args = arguments;
	struct prune *prune;
	struct error err;

	if (config_check(&err) != 0)
		return tool_failure(call, &err);
	prune = xcalloc(1, sizeof(*prune));
	prune->call = call;
	prune->dry_run = args->dry_run != 0;
	prune->json = args->form == FORM_JSON;
	prune->next_notice = monotime_ms() + NOTICE_MS;
	prune->pass = pass_new(prune->dry_run, done, prune);
	pass_tell(prune->pass, told);
	return mcp_reply_later(call, cancelled, prune);
}
