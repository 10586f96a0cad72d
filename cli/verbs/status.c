/*
 * ccproc status: how many tasks there are, in a line, for prompts and status
 * lines: from the daemon's hello, so it costs a millisecond.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/link.h"
#include "cli/options.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/launch.h"
#include "common/mem.h"
#include "json/json.h"

/* A status line shows nothing rather than wait for longer. */
#define ANSWER_MS 500

struct status_options {
	bool line;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct status_options, line, .name = "line",
	    .help = "for status lines: nothing where nothing is on"),
	OPTION_FLAG(struct status_options, json, .letter = 'j', .name = "json",
	    .help = "as JSON"),
	END_OF_OPTIONS,
};

static const struct status_options defaults = { .line = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb status_verb = {
	.name = "status",
	.synopsis = "[-j] [--line]",
	.summary = "Count the tasks that need you, run or are queued",
	.details =
	    "\nNo daemon is started; where none runs, nothing is on.  "
	    "Alone it is ls,\nwith an ID show; ccproc daemon tells of the "
	    "daemon.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct status_options),
	.alone = true,
	.run = run,
};

static void
add(struct buf *out, int64_t n, const char *what)
{
	if (n > 0)
		buf_printf(out, "%s%" PRId64 " %s", out->len == 0 ? "" : ", ",
		    n, what);
}

/* As the last line of `ls' has it. */
static void
print_line(const struct link_daemon *daemon, bool line)
{
	struct buf text = { 0 };
	int64_t asking = daemon->needs_input > 0 ? daemon->needs_input : 0;

	add(&text, asking, asking == 1 ? "needs input" : "need input");
	add(&text, daemon->running - asking, "running");
	add(&text, daemon->queued, "queued");
	if (daemon->queue_paused)
		buf_printf(&text, "%squeue paused", text.len == 0 ? "" : ", ");
	if (text.len > 0)
		puts(text.data);
	else if (!line)
		puts("nothing runs");
	buf_clear(&text);
}

static void
print_json(const struct link_daemon *daemon)
{
	struct json_object *root = json_object_new_object();

	json_add_int(root, "needs_input", daemon->needs_input);
	json_add_int(root, "running", daemon->running);
	json_add_int(root, "queued", daemon->queued);
	json_add_bool(root, "queue_paused", daemon->queue_paused);
	text_print_json(root);
	json_object_put(root);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct status_options *o = options;
	static const struct link_daemon none;
	const struct link_daemon *daemon = &none;
	char session[37];
	struct link link;
	struct error ignored;

	(void)rpc;
	(void)words;
	launch_session(session);
	link_init(&link);
	if (link_try(&link, session, ANSWER_MS, &ignored) == 0)
		daemon = &link.daemon;
	if (o->json)
		print_json(daemon);
	else
		print_line(daemon, o->line);
	link_close(&link);
	return 0;
}
