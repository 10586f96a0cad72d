/*
 * ccproc run: start a task and stay with it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/start.h"
#include "cli/stay.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb run_verb = {
	.name = "run",
	.synopsis = start_synopsis,
	.summary = "Run a command or an agent and show its output",
	.details = start_details,
	.options = start_option_rows,
	.defaults = &run_defaults,
	.size = sizeof(struct start_options),
	.words = "a command",
	.command_follows = true,
	.check = check,
	.run = run,
};

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct start_options *o = options;

	if (o->shell == NULL || o->shell[1] == NULL)
		return start_check(options, words, err);
	fail(err, ERR_INVALID,
	    "several -c are a group, and run stays with one task; start them "
	    "by ccproc start");
	return -1;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct start_options *o = options;
	struct stay_options how = { .json = o->json,
		.follow = !o->json,
		.clean = o->clean,
		.result = o->agent };
	struct json_object *request;
	struct error err;
	char **ids = NULL, *line = NULL;
	int status;

	request = start_request(o, words, &err);
	if (request == NULL)
		return say_failed(&err);
	how.signals = signals_catch();
	signal(SIGPIPE, SIG_IGN);
	status = start_tasks(rpc, request, &ids, &line, &err);
	if (status == 0) {
		if (isatty(STDERR_FILENO))
			text_print(stderr, line);
		status = stay(rpc, ids[0], &how);
	} else
		say("%s", err.text);
	strv_free(ids);
	free(line);
	return status;
}
